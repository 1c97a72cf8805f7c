"""The watcher and overlaps: it wakes the Dag at each moment at which somebody joins or leaves, and not otherwise."""

from __future__ import annotations

from datetime import datetime

import pytest

from sandbox import Override, PlannedShift, Policy
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, SECOND, Watching
from tests.sync.worlds import HOUR, NOON, config, hand_over

HANDOFF = NOON + HOUR + 7 * SECOND
OVERLAP = "overlap: {before: 15m, after: 30m}"
Turn = tuple[str, datetime, datetime | None]
WAYS = {
    "a schedule": ("schedules: [SADA]", "SADA"),
    "a policy": ("escalation_policies: [PESC]", "SADA"),
    "a schedule on no policy": ("schedules: [SLOOSE]", "SLOOSE"),
    "a shift-based schedule on no policy": ("schedules: [SLOOSEPAIR]", "SLOOSEPAIR"),
}


def watching(sync: Sync, alpha: str, *shifts: Turn, schedule: str = "SADA") -> Watching:
    """All is calm at noon, and no heartbeat comes by itself."""
    sync.configure(config(alpha))
    sync.sandbox.world.policies["PESC"] = Policy(levels=[["SADA"]])
    sync.sandbox.world.schedules[schedule].shifts = [
        PlannedShift(person=who, start=start, end=end) for who, start, end in shifts
    ]
    return Watching(sync).settled()


def with_heartbeats(watched: Watching, end: datetime) -> list[float]:
    """Every 15 minutes a run, as Airflow begins it; the seconds after the handoff at which the watcher woke the Dag."""
    while watched.sync.now < end:
        watched.until(min(watched.sync.now + 15 * MINUTE, end))
        watched.run()
    return [(at - HANDOFF).total_seconds() for at, _ in watched.wakes]


@pytest.mark.parametrize(("alpha", "schedule"), WAYS.values(), ids=WAYS)
def test_it_wakes_the_dag_when_somebody_joins_hands_over_and_leaves_and_not_otherwise(
    sync: Sync, alpha: str, schedule: str
) -> None:
    turns = [("PADA", NOON - HOUR, HANDOFF), ("PDEE", HANDOFF, None)]
    watched = watching(sync, f"{alpha}, {OVERLAP}", *turns, schedule=schedule)

    assert with_heartbeats(watched, HANDOFF + HOUR) == [-15 * 60 + 1, 1, 30 * 60 + 1]
    assert watched.sync.members("alpha") == {"UDEE"}
    assert [(event.added, event.removed) for event in watched.sync.events if event.handle == "alpha"] == [
        (("UDEE",), ()),
        ((), ("UADA",)),
    ]


@pytest.mark.parametrize(("alpha", "schedule"), WAYS.values(), ids=WAYS)
def test_after_a_gap_the_next_in_turn_joins_to_the_second_too(sync: Sync, alpha: str, schedule: str) -> None:
    start = HANDOFF + HOUR
    turns = [("PADA", NOON - HOUR, HANDOFF), ("PDEE", start, None)]
    watched = watching(sync, f"{alpha}, {OVERLAP}, fallback: [bo@acme.example]", *turns, schedule=schedule)

    assert with_heartbeats(watched, start + HOUR) == [1, 30 * 60 + 1, 45 * 60 + 1, 60 * 60 + 1]
    assert watched.sync.members("alpha") == {"UDEE"}


def test_the_first_run_of_all_knows_the_next_moment(sync: Sync) -> None:
    """With the next heartbeat only after it."""
    turns = [("PADA", NOON - HOUR, NOON + 20 * MINUTE), ("PDEE", NOON + 20 * MINUTE, None)]
    watched = watching(sync, f"schedules: [SADA], {OVERLAP}", *turns)

    watched.until(NOON + 14 * MINUTE)

    assert [at for at, _ in watched.wakes] == [NOON + 5 * MINUTE]
    assert watched.sync.members("alpha") == {"UADA", "UDEE"}


