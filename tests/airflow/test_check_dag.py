"""The Dag oncall_check as Airflow imports it and runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from sandbox import Fault
from scripts.airflow_home import ROOT
from tests.airflow import kept, workers
from tests.airflow.described import Described, describe
from tests.airflow.scene import CONFIG, Call, Scene
from tests.airflow.workers import Ended

FILE = ROOT / "dags" / "oncall_check_dag.py"
TASK = "check_everything"
NOBODY = "  late: {schedules: [PNONE], fallback: [ada@acme.example]}\n"


def run(scene: Scene) -> Ended:
    ended: Ended = scene.call(workers.trigger, FILE, scene.environ)
    return ended


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def described(call: Call) -> Described:
    found: Described = call(describe, FILE, {"ONCALL_SYNC_CONFIG": ""})
    return found


def test_importing_it_asks_nothing_of_the_network_or_the_database(described: Described) -> None:
    assert (described.errors, described.connections, described.statements) == ({}, [], [])


def test_it_runs_once_a_day_in_the_morning_and_not_for_days_gone_by(described: Described) -> None:
    assert (described.dag_id, described.schedule) == ("oncall_check", "20 7 * * *")
    assert described.interval == timedelta(), "it looks ahead from when it runs"
    assert (described.assets, described.catchup) == ([], False)


def test_its_one_task_is_retried_as_the_server_says_and_bounded_in_time(described: Described) -> None:
    ((name, settings),) = described.tasks.items()
    assert name == TASK
    assert 1 <= settings["retries"] <= 5
    assert settings["retry_policy"] == "ServerSaysWhen"
    assert 0 < settings["execution_timeout"] <= 600
    assert settings["owner"] not in {"", "airflow"}


# ── its runs ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_finds_nothing_to_fix_is_green_and_says_so(scene: Scene) -> None:
    ended = run(scene)
    assert (ended.state, ended.waits) == ("success", [])
    found = ended.returned[TASK]
    assert found["problems"] == []
    assert found["groups"]["platform-oncall"] == {"PPLAT": "PPLAT"}
    assert found["names"]["SPLAT"] == "@platform-oncall"
    assert ": no problems found. 1 requests to PagerDuty, " in ended.log(TASK)
    assert ended.log(TASK).count('"problems"') == 0, "the JSON is not shown beside it"


def test_a_run_that_finds_an_error_fails_at_once_with_the_whole_list_in_log_and_xcom(
    open_scene: Callable[..., Scene],
) -> None:
    scene = open_scene(CONFIG + NOBODY)
    ended = run(scene)
    assert (ended.state, ended.waits) == ("failed", [])
    codes = [(item["level"], item["code"], item["groups"]) for item in ended.returned[TASK]["problems"]]
    assert codes == [("error", "pagerduty_not_found", ["late"]), ("error", "no_such_group", ["late"])]
    assert "error  @late  PagerDuty schedule PNONE could not be read." in ended.log(TASK)
    assert ": 2 to fix. " in ended.log(TASK)


def test_a_passing_fault_is_tried_again_and_what_the_last_try_finds_stands(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(endpoint="usergroups.list", status=503, times=3))  # all tries of the client
    ended = run(scene)
    assert (ended.state, len(ended.waits)) == ("success", 1)
    assert ended.returned[TASK]["problems"] == []


def test_nothing_is_written_to_slack_and_the_syncs_memory_is_as_it_was(scene: Scene) -> None:
    scene.run_stepwise()
    before, remembered = scene.members(), scene.call(kept.remembered)
    scene.sandbox.requests.clear()
    run(scene)
    assert remembered
    assert (scene.members(), scene.call(kept.remembered)) == (before, remembered)
    tried = [request.params for request in scene.sandbox.requests if request.endpoint == "usergroups.update"]
    assert scene.writes() == ["SLEAD"]
    assert tried == [{"usergroup": "SLEAD"}], "the permission is asked for without a field"
    assert scene.sandbox.count("slack", "users.lookupByEmail") == 0, "the sync found them a moment ago"


def test_no_token_is_in_what_it_leaves_behind(scene: Scene) -> None:
    ended = run(scene)
    kept_text = json.dumps(ended.returned) + str(ended.logs)
    assert scene.world.pagerduty.token not in kept_text
    assert scene.world.slack.token not in kept_text
