"""Schedules without a row in /oncalls, one request each: on no policy, empty, unknown, or hidden from this key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from oncall_sync.clients.pagerduty_api import ABOUT_AN_ID, PagerDutyApi, Row
from oncall_sync.errors import PassingFault, Refused
from oncall_sync.models import Person, Rotation
from oncall_sync.reading.oncalls import USER_TYPES
from oncall_sync.reading.rotations import Rotations, moment, unknown_kind, unread


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
    user = "" if member["type"] == "empty_member" else member["user_id"]
    return Entry(entry["start_time"], entry["end_time"], member["type"], user)


def verify(api: PagerDutyApi, schedule: str, found: Rotations, last_try: bool) -> None:
    """Reads one schedule by itself."""
    found.verified.add(schedule)
    try:
        for entry in _entries(api, schedule, found):
            if found.touches(entry.start, entry.end):
                _add_entry(schedule, entry, found)
    except (KeyError, TypeError, AttributeError, ValueError):
        found.unreadable(schedule, unknown_kind(schedule, "an answer of a shape that this version does not know"))
    except PassingFault as fault:
        if not last_try:
            raise
        found.fault, found.faults = fault, found.faults + 1
        found.unreadable(schedule, unread(schedule, fault))
    except Refused as refusal:
        if refusal.code not in ABOUT_AN_ID:
            raise
        found.unreadable(schedule, unread(schedule, refusal))
    found.rotations.setdefault(schedule, Rotation())


def _entries(api: PagerDutyApi, schedule: str, found: Rotations) -> list[Entry]:
    """From the v2 path or the v3 one: each answers 400 for a schedule of the other kind."""
    shift_based = schedule in found.shift_based
    try:
        return _entries_of_kind(api, schedule, found, shift_based)
    except Refused as refusal:
        if refusal.code != "pagerduty_bad_request":
            raise
    entries = _entries_of_kind(api, schedule, found, not shift_based)
    found.shift_based ^= {schedule}
    return entries


def _entries_of_kind(api: PagerDutyApi, schedule: str, found: Rotations, shift_based: bool) -> list[Entry]:
    if shift_based:
        return [_v3_entry(entry) for entry in api.shift_assignments(schedule, found.at, found.until)]
    return [_v2_entry(entry) for entry in api.schedule_entries(schedule, found.at, found.until)]


def _add_entry(schedule: str, entry: Entry, found: Rotations) -> None:
    if entry.kind == "empty_member":
        return
    if entry.kind not in {"user_member", *USER_TYPES}:
        found.unreadable(schedule, unknown_kind(schedule, f"a member of a kind it does not know ({entry.kind})"))
        return
    end = moment(entry.end) if entry.end else None
    clipped = entry.start is not None and moment(entry.start) == found.at
    if found.until is None and clipped and end == found.at + timedelta(seconds=1):
        end = None  # a server that clips entries to the second asked for does not tell the end
    found.add(schedule, Person(name=entry.name or entry.user), entry.user, entry.start, end)