def test_the_next_in_turn_ahead_is_no_difference(sync: Sync) -> None:
    """/oncalls is read about the instant, whatever the last run read around it."""
    turns = [("PADA", NOON - HOUR, NOON + 10 * MINUTE), ("PDEE", NOON + 10 * MINUTE, None)]
    watched = watching(sync, f"schedules: [SADA], {OVERLAP}", *turns)
    assert watched.sync.members("alpha") == {"UADA", "UDEE"}

    watched.until(NOON + 9 * MINUTE)

    assert watched.wakes == []


def test_a_group_without_overlap_on_the_same_schedule_is_woken_for_by_the_handoff_alone(sync: Sync) -> None:
    turns = [("PADA", NOON - HOUR, HANDOFF), ("PDEE", HANDOFF, None)]
    watched = watching(sync, "schedules: [SADA]", *turns)

    assert with_heartbeats(watched, HANDOFF + HOUR) == [1]


def test_somebody_with_two_shifts_in_a_row_wakes_nobody_for_the_overlap(sync: Sync) -> None:
    turns = [("PADA", NOON - HOUR, HANDOFF), ("PADA", HANDOFF, HANDOFF + 8 * HOUR)]
    watched = watching(sync, f"schedules: [SLOOSE], {OVERLAP}", *turns, schedule="SLOOSE")
    watched.sync.sandbox.requests.clear()

    with_heartbeats(watched, HANDOFF + HOUR)

    assert watched.sync.writes() == []
    assert watched.wakes == []


def test_an_override_that_begins_is_seen_by_the_next_poll_and_its_overlap_ends_to_the_second(sync: Sync) -> None:
    watched = watching(sync, "schedules: [SADA], overlap: {after: 5m}", ("PADA", NOON - HOUR, None))
    begin = watched.sync.now + 11 * SECOND
    watched.world.schedules["SADA"].overrides = [Override(person="PDEE", start=begin, end=begin + 2 * HOUR)]

    watched.pass_by(MINUTE)
    assert watched.sync.members("alpha") == {"UADA", "UDEE"}
    watched.forget()
    watched.pass_by(20 * MINUTE)

    assert [at for at, _ in watched.wakes] == [begin + 5 * MINUTE + SECOND]
    assert watched.sync.members("alpha") == {"UDEE"}


def test_the_moment_is_told_until_a_run_has_settled_it(sync: Sync) -> None:
    turns = [("PADA", NOON - HOUR, NOON + 20 * MINUTE), ("PDEE", NOON + 20 * MINUTE, None)]
    watched = watching(sync, f"schedules: [SADA], {OVERLAP}", *turns)
    watched.runs = False

    watched.until(NOON + 14 * MINUTE)

    assert [round(minutes) for minutes in watched.asks()] == [0, 1, 3, 7]


def test_without_polls_the_heartbeat_follows_the_overlap(sync: Sync) -> None:
    sync.configure(config(f"schedules: [SADA], {OVERLAP}", top="poll: off"))
    hand_over(sync.sandbox.world, "SADA", "PDEE", HANDOFF)
    members = {}
    for minutes in (0, 46, 61, 91):
        sync.now = NOON + minutes * MINUTE
        report = sync.run(scheduled=True)
        members[minutes] = sync.members("alpha")

    assert members == {0: {"UADA"}, 46: {"UADA", "UDEE"}, 61: {"UADA", "UDEE"}, 91: {"UDEE"}}
    assert report.problems == ()


def test_a_plan_that_waited_past_the_moment_at_which_somebody_joins_is_not_written(sync: Sync) -> None:
    sync.configure(config(f"schedules: [SADA], {OVERLAP}"))
    hand_over(sync.sandbox.world, "SADA", "PDEE", HANDOFF)
    sync.now, sync.late = HANDOFF - 15 * MINUTE - 2 * SECOND, 2 * SECOND

    assert sync.run().groups["alpha"].status == "superseded"
    assert sync.wants_next
    sync.late = SECOND
    assert sync.run().groups["alpha"].status == "updated"


def test_a_plan_that_waited_past_the_handoff_within_an_overlap_is_still_right(sync: Sync) -> None:
    sync.configure(config(f"schedules: [SADA], {OVERLAP}"))
    hand_over(sync.sandbox.world, "SADA", "PDEE", HANDOFF)
    sync.now, sync.late = HANDOFF - 2 * SECOND, 5 * SECOND

    assert sync.run().groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UADA", "UDEE"}
