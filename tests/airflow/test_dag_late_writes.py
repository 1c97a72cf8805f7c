"""Writes that come too late are skipped, not failed, and the next run is asked for at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.airflow import in_airflow, tampering
from tests.airflow.scene import CONFIG, Call, Scene

WRITING = "update_groups"


def test_clearing_an_old_write_never_puts_yesterdays_people_back(scene: Scene) -> None:
    yesterday = scene.run_stepwise()
    scene.hand_off("PPLAT", "PCY")
    scene.run_stepwise()
    scene.sandbox.requests.clear()

    cleared = scene.call(in_airflow.clear_and_resume, yesterday.run_id, {WRITING, "report"})
    assert scene.writes() == []
    assert scene.members()["platform-oncall"] == ["UCY"]
    assert cleared.tasks[f"{WRITING} @platform-oncall"] == "skipped"
    assert set(cleared.statuses().values()) == {"superseded"}
    assert cleared.state == "success"
    assert cleared.wakes == ["report"]
    assert cleared.next_run_is_due


def test_a_cleared_run_is_not_the_present_though_it_was_a_full_one(scene: Scene) -> None:
    first = scene.run_stepwise()
    verified = first.report["groups"]["platform-oncall"]["verified_at"]
    cleared = scene.call(in_airflow.clear_and_resume, first.run_id, {WRITING, "report"})
    assert ("report", "state") not in cleared.xcoms
    assert cleared.report["groups"]["platform-oncall"]["verified_at"] == verified


def test_a_run_cleared_from_its_beginning_starts_from_the_present(scene: Scene) -> None:
    yesterday = scene.run_stepwise()
    scene.hand_off("PPLAT", "PCY")
    cleared = scene.call(in_airflow.clear_and_resume, yesterday.run_id, {name.split()[0] for name in yesterday.tasks})
    assert cleared.state == "success"
    assert cleared.statuses()["platform-oncall"] == "updated"
    assert scene.members()["platform-oncall"] == ["UCY"]


def test_a_plan_that_was_held_up_is_superseded_with_the_reason_in_the_report(scene: Scene) -> None:
    planned = scene.run_stepwise(stop_before=WRITING)
    assert planned.state == "running"
    scene.call(tampering.age_plan, planned.run_id, timedelta(minutes=11))

    ran = scene.call(in_airflow.resume, planned.run_id)
    assert scene.writes() == []
    assert ran.state == "success"
    assert ran.tasks["report"] == "success"
    assert set(ran.statuses().values()) == {"superseded"}
    (note,) = ran.report["groups"]["platform-oncall"]["problems"]
    assert (note["level"], note["code"]) == ("info", "superseded")
    assert ran.wakes == ["report"]
    assert ran.next_run_is_due


def test_a_failed_run_whose_writes_came_too_late_asks_for_the_next_one_all_the_same(
    open_scene: Callable[..., Scene],
) -> None:
    """A failed `report` asks for nothing, so `plan_updates` does; a group that stays wrong asks for it only once."""
    scene = open_scene(CONFIG + "  nobody-knows-me: {schedules: [PPLAT]}\n")
    planned = scene.run_stepwise(stop_before=WRITING)
    assert planned.next_run_is_due
    scene.call(tampering.age_plan, planned.run_id, timedelta(minutes=11))

    ran = scene.call(in_airflow.resume, planned.run_id)
    assert scene.writes() == []
    assert ran.state == "failed"
    assert ran.report["counts"]["superseded"] == 3
    assert ran.statuses()["nobody-knows-me"] == "failed"
    assert ran.wakes == ["plan_updates"]

    following = scene.run_stepwise()
    assert following.report["counts"]["updated"] == 3
    last = scene.run_stepwise()
    assert last.state == "failed"
    assert not last.next_run_is_due, "what is left stays wrong: the heartbeat is soon enough"


@pytest.fixture
def one_write_a_run(call: Call) -> Iterator[None]:
    before = call(tampering.allow_writes, 1)
    yield
    call(tampering.allow_writes, before)


@pytest.mark.usefixtures("one_write_a_run")
def test_what_one_run_cannot_write_is_deferred_to_runs_that_follow_at_once(scene: Scene) -> None:
    runs = [scene.run_stepwise() for _ in range(3)]
    assert [ran.state for ran in runs] == ["success"] * 3
    assert [ran.report["counts"]["deferred"] for ran in runs] == [2, 1, 0]
    assert [ran.wakes for ran in runs] == [["plan_updates"], ["plan_updates"], []]
    assert [ran.next_run_is_due for ran in runs] == [True, True, False]
    assert sorted(scene.writes()) == ["SLEAD", "SPLAT", "SSTOR"]
