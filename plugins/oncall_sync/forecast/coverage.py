"""What the plans of a group come to in the span: when nobody is on call, or too many people are members. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from oncall_sync.config import Group, Source
from oncall_sync.errors import listed
from oncall_sync.forecast.findings import Period, moment
from oncall_sync.forecast.moments import Moment, Timeline
from oncall_sync.models import Level, Problem, replaced
from oncall_sync.rules.members import too_long

MOST_PERIODS = 5


def coverage(timeline: Timeline) -> Iterator[Problem]:
    """Nothing but the reason, if a source could not be read."""
    rotations = timeline.inputs.reading.rotations
    unread = [rotations[source].problem for source in timeline.inputs.group.sources]
    if any(unread):
        yield from filter(None, unread)
        return
    yield from _gaps(timeline)
    yield from _in_plans(timeline)
    yield from _too_long(timeline)


def _gaps(timeline: Timeline) -> Iterator[Problem]:
    """In the rotations; of a group without rotations in the teams; of a group without sources in `always`."""
    group, span = timeline.inputs.group, timeline.span
    nobody = merged(each.period for each in timeline.moments if not _present(each) and not _nobody_counts(each))
    others = merged(each.period for each in timeline.moments if not _present(each) and _nobody_counts(each))
    kinds = sorted({kind for each in timeline.moments if not _present(each) for kind in _nobody_counts(each)})
    called = group.rotations or group.sources
    where = f"{'on call for' if group.rotations else 'in'} {listed(map(str, called)) or 'the group'}"
    for who, periods in (("Nobody is", nobody), (f"Only {' or '.join(kinds)} are", others)):
        if periods:
            when = listed((period.in_words(span) for period in periods), MOST_PERIODS)
            level, then = _consequence(group, periods[0].start)
            yield Problem(level=level, code="no_coverage", message=f"{who} {where}: {when}. {then}")


def _present(at: Moment) -> bool:
    group = at.inputs.group
    return at.inputs.roster.someone if group.sources else bool(group.members_at(at.inputs.reading.as_of))


def _nobody_counts(at: Moment) -> set[str]:
    """The kinds of people who are on call and whom no group takes."""
    group, reading = at.inputs.group, at.inputs.reading
    shifts = [shift for source in group.rotations or group.sources for shift in reading.rotations[source].shifts]
    present = [at.inputs.contacts[shift.person] for shift in shifts if shift.covers(reading.as_of)]
    return {"placeholders" if contact.placeholder else "people under `never`" for contact in present}


def merged(periods: Iterable[Period]) -> list[Period]:
    """Periods in order, those that follow each other at once as one."""
    found: list[Period] = []
    for period in periods:
        if found and found[-1].end == period.start:
            found[-1] = Period(found[-1].start, period.end)
        else:
            found.append(period)
    return found


def _consequence(group: Group, at: datetime) -> tuple[Level, str]:
    """Whether somebody else is in the group meanwhile."""
    if group.fallback:
        return "info", f"The fallback stands in: {listed(group.fallback)}."
    staying = [*group.members_at(at), *(str(source) for source in group.sources if not source.is_rotation)]
    if staying and group.rotations:
        return "info", f"Only these are in the group meanwhile: {listed(staying)}."
    happens = "keeps its last members" if group.when_empty == "keep" else "is disabled"
    return "warning", f"The group {happens} meanwhile. Put somebody there, or give the group a fallback."


def _in_plans(timeline: Timeline) -> Iterator[Problem]:
    """What the sync will report then. Who has no account is checked person by person (people.py)."""
    first: dict[str, Problem] = {}
    most = 0
    for inputs, plan in timeline.plans():
        number = len(inputs.roster.members)
        for problem in plan.problems:
            if problem.code == "empty_team":
                first.setdefault(problem.message, problem)
            elif problem.code == "max_members" and number > most:
                most = number
                first[problem.code] = _too_many(problem, most, inputs.reading.as_of, timeline)
    yield from first.values()


def _too_many(problem: Problem, number: int, at: datetime, timeline: Timeline) -> Problem:
    since = "now" if at == timeline.span.start else f"from {moment(at)} on"
    text = f"{number} people belong in the group {since}, and max_members is {timeline.inputs.group.max_members}: the "
    return replaced(problem, message=f"{text}sync then refuses to write it. Raise max_members, or correct the sources.")


def _too_long(timeline: Timeline) -> Iterator[Problem]:
    """Of each rotation, the first shift that is shorter than the overlap."""
    group, reported = timeline.inputs.group, set[Source]()
    for reason in (reason for inputs in timeline.situations for reason in inputs.roster.reasons):
        if isinstance(reason.via, Source) and reason.shift and reason.via not in reported:
            problem = too_long(reason.contact.name, reason.via, reason.shift, group.overlap)
            reported |= {reason.via} if problem else set()
            yield from filter(None, [problem])
