"""Who belongs in a group at the instant of a reading, as far as it could be read. Pure.

The people on call, without placeholders and `never`; with `overlap` for a while before and after their shifts too. The
`fallback`, if nobody on call can be reached. In addition the members of teams, and `always`. Each by the Slack ID of an
active account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

from oncall_sync.config import Group, Overlap, Source
from oncall_sync.config.fields import duration_text
from oncall_sync.models import (
    Address,
    Contact,
    GroupState,
    Handle,
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
    UserGroup,
    replaced,
)

MISSING = {
    "no_slack_account": "has no Slack account under that address",
    "deactivated_account": "has a deactivated Slack account",
    "guest_account": "has a guest account in Slack, which no user group takes",
    "bot_account": "is a bot in Slack, which no user group takes",
}
CORRECT_ADDRESS = "Correct the address in PagerDuty or Slack, or name the right account under slack_accounts."


@dataclass(frozen=True)
class GroupInputs:
    """Everything that decides about one group at the instant `reading.as_of`.

    current: the Slack group. previous: what the last run remembered of it. contacts, ids: of the people of all groups.
    names: as Slack has them. now: when Slack's groups were read.
    """

    handle: Handle
    group: Group
    current: UserGroup
    previous: GroupState
    reading: Reading
    contacts: Mapping[PersonId, Contact]
    ids: SlackIds
    names: Mapping[SlackId, str]
    now: datetime

    @cached_property
    def roster(self) -> Roster:
        return roster(self)

    def bars(self, contact: Contact) -> bool:
        """Under `never`: by their address, or by another address of the same Slack account."""
        addresses, slack_ids = self._never
        return contact.address in addresses or self.ids.found.get(contact.address or "") in slack_ids

    @cached_property
    def _never(self) -> tuple[set[Address], set[SlackId]]:
        addresses = never_of(self.group, self.reading.config.slack_accounts, self.reading.as_of)
        return addresses, {self.ids.found[address] for address in addresses & self.ids.found.keys()}


@dataclass(frozen=True)
class Roster:
    """Who belongs in the group.

    reasons: why each person belongs in it, with or without an account.
    members: those with an account; addresses: how they were looked up. on_call: by the shifts alone, without overlap.
    someone: a person is on call, with or without an account (in the team, if the group has no rotation).
    barred: such a person is under `never`. reached: the accounts of these people, or of the fallback.
    unread: sources that could not be read, in whole or in part. unreadable: why, and which people could not be read.
    until: when the members change next; unseen_until: when they change next and /oncalls does not show it.
    """

    reasons: tuple[Reason, ...]
    members: Mapping[SlackId, Member]
    addresses: Mapping[SlackId, Address]
    on_call: dict[PersonId, OnCall]
    someone: bool
    barred: bool
    reached: Collection[SlackId]
    unread: Collection[Source]
    unreadable: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    until: datetime | None
    unseen_until: datetime | None


@dataclass(frozen=True)
class Reason:
    """Why a person belongs in the group: a shift, membership of a team, or an entry of the config.

    via: the source, or the list in the config. until: when the reason ends, including the overlap.
    on_call: now, and not only within the overlap (in the team, if the group has no rotation).
    slack_id: the account; otherwise `problem` says why there is none, or why it could not be read (`unreadable`).
    """

    contact: Contact
    via: Source | Literal["always", "fallback"]
    shift: Shift | None = None
    until: datetime | None = None
    on_call: bool = False
    slack_id: SlackId | None = None
    problem: Problem | None = None
    unreadable: bool = False

    @property
    def is_turn(self) -> bool:
        """By a rotation, not by a team or the config."""
        return isinstance(self.via, Source) and self.via.is_rotation

    @property
    def where(self) -> str:
        """`on call for PC5BGL2`"""
        return self.via.where if isinstance(self.via, Source) else f"listed under {self.via}"


def roster(inputs: GroupInputs) -> Roster:
    group, at = inputs.group, inputs.reading.as_of
    rotations = {source: inputs.reading.rotations[source] for source in group.sources}
    present = [reason for source, rotation in rotations.items() for reason in _by_shifts(inputs, source, rotation)]
    by_shifts = [reason for reason in present if not inputs.bars(reason.contact)]
    unread = {source for source, rotation in rotations.items() if rotation.problem}
    unread |= {reason.via for reason in by_shifts if isinstance(reason.via, Source) and reason.unreadable}
    reached = {reason.slack_id for reason in by_shifts if reason.on_call and reason.slack_id}
    fallback = listed_in_config(inputs, "fallback", group.fallback)
    if reached or unread:  # a missing account is reported now, rather than in the night in which it is needed
        fallback = [reason for reason in fallback if reason.contact.address in inputs.ids.missing]
    reasons = [*by_shifts, *fallback, *listed_in_config(inputs, "always", group.members_at(at))]
    moments = [(moment, unseen) for moment, unseen in _moments(inputs, rotations) if moment > at]
    return Roster(
        reasons=tuple(reasons),
        members=_members(reasons, inputs.names),
        addresses={reason.slack_id: reason.contact.address or "" for reason in reasons if reason.slack_id},
        on_call=_people_on_call(by_shifts),
        someone=any(reason.on_call for reason in by_shifts),
        barred=any(reason.on_call for reason in present if inputs.bars(reason.contact)),
        reached=reached or {reason.slack_id for reason in fallback if reason.slack_id},
        unread=unread,
        unreadable=(
            *(rotation.problem for rotation in rotations.values() if rotation.problem),
            *(reason.problem for reason in reasons if reason.problem and reason.unreadable),
        ),
        problems=tuple(dict.fromkeys(_problems(rotations, reasons, group.overlap))),
        until=min((moment for moment, _ in moments), default=None),
        unseen_until=min((moment for moment, unseen in moments if unseen), default=None),
    )


def slack_address(email: str, slack_accounts: Mapping[str, str]) -> Address:
    """The Slack address of a PagerDuty email: by `slack_accounts`, first the whole email, then its domain."""
    if email in slack_accounts:
        return slack_accounts[email]
    name, _, domain = email.partition("@")
    return name + slack_accounts[f"@{domain}"] if f"@{domain}" in slack_accounts else email


def contact_of(name: str, email: str, slack_accounts: Mapping[str, str]) -> Contact:
    address = slack_address(email, slack_accounts)
    return Contact(name=name, email=email, account=address if address != email else None)


def never_of(group: Group, slack_accounts: Mapping[str, str], at: datetime) -> set[Address]:
    """The people under `never` at that time, by their PagerDuty and their Slack addresses."""
    return {address for email in group.barred_at(at) for address in (email, slack_address(email, slack_accounts))}


# ── reasons ──────────────────────────────────────────────────────────────────────────────────────────────


def _by_shifts(inputs: GroupInputs, source: Source, rotation: Rotation) -> Iterator[Reason]:
    """The people whom the source makes members at that instant, without placeholders."""
    at = inputs.reading.as_of
    counts = source.is_rotation or not inputs.group.rotations
    for shift in rotation.shifts:
        membership, contact = membership_of(shift, inputs.group.overlap), inputs.contacts[shift.person]
        if membership.covers(at) and not contact.placeholder:
            on_call = counts and shift.covers(at)
            yield _with_account(Reason(contact, source, shift, membership.end, on_call), inputs.ids)


def listed_in_config(inputs: GroupInputs, via: Literal["always", "fallback"], emails: Iterable[str]) -> list[Reason]:
    """The people of `always` or `fallback`, without placeholders and `never`."""
    config = inputs.reading.config
    contacts = [contact_of(email, email, config.slack_accounts) for email in emails if email not in config.placeholders]
    return [_with_account(Reason(contact, via), inputs.ids) for contact in contacts if not inputs.bars(contact)]


def _with_account(reason: Reason, ids: SlackIds) -> Reason:
    contact, address = reason.contact, reason.contact.address or ""
    if contact.problem:
        return replace(reason, problem=contact.problem, unreadable=contact.unreadable)
    if address in ids.found:
        return replace(reason, slack_id=ids.found[address])
    if address in ids.unreadable:
        text = f"{who(contact)} could not be looked up: {ids.unreadable[address]}"
        return replace(reason, problem=Problem(code="slack_unreadable", message=text, passing=True), unreadable=True)
    return replace(reason, problem=no_account(contact, reason.where, ids.missing.get(address, "no_slack_account")))


def _members(reasons: Iterable[Reason], names: Mapping[SlackId, str]) -> dict[SlackId, Member]:
    """One member for all reasons of an account, until the last of them ends."""
    by_account: dict[SlackId, list[Reason]] = {}
    for reason in reasons:
        if reason.slack_id:
            by_account.setdefault(reason.slack_id, []).append(reason)
    return {
        slack_id: Member(
            slack_id=slack_id,
            name=first.contact.name if first.shift else names.get(slack_id, first.contact.name),
            until=_latest(reason.until for reason in (first, *others)),
            via=tuple(dict.fromkeys(str(reason.via) for reason in (first, *others))),
        )
        for slack_id, (first, *others) in by_account.items()
    }


def _people_on_call(reasons: Iterable[Reason]) -> dict[PersonId, OnCall]:
    """Of a person with several shifts: from the first begin to the last end."""
    people: dict[PersonId, OnCall] = {}
    for reason in reasons:
        if reason.on_call and reason.shift:
            shift, person = reason.shift, reason.shift.person
            known = people.get(person) or OnCall(name=reason.contact.name, since=shift.start, until=shift.end)
            since = min(known.since, shift.start) if known.since and shift.start else None
            people[person] = replaced(known, since=since, until=_latest([known.until, shift.end]))
    return people


def _latest(ends: Iterable[datetime | None]) -> datetime | None:
    """None is no end, and the latest of all."""
    known = [*ends]
    return max((end for end in known if end), default=None) if None not in known else None


# ── problems ─────────────────────────────────────────────────────────────────────────────────────────────


def _problems(rotations: Mapping[Source, Rotation], reasons: Iterable[Reason], overlap: Overlap) -> Iterator[Problem]:
    """About empty teams, long overlaps, and people without an account."""
    for source, rotation in rotations.items():
        if not source.is_rotation and not rotation.shifts and not rotation.problem:
            text = "has no members. Put people into it in PagerDuty, or take it out of the config."
            yield Problem(level="warning", code="empty_team", message=f"{source.in_words} {text}")
    for reason in reasons:
        if reason.shift and (longer := too_long(reason.contact.name, reason.via, reason.shift, overlap)):
            yield longer
        if reason.problem and not reason.unreadable:
            yield reason.problem


def who(contact: Contact) -> str:
    return contact.name if contact.name == contact.email else f"{contact.name} ({contact.email})"


def no_account(contact: Contact, where: str, code: str, level: Level = "warning") -> Problem:
    """The person has no account that a group takes. where: `on call for PC5BGL2`."""
    missing = MISSING.get(code, "cannot be found in Slack")
    asked = f" (asked for as {contact.account})" if contact.account else ""
    return Problem(level=level, code=code, message=f"{who(contact)} is {where} but {missing}{asked}. {CORRECT_ADDRESS}")


# ── overlaps ─────────────────────────────────────────────────────────────────────────────────────────────


def membership_of(shift: Shift, overlap: Overlap) -> Shift:
    """The time for which the shift makes its person a member."""
    if overlap == Overlap():
        return shift
    start, end = shift.start and shift.start - overlap.before, shift.end and shift.end + overlap.after
    return replaced(shift, start=start, end=end)


def too_long(name: str, source: object, shift: Shift, overlap: Overlap) -> Problem | None:
    """With an overlap longer than the shift, people of more than two shifts may be members at once."""
    longest = max(overlap.before, overlap.after)
    if not (shift.start and shift.end and longest > shift.end - shift.start):
        return None
    where = "before" if longest == overlap.before else "after"
    return Problem(
        level="warning",
        code="overlap_too_long",
        message=f"{name}'s shift on {source} is {duration_text(shift.end - shift.start)} long, and the group's overlap "
        f"is {duration_text(longest)} {where} each shift, so that people of several shifts are members at once. "
        "Shorten `overlap` in the config, unless that is meant.",
    )


def _moments(inputs: GroupInputs, rotations: Mapping[Source, Rotation]) -> Iterator[tuple[datetime, bool]]:
    """When the members may change, and whether the watcher does not see that in /oncalls.

    It sees each handoff, unless the source is not in there. It does not see when an overlap begins or ends.
    """
    group, overlapping = inputs.group, inputs.group.overlap != Overlap()
    shifts = [(source, shift) for source, rotation in rotations.items() for shift in rotation.shifts]
    memberships = [membership_of(shift, group.overlap) for _, shift in shifts]
    for (source, shift), membership in zip(shifts, memberships, strict=True):
        alone = source in inputs.reading.verified
        unseen = (alone or overlapping) and not rotations[source].problem
        if alone or not overlapping or group.fallback:
            yield from ((moment, unseen) for moment in _bounds(shift))
        if overlapping:
            own = [other for other in memberships if other.person == shift.person]
            yield from ((moment, unseen) for moment in _bounds(membership) if _joins_or_leaves(moment, own))
    for entry in (*group.always, *group.never):
        if entry.until and entry.holds(inputs.reading.as_of):
            yield entry.until, True


def _bounds(shift: Shift) -> Iterator[datetime]:
    yield from filter(None, (shift.start, shift.end))


def _joins_or_leaves(moment: datetime, memberships: Iterable[Shift]) -> bool:
    """Whether the person of these memberships becomes a member or stops being one; not while another one goes on."""
    before = any((m.start is None or m.start < moment) and (m.end is None or moment <= m.end) for m in memberships)
    return before != any(membership.covers(moment) for membership in memberships)
