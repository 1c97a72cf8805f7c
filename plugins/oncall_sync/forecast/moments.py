"""What the rules of the sync say of a group at every moment of the span at which something about it changes. Pure.

Everybody is taken to have a Slack account; whoever has none is an item of the forecast by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from oncall_sync.config import Source
from oncall_sync.forecast.findings import Coming, Period
from oncall_sync.models import (
    Contact,
    GroupPlan,
    GroupState,
    Handle,
    PersonId,
    Reading,
    Rotation,
    Shift,
    SlackIds,
    UserGroup,
    replaced,
)
from oncall_sync.rules.members import GroupInputs, membership_of, slack_address
from oncall_sync.rules.plan import plan_group


class Moment(NamedTuple):
    """Nothing changes until its period ends. Moments of the same situation share the inputs of the first."""

    period: Period
    inputs: GroupInputs


@dataclass(frozen=True)
class Timeline:
    """One group in the span. inputs: at its start, with all shifts of the span."""

    span: Period
    inputs: GroupInputs

    @classmethod
    def of(cls, handle: Handle, reading: Reading, contacts: Mapping[PersonId, Contact], span: Period) -> Timeline:
        group, accounts = reading.config.groups[handle], reading.config.slack_accounts
        rotations = {source: reading.rotations.get(source, Rotation()) for source in group.sources}
        people = {contacts[shift.person].address for rotation in rotations.values() for shift in rotation.shifts}
        emails = (*(entry.email for entry in (*group.always, *group.never)), *group.fallback)
        people |= {slack_address(email, accounts) for email in emails}
        ids = SlackIds(found={address: address for address in people if address})
        # Enabled and empty, so that every plan is a write and meets the brakes.
        current = UserGroup(id=handle, handle=handle)
        own = replaced(reading, rotations=rotations)
        return cls(span, GroupInputs(handle, group, current, GroupState(), own, contacts, ids, {}, own.as_of))

    @cached_property
    def moments(self) -> list[Moment]:
        known: dict[object, GroupInputs] = {}
        moments = []
        for period, present in self._periods():
            held = tuple(e.holds(period.start) for e in (*self.inputs.group.always, *self.inputs.group.never))
            on_call = frozenset((source, shift.person, shift.covers(period.start)) for source, shift in present)
            if (held, on_call) not in known:
                known[held, on_call] = self._at(period, present)
            moments.append(Moment(period, known[held, on_call]))
        return moments

    @cached_property
    def situations(self) -> list[GroupInputs]:
        """Each once, in the order in which they come about first."""
        return [*{id(moment.inputs): moment.inputs for moment in self.moments}.values()]

    def plans(self) -> Iterator[tuple[GroupInputs, GroupPlan]]:
        for inputs in self.situations:
            yield inputs, plan_group(inputs)

    def handoffs(self) -> Iterator[tuple[Source, Coming]]:
        """Who comes on call for which rotation, and when, after the start of the span."""
        on_call = [(moment.period.start, _on_call(moment.inputs)) for moment in self.moments]
        for (_, before), (at, now) in pairwise(on_call):
            for source, person in sorted(now.keys() - before.keys()):
                yield source, Coming(name=now[source, person], start=at)

    def _periods(self) -> Iterator[tuple[Period, list[tuple[Source, Shift]]]]:
        """Each period between two changes, and the shifts that make somebody a member in it."""
        group, (begin, end) = self.inputs.group, self.span
        shifts = [
            (membership_of(shift, group.overlap), source, shift)
            for source, rotation in self.inputs.reading.rotations.items()
            for shift in rotation.shifts
        ]
        shifts.sort(key=lambda one: one[0].start or begin, reverse=True)
        changes = {entry.until for entry in (*group.always, *group.never) if entry.until}
        changes |= {at for one, _, shift in shifts for at in (one.start, one.end, shift.start, shift.end) if at}
        present: list[tuple[Shift, Source, Shift]] = []
        for start, stop in pairwise([begin, *sorted(at for at in changes if begin < at < end), end]):
            while shifts and (shifts[-1][0].start or begin) <= start:
                present.append(shifts.pop())
            present = [one for one in present if one[0].end is None or one[0].end > start]
            yield Period(start, stop), [(source, shift) for _, source, shift in present]

    def _at(self, period: Period, present: list[tuple[Source, Shift]]) -> GroupInputs:
        reading = self.inputs.reading
        rotations = {
            source: replaced(rotation, shifts=tuple(shift for of, shift in present if of == source))
            for source, rotation in reading.rotations.items()
        }
        return replace(self.inputs, reading=replaced(reading, as_of=period.start, rotations=rotations))


def _on_call(inputs: GroupInputs) -> dict[tuple[Source, PersonId], str]:
    return {
        (reason.via, reason.shift.person): reason.contact.name
        for reason in inputs.roster.reasons
        if reason.on_call and reason.shift and isinstance(reason.via, Source) and reason.via.is_rotation
    }
