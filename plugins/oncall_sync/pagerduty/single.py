"""What /oncalls says nothing of, one request each: a schedule or policy without a row (on no policy, empty, unknown, or
hidden from this key), and the members of a team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall_sync.config.source import Source
from oncall_sync.errors import PassingFault, Refused
from oncall_sync.models import Person, Problem, Rotation
from oncall_sync.pagerduty.client import ABOUT_AN_ID, PagerDutyApi, Row
from oncall_sync.pagerduty.on_call import SCHEDULE_TYPES, USER_TYPES, person_of, stable_rows
from oncall_sync.pagerduty.rotations import Rotations, moment, unknown_kind, unread


@dataclass(frozen=True)
class Entry:
    """One entry of a schedule's final schedule, of either kind of schedule."""

    start: datetime | None
    end: datetime | None
    kind: str
    user: str
    name: str | None = None


def _v2_entry(entry: Row) -> Entry:
    user = entry["user"]
    return Entry(moment(entry["start"]), moment(entry["end"]), user["type"], user["id"], user.get("summary"))


def _v3_entry(entry: Row) -> Entry:
    member = entry["member"]
    user = "" if member["type"] == "empty_member" else member["user_id"]
    return Entry(moment(entry["start_time"]), moment(entry["end_time"]), member["type"], user)


def read_alone(api: PagerDutyApi, source: Source, found: Rotations, last_try: bool) -> None:
    """Reads one source by itself."""
    found.verified.add(source)
    try:
        match source.kind:
            case "schedule":
                _add_schedule(api, source.id, source, found)
            case "policy":
                _add_policy(api, source, found)
            case "team":
                _add_team(api, source, found)
    except (KeyError, TypeError, AttributeError, ValueError):
        found.unreadable(source, unknown_kind(source, "an answer of a shape that this version does not know"))
    except PassingFault as fault:
        if not last_try:
            raise
        found.fault, found.faults = fault, found.faults + 1
        found.unreadable(source, unread(source, fault))
    except Refused as refusal:
        if refusal.code not in {*ABOUT_AN_ID, "pagerduty_plan"}:  # not every plan has teams
            raise
        found.unreadable(source, unread(source, refusal))
    found.rotations.setdefault(source, Rotation())


def _add_schedule(api: PagerDutyApi, schedule: str, source: Source, found: Rotations) -> None:
    """A schedule's shifts, for the source that it is or belongs to."""
    for entry in _entries(api, schedule, source, found):
        _add_entry(source, entry, found)


def _entries(api: PagerDutyApi, schedule: str, source: Source, found: Rotations) -> list[Entry]:
    """From the v2 path or the v3 one: each answers 400 for a schedule of the other kind."""
    shift_based = schedule in found.shift_based
    try:
        return _entries_of_kind(api, schedule, source, found, shift_based)
    except Refused as refusal:
        if refusal.code != "pagerduty_bad_request":
            raise
    entries = _entries_of_kind(api, schedule, source, found, not shift_based)
    found.shift_based ^= {schedule}
    return entries


def _entries_of_kind(
    api: PagerDutyApi, schedule: str, source: Source, found: Rotations, shift_based: bool
) -> list[Entry]:
    window, read = found.window_of(source), api.v3_schedule if shift_based else api.schedule
    told = found.once((schedule, window, shift_based), lambda: read(schedule, *window))
    found.names[schedule] = str(told.get("name") or told.get("summary") or schedule)
    final = told["final_schedule"]
    if shift_based:
        return [_v3_entry(entry) for entry in final["computed_shift_assignments"]]
    return [_v2_entry(entry) for entry in final["rendered_schedule_entries"]]


def _add_entry(source: Source, entry: Entry, found: Rotations) -> None:
    window, end = found.window_of(source), entry.end
    if entry.kind == "empty_member" or not window.touches(entry.start, end):
        return
    if entry.kind not in {"user_member", *USER_TYPES}:
        found.unreadable(source, unknown_kind(source, f"a member of a kind it does not know ({entry.kind})"))
        return
    if window.until is None and entry.start == window.since and end == window.since + timedelta(seconds=1):
        end = None  # a server that clips entries to the second asked for does not tell the end
    found.add(source, Person(name=entry.name or entry.user), entry.user, entry.start, end)


def _add_policy(api: PagerDutyApi, source: Source, found: Rotations) -> None:
    """A policy of which nobody is on call: its schedules say whether that is so."""
    policy = found.once((source.id,), lambda: api.escalation_policy(source.id))
    found.names[source.id] = str(policy.get("name") or policy.get("summary") or source.id)
    rules = policy["escalation_rules"]
    asked = rules if source.level is None else rules[source.level - 1 : source.level]
    targets = [target for rule in asked for target in rule["targets"]]
    if not targets:
        found.unreadable(source, _no_targets(source, len(rules), exists=bool(asked)))
    for target in targets:
        if target["type"] in USER_TYPES:
            found.add(source, person_of(target), target["id"], None, None)
        elif target["type"] in SCHEDULE_TYPES:
            _add_schedule(api, target["id"], source, found)
        else:
            found.unreadable(source, unknown_kind(source, f"a target of a kind it does not know ({target['type']})"))


def _no_targets(source: Source, levels: int, *, exists: bool) -> Problem:
    what = "nobody and no schedule is its target" if exists else f"the number of the policy's levels is {levels}"
    return Problem(
        code="no_targets",
        message=f"{source.in_words} can page nobody: {what}. Correct the policy in PagerDuty, or its levels in the "
        "config.",
    )


def _add_team(api: PagerDutyApi, source: Source, found: Rotations) -> None:
    """Its members; and its name, in a span of time, which people read."""
    if found.window.until:
        team = api.team(source.id)
        found.names[source.id] = str(team.get("name") or team.get("summary") or source.id)
    for member in stable_rows(lambda: api.team_members(source.id), "members", f"PagerDuty {source}"):
        user = member["user"]
        if user["type"] in USER_TYPES:
            found.add(source, person_of(user), str(user["id"]), None, None)
        else:
            found.unreadable(source, unknown_kind(source, f"a member of a kind it does not know ({user['type']})"))
