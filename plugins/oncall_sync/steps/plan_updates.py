"""Task 4, plan_updates: Slack's groups as they are, and what has to change; the rules are in rules/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache

from oncall_sync import journal
from oncall_sync.models import (
    GroupPlan,
    GroupState,
    People,
    Plan,
    Problem,
    Reading,
    SlackId,
    SlackIds,
    UserGroup,
    replaced,
)
from oncall_sync.rules.members import GroupInputs
from oncall_sync.rules.messages import with_names
from oncall_sync.rules.plan import defer_excess_writes, not_planned, plan_group
from oncall_sync.rules.targets import find_targets, removed_from_config
from oncall_sync.slack import slack_ids
from oncall_sync.state import load_states
from oncall_sync.steps.services import Services
from oncall_sync.steps.unknown_members import names_of, other_ids_told, with_known_ids


def plan_updates(reading: Reading, people: People, ids: SlackIds, services: Services) -> Plan:
    """One usergroups.list, and the plan for every group that the run serves. Raises Refused, PassingFault."""
    memory, now = services.memory, services.now()
    slack = services.slack(reading.config.connections.slack)
    groups = slack.user_groups()
    names = slack_ids.names(slack_ids.load(memory))
    other_ids = other_ids_told(groups, reading, ids, names, slack)
    ids = replaced(ids, other_ids={**ids.other_ids, **other_ids})
    groups = [with_known_ids(group, ids.other_ids) for group in groups]
    states = load_states(memory, reading.as_of)
    own_id = cache(slack.own_id)
    targets = find_targets(reading.config.groups, {handle: state.id for handle, state in states.items()}, groups)
    inputs = {
        handle: GroupInputs(
            handle=handle,
            group=group,
            current=targets.groups[handle],
            previous=_previous(states.get(handle, GroupState()), targets.groups[handle], own_id),
            reading=reading,
            contacts=people.contacts,
            ids=ids,
            names=names,
            now=now,
        )
        for handle, group in reading.groups.items()
        if handle not in targets.stops
    }
    plans = {handle: _plan(of_group, own_id, targets.notes.get(handle)) for handle, of_group in inputs.items()}
    for handle, problems in reading.mistaken.items():
        plans[handle] = not_planned(states.get(handle, GroupState()), now, *problems)
    for handle in targets.stops.keys() & reading.groups.keys():
        previous, target = states.get(handle, GroupState()), targets.groups.get(handle)
        plans[handle] = _stopped(previous, target, now, targets.stops[handle])
    unnamed = {member for group in plans.values() for member in group.taken_out} - names.keys()
    more_names = names_of(unnamed, slack)
    plan = Plan(
        planned_at=now,
        groups={handle: with_names(plans[handle], more_names) for handle in sorted(plans)},
        removed_from_config=removed_from_config(reading, states, targets, groups, names),
        changes_at=min(filter(None, (of_group.roster.unseen_until for of_group in inputs.values())), default=None),
        other_ids=other_ids,
        team=next((group.team for group in groups if group.team.startswith("T")), None),
        requests=slack.requests,
    )
    if reading.plan_only:
        return plan  # shows every change
    limited = defer_excess_writes(plan, states)
    if any(group.change for group in limited.groups.values()):
        journal.plans_writes(memory, reading.as_of, now)
    return limited


def _previous(state: GroupState, target: UserGroup, own_id: Callable[[], SlackId]) -> GroupState:
    state = state.for_group(target.id)
    return replaced(state, disabled=target.disabled and state.disabled_by_the_sync(target, own_id))


def _plan(inputs: GroupInputs, own_id: Callable[[], SlackId], note: Problem | None) -> GroupPlan:
    """Asks who disabled the group only if it is to be enabled: somebody may have done so after the sync did."""
    plan, by = plan_group(inputs), inputs.current.disabled_by
    # On Enterprise Grid the same user may have a U… and a W… ID.
    if plan.change and plan.change.action == "enable" and by and by != own_id() and by[:1] == own_id()[:1]:
        plan = plan_group(replace(inputs, previous=replaced(inputs.previous, disabled=False)))
    return replaced(plan, problems=(*plan.problems, note)) if note else plan


def _stopped(previous: GroupState, target: UserGroup | None, now: datetime, problem: Problem) -> GroupPlan:
    if target is None:
        return replaced(not_planned(previous, now, problem), id=None)
    previous = previous.for_group(target.id)
    disabled = previous.disabled and target.disabled
    return not_planned(replaced(previous, id=target.id or previous.id, disabled=disabled), now, problem)
