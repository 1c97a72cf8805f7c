"""Task 4, plan_updates: Slack's groups as they are, and what has to change; the rules are in plan.py and roster.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from oncall_sync import group_states, remembered_ids
from oncall_sync.group_states import GroupState
from oncall_sync.memory import Memory
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
from oncall_sync.plan import Case, conflicts, find_group, plan_group, ration
from oncall_sync.roster import Known, roster
from oncall_sync.slack_api import SlackApi


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
    states = _with_own_disabled(group_states.load(memory), reading, groups, slack)
    known = Known(
        rotations=reading.rotations,
        contacts=people.contacts,
        ids=ids,
        slack_accounts=reading.config.slack_accounts,
        placeholders=reading.config.placeholders,
    )
    names = remembered_ids.names(remembered_ids.load(memory))
    planned = {
        handle: GroupPlan(id=states.get(handle, GroupState()).id, status="failed", problems=problems)
        for handle, problems in reading.mistaken.items()
    }
    planned |= _plans(reading, known, groups, states, names)
    plan = Plan(planned_at=now, groups=dict(sorted(planned.items())), requests=slack.requests)
    return ration(plan, states)


def _plans(
    reading: Reading,
    known: Known,
    groups: list[UserGroup],
    states: Mapping[Handle, GroupState],
    names: Mapping[SlackId, str],
) -> dict[Handle, GroupPlan]:
    found = {handle: find_group(handle, group, groups) for handle, group in reading.config.groups.items()}
    targets = {handle: target for handle, target in found.items() if isinstance(target, UserGroup)}
    stops = {handle: problem for handle, problem in found.items() if isinstance(problem, Problem)}
    stops |= conflicts(targets)
    plans = {handle: _stopped(targets.get(handle), problem) for handle, problem in stops.items()}
    for handle in targets.keys() - stops.keys():
        group = reading.config.groups[handle]
        case = Case(
            handle=handle,
            group=group,
            roster=roster(group, known),
            current=targets[handle],
            remembered=states.get(handle, GroupState()),
            names=names,
            reading=reading,
        )
        plans[handle] = plan_group(case)
    return plans


def _with_own_disabled(
    states: dict[Handle, GroupState], reading: Reading, groups: list[UserGroup], slack: SlackApi
) -> dict[Handle, GroupState]:
    """Memory may be lost: what this token's user disabled is then still known as disabled by the sync."""
    state = {group.handle: states.get(group.handle, GroupState()) for group in groups}
    doubtful = [g for g in groups if g.disabled and g.handle in reading.config.groups and not state[g.handle].disabled]
    own = slack.own_id() if doubtful else ""
    ours = [g.handle for g in doubtful if g.disabled_by == own]
    return states | {handle: state[handle].model_copy(update={"disabled": True}) for handle in ours}


def _stopped(target: UserGroup | None, problem: Problem) -> GroupPlan:
    return GroupPlan(id=target.id if target else None, status="failed", problems=(problem,))
