"""For which part of their shifts people belong in a group, who comes next, and who must be found in Slack. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from oncall_sync.config import Group, Source
from oncall_sync.config.values import listed
from oncall_sync.forecast.findings import Coming, Period, moment
from oncall_sync.models import Contact, Handle, Level, PersonId, Problem, Reading, Shift
from oncall_sync.rules.members import contact_of, slack_address

NEXT_CHECK = timedelta(hours=36)  # the next one comes in a day, and may be late


class OnCalls(NamedTuple):
    """What PagerDuty says of the span, and who these people are."""

    span: Period
    reading: Reading
    contacts: Mapping[PersonId, Contact]

    @property
    def groups(self) -> Mapping[Handle, Group]:
        """Those that were read, in the order of the config; none where PagerDuty could not be asked."""
        return {h: group for h, group in self.reading.config.groups.items() if h in self.reading.served}

    def address(self, person: PersonId) -> str:
        """Of somebody in Slack, who may be several users in PagerDuty; their ID there, where it is not known."""
        return self.contacts[person].address or person

    def shifts(self, *sources: Source) -> list[Shift]:
        return [shift for source in sources for shift in self.reading.rotations[source].shifts]

    def counted(self, shifts: Iterable[Shift], group: Group) -> list[Shift]:
        """Without those of people whom the group does not take; an entry under `never` may end within a shift."""
        found = []
        for shift in shifts:
            contact = self.contacts[shift.person]
            ends = self.never_ends(contact, group)
            start = max((time for time in (shift.start, *ends) if time), default=None)
            void = start and shift.end and start >= shift.end
            if not (contact.placeholder or None in ends or void):
                found.append(shift.model_copy(update={"start": start}))
        return found

    def never_ends(self, contact: Contact, group: Group) -> list[datetime | None]:
        """Of the entries under `never` that mean this person; None: one has no end."""
        names, accounts = {contact.email, contact.address}, self.reading.config.slack_accounts
        return [entry.until for entry in group.never if names & {entry.email, slack_address(entry.email, accounts)}]

    def coming(self, group: Group) -> tuple[Coming, ...]:
        """Of each rotation the next shift, and all that begin before NEXT_CHECK has passed, by their start."""
        now, found = self.span.start, set()
        for source in group.rotations:
            shifts = self.counted(self.shifts(source), group)
            ahead = sorted((s.start, self.contacts[s.person].name) for s in shifts if s.start and s.start > now)
            found |= {*ahead[:1], *(one for one in ahead if one[0] < now + NEXT_CHECK)}
        return tuple(Coming(name=name, start=start) for start, name in sorted(found))


@dataclass
class Needed:
    """A person, under one Slack address or, where that is not known, one PagerDuty ID.

    rotations, places: where they are on call and from when, not before `now`; and where else they are named.
    """

    contact: Contact
    now: datetime
    rotations: dict[str, datetime] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    groups: set[Handle] = field(default_factory=set)

    @property
    def level(self) -> Level:
        return "error" if self.rotations else "warning"

    @property
    def where(self) -> str:
        """`on call for PC5BGL2 from Mon 23 Nov 17:00 and listed under fallback`"""
        since = min(self.rotations.values(), default=self.now)
        when = f"from {moment(since)}" if since > self.now else "now"
        rotations = [f"on call for {listed(sorted(self.rotations))} {when}"] if self.rotations else []
        return " and ".join([*rotations, *sorted(self.places)])

    def unknown(self, problem: Problem) -> Problem:
        """PagerDuty does not tell who they are."""
        message = f"{problem.message} ({self.where[0].upper()}{self.where[1:]}.)"
        return problem.model_copy(update={"level": self.level, "message": message})


def needed(on_calls: OnCalls) -> dict[str, Needed]:
    """Everybody in a rotation or a team within the span, and under `always` and `fallback`, but for those whom a group
    does not take."""
    found: dict[str, Needed] = {}
    for handle, group in on_calls.groups.items():
        for source in group.sources:
            _add_called(found, handle, group, source, on_calls)
    for handle, group in on_calls.reading.config.groups.items():
        for place, contact in _named(group, on_calls):
            one = found.setdefault(contact.address or "", Needed(contact, on_calls.span.start))
            one.places.add(f"listed under {place}")
            one.groups.add(handle)
    return found


def _add_called(found: dict[str, Needed], handle: Handle, group: Group, source: Source, on_calls: OnCalls) -> None:
    now, until = on_calls.span
    for shift in on_calls.counted(on_calls.shifts(source), group):
        since = max(shift.start or now, now)
        if since >= until:
            continue
        one = found.setdefault(on_calls.address(shift.person), Needed(on_calls.contacts[shift.person], now))
        one.groups.add(handle)
        if source.is_rotation:
            one.rotations[str(source)] = min(since, one.rotations.get(str(source), since))
        else:
            one.places.add(source.where)


def _named(group: Group, on_calls: OnCalls) -> Iterator[tuple[str, Contact]]:
    """Those whom the config lists by their email."""
    config = on_calls.reading.config
    for place, emails in (("always", group.members_at(on_calls.span.start)), ("fallback", group.fallback)):
        for email in emails:
            contact = contact_of(email, email, config.slack_accounts)
            if email not in config.placeholders and None not in on_calls.never_ends(contact, group):
                yield place, contact
