"""Who is needed in the span, from when and where: they must have a Slack account. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.errors import listed
from oncall_sync.forecast.findings import moment
from oncall_sync.forecast.moments import Timeline
from oncall_sync.models import Contact, Handle, Level, Problem, replaced
from oncall_sync.rules.members import Reason, listed_in_config


@dataclass
class Needed:
    """A person, by one Slack address or, if that is not known, one PagerDuty ID.

    on_call: from when for which rotation, not before `now`. places: where else the person is a member.
    """

    contact: Contact
    now: datetime
    on_call: dict[str, datetime] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    groups: set[Handle] = field(default_factory=set)

    @property
    def level(self) -> Level:
        return "error" if self.on_call else "warning"

    @property
    def where(self) -> str:
        """`on call for PC5BGL2 from Mon 23 Nov 17:00 and listed under fallback`"""
        since = min(self.on_call.values(), default=self.now)
        when = f"from {moment(since)}" if since > self.now else "now"
        rotations = [f"on call for {listed(sorted(self.on_call))} {when}"] if self.on_call else []
        return " and ".join([*rotations, *sorted(self.places)])

    def unknown(self, problem: Problem) -> Problem:
        """PagerDuty does not say who the person is."""
        message = f"{problem.message} ({self.where[0].upper()}{self.where[1:]}.)"
        return replaced(problem, level=self.level, message=message)


def needed(timelines: Iterable[Timeline]) -> dict[str, Needed]:
    """Everybody who is a member at some moment, and every `fallback`."""
    people: dict[str, Needed] = {}
    for timeline in timelines:
        group, now = timeline.inputs.group, timeline.span.start
        for reason in listed_in_config(timeline.inputs, "fallback", group.fallback):
            _add(people, timeline, reason, now)
        for inputs in timeline.situations:
            for reason in inputs.roster.reasons:
                if reason.on_call or not reason.is_turn:  # or within the overlap: on call before or after
                    _add(people, timeline, reason, inputs.reading.as_of)
    return people


def _add(people: dict[str, Needed], timeline: Timeline, reason: Reason, at: datetime) -> None:
    person = reason.contact.address or (reason.shift.person if reason.shift else "")
    one = people.setdefault(person, Needed(reason.contact, timeline.span.start))
    one.groups.add(timeline.inputs.handle)
    if reason.is_turn:
        one.on_call[str(reason.via)] = min(at, one.on_call.get(str(reason.via), at))
    else:
        one.places.add(reason.where)
