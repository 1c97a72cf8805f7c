"""Which shifts of a rotation are told, and with which bounds."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Fault, Override
from tests.history.past import DAY, HOUR, KINDS, NEXT_DAY, Past, shift, told, true

each_kind = pytest.mark.parametrize(("kind", "on_policy"), KINDS.values(), ids=KINDS)


@each_kind
def test_a_day_of_a_rotation_is_told_to_the_second(past: Past, kind: str, on_policy: bool) -> None:
    began = DAY - timedelta(days=40, minutes=7, seconds=13)
    turns = {"people": ["PADA", "PBO", "PCY"], "every": "5h", "since": began}
    past.schedule("SADA", kind=kind, on_policy=on_policy, rotation=turns)

    history = past.read()

    assert told(history.rotations["SADA"]) == true(past.world, "SADA")
    assert len(history.rotations["SADA"]) in {5, 6}, "five hours each, over a day"
    assert (history.since, history.until, history.problems) == (DAY, NEXT_DAY, ())


@each_kind
def test_bounds_are_the_true_ones_though_they_lie_outside_of_the_span(past: Past, kind: str, on_policy: bool) -> None:
    week = [
        shift("PADA", DAY - 30 * HOUR, DAY + HOUR),
        shift("PBO", DAY + HOUR, NEXT_DAY - HOUR),
        shift("PCY", NEXT_DAY - HOUR, NEXT_DAY + 40 * HOUR),
    ]
    past.schedule("SADA", kind=kind, on_policy=on_policy, shifts=week)

    assert told(past.read().rotations["SADA"]) == [
        ("PADA", DAY - 30 * HOUR, DAY + HOUR),
        ("PBO", DAY + HOUR, NEXT_DAY - HOUR),
        ("PCY", NEXT_DAY - HOUR, NEXT_DAY + 40 * HOUR),
    ]


@each_kind
def test_who_goes_as_the_span_begins_or_comes_as_it_ends_is_left_out(past: Past, kind: str, on_policy: bool) -> None:
    """A handoff instant belongs to the incoming person alone; the end of the span belongs to the next one."""
    three = [
        shift("PADA", DAY - HOUR, DAY),
        shift("PBO", DAY, NEXT_DAY),
        shift("PCY", NEXT_DAY, NEXT_DAY + HOUR),
    ]
    past.schedule("SADA", kind=kind, on_policy=on_policy, shifts=three)

    assert told(past.read().rotations["SADA"]) == [("PBO", DAY, NEXT_DAY)]


@each_kind
def test_a_shift_that_ends_in_the_first_second_of_the_span_has_this_end(past: Past, kind: str, on_policy: bool) -> None:
    """Read at an instant, such an end is no end: there the server may have cut it to the second that was asked for."""
    second = timedelta(seconds=1)
    past.schedule(
        "SADA",
        kind=kind,
        on_policy=on_policy,
        shifts=[shift("PADA", DAY - HOUR, DAY + second), shift("PBO", DAY + second, NEXT_DAY)],
    )

    assert told(past.read().rotations["SADA"]) == [("PADA", DAY - HOUR, DAY + second), ("PBO", DAY + second, NEXT_DAY)]


@each_kind
def test_two_days_side_by_side_tell_every_instant_once(past: Past, kind: str, on_policy: bool) -> None:
    turns = {"people": ["PADA", "PBO"], "every": "7h", "since": DAY - timedelta(days=2)}
    past.schedule("SADA", kind=kind, on_policy=on_policy, rotation=turns)

    first, second = past.read(), past.read(NEXT_DAY, NEXT_DAY + timedelta(days=1))

    both = {*told(first.rotations["SADA"]), *told(second.rotations["SADA"])}
    assert both == set(true(past.world, "SADA", DAY, NEXT_DAY + timedelta(days=1)))


@each_kind
def test_an_override_splits_the_shift_that_it_lies_in(past: Past, kind: str, on_policy: bool) -> None:
    whole_day = [shift("PADA", DAY, NEXT_DAY)]
    past.schedule("SADA", kind=kind, on_policy=on_policy, shifts=whole_day)
    override = Override(person="PBO", start=DAY + 3 * HOUR, end=DAY + 4 * HOUR + timedelta(seconds=1))
    past.world.schedules["SADA"].overrides = [override]

    assert told(past.read().rotations["SADA"]) == [
        ("PADA", DAY, override.start),
        ("PBO", override.start, override.end),
        ("PADA", override.end, NEXT_DAY),
    ]


@each_kind
def test_a_rotation_with_nobody_on_call_is_there_and_empty(past: Past, kind: str, on_policy: bool) -> None:
    past.schedule("SADA", kind=kind, on_policy=on_policy, shifts=[shift(None, DAY, NEXT_DAY)])

    history = past.read()

    assert history.rotations == {"SADA": ()}
    assert history.groups == {"all": ()}
    assert history.problems == ()


@pytest.mark.parametrize("on_policy", [True, False], ids=["on a policy", "on no policy"])
def test_several_people_at_once_are_all_told_and_empty_slots_are_not(past: Past, on_policy: bool) -> None:
    rows = [
        {"people": ["PADA", "PBO"], "every": "9h", "since": DAY - timedelta(days=3)},
        {"people": ["PCY", None, "PDEE"], "every": "4h", "since": DAY - timedelta(days=3)},
        {"people": ["PNORA"], "every": "1d", "since": DAY - timedelta(days=3)},
    ]
    past.schedule("SADA", kind="v3", on_policy=on_policy, rotation=rows)

    found = told(past.read().rotations["SADA"])

    expected = true(past.world, "SADA")
    assert [each[:2] for each in found] == [each[:2] for each in expected]
    assert {each[0] for each in found} == {"PADA", "PBO", "PCY", "PDEE", "PNORA"}
    assert [each for each in found if each[0] != "PNORA"] == [each for each in expected if each[0] != "PNORA"]


def test_two_people_on_call_at_exactly_the_same_time_are_two_shifts(past: Past) -> None:
    both = [shift("PBO", DAY, NEXT_DAY), shift("PADA", DAY, NEXT_DAY)]
    past.schedule("SADA", kind="v3", shifts=both)

    assert told(past.read().rotations["SADA"]) == [("PADA", DAY, NEXT_DAY), ("PBO", DAY, NEXT_DAY)]


def test_somebody_who_comes_back_the_same_day_is_told_twice(past: Past) -> None:
    turns = [shift("PADA", DAY, DAY + HOUR), shift("PBO", DAY + HOUR, DAY + 2 * HOUR)]
    turns.append(shift("PADA", DAY + 2 * HOUR, DAY + 3 * HOUR))
    past.schedule("SADA", shifts=turns)

    assert [person for person, _, _ in told(past.read().rotations["SADA"])] == ["PADA", "PBO", "PADA"]


def test_a_shift_without_an_end_has_none(past: Past) -> None:
    past.schedule("SADA", shifts=[shift("PADA", DAY - HOUR)])

    assert told(past.read().rotations["SADA"]) == [("PADA", DAY - HOUR, None)]


@pytest.mark.parametrize("kind", ["v2", "v3"])
def test_without_an_end_and_on_no_policy_it_ends_after_the_span(past: Past, kind: str) -> None:
    """A schedule that is read by itself has an end for every entry: how far PagerDuty has rendered it."""
    past.schedule("SLOOSE", kind=kind, on_policy=False, shifts=[shift("PADA", DAY - HOUR)])
    past.configure("all: {schedules: [SLOOSE]}")

    ((person, start, end),) = told(past.read().rotations["SLOOSE"])

    assert (person, start) == ("PADA", DAY - HOUR)
    assert end is None or end > NEXT_DAY


def test_a_shift_without_a_beginning_comes_first(past: Past) -> None:
    """PagerDuty tells null for both bounds of somebody who was always on call."""
    user = {"id": "PADA", "type": "user", "name": "Ada", "email": "ada@acme.example"}
    rest = {"schedule": {"id": "SADA", "type": "schedule_reference"}, "escalation_level": 1}
    rows: list[dict[str, Any]] = [
        {**rest, "user": {**user, "id": "PBO"}, "start": "2026-03-01T01:00:00Z", "end": "2026-03-01T02:00:00Z"},
        {**rest, "user": user, "start": None, "end": None},
    ]
    body = json.dumps({"oncalls": rows, "more": False, "total": 2})
    past.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body))

    assert told(past.read().rotations["SADA"]) == [
        ("PADA", None, None),
        ("PBO", DAY + HOUR, DAY + 2 * HOUR),
    ]


def test_a_shift_on_several_policies_and_levels_is_told_once(past: Past) -> None:
    for number in range(3):
        past.schedule(f"SOTHER{number}", shifts=[shift("PBO", DAY)])
        past.world.policies[f"POLICYOFSOTHER{number}"].levels = [["SADA"], [f"SOTHER{number}", "SADA"]]
    past.schedule("SADA", rotation={"people": ["PADA", "PBO"], "every": "8h", "since": DAY})

    assert told(past.read().rotations["SADA"]) == true(past.world, "SADA")
    assert past.sandbox.count("pagerduty") == 1


CLOCKS_CHANGE = {
    "Europe, forward": datetime(2026, 3, 29, tzinfo=UTC),
    "Europe, back": datetime(2025, 10, 26, tzinfo=UTC),
    "America, forward": datetime(2026, 3, 8, tzinfo=UTC),
}


@each_kind
@pytest.mark.parametrize("day", CLOCKS_CHANGE.values(), ids=CLOCKS_CHANGE)
def test_a_day_on_which_clocks_change_is_as_long_as_any_wherever_the_machine_stands(
    past: Past, kind: str, on_policy: bool, day: datetime
) -> None:
    until = day + timedelta(days=1)
    turns = {"people": ["PADA", "PBO"], "every": "1h", "since": day - timedelta(days=1)}
    past.schedule("SADA", kind=kind, on_policy=on_policy, rotation=turns)
    with pytest.MonkeyPatch.context() as berlin:
        berlin.setenv("TZ", "Europe/Berlin")
        time.tzset()
        found = told(past.read(day, until).rotations["SADA"])
    time.tzset()

    assert found == true(past.world, "SADA", day, until)
    assert len(found) == 24


def test_times_that_come_with_another_offset_are_the_same_instants_and_stand_in_order(past: Past) -> None:
    """The hour that comes twice: 02:30 at +02:00 is before 02:00 at +01:00."""
    user = {"id": "PADA", "type": "user", "name": "Ada", "email": "ada@acme.example"}
    rest = {"user": user, "schedule": {"id": "SADA", "type": "schedule_reference"}, "escalation_level": 1}
    rows = [
        {**rest, "start": "2025-10-26T02:00:00+01:00", "end": "2025-10-26T09:00:00+01:00"},
        {**rest, "start": "2025-10-26T02:30:00+02:00", "end": "2025-10-26T02:45:00+02:00"},
    ]
    body = json.dumps({"oncalls": rows, "more": False, "total": 2})
    past.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body))
    day = datetime(2025, 10, 26, tzinfo=UTC)

    found = told(past.read(day, day + timedelta(days=1)).rotations["SADA"])

    assert [start for _, start, _ in found] == [day + timedelta(minutes=30), day + HOUR]
