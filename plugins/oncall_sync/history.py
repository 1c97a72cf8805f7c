"""Who was on call when: the exact shifts of every rotation and group over a span of time, for `oncall_history`.

The config is today's: what it was then is not known. Nothing of Slack is asked.
"""

from __future__ import annotations

from datetime import datetime

from oncall_sync.config import Group
from oncall_sync.models import Address, Contact, Handle, Model, PersonId, Problem, Reading, Shift
from oncall_sync.parameters import Parameters
from oncall_sync.rules.members import never_of
from oncall_sync.steps.fetch_schedules import fetch_schedules
from oncall_sync.steps.resolve_emails import resolve_emails
from oncall_sync.steps.services import Services


class GroupShift(Shift):
    """via: the schedule, or the level of a policy."""

    via: str


class History(Model):
    """What a run of `oncall_history` returns: every shift that touches since <= T < until, by its start.

    A shift has its true bounds, which may lie outside; None: it has always been, or has no end.
    rotations: by their source as people see it.
    groups: the people of a group's rotations, without placeholders and those under `never`. names: of everybody.
    """

    since: datetime
    until: datetime
    config: str
    rotations: dict[str, tuple[Shift, ...]]
    groups: dict[Handle, tuple[GroupShift, ...]]
    names: dict[PersonId, str]
    problems: tuple[Problem, ...]
    requests: int


def fetch_shifts(since: datetime, until: datetime, services: Services) -> History:
    """One read of /oncalls over the span, and one of each rotation that is not in it.

    Memory is read only: its names belong to the tasks of `oncall_sync`. Raises ConfigMistake, Refused, and PassingFault
    if anything could not be read: no later run reads this span again.
    """
    reading = fetch_schedules(Parameters(as_of=since), services, None, until=until)
    people = resolve_emails(reading, services)
    if services.faults.noted:
        raise services.faults.noted[0]
    wrong = [*reading.problems, *(problem for found in reading.mistaken.values() for problem in found)]
    wrong += [rotation.problem for rotation in reading.rotations.values() if rotation.problem]
    wrong += [contact.problem for contact in people.contacts.values() if contact.problem]
    return History(
        since=since,
        until=until,
        config=reading.config_hash,
        rotations={
            str(s): tuple(sorted(reading.rotations[s].shifts, key=_start)) for s in sorted(reading.rotations, key=str)
        },
        groups={h: tuple(_of_group(group, reading, people.contacts)) for h, group in reading.groups.items()},
        names={person: contact.name for person, contact in people.contacts.items()},
        problems=tuple(wrong),
        requests=reading.requests + people.requests,
    )


def _of_group(group: Group, reading: Reading, contacts: dict[PersonId, Contact]) -> list[GroupShift]:
    never = never_of(group, reading.config.slack_accounts, reading.as_of)
    found = [
        GroupShift(**dict(shift), via=str(source))
        for source in group.rotations
        for shift in reading.rotations[source].shifts
        if _belongs(contacts[shift.person], never)
    ]
    return sorted(found, key=_start)


def _belongs(contact: Contact, never: set[Address]) -> bool:
    return not contact.placeholder and not {contact.email, contact.address} & never


def _start(shift: Shift) -> tuple[str, PersonId]:
    return shift.start.isoformat() if shift.start else "", shift.person
