"""PagerDuty's answers as typed values: nothing behind the client reads their JSON.

A function raises one of WRONG_SHAPE for an answer of another shape; the client makes an error of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from oncall_sync.models import Person, PersonId

WRONG_SHAPE = (LookupError, TypeError, ValueError, AttributeError)
USERS = {"user", "user_reference"}
SCHEDULES = {"schedule", "schedule_reference", "schedule_v3", "schedule_v3_reference"}
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)  # with room for an overlap

ListedBy = Literal["schedule", "escalation_policy"]  # whose IDs /oncalls takes


class Window(NamedTuple):
    """The time that is read of a source, in whole seconds of UTC. until: None for the one instant."""

    since: datetime
    until: datetime | None = None

    def touches(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether a shift, `start <= T < end`, has to do with it; None is a shift without that bound."""
        begun = start is None or (start < self.until if self.until else start <= self.since)
        return begun and (end is None or self.since < end)


class Entry(NamedTuple):
    """A person's time on call; without bounds if they always belong. unknown: why this version cannot read it."""

    user: PersonId = ""
    person: Person = Person(name="")
    start: datetime | None = None
    end: datetime | None = None
    unknown: str = ""


class Row(NamedTuple):
    """asked: the ID that it answers. level: of the policy; None: any. names: of its schedule and policy, by ID."""

    asked: str
    level: int | None
    entry: Entry
    names: Mapping[str, str]


class Schedule(NamedTuple):
    name: str
    entries: list[Entry]


class Target(NamedTuple):
    """Whom a level of a policy pages: a person, or the people of a schedule, by its ID."""

    person: Entry | None = None
    schedule: str = ""


class Policy(NamedTuple):
    name: str
    levels: list[list[Target]]


def rows(found: Iterable[Any], by: ListedBy, ids: Collection[str]) -> list[Row]:
    """Those of the IDs, of [{"escalation_policy": {"id", "summary"}, "escalation_level": 1, "schedule": {"id", "type",
    "summary"} | null, "user": {"id", "type": "user", "name", "email"}, "start": "…Z" | null, "end": "…Z" | null}].
    """
    made = []
    for row in found:
        with suppress(*WRONG_SHAPE):  # it names nothing that was asked for
            if (asked := str(row[by]["id"])) in ids:
                made.append(_row(asked, row, by))
    return made


def _row(asked: str, row: dict[str, Any], by: ListedBy) -> Row:
    schedule, level = row.get("schedule"), row.get("escalation_level")
    level = level if isinstance(level, int) else None
    start = end = None
    with suppress(*WRONG_SHAPE):
        start, end = _moment(row.get("start")), _moment(row.get("end"))
        named = [part for part in (schedule, row.get("escalation_policy")) if part]
        names = {part["id"]: part["summary"] for part in named if part.get("summary")}
        if (schedule is None or schedule["type"] in SCHEDULES) and (level or by == "schedule"):
            return Row(asked, level, _entry(row["user"], start, end), names)
    kinds = [part.get("type") for part in (schedule, row.get("user")) if isinstance(part, dict)]
    return Row(asked, level, Entry(start=start, end=end, unknown=_unknown(*kinds)), {})


def v2_schedule(answer: Any) -> Schedule:
    """{"name", "final_schedule": {"rendered_schedule_entries": [{"start": "…Z", "end": "…Z", "user": {"id", "type":
    "user_reference", "summary": name}}]}}
    """
    found = answer["final_schedule"]["rendered_schedule_entries"]
    return Schedule(name(answer), [_entry(e["user"], _moment(e["start"]), _moment(e["end"])) for e in found])


def v3_schedule(answer: Any) -> Schedule:
    """{"name", "final_schedule": {"computed_shift_assignments": [{"start_time": "…Z", "end_time": "…Z", "member":
    {"type": "user_member", "user_id"}}]}}; nobody is {"type": "empty_member"}
    """
    found = answer["final_schedule"]["computed_shift_assignments"]
    return Schedule(name(answer), [_assignment(each) for each in found if each["member"]["type"] != "empty_member"])


def _assignment(found: Any) -> Entry:
    kind, user = found["member"]["type"], found["member"]["user_id"]
    user = {"id": user, "type": "user" if kind == "user_member" else kind}
    return _entry(user, _moment(found["start_time"]), _moment(found["end_time"]))


def policy(answer: Any) -> Policy:
    """{"name", "escalation_rules": [{"targets": [{"id", "type", "summary"}]}]}, a rule per level"""
    return Policy(
        name(answer), [[_target(target) for target in rule["targets"]] for rule in answer["escalation_rules"]]
    )


def _target(target: Any) -> Target:
    return Target(schedule=str(target["id"])) if target["type"] in SCHEDULES else Target(_entry(target))


def members(found: Iterable[Any]) -> list[Entry]:
    """[{"user": {"id", "type": "user", "name", "email"}, "role": "manager"}]"""
    return [_entry(member["user"]) for member in found]


def person(user: Any) -> Person:
    """{"id", "name", "email"}; a deleted user comes with "deleted_at", and without an email."""
    email, shown = user.get("email"), user.get("name") or user.get("summary") or user["id"]
    return Person(name=shown, email=email.strip().lower() if email else None, deleted=bool(user.get("deleted_at")))


def name(answer: Any) -> str:
    """Of a schedule, a policy or a team."""
    return str(answer.get("name") or answer.get("summary") or answer.get("id") or "")


def error_words(answer: Any) -> str:
    """{"error": {"message", "errors": ["…"]}}; "" for an answer of another shape."""
    with suppress(*WRONG_SHAPE):
        error = answer["error"]
        return "; ".join(map(str, [error["message"], *(error.get("errors") or ())]))
    return ""


def _entry(user: Any, start: datetime | None = None, end: datetime | None = None) -> Entry:
    if user["type"] not in USERS:
        return Entry(start=start, end=end, unknown=_unknown(user["type"]))
    if not isinstance(user["id"], str):
        raise TypeError("a user without an ID")
    return Entry(user["id"], person(user), start, end)


def _unknown(*kinds: object) -> str:
    return f"it has an entry of a kind that this version does not know ({', '.join(map(str, kinds))})"


def _moment(value: str | None) -> datetime | None:
    """In UTC, whatever offset the answer has; null is no bound. Raises ValueError for a time without an offset.

    What stands for "never" by the last date of the calendar leaves room to reckon with.
    """
    if value is None:
        return None
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return min(max(parsed, EARLIEST), LATEST).astimezone(UTC)
