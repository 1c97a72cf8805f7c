"""Task 4, plan_updates: Slack's groups as they are, and what has to change; the rules are in rules/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from oncall_sync import journal
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
from oncall_sync.rules.hand_edits import with_names
from oncall_sync.rules.members import Known, roster
from oncall_sync.rules.plan import Case, not_planned, plan_group
from oncall_sync.rules.removed_groups import left_config
from oncall_sync.rules.targets import Targets, find_targets
from oncall_sync.rules.write_limit import ration
from oncall_sync.slack import slack_ids
from oncall_sync.slack.client import SlackApi
from oncall_sync.state import GroupState, load_states
from oncall_sync.steps.services import Services
from oncall_sync.steps.unknown_members import names_of, other_ids_told, with_known_ids


def plan_updates(
    reading: Reading,
    people: People,
    ids: SlackIds,
    services: Services,
) -> Plan:
    """One usergroups.list, and the plan for every group that the run serves. Raises Refused, PassingFault."""
    memory, now = services.memory, services.now()
    slack = services.slack(reading.config.connections.slack)
    groups = slack.user_groups()
    names = slack_ids.names(slack_ids.load(memory))
    told = other_ids_told(groups, reading, ids, names, slack)
    ids = ids.model_copy(update={"other_ids": {**ids.other_ids, **told}})
    groups = [with_known_ids(group, ids.other_ids) for group in groups]
    states = load_states(memory, reading.as_of)
    known = Known(reading, people.contacts, ids, names)
    planned = {
        handle: not_planned(states.get(handle, GroupState()), *problems)
        for handle, problems in reading.mistaken.items()
    }
    targets = find_targets(reading.config.groups, {handle: state.id for handle, state in states.items()}, groups)
    planned |= _plans(known, targets, slack, states)
    found = names_of({m for group in planned.values() for m in group.taken_out} - names.keys(), slack)
    plan = Plan(
        planned_at=now,
        groups={handle: with_names(planned[handle], found) for handle in sorted(planned)},
        left=left_config(reading, states, targets, groups, names),
        other_ids=told,
        team=next((group.team for group in groups if group.team.startswith("T")), None),
        requests=slack.requests,
    )
    if reading.plan_only:
        return plan  # one for people shows everything
    rationed = ration(plan, states)
    if any(group.change for group in rationed.groups.values()):
        journal.plans_writes(memory, reading.as_of, now)
    return rationed


def _plans(
    known: Known, targets: Targets, slack: SlackApi, states: Mapping[Handle, GroupState]
) -> dict[Handle, GroupPlan]:
    own_id = cache(slack.own_id)
    states = {h: state.about(targets.groups[h].id) if h in targets.groups else state for h, state in states.items()}
    plans = {}
    for handle, group in known.reading.groups.items():
        state = states.get(handle, GroupState())
        if handle in targets.stops:
            plans[handle] = _stopped(targets.groups.get(handle), targets.stops[handle], state)
            continue
        target = targets.groups[handle]
        case = Case(
            handle=handle,
            group=group,
            roster=roster(group, known),
            current=target,
            remembered=state.model_copy(
                update={"disabled": target.disabled and state.disabled_by_the_sync(target, own_id)}
            ),
            known=known,
        )
        plan = _plan(case, own_id)
        note = [targets.notes[handle]] if handle in targets.notes else []
        plans[handle] = plan.model_copy(update={"problems": (*plan.problems, *note)})
    return plans


def _plan(case: Case, own_id: Callable[[], SlackId]) -> GroupPlan:
    """Who disabled a group is asked only where it is about to be enabled: memory does not see who did it anew."""
    plan = plan_group(case)
    by = case.current.disabled_by
    if not (plan.change and plan.change.action == "enable" and by):
        return plan
    comparable = by[:1] == own_id()[:1]  # on Enterprise Grid the same user may have a U… and a W… ID
    if by == own_id() or not comparable:
        return plan
    return plan_group(replace(case, remembered=case.remembered.model_copy(update={"disabled": False})))


def _stopped(target: UserGroup | None, problem: Problem, state: GroupState) -> GroupPlan:
    disabled = state.disabled and (target is None or target.disabled)
    return not_planned(state, problem).model_copy(update={"id": target.id if target else None, "disabled": disabled})
