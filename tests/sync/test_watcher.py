"""The watcher beside the six tasks: it wakes the Dag when, and only when, PagerDuty differs from the last run."""

from __future__ import annotations

import pytest

from sandbox import Policy, Schedule
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, POLL, SECOND, Watching
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

EVERY_HALF_MINUTE = [NOON + n * POLL for n in range(1, 21)]


def test_as_long_as_nothing_changes_it_polls_and_wakes_nobody(calm: Watching) -> None:
    calm.until(NOON + 10 * MINUTE)

    assert calm.polls == EVERY_HALF_MINUTE
    assert calm.wakes == []
    assert [request.endpoint for request in calm.sync.sandbox.requests] == ["GET /oncalls"] * 20


# ── planned handoffs ─────────────────────────────────────────────────────────────────────────────────────


def test_a_handoff_is_read_one_second_after_it_and_in_slack_at_once(calm: Watching) -> None:
    at = NOON + 4 * MINUTE + 7 * SECOND
    hand_over(calm.world, "SADA", "PDEE", at)

    calm.until(at + SECOND)

    assert calm.wakes == [(at + SECOND, "who is on call changed: SADA")]
    assert calm.sync.members("alpha") == {"UDEE"}
    assert len(calm.sync.writes()) == 1


def test_between_handoffs_it_polls_as_usual(calm: Watching) -> None:
    hand_over(calm.world, "SADA", "PDEE", NOON + 100 * SECOND)

    calm.until(NOON + 3 * MINUTE)

    seconds = [(at - NOON).total_seconds() for at in calm.polls]
    assert seconds == [30, 60, 90, 101, 131, 161]


def test_of_several_handoffs_each_is_read_at_its_own_time(calm: Watching) -> None:
    for n, schedule in enumerate(("SADA", "SBO", "SCY"), start=1):
        hand_over(calm.world, schedule, "PDEE", NOON + MINUTE + n * 11 * SECOND)

    calm.until(NOON + 2 * MINUTE)

    assert [(at - NOON).total_seconds() for at, _ in calm.wakes] == [72, 83, 94]
    assert [calm.sync.members(handle) for handle in ("alpha", "beta", "late")] == [{"UDEE"}] * 3


def test_a_rotation_that_ends_wakes_the_dag_and_the_group_keeps_its_members(calm: Watching) -> None:
    calm.world.schedules["SADA"].shifts[0].end = NOON + MINUTE

    calm.until(NOON + HOUR)

    assert len(calm.wakes) == 1
    assert calm.reports[0].groups["alpha"].status == "nobody_on_call"
    assert calm.sync.writes() == []


# ── overrides ────────────────────────────────────────────────────────────────────────────────────────────


def test_an_override_is_seen_by_the_next_poll(calm: Watching) -> None:
    calm.pass_by(95 * SECOND)
    calm.override("SADA", "PDEE")

    calm.pass_by(POLL)

    assert calm.wakes == [(NOON + 120 * SECOND, "who is on call changed: SADA")]
    assert calm.sync.members("alpha") == {"UDEE"}


def test_its_end_is_read_like_any_end_of_a_shift(calm: Watching) -> None:
    calm.override("SADA", "PDEE", minutes=2.2)

    calm.until(NOON + 133 * SECOND)

    assert [(at - NOON).total_seconds() for at, _ in calm.wakes] == [30, 133]
    assert calm.sync.members("alpha") == {"UADA"}


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────


def watching_many(sync: Sync, schedules: int, rows: int) -> Watching:
    """One group of so many schedules, of which so many have a row; nobody is on call for the others."""
    crowd(sync.sandbox.world, rows)
    empty = [f"SNONE{n:03}" for n in range(schedules - rows)]
    sync.sandbox.world.schedules |= {schedule: Schedule() for schedule in empty}
    sync.sandbox.world.policies["PNONE"] = Policy(levels=[empty])
    ids = [*empty, *(f"S{n:04}" for n in range(rows))]
    sync.configure(f"groups: {{alpha: {{schedules: [{', '.join(ids)}]}}}}")
    return Watching(sync).settled()


@pytest.mark.parametrize(("schedules", "rows", "requests"), [(200, 100, 1), (101, 101, 2), (201, 100, 2)])
def test_a_poll_is_one_request_for_up_to_two_hundred_schedules_with_a_hundred_rows(
    sync: Sync, schedules: int, rows: int, requests: int
) -> None:
    many = watching_many(sync, schedules, rows)

    many.look()

    assert [request.endpoint for request in many.sync.sandbox.requests] == ["GET /oncalls"] * requests


def test_it_verifies_no_schedule_however_many_have_no_row(calm: Watching) -> None:
    calm.sync.configure(config("schedules: [SEMPTY, SLOOSE, SLOOSEPAIR]"))
    calm.settled()

    calm.until(NOON + 10 * MINUTE)

    assert {request.endpoint for request in calm.asked()} == {"GET /oncalls"}
    assert calm.wakes == []
