"""docs/deployment.md names what there is: files, services, settings, and the words of each refusal."""

from __future__ import annotations

import re

import pytest
import yaml

from scripts.compose_mistakes import Around, wrong_connections, wrong_executor, wrong_secrets
from tests.deploy.test_compose_file import COMPOSE, EXAMPLE, ROOT, SERVICES

PAGE = (ROOT / "docs" / "deployment.md").read_text()
REFUSALS = [
    *wrong_secrets({"AIRFLOW__CORE__FERNET_KEY": "no key", "POSTGRES_PASSWORD": "fit"}),
    *wrong_connections(Around(redis=False, sandbox=False), {"pagerduty_default": None}),
    *wrong_connections(Around(redis=False, sandbox=False), {"pagerduty_default": "http://sandbox:9000"}),
    *wrong_connections(Around(redis=False, sandbox=True), {"pagerduty_default": ""}),
    *wrong_executor({"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"}, Around(redis=False, sandbox=False)),
    *wrong_executor({"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}, Around(redis=True, sandbox=False)),
]


def test_every_link_to_a_file_leads_to_one() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).is_file(), target


def test_every_script_and_file_in_a_command_is_there() -> None:
    for path in set(re.findall(r"\b(?:scripts|deploy|dags)/[\w.-]+\.\w+", PAGE)):
        assert (ROOT / path).is_file(), path


def test_every_service_in_a_command_is_one() -> None:
    for service in re.findall(r"docker compose (?:exec|logs|restart) ([a-z-]+)", PAGE):
        assert service in SERVICES


def test_every_profile_in_a_command_is_one() -> None:
    named = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    assert set(re.findall(r"--profile (\w+)|COMPOSE_PROFILES=(\w+)", PAGE)) <= {(p, "") for p in named} | {
        ("", p) for p in named
    }


def test_every_variable_in_capitals_is_in_the_example() -> None:
    for name in set(re.findall(r"`((?:AIRFLOW|POSTGRES|COMPOSE|SANDBOX)_[A-Z_]+)", PAGE)):
        assert re.search(rf"^#? ?{name}=", EXAMPLE, re.MULTILINE), name


def test_both_volumes_are_named() -> None:
    for volume in COMPOSE["volumes"]:
        assert f"`{volume}`" in PAGE


@pytest.mark.parametrize("message", REFUSALS)
def test_each_refusal_to_start_is_explained_in_its_own_words(message: str) -> None:
    first_cells = re.findall(r"^\| (`.+?) \| ", PAGE, re.MULTILINE)
    words = [re.escape(each).replace("…", ".*") for cell in first_cells for each in re.findall(r"`([^`]+)`", cell)]
    assert any(re.match(each, message) for each in words if len(each) > 20)


def test_the_example_of_a_connections_file_is_one() -> None:
    (example,) = [block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "conn_type" in block]
    assert yaml.safe_load(example).keys() == {"pagerduty_default", "slack_api_default"}
