"""Who is on call when: pure functions over one schedule. Half of what a fake PagerDuty has to get right.

A `Shift` is a contiguous period of one person with its true bounds, as PagerDuty computes it: rotations
and explicit shifts first, then overrides on top, then neighbouring periods of the same person joined.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.entries import Override, Rotation, Schedule


@dataclasses.dataclass(frozen=True, slots=True)
class Shift:
    """`person` is a PagerDuty user ID, or None where nobody has the slot; no end: it never ends."""

    person: str | None
    start: datetime
    end: datetime | None

    def touches(self, since: datetime, until: datetime) -> bool:
        """Inclusive on both sides: at a handoff instant the outgoing and the incoming shift both touch."""
        return self.start <= until and (self.end is None or since <= self.end)

    def covers(self, at: datetime) -> bool:
        """Half-open: at a handoff instant only the incoming shift covers it."""
        return self.start <= at and (self.end is None or at < self.end)


def shifts(schedule: Schedule, since: datetime, until: datetime) -> list[Shift]:
    """All shifts that touch the window, unclipped, ordered by start; slots that nobody has included."""
    first, last = since, until
    while True:
        final = _join(_overridden(list(_planned(schedule, first, last)), schedule.overrides))
        found = [shift for shift in final if shift.touches(since, until)]
        if not schedule.overrides or not found:
            break
        # An override may join turns beyond the window to a shift in it: look at the neighbours of all found.
        start, end = min(each.start for each in found), max(each.end or last for each in found)
        if first <= start and end <= last:
            break
        first, last = min(first, start), max(last, end)
    return sorted(found, key=lambda shift: (shift.start, shift.person or ""))


def _planned(schedule: Schedule, since: datetime, until: datetime) -> Iterator[Shift]:
    for rotation in schedule.rotation:
        yield from _turns(rotation, since, until)
    for shift in schedule.shifts:
        yield Shift(shift.person, shift.start, shift.end)


def _turns(rotation: Rotation, since: datetime, until: datetime) -> Iterator[Shift]:
    """The turns of a rotation that touch the window, and those beyond it that continue the same shift."""
    people, every, begin = rotation.people, rotation.every, rotation.since
    if len(set(people)) == 1:
        yield Shift(people[0], begin, None)
        return
    first = max(0, -((begin - since) // every) - 2)
    while first and people[(first - 1) % len(people)] == people[first % len(people)]:
        first -= 1
    for turn in count(first):
        start = begin + turn * every
        person = people[turn % len(people)]
        if start > until and person != people[(turn - 1) % len(people)]:
            return
        yield Shift(person, start, start + every)


def _overridden(planned: list[Shift], overrides: Iterable[Override]) -> list[Shift]:
    """Overrides take the place of everyone planned for their time; a later entry wins over an earlier one."""
    final = planned
    for override in overrides:
        final = [part for shift in final for part in _without(shift, override.start, override.end)]
        final.append(Shift(override.person, override.start, override.end))
    return final


def _without(shift: Shift, start: datetime, end: datetime) -> Iterator[Shift]:
    if end <= shift.start or (shift.end is not None and shift.end <= start):
        yield shift
        return
    if shift.start < start:
        yield Shift(shift.person, shift.start, start)
    if shift.end is None or end < shift.end:
        yield Shift(shift.person, end, shift.end)


def _join(parts: Iterable[Shift]) -> list[Shift]:
    joined: list[Shift] = []
    for part in sorted(parts, key=lambda shift: (shift.person or "", shift.start)):
        before = joined[-1] if joined else None
        if before and before.person == part.person and (before.end is None or part.start <= before.end):
            end = None if before.end is None or part.end is None else max(before.end, part.end)
            joined[-1] = Shift(part.person, before.start, end)
        else:
            joined.append(part)
    return joined
