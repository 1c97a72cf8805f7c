"""What a run was asked for: its parameters, a backfill; and who began it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.airflow import tampering
from tests.airflow.ran import Ran
from tests.airflow.scene import HANDOFF, Scene


def assert_only_planned(scene: Scene, ran: Ran) -> None:
    assert scene.writes() == []
    assert (ran.state, ran.report["writes"], ran.tasks["update_groups"]) == ("success", False, "skipped")
    assert set(ran.statuses().values()) == {"would_update"}
    assert ("report", "state") not in ran.xcoms, "only a full run that writes is the present"


def test_a_dry_run_reports_what_would_change_and_writes_nothing(scene: Scene) -> None:
    ran = scene.run(dry_run=True)
    assert_only_planned(scene, ran)
    assert "Nothing was written" in ran.log


def test_groups_serves_these_groups_only_and_is_not_the_present(scene: Scene) -> None:
    ran = scene.run(groups=["@storage-oncall"])
    assert scene.writes() == ["SSTOR"]
    assert ran.statuses() == {"storage-oncall": "updated"}
    assert ("report", "state") not in ran.xcoms


def test_as_of_tells_who_is_on_call_at_another_time_and_never_writes(scene: Scene) -> None:
    later = (datetime.now(UTC) + HANDOFF + timedelta(days=1)).replace(microsecond=0)
    ran = scene.run(as_of=later.isoformat())
    assert_only_planned(scene, ran)
    assert datetime.fromisoformat(ran.report["as_of"]) == later
    assert [member["name"] for member in ran.report["groups"]["platform-leads"]["members"]] == ["Bo"]


def test_a_backfill_plans_for_its_logical_date_and_never_writes(scene: Scene) -> None:
    past = (datetime.now(UTC) - HANDOFF - timedelta(days=1)).replace(microsecond=0)
    ran = scene.run(backfill_for=past)
    assert_only_planned(scene, ran)
    assert datetime.fromisoformat(ran.report["as_of"]) == past
    assert [member["name"] for member in ran.report["groups"]["platform-leads"]["members"]] == ["Dee"]


def test_a_mistyped_parameter_fails_the_run_before_any_request(scene: Scene) -> None:
    ran = scene.run(dryrun=True)
    assert ran.state == "failed"
    assert [problem["code"] for problem in ran.report["problems"]] == ["unknown_parameter"]
    assert (ran.report["writes"], ran.report["groups"], scene.sandbox.requests) == (False, {}, [])
    assert ("report", "state") not in ran.xcoms


@pytest.mark.parametrize(("begun_by", "warns"), [("scheduled", True), ("asset_triggered", True), ("manual", False)])
def test_a_run_that_the_scheduler_began_warns_of_a_silent_watcher(scene: Scene, begun_by: str, warns: bool) -> None:
    scene.run()
    scene.call(tampering.no_poll_since, timedelta(minutes=2))
    ran = scene.run(begun_by=begun_by)
    assert ran.state == "success", "a warning fails nothing"
    assert [problem["code"] for problem in ran.report["problems"]] == (["watcher_silent"] if warns else [])
