"""Which shifts of a rotation are in the history, and with which bounds; random ones are in test_any_past.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Fault
from tests.history.past import DAY, HOUR, KINDS, NEXT_DAY, Past, shift, turns_of

each_kind = pytest.mark.parametrize(("kind", "on_policy"), KINDS.values(), ids=KINDS)


@each_kind
def test_bounds_are_the_true_ones_though_they_lie_outside_of_the_span(past: Past, kind: str, on_policy: bool) -> None:
    """A shift that ends as the span begins is not in it, nor one that begins as the span ends."""
    week = [
        shift("PDEE", DAY - 60 * HOUR, DAY - 30 * HOUR),
        shift("PCY", DAY - 30 * HOUR, DAY),
        shift("PADA", DAY, NEXT_DAY - HOUR),
        shift("PBO", NEXT_DAY - HOUR, NEXT_DAY + 40 * HOUR),
    ]
    past.schedule("SADA", kind=kind, on_policy=on_policy, shifts=week)

    history = past.read()

    assert (history.since, history.until, history.problems) == (DAY, NEXT_DAY, ())
    assert turns_of(history.rotations["SADA"]) == [
        ("PADA", DAY, NEXT_DAY - HOUR),
        ("PBO", NEXT_DAY - HOUR, NEXT_DAY + 40 * HOUR),
    ]
    assert turns_of(past.read(DAY - HOUR, DAY).rotations["SADA"]) == [("PCY", DAY - 30 * HOUR, DAY)]


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

    assert turns_of(past.read().rotations["SADA"]) == [
        ("PADA", DAY - HOUR, DAY + second),
        ("PBO", DAY + second, NEXT_DAY),
    ]


def test_a_shift_without_a_beginning_comes_first(past: Past) -> None:
    """PagerDuty tells null for both bounds of a person who was always on call."""
    user = {"id": "PADA", "type": "user", "name": "Ada", "email": "ada@acme.example"}
    rest = {"schedule": {"id": "SADA", "type": "schedule_reference"}, "escalation_level": 1}
    rows: list[dict[str, Any]] = [
        {**rest, "user": {**user, "id": "PBO"}, "start": "2026-03-01T01:00:00Z", "end": "2026-03-01T02:00:00Z"},
        {**rest, "user": user, "start": None, "end": None},
    ]
    body = json.dumps({"oncalls": rows, "more": False, "total": 2})
    past.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body))

    assert turns_of(past.read().rotations["SADA"]) == [
        ("PADA", None, None),
        ("PBO", DAY + HOUR, DAY + 2 * HOUR),
    ]


def test_times_that_come_with_another_offset_are_the_same_instants_in_order(past: Past) -> None:
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

    found = turns_of(past.read(day, day + timedelta(days=1)).rotations["SADA"])

    assert [start for _, start, _ in found] == [day + timedelta(minutes=30), day + HOUR]
