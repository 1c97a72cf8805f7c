"""What is known of the schedules while they are being read: at the instant of a run, or over a span of time.

Shifts are half-open, `start <= T < end`: a handoff instant belongs to the incoming person alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.models import Person, PersonId, Problem, Rotation, Shift


@dataclass
class Rotations:
    """What was read so far: each asked schedule's shifts, and the people in them.

    at: the instant; with `until` the beginning of a span that ends there.
    shift_based: the schedules known to answer on the v3 path only; asking there first saves a request.
    """

    at: datetime
    shift_based: frozenset[str] = frozenset()
    rotations: dict[str, Rotation] = field(default_factory=dict)
    people: dict[PersonId, Person] = field(default_factory=dict)
    fault: PassingFault | None = None  # the last one, on a last try
    refusals: int = 0  # of batches
    faults: int = 0  # of verifications
    asked: tuple[str, ...] = ()  # all schedules that are to be read
    rows: dict[str, int] = field(default_factory=dict)  # how many each schedule has in /oncalls
    verified: set[str] = field(default_factory=set)  # the schedules that were read by themselves
    until: datetime | None = None
    told: set[tuple[str, Shift]] = field(default_factory=set)  # in a span, what was added

    def touches(self, start: str | None, end: str | None) -> bool:
        """Whether a shift has to do with the instant or the span; null is a period without that bound."""
        begun = start is None or (moment(start) < self.until if self.until else moment(start) <= self.at)
        return begun and (end is None or self.at < moment(end))

    def add(self, schedule: str, person: Person, who: PersonId, start: str | None, end: datetime | None) -> None:
        known = self.rotations.setdefault(schedule, Rotation())
        self.people[who] = _better(self.people.get(who), person)
        if self.until is None:
            shifts = _merged(known.shifts, who, end)
        else:
            shift = Shift(person=who, start=moment(start) if start else None, end=end)
            if (schedule, shift) in self.told:
                return  # once per policy and level
            self.told.add((schedule, shift))
            shifts = (*known.shifts, shift)
        self.rotations[schedule] = known.model_copy(update={"shifts": shifts})

    def nothing_was_readable(self) -> bool:
        """Something was asked, and nothing answered: PagerDuty is down, which is not a matter of single groups."""
        return bool(self.rotations) and all(rotation.problem for rotation in self.rotations.values())

    def unreadable(self, schedule: str, problem: Problem) -> None:
        known = self.rotations.setdefault(schedule, Rotation())
        self.rotations[schedule] = known.model_copy(update={"problem": problem})


def moment(value: str) -> datetime:
    """In UTC, whatever offset the answer has. Raises ValueError where it has none."""
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return parsed.astimezone(UTC)


def _merged(shifts: tuple[Shift, ...], who: PersonId, end: datetime | None) -> tuple[Shift, ...]:
    """At an instant: the same shift once per policy and level; the same person, with other bounds, is one shift too."""
    ends = [shift.end for shift in shifts if shift.person == who] + [end]
    latest = None if None in ends else max(each for each in ends if each)
    return (*(shift for shift in shifts if shift.person != who), Shift(person=who, end=latest))


def unread(schedule: str, error: SyncError) -> Problem:
    return Problem.of(error, f"PagerDuty schedule {schedule} could not be read. ")


def unknown_kind(schedule: str, said: str) -> Problem:
    return Problem(
        code="unknown_kind",
        message=f"PagerDuty schedule {schedule} could not be read: {said}. Upgrade the sync, or report this.",
    )


def _better(known: Person | None, new: Person) -> Person:
    return known if known and (known.email or not new.email) else new
