"""Reading schedules: few batched requests for those on an escalation policy, one each for the others.

A schedule without a row in /oncalls is not empty until verified: it may be on no policy, unknown, or hidden from
this key. The half-open rule `start <= T < end` makes a handoff instant belong to the incoming person alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from oncall_sync.errors import PassingFault, Refused, SyncError
from oncall_sync.models import Person, PersonId, Problem, Rotation, Shift
from oncall_sync.pagerduty_api import PagerDutyApi, Row

CHUNK = 200  # schedule IDs per request: about 6 KB of address, below the usual limit of 8 KB
SCHEDULE_TYPES = {"schedule", "schedule_reference", "schedule_v3", "schedule_v3_reference"}
USER_TYPES = {"user", "user_reference"}
ABOUT_AN_ID = {"pagerduty_bad_request", "pagerduty_not_found", "pagerduty_forbidden"}
MOST_REFUSALS = 10  # halving 200 IDs finds a bad one with 8; when nothing at all was answered by then, it is the key


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


def read_rotations(api: PagerDutyApi, schedule_ids: Iterable[str], found: Rotations, last_try: bool) -> Rotations:
    """The rotations at the instant `found.at` (whole seconds, UTC), added to `found`.

    Raises Refused for what concerns the whole key (401) and, unless it is the last try, PassingFault. On the last
    try a schedule that cannot be read gets a problem instead, and the others go on.
    """
    ids = sorted(set(schedule_ids))
    for start in range(0, len(ids), CHUNK):
        _read_batch(api, ids[start : start + CHUNK], found, last_try)
    for schedule in ids:
        if schedule not in found.rotations:
            _verify(api, schedule, found, last_try)
    if found.fault and found.nothing_was_readable():
        raise found.fault
    return found


def _read_batch(api: PagerDutyApi, ids: Sequence[str], found: Rotations, last_try: bool) -> None:
    """One batch; where PagerDuty refuses it because of one of the IDs, its halves, so that the others are read."""
    try:
        rows = _stable_rows(api, ids, found.at)
    except Refused as refusal:
        found.refusals += 1
        key_is_wrong = found.refusals > MOST_REFUSALS and not found.rotations
        if refusal.code not in ABOUT_AN_ID or key_is_wrong:
            raise
        if len(ids) > 1:
            half = len(ids) // 2
            _read_batch(api, ids[:half], found, last_try)
            _read_batch(api, ids[half:], found, last_try)
        return  # a single one: left to the verification, which says precisely what is wrong with it
    except PassingFault as fault:
        if not last_try or found.nothing_was_readable():
            raise
        found.fault = fault
        for schedule in ids:
            found.unreadable(schedule, _unread(schedule, fault))
        return
    asked = set(ids)
    for row in rows:
        schedule = str((row.get("schedule") or {}).get("id"))
        if schedule in asked:
            _add_row(row, schedule, found)


def _stable_rows(api: PagerDutyApi, ids: Sequence[str], at: datetime) -> list[Row]:
    """All pages. PagerDuty computes rows anew for each page: one that comes twice says that the pages moved."""
    for _ in range(3):
        rows = [row for page in api.oncalls(ids, at) for row in page]
        if len({_identity(row) for row in rows}) == len(rows):
            break
    return rows


def _identity(row: Row) -> tuple[Any, ...]:
    schedule, user, policy = (row.get(key) or {} for key in ("schedule", "user", "escalation_policy"))
    return policy.get("id"), row.get("escalation_level"), schedule.get("id"), user.get("id"), row.get("start")


def _add_row(row: Row, schedule: str, found: Rotations) -> None:
    user = row.get("user") or {}
    kinds = row["schedule"].get("type"), user.get("type")
    try:
        if not _covers(row.get("start"), row.get("end"), found.at):
            return
        known = kinds[0] in SCHEDULE_TYPES and kinds[1] in USER_TYPES and user["id"]
    except (KeyError, TypeError, ValueError):
        known = False
    if known:
        found.add(schedule, Shift(person=user["id"], end=_time(row.get("end"))), _person(user))
    else:
        found.unreadable(schedule, _unknown(schedule, f"a row of a kind that this version does not know {kinds}"))


def _verify(api: PagerDutyApi, schedule: str, found: Rotations, last_try: bool) -> None:
    """Reads one schedule by itself."""
    try:
        for entry in _entries(api, schedule, found):
            if _covers(entry.start, entry.end, found.at):
                _add_entry(schedule, entry, found)
    except (KeyError, TypeError, AttributeError, ValueError):
        found.unreadable(schedule, _unknown(schedule, "an answer of a shape that this version does not know"))
    except PassingFault as fault:
        if not last_try:
            raise
        found.fault = fault
        found.unreadable(schedule, _unread(schedule, fault))
    except Refused as refusal:
        if refusal.code not in ABOUT_AN_ID:
            raise
        found.unreadable(schedule, _unread(schedule, refusal))
    found.rotations.setdefault(schedule, Rotation())


def _entries(api: PagerDutyApi, schedule: str, found: Rotations) -> list[Entry]:
    """From the v2 path or the v3 one: each answers 400 for a schedule of the other kind."""
    shift_based = schedule in found.shift_based
    try:
        return _entries_of_kind(api, schedule, found.at, shift_based)
    except Refused as refusal:
        if refusal.code != "pagerduty_bad_request":
            raise
    entries = _entries_of_kind(api, schedule, found.at, not shift_based)
    found.shift_based ^= {schedule}
    return entries


def _entries_of_kind(api: PagerDutyApi, schedule: str, at: datetime, shift_based: bool) -> list[Entry]:
    if shift_based:
        return [_v3_entry(entry) for entry in api.shift_assignments(schedule, at)]
    return [_v2_entry(entry) for entry in api.schedule_entries(schedule, at)]


def _add_entry(schedule: str, entry: Entry, found: Rotations) -> None:
    if entry.kind == "empty_member":
        return
    if entry.kind not in {"user_member", *USER_TYPES}:
        found.unreadable(schedule, _unknown(schedule, f"a member of a kind it does not know ({entry.kind})"))
        return
    end = _time(entry.end)
    if end == found.at + timedelta(seconds=1):
        end = None  # where the server clips entries to the window asked for, the end is not told
    found.add(schedule, Shift(person=entry.user, end=end), Person(name=entry.name or entry.user))


@dataclass(frozen=True)
class Entry:
    """One entry of a schedule's final schedule, of either kind of schedule."""

    start: str | None
    end: str | None
    kind: str
    user: str
    name: str | None = None


