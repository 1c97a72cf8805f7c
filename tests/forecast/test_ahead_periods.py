"""The pure parts of coverage: which times are in nobody's shift, and how that is put."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.forecast.coverage import most_at_once, uncovered
from oncall_sync.forecast.findings import Period
from oncall_sync.models import Shift
from tests.forecast.ahead import DAY, HOUR, NOON

SPAN = Period(NOON, NOON + 14 * DAY)
hours = st.integers(-5, 25).map(lambda hour: NOON + hour * HOUR)
bounds = st.one_of(st.none(), hours)
shifts = st.lists(st.builds(Shift, person=st.sampled_from("abc"), start=bounds, end=bounds), max_size=8)
SHORT = Period(NOON, NOON + 20 * HOUR)
MOMENTS = [SHORT.start + n * timedelta(minutes=30) for n in range(40)]


@given(shifts)
def test_a_moment_is_in_a_gap_if_and_only_if_nobody_is_there_then(known: list[Shift]) -> None:
    gaps = uncovered(SHORT, known)
    for at in MOMENTS:
        someone = any(shift.covers(at) for shift in known)
        assert any(gap.start <= at < gap.end for gap in gaps) is not someone, at


@given(shifts)
def test_gaps_are_in_order_within_the_span_and_as_few_as_possible(known: list[Shift]) -> None:
    gaps = uncovered(SHORT, known)
    assert all(SHORT.start <= gap.start < gap.end <= SHORT.end for gap in gaps)
    assert all(before.end < after.start for before, after in pairwise(gaps))


@given(shifts, st.randoms())
def test_the_order_of_the_shifts_does_not_matter(known: list[Shift], random: object) -> None:
    shuffled = [*known]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert uncovered(SHORT, shuffled) == uncovered(SHORT, known)


@given(shifts)
def test_the_most_at_once_is_the_most_at_any_moment_and_a_person_counts_once(known: list[Shift]) -> None:
    number, since = most_at_once(SHORT, known)
    counts = {at: len({shift.person for shift in known if shift.covers(at)}) for at in MOMENTS}
    assert number == max(counts.values())
    assert since == min(at for at, count in counts.items() if count == number)


def test_a_handoff_leaves_no_gap_and_a_second_between_two_shifts_is_one() -> None:
    nine = NOON + 21 * HOUR
    assert uncovered(SPAN, [Shift(person="a", end=nine), Shift(person="b", start=nine)]) == []
    later = nine + timedelta(seconds=1)
    assert uncovered(SPAN, [Shift(person="a", end=nine), Shift(person="b", start=later)]) == [Period(nine, later)]


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (0 * HOUR, 14 * DAY, "all 14 days"),
        (0 * HOUR, 20 * HOUR, "now to Tue 03 Mar 08:00"),
        (5 * DAY, 14 * DAY, "from Sat 07 Mar 12:00 on"),
        (4 * HOUR, 6 * HOUR, "Mon 02 Mar 16:00 to 18:00"),
        (5 * DAY, 6 * DAY + 20 * HOUR, "Sat 07 Mar 12:00 to Mon 09 Mar 08:00"),
    ],
)
def test_a_period_in_words(start: timedelta, end: timedelta, text: str) -> None:
    assert Period(NOON + start, NOON + end).in_words(SPAN) == text
