"""docs/deployment.md names what there is: services, profiles, settings, and the words of each refusal."""

from __future__ import annotations

import re

import yaml

from tests.deploy.test_compose_file import COMPOSE, EXAMPLE, ROOT, SERVICES

PAGE = (ROOT / "docs" / "deployment.md").read_text()
INIT = (ROOT / "deploy" / "compose_init.sh").read_text()


def test_every_service_profile_and_volume_is_one() -> None:
    for service in re.findall(r"docker compose (?:exec|logs|restart) ([a-z-]+)", PAGE):
        assert service in SERVICES
    for flag, variable in re.findall(r"--profile (\w+)|COMPOSE_PROFILES=(\w+)", PAGE):
        assert (flag or variable) in {
            profile for service in SERVICES.values() for profile in service.get("profiles", [])
        }
    for volume in COMPOSE["volumes"]:
        assert f"`{volume}`" in PAGE


def test_every_variable_in_capitals_is_in_the_example() -> None:
    for name in set(re.findall(r"`((?:AIRFLOW|POSTGRES|COMPOSE|SANDBOX)_[A-Z_]+)", PAGE)):
        assert re.search(rf"^#? ?{name}=", EXAMPLE, re.MULTILINE), name


def test_each_refusal_to_start_is_explained_in_its_own_words() -> None:
    refusals = re.findall(r'\bmistake "(.+?)"(?: |$)', INIT, re.MULTILINE)
    first_cells = re.findall(r"^\| (`.+?) \| ", PAGE, re.MULTILINE)
    words = [re.escape(each).replace("…", ".*") for cell in first_cells for each in re.findall(r"`([^`]+)`", cell)]
    for refusal in refusals:
        assert any(re.match(each, refusal) for each in words if len(each) > 20), refusal


def test_the_example_of_a_connections_file_is_one() -> None:
    (example,) = [block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "conn_type" in block]
    assert yaml.safe_load(example).keys() == {"pagerduty_default", "slack_api_default"}