def _v2_entry(entry: Row) -> Entry:
    user = entry["user"]
    return Entry(entry["start"], entry["end"], user["type"], user["id"], user.get("summary"))


def _v3_entry(entry: Row) -> Entry:
    member = entry["member"]
    return Entry(entry["start_time"], entry["end_time"], member["type"], member.get("user_id", ""))


def _person(user: Row) -> Person:
    name = user.get("name") or user.get("summary") or user["id"]
    email = user.get("email")
    return Person(name=name, email=email.strip().lower() if email else None, deleted=bool(user.get("deleted_at")))


def _better(known: Person | None, new: Person) -> Person:
    return known if known and (known.email or not new.email) else new


def _covers(start: str | None, end: str | None, at: datetime) -> bool:
    """Half-open; null is a period without that bound."""
    return (start is None or datetime.fromisoformat(start) <= at) and (end is None or at < datetime.fromisoformat(end))


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _unread(schedule: str, error: SyncError) -> Problem:
    return Problem(code=error.code, message=f"PagerDuty schedule {schedule} could not be read. {error}")


def _unknown(schedule: str, said: str) -> Problem:
    return Problem(
        code="unknown_kind",
        message=f"PagerDuty schedule {schedule} could not be read: {said}. Upgrade the sync, or report this.",
    )
