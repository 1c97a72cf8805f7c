"""With a whole Airflow: a backfill of a month of `oncall_history`, beside the sync."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Override, PlannedShift
from sandbox.shifts import shifts
from tests.live.scene import EVER, Scene, wait

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

DAG_ID = "oncall_history"
DAYS = 30
TURN = timedelta(hours=7, minutes=13, seconds=17)  # so that shifts begin and end at every hour and second


def test_a_backfill_of_a_month_delays_no_handoff_and_tells_the_shifts_to_the_second(scene: Scene) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    give_a_past(scene, today - timedelta(days=DAYS + 2), today - timedelta(days=1))
    wait(lambda: scene.live.api.unpause(DAG_ID), 30, "Airflow to read the Dag")
    first, last = today - timedelta(days=DAYS + 1), today - timedelta(days=2)
    dates = {"from_date": first.isoformat(), "to_date": last.isoformat()}
    scene.live.api.ask("POST", "backfills", {"dag_id": DAG_ID} | dates)
    handed_off = scene.hand_off(8, ahead=20)
    scene.until(handed_off)
    assert {"success", "running"} <= {run["state"] for run in backfilled(scene)}, "the backfill was not under way"
    assert (scene.arrives(8) - handed_off).total_seconds() < 20
    wait(lambda: [run["state"] for run in backfilled(scene)] == ["success"] * DAYS, 200, "the backfill")
    for run in backfilled(scene):
        told = scene.live.api.returned(DAG_ID, run["dag_run_id"], "fetch_shifts")
        since, until = (datetime.fromisoformat(run[key]) for key in ("data_interval_start", "data_interval_end"))
        assert until - since == timedelta(days=1)
        assert said(told["rotations"]) == true(scene, since, until)
    assert scene.written() == [("group-8", "U00025")]


def give_a_past(scene: Scene, since: datetime, until: datetime) -> None:
    """Three people in turn on one schedule, with overrides across the ends of their turns; before and after it the
    first of them."""
    schedule = scene.sandbox.world.schedules["PS00009"]
    people = [f"PU000{n}" for n in (27, 28, 29)]
    moments = [since + n * TURN for n in range((until - since) // TURN)]
    turns = list(zip([EVER, *moments], [*moments, None], strict=True))
    schedule.shifts = [
        PlannedShift(person=people[n % 3 if end else 0], start=start, end=end) for n, (start, end) in enumerate(turns)
    ]
    schedule.overrides = [
        Override(person=people[n % 3], start=at - timedelta(minutes=31), end=at + timedelta(hours=2, seconds=n))
        for n, at in enumerate(moments[:-1])
        if n % 5 == 1
    ]


def backfilled(scene: Scene) -> list[dict[str, Any]]:
    return [run for run in scene.live.api.runs(DAG_ID) if run["run_type"] == "backfill"]


Times = set[tuple[str, str, datetime | None, datetime | None]]


def said(rotations: dict[str, list[dict[str, str]]]) -> Times:
    """{("PS00001", "PU00003", start, end)}"""
    return {
        (schedule, shift["person"], _moment(shift["start"]), _moment(shift["end"]))
        for schedule, found in rotations.items()
        for shift in found
    }


def true(scene: Scene, since: datetime, until: datetime) -> Times:
    """By the sandbox's timetable: whatever touches since <= T < until."""
    return {
        (key, shift.person or "", shift.start, shift.end)
        for key, schedule in scene.sandbox.world.schedules.items()
        for shift in shifts(schedule, since, until)
        if shift.start < until and (shift.end is None or shift.end > since)
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
