"""Who is on call in the span, for which part of it they belong in a group, and who takes over next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from oncall_sync.config import Group, Source
from oncall_sync.models import Contact, Handle, PersonId, Reading, Shift
from oncall_sync.preflight.findings import Coming, moment
from oncall_sync.rules.roster import slack_address

NEXT_CHECK = timedelta(hours=36)  # the next one comes in a day, and may be late


class Period(NamedTuple):
    """The span that is looked at, or a part of it."""

    start: datetime
    end: datetime

    def in_words(self, span: Period) -> str:
        if self == span:
            return f"all {(span.end - span.start).days} days"
        if self.end == span.end:
            return f"from {moment(self.start)} on"
        if self.start == span.start:
            return f"now to {moment(self.end)}"
        same_day = self.end.date() == self.start.date()
        return f"{moment(self.start)} to {f'{self.end:%H:%M}' if same_day else moment(self.end)}"


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
        """Of which somebody may have several users in PagerDuty; their ID where it is not known."""
        return self.contacts[person].address or person

    def shifts(self, *sources: Source) -> list[Shift]:
        return [shift for source in sources for shift in self.reading.rotations[str(source)].shifts]

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
