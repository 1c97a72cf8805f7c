"""Who belongs in a group at the instant of the run, as far as that could be read. Pure.

people on call (without placeholders and `never`), or the `fallback` where nobody on call can be reached,
and always the `always`; each by the Slack ID of an active account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.config import Group
from oncall_sync.models import (
    Address,
    Contact,
    Member,
    PersonId,
    Problem,
    Rotation,
    Shift,
    SlackId,
    SlackIds,
)

MISSING = {
    "no_slack_account": "has no Slack account under that address",
    "deactivated_account": "has a deactivated Slack account",
    "guest_account": "has a guest account in Slack, which no user group takes",
    "bot_account": "is a bot in Slack, which no user group takes",
}


def slack_address(email: str, slack_accounts: Mapping[str, str]) -> Address:
    """How Slack knows the owner of a PagerDuty email: `slack_accounts` by the address, then by its domain."""
    if email in slack_accounts:
        return slack_accounts[email]
    name, _, domain = email.partition("@")
    return name + slack_accounts[f"@{domain}"] if f"@{domain}" in slack_accounts else email


def never_of(group: Group, slack_accounts: Mapping[str, str]) -> set[Address]:
    """Those under `never`, by their addresses in PagerDuty and in Slack."""
    return {name for email in group.never for name in (email, slack_address(email, slack_accounts))}


@dataclass
class Roster:
    """What is known of one group.

    members: who belongs in it and can be reached. someone: a person is on call, reachable or not;
    barred: one who is under `never`.
    unread: the schedules that could not be read, in whole or in part; unreadable: why, for these and for people.
    until: the earliest end of a shift that this rests on.
    """

    members: dict[SlackId, Member] = field(default_factory=dict)
    addresses: dict[SlackId, Address] = field(default_factory=dict)
    someone: bool = False
    barred: bool = False
    reached: bool = False
    unread: set[str] = field(default_factory=set)
    unreadable: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    until: datetime | None = None


@dataclass(frozen=True)
class Called:
    """One reason for a person to be in the group."""

    contact: Contact
    via: str
    until: datetime | None = None


@dataclass(frozen=True)
class Known:
    """What the tasks before found out, for all groups."""

    rotations: Mapping[str, Rotation]
    contacts: Mapping[PersonId, Contact]
    ids: SlackIds
    slack_accounts: Mapping[str, str]
    placeholders: Collection[str] = ()


def roster(group: Group, known: Known) -> Roster:
    return _Collector(group, known).collect()


class _Collector:
    """Fills one group's roster, source by source."""

    def __init__(self, group: Group, known: Known) -> None:
        self.group, self.known, self.found = group, known, Roster()
        self.never = never_of(group, known.slack_accounts)
        self.never_ids = {known.ids.found[address] for address in self.never & known.ids.found.keys()}

    def collect(self) -> Roster:
        found = self.found
        for schedule in self.group.schedules:
            self._read_schedule(schedule, self.known.rotations[schedule])
        found.reached = bool(found.members)
        if not found.reached and not found.unreadable:
            self._add_listed("fallback", self.group.fallback)
            found.reached = bool(found.members)
        else:  # who is missing is told in daylight, rather than in the night in which they are needed
            missing = self.known.ids.missing
            self._add_listed("fallback", [e for e in self.group.fallback if self._listed_contact(e).address in missing])
        self._add_listed("always", self.group.always)
        return found

    def _read_schedule(self, schedule: str, rotation: Rotation) -> None:
        if rotation.problem:
            self.found.unread.add(schedule)
            self.found.unreadable.append(rotation.problem)
        for shift in rotation.shifts:
            self.found.until = _earliest(self.found.until, shift.end)
            self._add_shift(schedule, shift, self.known.contacts[shift.person])

    def _add_shift(self, schedule: str, shift: Shift, contact: Contact) -> None:
        if contact.placeholder:
            return
        if self._is_barred(contact):
            self.found.barred = True
            return
        self.found.someone = True
        if contact.problem is None:
            if not self._add(Called(contact, schedule, shift.end)):
                self.found.unread.add(schedule)
        elif contact.unreadable:
            self.found.unread.add(schedule)
            self.found.unreadable.append(contact.problem)
        else:
            self.found.problems.append(contact.problem)

    def _add_listed(self, via: str, emails: Iterable[str]) -> None:
        for email in emails:
            contact = self._listed_contact(email)
            if email not in self.known.placeholders and not self._is_barred(contact):
                self._add(Called(contact, via))

    def _listed_contact(self, email: str) -> Contact:
        address = slack_address(email, self.known.slack_accounts)
        return Contact(name=email, email=email, account=address if address != email else None)

    def _is_barred(self, contact: Contact) -> bool:
        """Under `never`, by PagerDuty email, by Slack address, or by another address of the same Slack account."""
        slack_id = self.known.ids.found.get(contact.address or "")
        return bool({contact.email, contact.address} & self.never) or slack_id in self.never_ids

    def _add(self, called: Called) -> bool:
        """Puts the person into the roster, or says why not. False: Slack could not be asked about them."""
        found, ids, address, who = self.found, self.known.ids, called.contact.address or "", _who(called.contact)
        if address in ids.found:
            slack_id = ids.found[address]
            found.members[slack_id] = _merged(found.members.get(slack_id), slack_id, called)
            found.addresses[slack_id] = address
        elif address in ids.unreadable:
            text = f"{who} could not be looked up: {ids.unreadable[address]}"
            found.unreadable.append(Problem(code="slack_unreadable", message=text, passing=True))
            return False
        else:
            found.problems.append(_missing(who, called, ids.missing.get(address, "no_slack_account")))
        return True


def _who(contact: Contact) -> str:
    return contact.name if contact.name == contact.email else f"{contact.name} ({contact.email})"


def _missing(who: str, called: Called, code: str) -> Problem:
    place = "is listed under" if called.via in {"always", "fallback"} else "is on call for"
    asked = f" (asked for as {called.contact.account})" if called.contact.account else ""
    return Problem(
        level="warning",
        code=code,
        message=f"{who} {place} {called.via} but {MISSING.get(code, 'cannot be found in Slack')}{asked}. "
        "Correct the address in PagerDuty or Slack, or name the right account under slack_accounts.",
    )


def _merged(known: Member | None, slack_id: SlackId, called: Called) -> Member:
    """One member for all reasons. Until the last of the shifts ends; None as soon as one has no known end."""
    if known is None:
        return Member(slack_id=slack_id, name=called.contact.name, until=called.until, via=(called.via,))
    until = max(known.until, called.until) if known.until and called.until else None
    return known.model_copy(update={"until": until, "via": tuple(dict.fromkeys((*known.via, called.via)))})


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other
