"""When nobody will be on call for a group, only placeholders, or too many; and what the sync then does. Pure.

Times are half-open, `start <= T < end`, like shifts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from oncall_sync.config import Group
from oncall_sync.config.values import listed
from oncall_sync.forecast.findings import Period, moment
from oncall_sync.forecast.people import OnCalls
from oncall_sync.models import Level, Problem, Shift
from oncall_sync.pagerduty.rotations import Window
from oncall_sync.rules.members import empty_team, membership_of, slack_address, too_long

MOST_PERIODS = 5


def coverage(group: Group, on_calls: OnCalls) -> Iterator[Problem]:
    """What of this group's sources is to be mended or known. Where one could not be read, nothing else is."""
    unread = [on_calls.reading.rotations[source].problem for source in group.sources]
    if any(unread):
        yield from filter(None, unread)
        return
    for source in group.sources:
        if not source.is_rotation and not on_calls.shifts(source):
            yield empty_team(source)
    accounts = on_calls.reading.config.slack_accounts
    always = [Shift(person=slack_address(entry.email, accounts), end=entry.until) for entry in group.always]
    yield from _gaps(group, on_calls, always)
    yield from _too_many(group, on_calls, always)
    yield from _too_long(group, on_calls)


def _gaps(group: Group, on_calls: OnCalls, always: list[Shift]) -> Iterator[Problem]:
    """In the rotations; where there is none, in the teams; where there is neither, in `always`."""
    span = on_calls.span
    called = group.rotations or group.sources
    shifts = on_calls.shifts(*called) if called else always
    counted = on_calls.counted(shifts, group) if called else always
    nobody = uncovered(span, shifts)
    only_others = uncovered(span, [*counted, *nobody])
    kinds = {
        "placeholders" if on_calls.contacts[shift.person].placeholder else "people under `never`"
        for shift in shifts
        if any(Window(*period).touches(shift.start, shift.end) for period in only_others)
    }
    where = f"{'on call for' if group.rotations else 'in'} {listed(map(str, called)) or 'the group'}"
    for who, periods in (("Nobody is", nobody), (f"Only {' or '.join(sorted(kinds))} are", only_others)):
        if periods:
            when = listed((period.in_words(span) for period in periods), MOST_PERIODS)
            level, then = _what_then(group, periods[0].start)
            yield Problem(level=level, code="no_coverage", message=f"{who} {where}: {when}. {then}")


def uncovered(span: Period, times: Iterable[Shift | Period]) -> list[Period]:
    """The parts of the span that are in none of the times, as few as possible, in order."""
    bounds = [(time.start or span.start, time.end or span.end) for time in times]
    gaps, covered_to = [], span.start
    for start, end in [*sorted((start, end) for start, end in bounds if start < end), (span.end, span.end)]:
        if covered_to < min(start, span.end):
            gaps.append(Period(covered_to, min(start, span.end)))
        covered_to = max(covered_to, end)
    return gaps


def _what_then(group: Group, at: datetime) -> tuple[Level, str]:
    """Whether somebody stands in."""
    if group.fallback:
        return "info", f"The fallback stands in: {listed(group.fallback)}."
    staying = [*group.members_at(at), *(str(source) for source in group.sources if not source.is_rotation)]
    if staying and group.rotations:
        return "info", f"Only these are in the group meanwhile: {listed(staying)}."
    happens = "keeps its last members" if group.when_empty == "keep" else "is disabled"
    return "warning", f"The group {happens} meanwhile. Put somebody there, or give the group a fallback."


def _too_many(group: Group, on_calls: OnCalls, always: list[Shift]) -> Iterator[Problem]:
    """By the overlap people are members for longer than their shift; who has two users in PagerDuty is one member."""
    if group.max_members is None:
        return
    stays = on_calls.counted([membership_of(shift, group.overlap) for shift in on_calls.shifts(*group.sources)], group)
    members = [stay.model_copy(update={"person": on_calls.address(stay.person)}) for stay in stays]
    number, at = most_at_once(on_calls.span, [*members, *always])
    if number > group.max_members:
        since = "now" if at == on_calls.span.start else f"from {moment(at)} on"
        yield Problem(
            code="max_members",
            message=f"{number} people belong in the group {since}, and max_members is {group.max_members}: the sync "
            "then refuses to write it. Raise max_members, or correct the sources.",
        )


def most_at_once(span: Period, shifts: list[Shift]) -> tuple[int, datetime]:
    """The largest number of different people at a time, and since when."""
    starts = {shift.start for shift in shifts if shift.start and span.start < shift.start < span.end}
    counts = [(len({s.person for s in shifts if s.covers(at)}), at) for at in sorted({span.start, *starts})]
    return max(counts, key=lambda count: count[0])


def _too_long(group: Group, on_calls: OnCalls) -> Iterator[Problem]:
    """Of each source, the first shift that is shorter than the overlap."""
    for source in group.sources:
        shifts = on_calls.shifts(source)
        told = (too_long(on_calls.contacts[s.person].name, source, s, group.overlap) for s in shifts)
        yield from islice(filter(None, told), 1)
