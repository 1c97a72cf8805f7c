"""Who is on call when: rotations, explicit shifts and overrides, computed without a server."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import Override, Schedule
from sandbox.shifts import shifts

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def schedule(people: str, every: str = "8h", overrides: Any = (), **more: Any) -> Schedule:
    """`people` "ABC" take turns of `every` from midnight on; overrides are (person, first hour, last hour)."""
    rotation = {"people": list(people), "every": every, "since": DAY}
    listed = [{"person": who, "start": at(start), "end": at(end)} for who, start, end in overrides]
    return Schedule.model_validate({"rotation": rotation, "overrides": listed, **more})


def seen(of: Schedule, since: float, until: float | None = None) -> list[tuple[str | None, float, float | None]]:
    """Shifts in hours since midnight."""
    found = shifts(of, at(since), at(since if until is None else until))
    hours = [(each.person, each.start, each.end) for each in found]
    return [(who, (a - DAY) / timedelta(hours=1), (b - DAY) / timedelta(hours=1) if b else None) for who, a, b in hours]


def test_people_take_turns() -> None:
    assert seen(schedule("ABC"), 1, 23) == [("A", 0, 8), ("B", 8, 16), ("C", 16, 24)]


def test_at_a_handoff_both_shifts_touch() -> None:
    assert seen(schedule("ABC"), 8) == [("A", 0, 8), ("B", 8, 16)]


def test_nobody_is_on_call_before_the_first_turn() -> None:
    assert seen(schedule("ABC"), -5, -1) == []


def test_turns_in_a_row_of_one_person_are_one_shift() -> None:
    assert seen(schedule("AAB"), 1) == [("A", 0, 16)]
    assert seen(schedule("ABA"), 25) == [("A", 16, 32)]


def test_one_person_alone_never_goes_off_call() -> None:
    assert seen(schedule("A"), 100) == [("A", 0, None)]


def test_an_override_cuts_the_shift_around_it() -> None:
    planned = schedule("AB", overrides=[("C", 2, 4)])
    assert seen(planned, 0, 7) == [("A", 0, 2), ("C", 2, 4), ("A", 4, 8)]


def test_an_override_that_fills_the_time_between_two_turns_of_one_person_joins_them() -> None:
    assert seen(schedule("ABCA", overrides=[("A", 8, 24)]), 10) == [("A", 0, 40)]


def test_an_override_by_the_same_person_changes_nothing() -> None:
    assert seen(schedule("AB", overrides=[("A", 2, 4)]), 3) == [("A", 0, 8)]


def test_a_later_override_wins_over_an_earlier_one() -> None:
    assert seen(schedule("AB", overrides=[("C", 1, 7), ("D", 3, 4)]), 3.5) == [("D", 3, 4)]


def test_an_override_replaces_everyone_of_a_shift_based_schedule() -> None:
    two = [{"people": ["A"], "every": "1d", "since": DAY}, {"people": ["B"], "every": "1d", "since": DAY}]
    planned = Schedule.model_validate({"kind": "v3", "rotation": two})
    planned.overrides.append(Override(person="C", start=at(1), end=at(2)))
    assert seen(planned, 0.5) == [("A", 0, 1), ("B", 0, 1)]
    assert seen(planned, 1.5) == [("C", 1, 2)]


turns = st.text("ABC", min_size=1, max_size=5)
plans = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 60), st.integers(1, 12)), max_size=4)


@settings(deadline=None)
@given(turns, plans, st.integers(0, 70), st.integers(0, 30))
def test_a_narrow_window_shows_the_same_shifts_as_a_wide_one(
    people: str, plan: list[tuple[str, int, int]], since: int, length: int
) -> None:
    planned = schedule(people, overrides=[(who, start, start + hours) for who, start, hours in plan])
    wide = shifts(planned, at(-200), at(400))
    window = at(since), at(since + length)
    assert shifts(planned, *window) == [shift for shift in wide if shift.touches(*window)]


@settings(deadline=None)
@given(turns, plans, st.integers(0, 70))
def test_a_layer_based_schedule_has_exactly_one_person_on_call_at_an_instant(
    people: str, plan: list[tuple[str, int, int]], hour: int
) -> None:
    planned = schedule(people, overrides=[(who, start, start + hours) for who, start, hours in plan])
    moment = at(hour)
    covering = [shift for shift in shifts(planned, moment, moment) if shift.covers(moment)]
    assert len(covering) == 1
