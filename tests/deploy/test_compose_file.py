"""docker-compose.yaml and .env.example hold their rules, read without Docker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
SECRETS = set(re.findall(r"^([A-Z_]+)=$", EXAMPLE, re.MULTILINE))
ONE_SHOT = {"airflow-init"}
LONG_RUNNING = sorted(SERVICES.keys() - ONE_SHOT)
AIRFLOW = sorted(name for name in SERVICES if name.startswith("airflow-"))
VERSION = re.findall(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)[0]


def variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", text))


def profiles() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for profile in service.get("profiles", ["default"]):
            found.setdefault(profile, set()).add(name)
    return found


def test_there_are_the_components_of_a_whole_airflow_and_two_profiles() -> None:
    assert profiles() == {
        "default": {
            "postgres",
            "airflow-init",
            "airflow-apiserver",
            "airflow-scheduler",
            "airflow-dag-processor",
            "airflow-triggerer",
        },
        "celery": {"redis", "airflow-worker"},
        "sandbox": {"sandbox"},
    }


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_service_tells_its_health_and_comes_back_after_a_crash(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ONE_SHOT))
def test_what_runs_once_is_not_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_can_take_no_more_than_its_share(name: str) -> None:
    assert SERVICES[name]["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert SERVICES[name]["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_port_is_open_on_loopback_only_and_by_a_variable(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+", port)


def test_the_database_and_the_broker_cannot_be_reached_from_outside() -> None:
    assert "ports" not in SERVICES["postgres"]
    assert "ports" not in SERVICES["redis"]


def test_the_variables_are_those_of_the_example() -> None:
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert explained == variables(TEXT) | {"COMPOSE_PROFILES"}  # which Compose itself reads


def test_no_secret_has_a_default() -> None:
    assert {"AIRFLOW_FERNET_KEY", "AIRFLOW_JWT_SECRET", "AIRFLOW_API_SECRET_KEY"} < SECRETS
    assert {"POSTGRES_PASSWORD", "AIRFLOW_ADMIN_PASSWORD"} < SECRETS
    for name, follows in re.findall(r"\$\{([A-Z_]+)(.{0,2})", TEXT):
        if name in SECRETS:
            assert follows == ":?", f"{name} is not refused where it is empty"


def test_no_secret_is_written_into_the_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|FERNET|TOKEN|AIRFLOW_CONN", name):
                assert str(value).startswith("${"), name


def test_the_example_has_no_connection_so_that_a_copy_of_it_writes_nowhere() -> None:
    assert not re.search(r"^AIRFLOW_CONN", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_an_image_is_pinned(name: str) -> None:
    _, colon, tag = SERVICES[name]["image"].partition(":")
    assert colon
    assert re.match(r"\d", tag)


def test_the_image_is_the_airflow_of_the_requirements() -> None:
    recipe = SERVICES["airflow-init"]["build"]["dockerfile_inline"]
    assert recipe.startswith(f"FROM apache/airflow:{VERSION}\n")
    for name in [*AIRFLOW, "sandbox"]:
        assert SERVICES[name]["image"] == f"oncall-sync-airflow:{VERSION}"
        assert SERVICES[name]["pull_policy"] == "never"  # nobody else's image of that name


def test_the_image_gets_the_requirements_and_a_celery_that_the_provider_can_use() -> None:
    install = SERVICES["airflow-init"]["build"]["dockerfile_inline"].splitlines()[-1]
    assert "-r /requirements.txt" in install
    assert '"celery<5.7"' in install


def test_nothing_but_the_requirements_can_get_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in ignored if not line.startswith("#")] == ["*", "!requirements.txt"]


@pytest.mark.parametrize("name", AIRFLOW)
def test_the_code_is_mounted_and_cannot_be_written(name: str) -> None:
    assert {"./dags:/opt/airflow/dags:ro", "./plugins:/opt/airflow/plugins:ro"} <= set(SERVICES[name]["volumes"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_only_named_volumes_are_written_so_that_state_outlives_the_containers(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source, *_ = volume.split(":")
        assert source in COMPOSE["volumes"] or volume.endswith(":ro")


@pytest.mark.parametrize("name", sorted(set(AIRFLOW) - ONE_SHOT))
def test_nothing_starts_before_the_checks_have_passed(name: str) -> None:
    assert SERVICES[name]["depends_on"]["airflow-init"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", sorted(set(AIRFLOW) - ONE_SHOT - {"airflow-apiserver"}))
def test_nothing_runs_without_the_api_server_whose_port_may_be_taken(name: str) -> None:
    assert SERVICES[name]["depends_on"]["airflow-apiserver"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", AIRFLOW)
def test_all_components_have_the_same_settings(name: str) -> None:
    common: dict[str, str] = COMPOSE["x-airflow"]["environment"]
    assert common.items() <= SERVICES[name]["environment"].items()


def test_a_killed_worker_is_noticed_within_a_minute() -> None:
    common = COMPOSE["x-airflow"]["environment"]
    assert int(common["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"]) <= 60


def test_the_sandbox_gets_no_secret() -> None:
    assert variables(yaml.safe_dump(SERVICES["sandbox"])) <= {"SANDBOX_PORT", "SANDBOX_HANDOFF_EVERY"}
