"""The Dag oncall_check as Airflow runs it."""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox import Fault
from scripts.airflow_home import ROOT
from tests.airflow import tampering
from tests.airflow.scene import CONFIG, Scene

FILE = ROOT / "dags" / "oncall_check_dag.py"
TASK = "check_everything"
NOBODY = "  late: {schedules: [PNONE], fallback: [ada@acme.example]}\n"


def test_a_run_that_finds_nothing_to_fix_is_green_writes_nothing_and_shows_no_token(scene: Scene) -> None:
    scene.run()
    before, remembered = scene.members(), scene.call(tampering.remembered)
    scene.sandbox.requests.clear()
    ended = scene.trigger(FILE)

    assert (ended.state, ended.waits) == ("success", [])
    found = ended.returned[TASK]
    assert found["problems"] == []
    assert found["groups"]["platform-oncall"] == {"PPLAT": "PPLAT"}
    assert found["names"]["SPLAT"] == "@platform-oncall"
    assert ": no problems found. 1 requests to PagerDuty, " in ended.log(TASK)
    assert ended.log(TASK).count('"problems"') == 0, "the JSON is not shown beside it"
    assert remembered
    assert (scene.members(), scene.call(tampering.remembered)) == (before, remembered)
    assert scene.writes() == ["SLEAD"], "the permission, asked for without a field"
    texts = json.dumps(ended.returned) + str(ended.logs)
    assert scene.world.pagerduty.token not in texts
    assert scene.world.slack.token not in texts


def test_a_run_that_finds_an_error_fails_at_once_with_the_whole_list_in_log_and_xcom(
    open_scene: Callable[..., Scene],
) -> None:
    ended = open_scene(CONFIG + NOBODY).trigger(FILE)
    assert (ended.state, ended.waits) == ("failed", [])
    codes = [(item["level"], item["code"], item["groups"]) for item in ended.returned[TASK]["problems"]]
    assert codes == [("error", "pagerduty_not_found", ["late"]), ("error", "no_such_group", ["late"])]
    assert "error  @late  PagerDuty schedule PNONE could not be read." in ended.log(TASK)
    assert ": 2 to fix. " in ended.log(TASK)


def test_a_passing_fault_is_tried_again_and_what_the_last_try_finds_counts(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(endpoint="usergroups.list", status=503, times=3))  # all tries of the client
    ended = scene.trigger(FILE)
    assert (ended.state, len(ended.waits)) == ("success", 1)
    assert ended.returned[TASK]["problems"] == []
