"""Task 6, report: what became of each group, in one table and one JSON; and what the next runs should remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import get_args

from oncall_sync import journal
from oncall_sync.models import (
    GroupPlan,
    GroupReport,
    GroupState,
    Handle,
    Member,
    Outcome,
    Problem,
    Reading,
    Report,
    RunResults,
    SlackId,
    Status,
    replaced,
)
from oncall_sync.rules.messages import (
    Announced,
    Announcements,
    hand_edit_message,
    hand_edit_problem,
    handoff,
    latency,
    topic_lines,
)
from oncall_sync.rules.plan import not_planned, unwritten
from oncall_sync.state import load_states, save_states, state_after
from oncall_sync.steps.announce import announce
from oncall_sync.steps.services import Services
from oncall_sync.watcher import fingerprint


def report(run: RunResults, services: Services) -> Report:
    """The report; a run that writes also updates what is remembered of its groups, and then announces handoffs.

    In this order a killed run may lose a message, and never posts one twice.
    """
    memory, now = services.memory, services.now()
    states = load_states(memory, run.as_of)
    plans = {handle: _settled(handle, plan, run) for handle, plan in _plans(run, states).items()}
    plans = {handle: _with_hand_edit(handle, plan) for handle, plan in plans.items()}
    after = {
        handle: state_after(handle, plan, states.get(handle, GroupState()), run, now) for handle, plan in plans.items()
    }
    removed = run.plan.removed_from_config if run.plan and run.may_remember else {}
    shown = after if run.may_remember else states
    if run.may_remember:
        after = {**{h: state for h, state in states.items() if h not in removed}, **after}
        save_states(memory, after)
        if run.reading and run.plan:
            journal.reports(memory, run.reading.as_of)
    fingerprint.settle(run, plans, memory)
    announced = Announced()
    if run.reading and run.plan and run.may_remember:
        announced = announce(_announcements(run.reading, plans, states, after, now), services)
    plans |= {h: _with_problems(plans[h], problems) for h, problems in announced.problems.items() if h in plans}
    noted = filter(None, [*removed.values(), fingerprint.silent(run, memory, now)])
    statuses = Counter(plan.status for plan in plans.values())
    return Report(
        as_of=run.reading.as_of if run.reading else None,
        writes=run.writes,
        plan_only=run.reading.plan_only if run.reading else None,
        config=run.reading.config_hash if run.reading else None,
        heartbeat=int(run.reading.config.heartbeat.total_seconds()) if run.reading else None,
        team=run.plan.team if run.plan else None,
        groups={
            handle: _group(
                plan,
                shown.get(handle, GroupState()),
                latency(plan, states.get(handle, GroupState()), run.outcomes.get(handle)),
            )
            for handle, plan in plans.items()
        },
        names=_names_of_removed(plans.values()),
        problems=(*(run.reading.problems if run.reading else ()), *run.problems, *noted),
        counts={status: statuses[status] for status in get_args(Status)},
        requests=_requests(run, announced),
    )


def _plans(run: RunResults, states: Mapping[Handle, GroupState]) -> dict[Handle, GroupPlan]:
    """Without a plan every group of the config has failed.

    But nothing has, where nothing was to be written and nothing was read: a mistyped parameter, a failed preview.
    """
    if run.plan:
        return run.plan.groups
    unread = (run.configured or states) if run.writes else ()
    handles = [*run.reading.served, *run.reading.mistaken] if run.reading else [*unread]
    mistaken = run.reading.mistaken if run.reading else {}
    return {
        handle: not_planned(states.get(handle, GroupState()), *mistaken.get(handle, ())) for handle in sorted(handles)
    }


def _settled(handle: Handle, plan: GroupPlan, run: RunResults) -> GroupPlan:
    """The plan for one group, after its task."""
    if plan.change is None or not run.writes:
        return plan
    if handle in run.outcomes:
        return _written(plan, run.outcomes[handle])
    if handle in run.superseded:
        note = Problem(level="info", code="superseded", message=f"@{handle} was not written: {run.superseded[handle]}.")
        return unwritten(plan, "superseded", note)
    gone = Problem(
        code="task_failed",
        message=f"@{handle}: its update_groups task ended without a result; the log of the task says why.",
        passing=True,
    )
    return unwritten(plan, "failed", run.failures.get(handle, gone))


def _with_hand_edit(handle: Handle, plan: GroupPlan) -> GroupPlan:
    edit = hand_edit_problem(handle, plan)
    return _with_problems(plan, (edit,)) if edit else plan


def _written(plan: GroupPlan, outcome: Outcome) -> GroupPlan:
    """A group with an unreadable source stays failed, although people were added to it."""
    status: Status = "failed" if plan.status == "failed" else "updated"
    if plan.change and plan.change.action == "disable":
        return replaced(plan, status=status, members=plan.before)
    if plan.change and plan.change.action == "update" and set(outcome.members) == set(plan.change.before):
        status = "failed" if plan.status == "failed" else "unchanged"  # the others turned out to have no account
    known = {member.slack_id: member for member in plan.members}
    before = {member.slack_id for member in plan.before}
    after = set(outcome.members)  # not all that were planned, where somebody turned out to have no account
    return replaced(
        plan,
        id=outcome.created or plan.id,
        status=status,
        members=tuple(known.get(m) or Member(slack_id=m, name=m) for m in outcome.members),
        added=tuple(sorted(after - before)),
        removed=tuple(sorted(before - after)),
        taken_out=tuple(m for m in plan.taken_out if m not in after),
        put_back=tuple(m for m in plan.put_back if m in after),
        problems=(*outcome.problems, *(p for p in plan.problems if p.code != "to_create")),
    )


def _announcements(
    reading: Reading,
    plans: Mapping[Handle, GroupPlan],
    before: Mapping[Handle, GroupState],
    after: Mapping[Handle, GroupState],
    now: datetime,
) -> Announcements:
    messages = []
    for handle, group in reading.groups.items():
        if plan := plans.get(handle):
            was, now_is = before.get(handle, GroupState()), after[handle]
            messages.append(handoff(handle, group, plan, before=was, after=now_is, now=now))
            if now_is.reported != was.reported:
                messages.append(hand_edit_message(handle, group, plan))
    return Announcements(reading.config.connections.slack, tuple(filter(None, messages)), topic_lines(after))


def _with_problems(plan: GroupPlan, problems: tuple[Problem, ...]) -> GroupPlan:
    return replaced(plan, problems=(*plan.problems, *problems))


def _group(plan: GroupPlan, state: GroupState, late: timedelta | None) -> GroupReport:
    return GroupReport(
        id=plan.id,
        status=plan.status,
        verified_at=state.verified_at,
        failing_since=state.failing_since,
        members=plan.members,
        added=plan.added,
        removed=plan.removed,
        problems=plan.problems,
        latency=late,
    )


def _names_of_removed(plans: Iterable[GroupPlan]) -> dict[SlackId, str]:
    gone = {member.slack_id: member.name for plan in plans for member in plan.before if member.slack_id in plan.removed}
    return {slack_id: name for slack_id, name in gone.items() if name != slack_id}


def _requests(run: RunResults, announced: Announced) -> dict[str, int]:
    pagerduty = [step.requests for step in (run.reading, run.people) if step]
    slack = [step.requests for step in (run.ids, run.plan, *run.outcomes.values()) if step]
    return {"pagerduty": sum(pagerduty), "slack": sum(slack) + announced.requests}
