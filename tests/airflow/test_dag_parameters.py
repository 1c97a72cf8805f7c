"""What a run was asked for: its parameters, a backfill, and a config that forbids writing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.airflow.ran import Ran
from tests.airflow.scene import HANDOFF, Scene

ALL = ["platform-leads", "platform-oncall", "storage-oncall"]


def assert_only_planned(scene: Scene, ran: Ran) -> None:
    assert scene.writes() == []
    assert ran.state == "success"
    assert ran.report["writes"] is False
    assert ran.tasks["update_groups"] == "skipped"
    assert ("report", "state") not in ran.xcoms, "only a full run that writes is the present"


def test_a_dry_run_reports_what_would_change_and_writes_nothing(scene: Scene) -> None:
    ran = scene.run_stepwise(dry_run=True)
    assert_only_planned(scene, ran)
    assert ran.statuses() == dict.fromkeys(ALL, "would_update")
    leads = ran.report["groups"]["platform-leads"]
    assert (leads["added"], leads["removed"]) == ([], ["UPIA"])
    assert "Nothing was written" in ran.log


@pytest.mark.parametrize("handle", ["storage-oncall", "@storage-oncall"])
def test_groups_serves_these_groups_only_and_is_not_the_present(scene: Scene, handle: str) -> None:
    ran = scene.run_stepwise(groups=[handle])
    assert scene.writes() == ["SSTOR"]
    assert ran.statuses() == {"storage-oncall": "updated"}
    assert ran.tasks["update_groups @storage-oncall"] == "success"
    assert ("report", "state") not in ran.xcoms


def test_as_of_tells_who_is_on_call_at_another_time_and_never_writes(scene: Scene) -> None:
    later = (datetime.now(UTC) + HANDOFF + timedelta(days=1)).replace(microsecond=0)
    ran = scene.run_stepwise(as_of=later.isoformat())
    assert_only_planned(scene, ran)
    assert datetime.fromisoformat(ran.report["as_of"]) == later
    assert [member["name"] for member in ran.report["groups"]["platform-leads"]["members"]] == ["Bo"]


def test_a_backfill_plans_for_its_logical_date_and_never_writes(scene: Scene) -> None:
    past = (datetime.now(UTC) - HANDOFF - timedelta(days=1)).replace(microsecond=0)
    ran = scene.run_stepwise(backfill_for=past)
    assert_only_planned(scene, ran)
    assert datetime.fromisoformat(ran.report["as_of"]) == past
    assert [member["name"] for member in ran.report["groups"]["platform-leads"]["members"]] == ["Dee"]


@pytest.mark.parametrize(
    ("conf", "code"),
    [
        ({"dryrun": True}, "unknown_parameter"),
        ({"groups": ["storage-onkall"]}, "unknown_group"),
        ({"as_of": "2026-11-23T09:00:00"}, "as_of"),
    ],
)
def test_a_mistyped_parameter_fails_the_run_and_says_nothing_of_any_group(
    scene: Scene, conf: dict[str, Any], code: str
) -> None:
    before = scene.run_stepwise().report["groups"]["platform-oncall"]
    scene.sandbox.requests.clear()
    ran = scene.run_stepwise(**conf)
    assert ran.state == "failed"
    assert [problem["code"] for problem in ran.report["problems"]] == [code]
    assert (ran.report["writes"], ran.report["groups"]) == (False, {})
    assert scene.sandbox.requests == []
    assert ("report", "state") not in ran.xcoms
    after = scene.run_stepwise().report["groups"]["platform-oncall"]
    assert (after["failing_since"], before["failing_since"]) == (None, None)
