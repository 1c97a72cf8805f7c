"""Task 4, plan_updates: Slack's groups as they are, and what has to change; the rules are in rules/."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from oncall_sync import journal
from oncall_sync.models import (
    GroupPlan,
    GroupState,
    People,
    Plan,
    Problem,
    Reading,
    SlackIds,
    UserGroup,
    replaced,
)
from oncall_sync.rules.members import GroupInputs
from oncall_sync.rules.messages import with_names
from oncall_sync.rules.plan import defer_excess_writes, not_planned, plan_group
from oncall_sync.rules.targets import find_targets, removed_from_config
from oncall_sync.slack import accounts
from oncall_sync.slack.client import SlackApi
from oncall_sync.state import load_states
from oncall_sync.steps.services import Services


def plan_updates(reading: Reading, people: People, ids: SlackIds, services: Services) -> Plan:
    """One usergroups.list, and the plan for every group that the run serves. Raises Refused, PassingFault."""
    memory, now = services.memory, services.now()
    slack = services.slack(reading.config.connections.slack)
    served = {*reading.served, *(group.id for group in reading.groups.values() if group.id)}
    groups = slack.user_groups(of=served, people=ids.found.values())
    names = accounts.names(accounts.load(memory, now))
    states = load_states(memory, reading.as_of)
    targets = find_targets(reading.config.groups, {handle: state.id for handle, state in states.items()}, groups)
    inputs = {
        handle: GroupInputs(
            handle=handle,
            group=group,
            current=targets.groups[handle],
            previous=_previous(states.get(handle, GroupState()), targets.groups[handle], slack),
            reading=reading,
            contacts=people.contacts,
            ids=ids,
            names=names,
            now=now,
        )
        for handle, group in reading.groups.items()
        if handle not in targets.stops
    }
    plans = {handle: _plan(of_group, slack, targets.notes.get(handle)) for handle, of_group in inputs.items()}
    for handle, problems in reading.mistaken.items():
        plans[handle] = not_planned(states.get(handle, GroupState()), now, *problems)
    for handle in targets.stops.keys() & reading.groups.keys():
        previous, target = states.get(handle, GroupState()), targets.groups.get(handle)
        plans[handle] = _stopped(previous, target, now, targets.stops[handle])
    unnamed = {member for group in plans.values() for member in group.taken_out} - names.keys()
    more_names = accounts.names_of(slack, unnamed)
    plan = Plan(
        planned_at=now,
        groups={handle: with_names(plans[handle], more_names) for handle in sorted(plans)},
        removed_from_config=removed_from_config(reading, states, targets, groups, names),
        changes_at=min(filter(None, (of_group.roster.unseen_until for of_group in inputs.values())), default=None),
        looked_up=accounts.recognized(slack, {slack_id: a for a, slack_id in ids.found.items()}, now),
        team=next((group.team for group in groups if group.team.startswith("T")), None),
        requests=slack.requests,
    )
    if reading.plan_only:
        return plan  # shows every change
    limited = defer_excess_writes(plan, states)
    if any(group.change for group in limited.groups.values()):
        journal.plans_writes(memory, reading.as_of, now)
    return limited


def _previous(state: GroupState, target: UserGroup, slack: SlackApi) -> GroupState:
    state = state.for_group(target.id)
    return replaced(state, disabled=target.disabled and state.disabled_by_the_sync(target, slack.own_id))


def _plan(inputs: GroupInputs, slack: SlackApi, note: Problem | None) -> GroupPlan:
    """Asks who disabled the group only if it is to be enabled: somebody may have done so after the sync did."""
    plan, by = plan_group(inputs), inputs.current.disabled_by
    if plan.change and plan.change.action == "enable" and by and not slack.may_be_own(by):
        plan = plan_group(replace(inputs, previous=replaced(inputs.previous, disabled=False)))
    return replaced(plan, problems=(*plan.problems, note)) if note else plan


def _stopped(previous: GroupState, target: UserGroup | None, now: datetime, problem: Problem) -> GroupPlan:
    if target is None:
        return replaced(not_planned(previous, now, problem), id=None)
    previous = previous.for_group(target.id)
    disabled = previous.disabled and target.disabled
    return not_planned(replaced(previous, id=target.id or previous.id, disabled=disabled), now, problem)
