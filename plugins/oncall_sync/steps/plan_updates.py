"""Task 4, plan_updates: Slack's groups as they are, and what has to change; the rules are in rules/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from oncall_sync import watch
from oncall_sync.clients.slack_api import SlackApi
from oncall_sync.errors import SyncError
from oncall_sync.memory import Memory, group_states, known_ids
from oncall_sync.memory.group_states import GroupState
from oncall_sync.models import (
    GroupPlan,
    Handle,
    People,
    Plan,
    Problem,
    Reading,
    SlackId,
    SlackIds,
    UserGroup,
)
from oncall_sync.reading.accounts import display_name, other_ids_of
from oncall_sync.rules.hand_edits import with_names
from oncall_sync.rules.plan import Case, plan_group
from oncall_sync.rules.ration import ration
from oncall_sync.rules.roster import Known, roster
from oncall_sync.rules.targets import conflicts, find_group

MOST_STRANGERS = 10  # whose names are looked up in one run


def plan_updates(
    reading: Reading,
    people: People,
    ids: SlackIds,
    *,
    memory: Memory,
    connect: Callable[[str], SlackApi],
    now: datetime,
) -> Plan:
    """One usergroups.list, and the plan for every group that the run serves. Raises Refused, PassingFault."""
    slack = connect(reading.config.connections.slack)
    groups = slack.user_groups()
    told = _other_ids_told(groups, reading, ids, slack)
    ids = ids.model_copy(update={"other_ids": {**ids.other_ids, **told}})
    groups = [_with_known_ids(group, ids.other_ids) for group in groups]
    states = group_states.load(memory)
    known = Known(
        at=reading.as_of,
        verified=reading.verified,
        rotations=reading.rotations,
        contacts=people.contacts,
        ids=ids,
        slack_accounts=reading.config.slack_accounts,
        placeholders=reading.config.placeholders,
    )
    names = known_ids.names(known_ids.load(memory))
    planned = {
        handle: GroupPlan(id=states.get(handle, GroupState()).id, status="failed", problems=problems)
        for handle, problems in reading.mistaken.items()
    }
    planned |= _plans(reading, known, groups, slack=slack, states=states, names=names)
    strangers = _names_of({m for group in planned.values() for m in group.taken_out} - names.keys(), slack)
    planned = {handle: with_names(group, strangers) for handle, group in planned.items()}
    plan = Plan(planned_at=now, groups=dict(sorted(planned.items())), other_ids=told, requests=slack.requests)
    if reading.plan_only:
        return plan  # one for people shows everything
    rationed = ration(plan, states)
    if any(group.change for group in rationed.groups.values()):
        watch.about_to_write(memory, reading)
    return rationed


def _plans(
    reading: Reading,
    known: Known,
    groups: Sequence[UserGroup],
    *,
    slack: SlackApi,
    states: Mapping[Handle, GroupState],
    names: Mapping[SlackId, str],
) -> dict[Handle, GroupPlan]:
    found = {handle: find_group(handle, group, groups) for handle, group in reading.config.groups.items()}
    targets = {handle: target for handle, target in found.items() if isinstance(target, UserGroup)}
    stops = {handle: problem for handle, problem in found.items() if isinstance(problem, Problem)}
    stops |= conflicts(targets)
    ours = _disabled_by_the_sync({h: t for h, t in targets.items() if h in reading.served}, states, slack)
    plans = {}
    for handle, group in reading.groups.items():
        if handle in stops:
            plans[handle] = _stopped(targets.get(handle), stops[handle])
            continue
        case = Case(
            handle=handle,
            group=group,
            roster=roster(group, known),
            current=targets[handle],
            remembered=states.get(handle, GroupState()).model_copy(update={"disabled": handle in ours}),
            names=names,
            reading=reading,
            other_ids=known.ids.other_ids,
        )
        plans[handle] = plan_group(case)
    return plans


def _names_of(strangers: Iterable[SlackId], slack: SlackApi) -> dict[SlackId, str]:
    """Somebody added them by hand, and is to be told that they are taken out: by name, but not at any price."""
    found: dict[SlackId, str] = {}
    with suppress(SyncError):
        for slack_id in sorted(strangers)[:MOST_STRANGERS]:
            account = slack.account_by_id(slack_id)
            found |= {slack_id: display_name(account)} if account else {}
    return found


def _other_ids_told(
    groups: Iterable[UserGroup], reading: Reading, ids: SlackIds, slack: SlackApi
) -> dict[SlackId, SlackId]:
    """On Enterprise Grid, where users.* told IDs of the organization: whom the workspace's own IDs stand for."""
    used = {slack_id for slack_id in ids.found.values() if slack_id.startswith("W")}
    if not used:
        return {}
    ours = {*reading.served, *(group.id for group in reading.groups.values())}
    members = {m for group in groups if {group.handle.lower(), group.id} & ours for m in group.members}
    strangers = members - set(ids.found.values()) - ids.other_ids.keys()
    with suppress(SyncError):
        return other_ids_of(sorted(strangers)[:MOST_STRANGERS], used, slack)
    return {}


def _with_known_ids(group: UserGroup, other_ids: Mapping[SlackId, SlackId]) -> UserGroup:
    """Everybody by the one ID that the sync uses."""
    return group.model_copy(update={"members": tuple(dict.fromkeys(other_ids.get(m, m) for m in group.members))})


def _disabled_by_the_sync(
    targets: Mapping[Handle, UserGroup], states: Mapping[Handle, GroupState], slack: SlackApi
) -> set[Handle]:
    """Remembered, or, where nothing is remembered, as memory may be lost, disabled by this token's user."""
    disabled = {handle for handle, target in targets.items() if target.disabled}
    ours = {handle for handle in disabled if handle in states and states[handle].disabled}
    forgotten = disabled - states.keys()
    own = slack.own_id() if forgotten else None
    return ours | {handle for handle in forgotten if targets[handle].disabled_by == own}


def _stopped(target: UserGroup | None, problem: Problem) -> GroupPlan:
    return GroupPlan(id=target.id if target else None, status="failed", problems=(problem,))
