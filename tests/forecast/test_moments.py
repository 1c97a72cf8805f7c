"""The moments of a group: what the forecast says of an instant is what a run at that instant would plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.config import Config, Source
from oncall_sync.forecast.coverage import merged
from oncall_sync.forecast.findings import Period
from oncall_sync.forecast.moments import Timeline
from oncall_sync.models import Contact, Reading, Rotation, Shift, replaced
from oncall_sync.rules.members import Roster, roster
from tests.forecast.ahead import DAY, HOUR, NOON

Drawn = list[tuple[Source, str, datetime | None, datetime | None]]
SPAN = Period(NOON, NOON + 20 * HOUR)
SOURCES = (Source("schedule", "SA1"), Source("policy", "PB1", 1))
CONTACTS = {person: Contact(name=person, email=f"{person}@acme.example") for person in "abc"} | {
    "gap": Contact(name="gap", email="noop@example.org", placeholder=True)
}
OPTIONS = [
    {},
    {"overlap": {"before": "90m", "after": "30m"}},
    {"fallback": ["b@acme.example"], "never": [{"email": "a@acme.example", "until": "2026-03-02T15:30:00Z"}]},
    {"always": [{"email": "c@acme.example", "until": "2026-03-02T21:00:00Z"}], "max_members": 2},
]
hours = st.integers(-5, 25).map(lambda hour: NOON + hour * HOUR)
shifts = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.sampled_from(sorted(CONTACTS)), st.none() | hours, st.none() | hours),
    max_size=8,
)


def timeline(options: dict[str, object], drawn: Drawn) -> Timeline:
    group = {"schedules": ["SA1"], "escalation_policies": ["PB1"], **options}
    config = Config.model_validate({"groups": {"oncall": group}, "placeholders": ["noop@example.org"]})
    rotations = {
        source: Rotation(
            shifts=tuple(Shift(person=who, start=start, end=end) for of, who, start, end in drawn if of == source)
        )
        for source in SOURCES
    }
    reading = Reading(as_of=NOON, run_started=None, config_hash="", config=config, rotations=rotations)
    return Timeline.of("oncall", reading, CONTACTS, SPAN)


def seen(found: Roster) -> tuple[object, ...]:
    return set(found.members), set(found.on_call), found.someone, found.barred


@given(st.sampled_from(OPTIONS), shifts, st.integers(0, 39))
def test_the_forecast_of_an_instant_is_what_a_run_at_that_instant_finds(
    options: dict[str, object], drawn: Drawn, half_hours: int
) -> None:
    line, at = timeline(options, drawn), NOON + half_hours * HOUR / 2
    (moment,) = [one for one in line.moments if one.period.start <= at < one.period.end]
    run = replace(line.inputs, reading=replaced(line.inputs.reading, as_of=at))
    assert seen(moment.inputs.roster) == seen(roster(run))


@given(st.sampled_from(OPTIONS), shifts)
def test_the_moments_cover_the_span_without_a_gap(options: dict[str, object], drawn: Drawn) -> None:
    periods = [moment.period for moment in timeline(options, drawn).moments]
    assert (periods[0].start, periods[-1].end) == SPAN
    assert all(before.end == after.start for before, after in pairwise(periods))


def test_periods_that_follow_each_other_at_once_are_one() -> None:
    first, second = Period(NOON, NOON + HOUR), Period(NOON + HOUR, NOON + 2 * HOUR)
    later = Period(NOON + 3 * HOUR, NOON + 4 * HOUR)
    assert merged([first, second, later]) == [Period(NOON, NOON + 2 * HOUR), later]


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (0 * HOUR, 14 * DAY, "all 14 days"),
        (0 * HOUR, HOUR, "now to Mon 02 Mar 13:00"),
        (DAY, 14 * DAY, "from Tue 03 Mar 12:00 on"),
        (DAY, DAY + HOUR, "Tue 03 Mar 12:00 to 13:00"),
        (DAY, 2 * DAY, "Tue 03 Mar 12:00 to Wed 04 Mar 12:00"),
    ],
)
def test_a_period_in_words(start: timedelta, end: timedelta, text: str) -> None:
    assert Period(NOON + start, NOON + end).in_words(Period(NOON, NOON + 14 * DAY)) == text
