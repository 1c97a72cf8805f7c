"""What is known of the schedules at the instant of the run, while it is being read.

The half-open rule `start <= T < end` makes a handoff instant belong to the incoming person alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.models import Person, PersonId, Problem, Rotation, Shift


@dataclass
class Rotations:
    """What was read so far: each asked schedule's shifts at the instant, and the people in them.

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

    def add(self, schedule: str, shift: Shift, person: Person) -> None:
        known = self.rotations.setdefault(schedule, Rotation())
        self.people[shift.person] = _better(self.people.get(shift.person), person)
        # The same shift comes once per policy and level; the same person, with other bounds, is one shift too.
        others = tuple(s for s in known.shifts if s.person != shift.person)
        ends = [s.end for s in known.shifts if s.person == shift.person] + [shift.end]
        end = None if None in ends else max(e for e in ends if e)
        merged = (*others, Shift(person=shift.person, end=end))
        self.rotations[schedule] = known.model_copy(update={"shifts": merged})

    def nothing_was_readable(self) -> bool:
        """Something was asked, and nothing answered: PagerDuty is down, which is not a matter of single groups."""
        return bool(self.rotations) and all(rotation.problem for rotation in self.rotations.values())

    def unreadable(self, schedule: str, problem: Problem) -> None:
        known = self.rotations.setdefault(schedule, Rotation())
        self.rotations[schedule] = known.model_copy(update={"problem": problem})


def covers(start: str | None, end: str | None, at: datetime) -> bool:
    """Half-open; null is a period without that bound."""
    return (start is None or datetime.fromisoformat(start) <= at) and (end is None or at < datetime.fromisoformat(end))


def moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def unread(schedule: str, error: SyncError) -> Problem:
    return Problem.of(error, f"PagerDuty schedule {schedule} could not be read. ")


def unknown_kind(schedule: str, said: str) -> Problem:
    return Problem(
        code="unknown_kind",
        message=f"PagerDuty schedule {schedule} could not be read: {said}. Upgrade the sync, or report this.",
    )


def _better(known: Person | None, new: Person) -> Person:
    return known if known and (known.email or not new.email) else new
