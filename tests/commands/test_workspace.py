"""Which PagerDuty and Slack `make run` uses: the sandbox, unless both connections that the config names are set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox import Sandbox, UserGroup, World
from scripts import workspace

PAGERDUTY, SLACK = "AIRFLOW_CONN_PAGERDUTY_DEFAULT", "AIRFLOW_CONN_SLACK_API_DEFAULT"


@pytest.fixture
def other_names(tmp_path: Path) -> dict[str, str]:
    config = tmp_path / "config.yaml"
    config.write_text("connections: {pagerduty: pd_eu, slack: slack_main}\ngroups: {a: {schedules: [P1]}}\n")
    return {"ONCALL_SYNC_CONFIG": str(config)}


def test_both_connections_are_needed_to_leave_the_sandbox() -> None:
    assert workspace.has_own_connections({PAGERDUTY: "{}", SLACK: "{}"})
    assert not workspace.has_own_connections({PAGERDUTY: "{}", SLACK: ""})


def test_the_connections_are_those_that_the_config_names(other_names: dict[str, str]) -> None:
    assert workspace.has_own_connections(other_names | {"AIRFLOW_CONN_PD_EU": "{}", "AIRFLOW_CONN_SLACK_MAIN": "{}"})
    assert not workspace.has_own_connections(other_names | {PAGERDUTY: "{}", SLACK: "{}"})


def test_one_connection_without_the_other_is_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    for environ in ({SLACK: "{}"}, {}, {PAGERDUTY: "{}", SLACK: "{}"}):
        workspace.has_own_connections(environ)
    assert capsys.readouterr().err == f"{SLACK} is set, {PAGERDUTY} is not: using the sandbox.\n"


def test_on_the_sandbox_no_other_connection_can_be_reached(other_names: dict[str, str]) -> None:
    environ = other_names | {PAGERDUTY: "real", "AIRFLOW_CONN_PD_EU": "real", "AIRFLOW_CONN_WAREHOUSE": "real"}
    with Sandbox(World.load()) as serving:
        workspace.connect(environ, serving)
    assert environ.keys() - other_names == {
        "AIRFLOW_CONN_PD_EU",
        "AIRFLOW_CONN_PAGERDUTY_EVENTS_DEFAULT",
        "AIRFLOW_CONN_SLACK_MAIN",
        "ONCALL_SYNC_HEARTBEAT",
    }
    assert environ["ONCALL_SYNC_HEARTBEAT"] == "off", "the real watchdog must not hear from a demonstration"
    assert json.loads(environ["AIRFLOW_CONN_PD_EU"])["host"].startswith("http://127.0.0.1:")


def test_the_sandboxs_groups_live_on_between_runs_with_those_that_a_run_created(tmp_path: Path) -> None:
    saved = tmp_path / "slack_groups.json"
    with workspace.sandbox({}, saved) as world:
        world.group("platform-oncall").members = ["U0ADA0001"]
        world.group("retired-project").disabled = False
        world.user_groups["S0NEW0001"] = UserGroup(handle="security", members=["U0ADA0001"])
    with workspace.sandbox({}, saved) as world:
        assert world.group("platform-oncall").members == ["U0ADA0001"]
        assert not world.group("retired-project").disabled
        assert world.group("security").members == ["U0ADA0001"]
        assert world.group("design").members == World.load().group("design").members


@pytest.mark.parametrize("content", ["{", '{"S0GONE": {"members": [], "disabled": false}}'])
def test_saved_groups_that_do_not_fit_are_forgotten(content: str, tmp_path: Path) -> None:
    saved = tmp_path / "slack_groups.json"
    saved.write_text(content)
    with workspace.sandbox({}, saved) as world:
        assert world.user_groups == World.load().user_groups
