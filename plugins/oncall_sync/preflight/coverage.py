"""When nobody will be on call for a group, or only placeholders, and what the sync then does. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from oncall_sync.config import Group, Source
from oncall_sync.config.model import Listed
from oncall_sync.config.values import listed
from oncall_sync.models import Contact, PersonId, Problem, Reading, Shift
from oncall_sync.preflight.findings import Level, moment
from oncall_sync.preflight.periods import Period, Stay, most_at_once, uncovered
from oncall_sync.rules.overlaps import stay_of, too_long
from oncall_sync.rules.roster import empty_team, slack_address

MOST_PERIODS = 5


class OnCalls(NamedTuple):
    """What PagerDuty says of the span, and who these people are."""

    reading: Reading
    contacts: Mapping[PersonId, Contact]


class Turns(NamedTuple):
    """people: the time for which somebody counts; others: that of placeholders and of people under `never`, with that
    word for who it is."""

    people: list[Stay]
    others: list[Stay]


def coverage(group: Group, on_calls: OnCalls, span: Period) -> Iterator[Problem]:
    """What of this group's coverage is to be mended or known. Nothing where a source could not be read."""
    reading = on_calls.reading
    if any(reading.rotations[str(source)].problem for source in group.sources):
        return
    for source in group.sources:
        if source.kind == "team" and not reading.rotations[str(source)].shifts:
            yield empty_team(source)
    always = [Stay(None, e.until, slack_address(e.email, reading.config.slack_accounts)) for e in group.always]
    called = [source for source in group.sources if source.is_rotation] or group.sources
    turns = turns_of(called, group, on_calls) if called else Turns(always, [])
    nobody = uncovered(span, [*turns.people, *turns.others])
    others = uncovered(span, [*turns.people, *(Stay(*period) for period in nobody)])
    kinds = sorted({stay.who for stay in turns.others if any(period.touches(stay) for period in others)})
    for who, periods in (("Nobody is", nobody), (f"Only {' or '.join(kinds)} are", others)):
        if periods:
            yield _gap(group, f"{who} {_place(called)}", periods, span)
    yield from _too_many(group, [*_memberships(group, on_calls), *always], span)
    yield from _too_long(group, on_calls)


def turns_of(sources: Iterable[Source], group: Group, on_calls: OnCalls) -> Turns:
    reading, contacts = on_calls
    turns = Turns([], [])
    for shift in (shift for source in sources for shift in reading.rotations[str(source)].shifts):
        time = counted(shift, contacts[shift.person], group, reading.config.slack_accounts)
        if time:
            turns.people.append(time)
        if time is None or time.start != shift.start:
            kind = "placeholders" if contacts[shift.person].placeholder else "people under `never`"
            turns.others.append(Stay(shift.start, shift.end, kind))
    return turns


def counted(shift: Shift, contact: Contact, group: Group, accounts: Mapping[str, str]) -> Stay | None:
    """The part of a shift in which its person belongs in the group: an entry under `never` may end within it."""
    if contact.placeholder:
        return None
    ends = [entry.until for entry in barred(contact, group, accounts)]
    if None in ends:
        return None
    starts = [start for start in (shift.start, *ends) if start]
    return Stay(max(starts, default=None), shift.end, contact.address or shift.person)


def barred(contact: Contact, group: Group, accounts: Mapping[str, str]) -> list[Listed]:
    """The entries under `never` that mean this person."""
    names = {contact.email, contact.address}
    return [entry for entry in group.never if names & {entry.email, slack_address(entry.email, accounts)}]


def _place(called: Collection[Source]) -> str:
    rotations = any(source.is_rotation for source in called)
    return f"{'on call for' if rotations else 'in'} {listed(map(str, called)) or 'the group'}"


def _gap(group: Group, what: str, periods: list[Period], span: Period) -> Problem:
    level, then = _what_then(group, periods[0].start)
    when = listed((period.in_words(span) for period in periods), MOST_PERIODS)
    return Problem(level=level, code="no_coverage", message=f"{what}: {when}. {then}")


def _what_then(group: Group, at: datetime) -> tuple[Level, str]:
    """Whether somebody stands in."""
    if group.fallback:
        return "info", f"The fallback stands in: {listed(group.fallback)}."
    staying = [*group.members_at(at), *(str(source) for source in group.sources if not source.is_rotation)]
    if staying and any(source.is_rotation for source in group.sources):
        return "info", f"Only these are in the group meanwhile: {listed(staying)}."
    happens = "keeps its last members" if group.when_empty == "keep" else "is disabled"
    return "warning", f"The group {happens} meanwhile. Put somebody there, or give the group a fallback."


def _memberships(group: Group, on_calls: OnCalls) -> Iterator[Stay]:
    """Of everybody, by the overlap longer than the shift, but none of it under `never`."""
    reading, contacts = on_calls
    for shift in (shift for source in group.sources for shift in reading.rotations[str(source)].shifts):
        longer = stay_of(shift, group.overlap)
        if time := counted(longer, contacts[shift.person], group, reading.config.slack_accounts):
            yield time


def _too_long(group: Group, on_calls: OnCalls) -> Iterator[Problem]:
    """Of each source, the first shift that is shorter than the overlap."""
    for source in group.sources:
        shifts = on_calls.reading.rotations[str(source)].shifts
        told = (too_long(on_calls.contacts[s.person].name, source, s, group.overlap) for s in shifts)
        yield from islice(filter(None, told), 1)


def _too_many(group: Group, stays: list[Stay], span: Period) -> Iterator[Problem]:
    number, at = most_at_once(span, stays)
    if group.max_members is not None and number > group.max_members:
        yield Problem(
            code="max_members",
            message=f"{number} people belong in the group {'now' if at == span.start else f'from {moment(at)} on'}, "
            f"and max_members is {group.max_members}: the sync then refuses to write it. Raise max_members, or correct "
            "the sources.",
        )
