"""The Dag files: what Airflow makes of them, whatever the config holds, and what it costs to import them."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scripts.airflow_home import ROOT
from tests.airflow.parsed import Parsed, parse, refusal

Call = Callable[..., Any]
SYNC = ROOT / "dags" / "oncall_sync_dag.py"
FILES = {file.name.removesuffix("_dag.py"): file for file in (ROOT / "dags").glob("*_dag.py")}
FILES["platform_handoff"] = ROOT / "docs" / "examples" / "platform_handoff_dag.py"
OURS = ["oncall_sync", "oncall_check", "oncall_history", "oncall_restore"]
TASKS = ["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates", "update_groups", "report"]
QUARTER_OF_AN_HOUR = 900.0  # the default heartbeat

pytestmark = pytest.mark.quick  # the one file of this folder in `make test`: an import error stops every Dag


@pytest.fixture(scope="module")
def parsed(call: Call) -> dict[str, Parsed]:
    return {name: call(parse, file, {"ONCALL_SYNC_CONFIG": ""}) for name, file in FILES.items()}


@pytest.fixture(scope="module")
def dag(parsed: dict[str, Parsed]) -> dict[str, Any]:
    return parsed["oncall_sync"].dag


# ── all Dags ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", FILES)
def test_importing_a_dag_asks_nothing_of_the_network_or_the_database(parsed: dict[str, Parsed], name: str) -> None:
    found = parsed[name]
    assert (found.errors, found.connections, found.statements) == ({}, [], [])
    assert found.dag["dag_id"] == name
    assert f'"{name}"' in found.serialised
    assert len(found.serialised) < 64_000


@pytest.mark.parametrize("name", OURS)
def test_every_task_is_retried_after_seconds_as_the_server_says_and_is_bounded_in_time(
    parsed: dict[str, Parsed], name: str
) -> None:
    dag = parsed[name].dag
    for settings in dag["tasks"].values():
        assert 1 <= settings["retries"] <= 5
        assert settings["retry_policy"] == "ServerSaysWhen"
        assert 0 < settings["execution_timeout"] <= 600
        assert settings["execution_timeout"] < (dag["dagrun_timeout"] or 601)
        assert settings["owner"] not in {"", "airflow"}


SCHEDULES = {
    "oncall_sync": (None, [("pagerduty_oncall", "x-oncall://pagerduty/oncall")]),
    "oncall_check": ("20 7 * * *", []),
    "oncall_history": ("0 0 * * *", []),
    "oncall_restore": (None, []),
    "platform_handoff": (None, [("slack_usergroup_platform-oncall", "x-oncall://slack/usergroup/platform-oncall")]),
}


@pytest.mark.parametrize(("name", "expected"), SCHEDULES.items())
def test_when_a_dag_runs_and_that_none_catches_up_on_days_gone_by(
    parsed: dict[str, Parsed], name: str, expected: tuple[Any, Any]
) -> None:
    dag = parsed[name].dag
    assert (dag["schedule"], dag["assets"]) == expected
    assert dag["catchup"] is False


def test_a_day_of_the_history_outlives_an_outage_and_a_backfill_takes_one_worker_at_a_time(
    parsed: dict[str, Parsed],
) -> None:
    settings = parsed["oncall_history"].dag["tasks"]["fetch_shifts"]
    assert settings["retries"] * settings["retry_delay"] >= 50 * 60, "no later run reads this day"
    assert settings["max_active_tis_per_dag"] == 1


def test_the_pages_say_how_to_ask_for_the_past(parsed: dict[str, Parsed]) -> None:
    page = parsed["oncall_history"].dag["doc_md"]
    assert "airflow backfill create --dag-id oncall_history --from-date" in page
    assert "*Backfill* with both dates that Tuesday's" in page
    assert "oncall_history" in parsed["oncall_sync"].dag["doc_md"]


# ── the sync ─────────────────────────────────────────────────────────────────────────────────────────────


def test_its_six_tasks_are_in_the_order_of_the_flow(dag: dict[str, Any]) -> None:
    assert list(dag["tasks"]) == TASKS
    for before, task in pairwise(TASKS):
        assert before in dag["tasks"][task]["after"]
    assert [name for name, task in dag["tasks"].items() if task["mapped"]] == ["update_groups"]
    assert all(1 <= task["retry_delay"] <= 60 for task in dag["tasks"].values())


def test_one_run_at_a_time_ten_minutes_at_most_and_no_run_for_the_past(dag: dict[str, Any]) -> None:
    assert (dag["max_active_runs"], dag["dagrun_timeout"], dag["catchup"]) == (1, 600, False)
    assert dag["heartbeat"] == QUARTER_OF_AN_HOUR


def test_failed_runs_never_pause_it_and_a_cleared_run_uses_the_newest_version(dag: dict[str, Any]) -> None:
    assert dag["max_consecutive_failed_dag_runs"] == 0
    assert dag["rerun_with_latest_version"] is True


def test_it_has_tags_and_a_page_for_who_is_paged(dag: dict[str, Any]) -> None:
    assert {"pagerduty", "slack"} <= set(dag["tags"])
    for word in ("paged", "report", "dry_run", "groups", "as_of", "accept_shrink"):
        assert word in dag["doc_md"]


def test_the_trigger_form_explains_each_parameter_and_offers_the_handles_of_the_config(dag: dict[str, Any]) -> None:
    form = {name: (field["value"], field["schema"]["type"]) for name, field in dag["params"].items()}
    assert form == {
        "dry_run": (False, "boolean"),
        "groups": ([], "array"),
        "as_of": (None, ["null", "string"]),
        "accept_shrink": ([], "array"),
    }
    assert all(field["description"] for field in dag["params"].values())
    assert dag["params"]["as_of"]["schema"]["format"] == "date-time"
    handles = ["platform-oncall", "storage-oncall", "platform-leads", "eng-oncall"]
    for lists_handles in ("groups", "accept_shrink"):
        assert dag["params"][lists_handles]["schema"]["examples"] == handles
        assert dag["params"][lists_handles]["schema"]["items"] == {"type": "string"}


@pytest.mark.parametrize("parameters", [{"dry_run": True, "groups": ["any"]}, {"as_of": "2026-11-23T09:00:00Z"}])
def test_the_form_takes_what_it_offers(call: Call, parameters: dict[str, Any]) -> None:
    assert call(refusal, parameters) is None


@pytest.mark.parametrize("parameters", [{"dry_run": "perhaps"}, {"groups": "any"}, {"as_of": 5}, {"groups": [1]}])
def test_the_form_refuses_values_of_another_kind_before_anything_runs(call: Call, parameters: dict[str, Any]) -> None:
    assert next(iter(parameters)) in call(refusal, parameters)


# ── the config ───────────────────────────────────────────────────────────────────────────────────────────

UNUSABLE = {
    "not YAML": b"groups: [",
    "not text": bytes(range(256)),
    "a heartbeat of a thousand years": b"heartbeat: 99999999h\ngroups: {a: {schedules: [P1]}}",
    "handles that are not text": b"groups: {1: {}, null: {}, [a]: {}}",
    "a very deep one": b"groups: " + b"[" * 5000,
    "none": None,
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_a_config_that_cannot_be_used_still_gives_the_dag(call: Call, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "oncall_sync.yaml"
    if content:
        file.write_bytes(content)
    parsed = call(parse, SYNC, {"ONCALL_SYNC_CONFIG": str(file)})
    assert parsed.errors == {}
    assert parsed.dag["heartbeat"] == QUARTER_OF_AN_HOUR
    assert list(parsed.dag["tasks"]) == TASKS


def test_the_heartbeat_of_the_config_is_the_schedule_though_a_group_is_wrong(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "oncall_sync.yaml"
    file.write_text("heartbeat: 90s\ngroups: {fine: {schedules: [P1]}, '@wrong': {shedules: [P1]}}")
    parsed = call(parse, SYNC, {"ONCALL_SYNC_CONFIG": str(file)})
    assert parsed.dag["heartbeat"] == 90
    assert parsed.dag["params"]["groups"]["schema"]["examples"] == ["fine", "wrong"]


def test_two_thousand_groups_are_imported_far_within_airflows_thirty_seconds(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "oncall_sync.yaml"
    file.write_text("groups:\n" + "".join(f"  team-{n}:\n    schedules: [P{n}A, P{n}B]\n" for n in range(2000)))
    began = time.monotonic()
    parsed = call(parse, SYNC, {"ONCALL_SYNC_CONFIG": str(file)})
    assert time.monotonic() - began < 10
    assert parsed.errors == {}
    assert len(parsed.dag["params"]["groups"]["schema"]["examples"]) == 2000
