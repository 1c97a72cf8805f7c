"""Writes that come too late are skipped, not failed, and the next run is asked for at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.airflow import in_airflow, tampering
from tests.airflow.scene import CONFIG, Scene

WRITING = "update_groups"


def test_clearing_an_old_write_never_puts_yesterdays_people_back(scene: Scene) -> None:
    yesterday = scene.run()
    scene.hand_off("PPLAT", "PCY")
    today = scene.run()
    scene.sandbox.requests.clear()

    cleared = scene.call(in_airflow.clear_and_resume, yesterday.run_id, {WRITING, "report"})
    assert scene.writes() == []
    assert scene.members()["platform-oncall"] == ["UCY"]
    assert cleared.tasks[f"{WRITING} @platform-oncall"] == "skipped"
    assert set(cleared.statuses().values()) == {"superseded"}
    assert (cleared.state, cleared.wakes, cleared.next_run_is_due) == ("success", ["report"], True)
    assert ("report", "state") not in cleared.xcoms, "it is not the present, though it was a full run"
    verified = [ran.report["groups"]["platform-oncall"]["verified_at"] for ran in (cleared, today)]
    assert verified[0] == verified[1]


def test_a_run_cleared_from_its_beginning_starts_from_the_present(scene: Scene) -> None:
    yesterday = scene.run()
    scene.hand_off("PPLAT", "PCY")
    cleared = scene.call(in_airflow.clear_and_resume, yesterday.run_id, {name.split()[0] for name in yesterday.tasks})
    assert cleared.state == "success"
    assert cleared.statuses()["platform-oncall"] == "updated"
    assert scene.members()["platform-oncall"] == ["UCY"]


def test_a_plan_that_was_held_up_is_superseded_with_the_reason_in_the_report(scene: Scene) -> None:
    planned = scene.run(stop_before=WRITING)
    assert planned.state == "running"
    scene.call(tampering.age_plan, planned.run_id, timedelta(minutes=11))

    ran = scene.call(in_airflow.resume, planned.run_id)
    assert scene.writes() == []
    assert set(ran.statuses().values()) == {"superseded"}
    (note,) = ran.report["groups"]["platform-oncall"]["problems"]
    assert (note["level"], note["code"]) == ("info", "superseded")
    assert (ran.state, ran.wakes, ran.next_run_is_due) == ("success", ["report"], True)


def test_a_failed_run_whose_writes_came_too_late_asks_for_the_next_one_all_the_same(
    open_scene: Callable[..., Scene],
) -> None:
    """A failed `report` asks for nothing, so `plan_updates` does; a group that stays wrong asks for it only once."""
    scene = open_scene(CONFIG + "  nobody-knows-me: {schedules: [PPLAT]}\n")
    planned = scene.run(stop_before=WRITING)
    assert planned.next_run_is_due
    scene.call(tampering.age_plan, planned.run_id, timedelta(minutes=11))

    ran = scene.call(in_airflow.resume, planned.run_id)
    assert scene.writes() == []
    assert (ran.state, ran.report["counts"]["superseded"], ran.wakes) == ("failed", 3, ["plan_updates"])
    assert ran.statuses()["nobody-knows-me"] == "failed"

    assert scene.run().report["counts"]["updated"] == 3
    last = scene.run()
    assert last.state == "failed"
    assert not last.next_run_is_due, "what is wrong stays so: the heartbeat is soon enough"
