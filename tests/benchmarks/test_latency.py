"""`make bench ARGS=latency`: which write belongs to which change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from benchmarks.changes import GAPS, Change, enter_handoffs, plan, table, waits_and_strays
from benchmarks.worlds import new_world, on_call, set_turn
from sandbox import Request

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST, SECOND = frozenset({"U00000", "U00003"}), frozenset({"U00001", "U00004"})  # of group 0 with two schedules
HANDOFF = Change("handoff", 0, NINE)


def write(after: float, users: frozenset[str] = SECOND, group: str = "S00000", status: int | None = 200) -> Request:
    params, at = {"usergroup": group, "users": ",".join(users)}, NINE + timedelta(seconds=after)
    return Request("slack", "POST", "/", "usergroups.users.update", params, at, status)


def measured(*requests: Request) -> tuple[float | None, list[Request]]:
    world = new_world(2, schedules=2)
    enter_handoffs(world, [HANDOFF])
    waits, strays = waits_and_strays(world, [HANDOFF], requests)
    return waits[HANDOFF], strays


def test_each_group_changes_once_at_a_moment_of_its_own() -> None:
    changes = plan(20, 15, NINE)
    gaps = [(b - a).total_seconds() for a, b in pairwise([NINE, *(change.at for change in changes)])]
    assert [change.kind for change in changes].count("handoff") == 20
    assert {change.group for change in changes} == set(range(35))
    assert GAPS[0] <= min(gaps) <= max(gaps) <= GAPS[1]


def test_a_handoff_changes_the_group_at_its_instant_and_an_override_from_its_start() -> None:
    world = new_world(2, schedules=2)
    enter_handoffs(world, [HANDOFF])
    assert (on_call(world, 0, NINE - timedelta(seconds=1)), on_call(world, 0, NINE)) == (FIRST, SECOND)
    set_turn(world, [0], 1, since=NINE - timedelta(minutes=1))
    assert on_call(world, 0, NINE - timedelta(seconds=1)) == SECOND


def test_a_write_belongs_to_the_change_whose_group_and_whole_member_set_it_has() -> None:
    assert measured(write(5)) == (5, [])


def test_a_write_that_is_early_wrong_elsewhere_or_repeated_is_one_without_a_change() -> None:
    strays = [write(-1), write(1, FIRST), write(2, group="S00001"), write(9)]
    assert measured(*strays[:3]) == (None, strays[:3])
    assert measured(*strays[:3], write(5), strays[3]) == (5, strays)


def test_a_refused_or_unanswered_write_counts_for_nothing() -> None:
    assert measured(write(1, status=429), write(2, status=None)) == (None, [])


def test_the_table_takes_percentiles_by_the_nearest_rank_and_counts_the_missed() -> None:
    waits = {Change("handoff", n, NINE): float(n) for n in range(20, 0, -1)} | {Change("override", 0, NINE): None}
    assert table(waits).splitlines()[2:] == [
        "| handoffs | 20 | 10.0 s | 19.0 s | 20.0 s | 0 |",
        "| overrides | 1 |  |  |  | 1 |",
    ]
