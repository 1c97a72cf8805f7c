"""What is known of PagerDuty's schedules, policies and teams while they are being read.

Shifts are half-open, `start <= T < end`: a handoff instant belongs to the incoming person alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from oncall_sync.config.source import Source
from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.models import Person, PersonId, Problem, Rotation, Shift, replaced

T = TypeVar("T")
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)  # with room for an overlap


class Window(NamedTuple):
    """The time that is read of a source. until: None for the one instant."""

    since: datetime
    until: datetime | None = None

    def touches(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether a shift has to do with it; None is a shift without that bound."""
        begun = start is None or (start < self.until if self.until else start <= self.since)
        return begun and (end is None or self.since < end)


@dataclass
class Rotations:
    """What was read so far: each asked source's shifts, and the people in them.

    window: of every source but those in `wide`. shift_based: the schedules known to answer on the v3 path only;
    asking there first saves a request.
    """

    window: Window
    wide: dict[Source, Window] = field(default_factory=dict)
    shift_based: frozenset[str] = frozenset()
    rotations: dict[Source, Rotation] = field(default_factory=dict)
    people: dict[PersonId, Person] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # by the ID of a schedule, policy or team, where told
    fault: PassingFault | None = None  # the last one, on a last try
    refusals: int = 0  # of batches
    faults: int = 0  # of sources read by themselves
    asked: tuple[Source, ...] = ()  # all that are to be read
    rows: dict[str, int] = field(default_factory=dict)  # how many each schedule or policy has in /oncalls
    verified: set[Source] = field(default_factory=set)  # those that were read by themselves
    told: set[tuple[Source, Shift]] = field(default_factory=set)  # in a span, what was added
    answers: dict[tuple[object, ...], Any] = field(default_factory=dict)  # what `once` was told

    def window_of(self, source: Source) -> Window:
        return self.wide.get(source, self.window)

    def once(self, asked: tuple[object, ...], ask: Callable[[], T]) -> T:
        """Several sources may need the same answer."""
        if asked not in self.answers:
            self.answers[asked] = ask()
        answer: T = self.answers[asked]
        return answer

    def add(self, source: Source, person: Person, who: PersonId, start: datetime | None, end: datetime | None) -> None:
        """A shift, if it has to do with what is read of the source."""
        window = self.window_of(source)
        if not window.touches(start, end):
            return
        known = self.rotations.setdefault(source, Rotation())
        self.people[who] = _better(self.people.get(who), person)
        shift = Shift(person=who, start=start, end=end)
        if window.until is None:
            shifts = _merged(known.shifts, shift)
        elif (source, shift) in self.told:
            return  # once per policy and level
        else:
            self.told.add((source, shift))
            shifts = (*known.shifts, shift)
        self.rotations[source] = replaced(known, shifts=shifts)

    def nothing_was_readable(self) -> bool:
        """Something was asked, and nothing answered: PagerDuty is down, which is not a matter of single groups."""
        return bool(self.rotations) and all(rotation.problem for rotation in self.rotations.values())

    def unreadable(self, source: Source, problem: Problem) -> None:
        known = self.rotations.setdefault(source, Rotation())
        self.rotations[source] = replaced(known, problem=problem)


def moment(value: str | None) -> datetime | None:
    """In UTC, whatever offset the answer has; null is no bound. Raises ValueError where it has none.

    What stands for "never" by the last date of the calendar leaves room to reckon with.
    """
    if value is None:
        return None
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return min(max(parsed, EARLIEST), LATEST).astimezone(UTC)


def _merged(shifts: tuple[Shift, ...], new: Shift) -> tuple[Shift, ...]:
    """At an instant: the same shift once per policy and level; the same person, with other bounds, is one shift too."""
    same = [new, *(shift for shift in shifts if shift.person == new.person)]
    starts, ends = [shift.start for shift in same], [shift.end for shift in same]
    merged = Shift(
        person=new.person,
        start=None if None in starts else min(each for each in starts if each),
        end=None if None in ends else max(each for each in ends if each),
    )
    return (*(shift for shift in shifts if shift.person != new.person), merged)


def unread(source: Source, error: SyncError) -> Problem:
    return Problem.of(error, f"{source.in_words} could not be read. ")


def unknown_kind(source: Source, said: str) -> Problem:
    return Problem(
        code="unknown_kind",
        message=f"{source.in_words} could not be read: {said}. Upgrade the sync, or report this.",
    )


def _better(known: Person | None, new: Person) -> Person:
    return known if known and (known.email or not new.email) else new
