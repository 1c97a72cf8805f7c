"""Who belongs in a group at the instant of the run, as far as that could be read. Pure.

people on call (without placeholders and `never`), by `overlap` a while before and after their shifts, or the `fallback`
where nobody on call can be reached; and always the members of teams and the `always`; each by the Slack ID of an active
account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from oncall_sync.config import Group, Overlap, Source
from oncall_sync.models import (
    Address,
    Contact,
    Level,
    Member,
    OnCall,
    PersonId,
    Problem,
    Reading,
    Rotation,
    Shift,
    SlackId,
    SlackIds,
)
from oncall_sync.rules.overlaps import bounds, joins_or_leaves, stay_of, too_long

MISSING = {
    "no_slack_account": "has no Slack account under that address",
    "deactivated_account": "has a deactivated Slack account",
    "guest_account": "has a guest account in Slack, which no user group takes",
    "bot_account": "is a bot in Slack, which no user group takes",
}
CORRECT_ADDRESS = "Correct the address in PagerDuty or Slack, or name the right account under slack_accounts."


def slack_address(email: str, slack_accounts: Mapping[str, str]) -> Address:
    """How Slack knows the owner of a PagerDuty email: `slack_accounts` by the address, then by its domain."""
    if email in slack_accounts:
        return slack_accounts[email]
    name, _, domain = email.partition("@")
    return name + slack_accounts[f"@{domain}"] if f"@{domain}" in slack_accounts else email


def contact_of(name: str, email: str, slack_accounts: Mapping[str, str]) -> Contact:
    address = slack_address(email, slack_accounts)
    return Contact(name=name, email=email, account=address if address != email else None)


def never_of(group: Group, slack_accounts: Mapping[str, str], at: datetime) -> set[Address]:
    """Those under `never` at that time, by their addresses in PagerDuty and in Slack."""
    return {name for email in group.barred_at(at) for name in (email, slack_address(email, slack_accounts))}


@dataclass
class Roster:
    """What is known of one group.

    members: who belongs in it and can be reached. someone: a person is on call (or in the team, where there is no
    rotation), reachable or not; barred: one who is under `never`; reached: those of them who can be reached, or the
    fallback. on_call: those on call, whatever the overlap; whole only where nothing is unread.
    unread: the sources that could not be read, in whole or in part; unreadable: why, for these and for people.
    until: when the members change next; unseen_until: when they do without a change in /oncalls.
    """

    members: dict[SlackId, Member] = field(default_factory=dict)
    addresses: dict[SlackId, Address] = field(default_factory=dict)
    on_call: dict[PersonId, OnCall] = field(default_factory=dict)
    someone: bool = False
    barred: bool = False
    reached: set[SlackId] = field(default_factory=set)
    unread: set[Source] = field(default_factory=set)
    unreadable: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    until: datetime | None = None
    unseen_until: datetime | None = None

    def changes_at(self, moment: datetime, unseen: bool) -> None:
        self.until = earliest(self.until, moment)
        if unseen:
            self.unseen_until = earliest(self.unseen_until, moment)


@dataclass(frozen=True)
class Called:
    """One reason for a person to be in the group."""

    contact: Contact
    via: Source | Literal["always", "fallback"]
    until: datetime | None = None

    @property
    def listed(self) -> bool:
        """The config names them, by their email alone."""
        return not isinstance(self.via, Source)

    @property
    def where(self) -> str:
        return self.via.where if isinstance(self.via, Source) else f"listed under {self.via}"


@dataclass(frozen=True)
class Known:
    """What the tasks before found out, for all groups. names: as Slack has them."""

    reading: Reading
    contacts: Mapping[PersonId, Contact]
    ids: SlackIds
    names: Mapping[SlackId, str] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return self.reading.as_of

    @property
    def slack_accounts(self) -> Mapping[str, str]:
        return self.reading.config.slack_accounts


def roster(group: Group, known: Known) -> Roster:
    return _Collector(group, known).collect()


class _Collector:
    """Fills one group's roster, source by source."""

    def __init__(self, group: Group, known: Known) -> None:
        self.group, self.known, self.found = group, known, Roster()
        self.never = never_of(group, known.slack_accounts, known.at)
        self.called = group.rotations or group.sources
        shifts = [shift for source in group.sources for shift in known.reading.rotations[source].shifts]
        self.stays = [stay_of(shift, group.overlap) for shift in shifts]
        self.never_ids = {known.ids.found[address] for address in self.never & known.ids.found.keys()}

    def collect(self) -> Roster:
        found = self.found
        for source in self.group.sources:
            self._read_source(source, self.known.reading.rotations[source])
            self._note_moments(source, self.known.reading.rotations[source])
        if not found.reached and not found.unreadable:
            self._add_listed("fallback", self.group.fallback)
            found.reached = {slack_id for slack_id, member in found.members.items() if "fallback" in member.via}
        else:  # who is missing is told in daylight, rather than in the night in which they are needed
            accounts, missing = self.known.slack_accounts, self.known.ids.missing
            self._add_listed("fallback", [e for e in self.group.fallback if slack_address(e, accounts) in missing])
        self._add_listed("always", self.group.members_at(self.known.at))
        for entry in (*self.group.always, *self.group.never):
            if entry.until and entry.holds(self.known.at):
                found.changes_at(entry.until, unseen=True)
        found.problems = list(dict.fromkeys(found.problems))
        return found

    def _read_source(self, source: Source, rotation: Rotation) -> None:
        if rotation.problem:
            self.found.unread.add(source)
            self.found.unreadable.append(rotation.problem)
        elif not source.is_rotation and not rotation.shifts:
            self.found.problems.append(empty_team(source))
        for shift in rotation.shifts:
            stay = stay_of(shift, self.group.overlap)
            if stay.covers(self.known.at):
                self._add_shift(source, shift, stay, self.known.contacts[shift.person])

    def _note_moments(self, source: Source, rotation: Rotation) -> None:
        """When the members change next.

        With an overlap all shifts around the instant are known; without, of a shift that ends not even the next one,
        but the watcher sees each handoff in /oncalls, unless the source is not in there.
        """
        alone, overlapping = source in self.known.reading.verified, self.group.overlap != Overlap()
        for shift in rotation.shifts:
            moments = [*bounds(shift)] if alone or not overlapping or self.group.fallback else []
            if overlapping:
                stay = stay_of(shift, self.group.overlap)
                moments += [moment for moment in bounds(stay) if joins_or_leaves(moment, stay, self.stays)]
            for moment in moments:
                if moment > self.known.at:
                    self.found.changes_at(moment, (alone or overlapping) and not rotation.problem)

    def _add_shift(self, source: Source, shift: Shift, stay: Shift, contact: Contact) -> None:
        if contact.placeholder:
            return
        called = source in self.called and shift.covers(self.known.at)
        if self._is_barred(contact):
            self.found.barred |= called
            return
        self.found.someone |= called
        if called and source.is_rotation:
            self._note_on_call(shift, contact)
        if longer := too_long(contact.name, source, shift, self.group.overlap):
            self.found.problems.append(longer)
        if contact.problem is None:
            read, reached = self._add(Called(contact, source, stay.end))
            if called and reached:
                self.found.reached.add(self.known.ids.found[contact.address or ""])
            if not read:
                self.found.unread.add(source)
        elif contact.unreadable:
            self.found.unread.add(source)
            self.found.unreadable.append(contact.problem)
        else:
            self.found.problems.append(contact.problem)

    def _note_on_call(self, shift: Shift, contact: Contact) -> None:
        known = self.found.on_call.get(shift.person)
        until = _latest(known.until, shift.end) if known else shift.end
        since = known.since and shift.start and min(known.since, shift.start) if known else shift.start
        self.found.on_call[shift.person] = OnCall(name=contact.name, since=since, until=until)

    def _add_listed(self, via: Literal["always", "fallback"], emails: Iterable[str]) -> None:
        for email in emails:
            contact = contact_of(email, email, self.known.slack_accounts)
            if email not in self.known.reading.config.placeholders and not self._is_barred(contact):
                self._add(Called(contact, via))

    def _is_barred(self, contact: Contact) -> bool:
        """Under `never`, by PagerDuty email, by Slack address, or by another address of the same Slack account."""
        slack_id = self.known.ids.found.get(contact.address or "")
        return bool({contact.email, contact.address} & self.never) or slack_id in self.never_ids

    def _add(self, called: Called) -> tuple[bool, bool]:
        """Puts the person into the roster, or says why not. Whether Slack could be asked, and has the person."""
        found, ids, address = self.found, self.known.ids, called.contact.address or ""
        if address in ids.found:
            slack_id = ids.found[address]
            name = self.known.names.get(slack_id, called.contact.name) if called.listed else called.contact.name
            found.members[slack_id] = _merged(found.members.get(slack_id), Member(slack_id=slack_id, name=name), called)
            found.addresses[slack_id] = address
            return True, True
        if address in ids.unreadable:
            text = f"{who(called.contact)} could not be looked up: {ids.unreadable[address]}"
            found.unreadable.append(Problem(code="slack_unreadable", message=text, passing=True))
            return False, False
        found.problems.append(no_account(called.contact, called.where, ids.missing.get(address, "no_slack_account")))
        return True, False


def who(contact: Contact) -> str:
    return contact.name if contact.name == contact.email else f"{contact.name} ({contact.email})"


def empty_team(source: Source) -> Problem:
    return Problem(
        level="warning",
        code="empty_team",
        message=f"{source.in_words} has no members. Put people into it in PagerDuty, or take it out of the config.",
    )


def no_account(contact: Contact, where: str, code: str, level: Level = "warning") -> Problem:
    """There is no account that a group takes. where: `on call for PC5BGL2`."""
    missing = MISSING.get(code, "cannot be found in Slack")
    asked = f" (asked for as {contact.account})" if contact.account else ""
    return Problem(level=level, code=code, message=f"{who(contact)} is {where} but {missing}{asked}. {CORRECT_ADDRESS}")


def _merged(known: Member | None, new: Member, called: Called) -> Member:
    """One member for all reasons. Until the last of the shifts ends; None as soon as one has no known end."""
    until = _latest(known.until, called.until) if known else called.until
    known = known or new
    return known.model_copy(update={"until": until, "via": tuple(dict.fromkeys((*known.via, str(called.via))))})


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    """None is no end."""
    return max(one, other) if one and other else None


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other
