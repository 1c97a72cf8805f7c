"""docker-compose.yaml and .env.example keep their rules, read without Docker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
COMMON: dict[str, str] = COMPOSE["x-airflow"]["environment"]
EXAMPLE = (ROOT / ".env.example").read_text()
SECRETS = set(re.findall(r"^([A-Z_]+)=$", EXAMPLE, re.MULTILINE))
AIRFLOW = sorted(name for name in SERVICES if name.startswith("airflow-"))
RUNNING = sorted(SERVICES.keys() - {"airflow-init"})
VERSION = re.findall(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[0]


def variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", text))


def test_the_default_is_a_whole_airflow_beside_two_profiles() -> None:
    profiles = {name: service.get("profiles", []) for name, service in SERVICES.items()}
    assert {name for name, named in profiles.items() if not named} == {
        "postgres",
        "airflow-init",
        "airflow-apiserver",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
    }
    assert [name for name, named in profiles.items() if named == ["celery"]] == ["redis", "airflow-worker"]
    assert [name for name, named in profiles.items() if named == ["sandbox"]] == ["sandbox"]


def test_every_service_has_a_health_check_limits_and_starts_again_after_a_crash() -> None:
    assert SERVICES["airflow-init"]["restart"] == "no"
    for name in RUNNING:
        assert SERVICES[name]["healthcheck"]["test"], name
        assert SERVICES[name]["restart"] == "unless-stopped", name
    for name, service in SERVICES.items():
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name


def test_ports_are_open_on_loopback_only_and_never_those_of_the_database_and_the_broker() -> None:
    assert "ports" not in SERVICES["postgres"] | SERVICES["redis"]
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+", port)


def test_the_variables_are_those_of_the_example() -> None:
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert explained == variables(TEXT) | {"COMPOSE_PROFILES"}  # which Compose itself reads


def test_a_secret_has_no_default_and_is_not_in_the_file() -> None:
    assert {"AIRFLOW_FERNET_KEY", "AIRFLOW_JWT_SECRET", "AIRFLOW_API_SECRET_KEY"} < SECRETS
    assert {"POSTGRES_PASSWORD", "AIRFLOW_ADMIN_PASSWORD"} < SECRETS
    for name, follows in re.findall(r"\$\{([A-Z_]+)(.{0,2})", TEXT):
        assert name not in SECRETS or follows == ":?", f"{name} is not refused where it is empty"
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|FERNET|TOKEN|AIRFLOW_CONN", name):
                assert str(value).startswith("${"), name
    assert variables(yaml.safe_dump(SERVICES["sandbox"])) <= {"SANDBOX_PORT", "SANDBOX_HANDOFF_EVERY"}


def test_the_example_has_no_connection_so_that_a_copy_of_it_writes_nowhere() -> None:
    assert not re.search(r"^AIRFLOW_CONN", EXAMPLE, re.MULTILINE)


def test_images_are_pinned_and_airflows_is_the_version_of_the_requirements_and_never_pulled() -> None:
    assert SERVICES["airflow-init"]["build"]["dockerfile_inline"].startswith(f"FROM apache/airflow:{VERSION}\n")
    for name, service in SERVICES.items():
        if name in {*AIRFLOW, "sandbox"}:
            assert service["image"] == f"oncall-sync-airflow:{VERSION}"
            assert service["pull_policy"] == "never"  # nobody else's image of that name
        else:
            assert re.fullmatch(r"[a-z]+:\d.*", service["image"])


def test_the_image_gets_the_requirements_and_nothing_else_of_this_folder() -> None:
    install = SERVICES["airflow-init"]["build"]["dockerfile_inline"].splitlines()[-1]
    assert "-r /requirements.txt" in install
    assert '"celery<5.7"' in install  # with 5.7 the provider breaks
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in ignored if not line.startswith("#")] == ["*", "!requirements.txt"]


def test_the_code_is_mounted_read_only_and_only_named_volumes_are_written() -> None:
    for name in AIRFLOW:
        assert {"./dags:/opt/airflow/dags:ro", "./plugins:/opt/airflow/plugins:ro"} <= set(SERVICES[name]["volumes"])
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"] or volume.endswith(":ro")


def test_nothing_starts_before_the_checks_and_the_api_server_whose_port_may_be_taken() -> None:
    for name in set(AIRFLOW) - {"airflow-init"}:
        needs = SERVICES[name]["depends_on"]
        assert needs["airflow-init"] == {"condition": "service_completed_successfully"}, name
        assert name == "airflow-apiserver" or needs["airflow-apiserver"] == {"condition": "service_healthy"}, name


def test_all_components_have_the_same_settings_and_notice_a_killed_worker_within_a_minute() -> None:
    for name in AIRFLOW:
        assert COMMON.items() <= SERVICES[name]["environment"].items(), name
    assert int(COMMON["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"]) <= 60
