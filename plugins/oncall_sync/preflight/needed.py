"""Who must be found in Slack within the span, where they are needed, and from when. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.config import Config, Group
from oncall_sync.models import Contact, Handle, Problem
from oncall_sync.preflight.coverage import OnCalls, barred, counted
from oncall_sync.preflight.findings import Level, listed, moment
from oncall_sync.preflight.periods import Period
from oncall_sync.rules.roster import CORRECT_ADDRESS, MISSING, slack_address, who


@dataclass
class Needed:
    """A person, under one Slack address or, where that is not known, one PagerDuty ID.

    rotations, places: where they are on call, and where else they are named. since: from when on call; None: not.
    now: when the span begins.
    """

    contact: Contact
    now: datetime
    rotations: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    since: datetime | None = None
    groups: set[Handle] = field(default_factory=set)

    def on_call(self, source: str, since: datetime) -> None:
        self.rotations.add(source)
        self.since = min(self.since or since, since)


def needed(config: Config, on_calls: OnCalls | None, span: Period) -> dict[str, Needed]:
    """Everybody in a rotation or a team within the span, and under `always` and `fallback`, but for those whom a group
    does not take. on_calls: None where PagerDuty could not be read."""
    found: dict[str, Needed] = {}
    if on_calls:
        for handle, group in config.groups.items():
            _add_called(found, handle, group, on_calls, span)
    for handle, group in config.groups.items():
        for place, contact in _named(group, config, span.start):
            one = found.setdefault(contact.address or "", Needed(contact, span.start))
            one.places.add(f"listed under {place}")
            one.groups.add(handle)
    return found


def _add_called(found: dict[str, Needed], handle: Handle, group: Group, on_calls: OnCalls, span: Period) -> None:
    reading, contacts = on_calls
    for source in group.sources:
        for shift in reading.rotations[str(source)].shifts:
            contact = contacts[shift.person]
            time = counted(shift, contact, group, reading.config.slack_accounts)
            if time is None or (time.start and time.start >= min(time.end or span.end, span.end)):
                continue
            one = found.setdefault(contact.address or shift.person, Needed(contact, span.start))
            one.groups.add(handle)
            if source.is_rotation:
                one.on_call(str(source), max(time.start or span.start, span.start))
            else:
                one.places.add(f"in {source}")


def _named(group: Group, config: Config, at: datetime) -> Iterator[tuple[str, Contact]]:
    """Those whom the config lists by their email."""
    always = [("always", email) for email in group.members_at(at)]
    for place, email in [*always, *(("fallback", email) for email in group.fallback)]:
        address = slack_address(email, config.slack_accounts)
        contact = Contact(name=email, email=email, account=address if address != email else None)
        never = any(entry.until is None for entry in barred(contact, group, config.slack_accounts))
        if not never and email not in config.placeholders:
            yield place, contact


def unfit(one: Needed, code: str) -> Problem:
    """There is no account that a group takes."""
    asked = f" (asked for as {one.contact.account})" if one.contact.account else ""
    message = f"{who(one.contact)} is {_where(one)} but {MISSING[code]}{asked}. {CORRECT_ADDRESS}"
    return Problem(level=_level(one), code=code, message=message)


def unknown(one: Needed, problem: Problem) -> Problem:
    """PagerDuty does not tell who it is."""
    where = _where(one)
    message = f"{problem.message} ({where[0].upper()}{where[1:]}.)"
    return problem.model_copy(update={"level": _level(one), "message": message})


def _level(one: Needed) -> Level:
    return "error" if one.rotations else "warning"


def _where(one: Needed) -> str:
    """`on call for PC5BGL2 from Mon 23 Nov 17:00 and listed under fallback`"""
    since = f" from {moment(one.since)}" if one.since and one.since > one.now else " now"
    rotations = [f"on call for {listed(sorted(one.rotations))}{since}"] if one.rotations else []
    return " and ".join([*rotations, *sorted(one.places)])
