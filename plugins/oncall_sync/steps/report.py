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
from oncall_sync.state import load_states, save_states
from oncall_sync.steps.announce import announce
from oncall_sync.steps.services import Services
from oncall_sync.watcher import fingerprint


def report(run: RunResults, services: Services) -> Report:
    """The report; a run that writes also updates what is remembered of its groups, and then announces handoffs.

    In this order a killed run may lose a message, and never posts one twice.
    """
    memory, now, reading = services.memory, services.now(), run.reading
    states = load_states(memory, run.as_of)
    plans = {
        handle: _with_hand_edit(handle, _settled(handle, plan, states.get(handle, GroupState()), run, now))
        for handle, plan in _plans(run, states, now).items()
    }
    after = {handle: plan.next for handle, plan in plans.items()}
    shown = after if run.may_remember else states
    removed = run.plan.removed_from_config if run.plan and run.may_remember else {}
    announced = Announced()
    if run.may_remember:
        after = {**{handle: state for handle, state in states.items() if handle not in removed}, **after}
        save_states(memory, after)
        if reading and run.plan:
            journal.reports(memory, reading.as_of)
    fingerprint.settle(run, plans, memory)
    if run.may_remember and reading and run.plan:
        announced = announce(_announcements(reading, plans, states, after, now), services)
    plans |= {h: _with_problems(plans[h], problems) for h, problems in announced.problems.items() if h in plans}
    noted = filter(None, [*removed.values(), fingerprint.silent(run, memory, now)])
    statuses = Counter(plan.status for plan in plans.values())
    return Report(
        as_of=run.as_of,
        writes=run.writes,
        plan_only=reading.plan_only if reading else None,
        config=reading.config_hash if reading else None,
        heartbeat=int(reading.config.heartbeat.total_seconds()) if reading else None,
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
        problems=(*(reading.problems if reading else ()), *run.problems, *noted),
        counts={status: statuses[status] for status in get_args(Status)},
        requests=_requests(run, announced),
    )


def _plans(run: RunResults, states: Mapping[Handle, GroupState], now: datetime) -> dict[Handle, GroupPlan]:
    """Without a plan every group of the config has failed.

    None has if nothing was read and the run was not to write: a mistyped parameter, a failed preview.
    """
    if run.plan:
        return run.plan.groups
    unread = (run.configured or states) if run.writes else ()
    handles = [*run.reading.served, *run.reading.mistaken] if run.reading else [*unread]
    mistaken = run.reading.mistaken if run.reading else {}
    return {h: not_planned(states.get(h, GroupState()), now, *mistaken.get(h, ())) for h in sorted(handles)}


def _settled(handle: Handle, plan: GroupPlan, previous: GroupState, run: RunResults, now: datetime) -> GroupPlan:
    """The plan for one group, after its task."""
    if plan.change is None or not run.writes:
        return plan
    if handle in run.outcomes:
        return _written(plan, run.outcomes[handle])
    if handle in run.superseded:
        note = Problem(level="info", code="superseded", message=f"@{handle} was not written: {run.superseded[handle]}.")
        return unwritten(plan, previous, "superseded", now, note)
    failure = run.failures.get(handle) or Problem(
        code="task_failed",
        message=f"@{handle}: its update_groups task ended without a result; the log of the task says why.",
        passing=True,
    )
    failed = unwritten(plan, previous, "failed", now, failure)
    if failure.passing or failure.code == "members_differ":  # Slack may have written it although no answer came
        return replaced(failed, next=replaced(failed.next, members=None))
    return failed


def _written(plan: GroupPlan, outcome: Outcome) -> GroupPlan:
    """A group with an unreadable source stays failed, although people were added to it."""
    before, after = {member.slack_id for member in plan.before}, set(outcome.members)
    same = plan.change and plan.change.action == "update" and before == after  # the others turned out without account
    status: Status = "failed" if plan.status == "failed" else "unchanged" if same else "updated"
    people = {member.slack_id: member for member in plan.members}
    taken_out = tuple(m for m in plan.taken_out if m not in after)
    put_back = tuple(m for m in plan.put_back if m in after)
    # A `report` that is made once more does not announce the same edit twice.
    edit = [f"hand edit {outcome.written_at.isoformat()}"] if taken_out or put_back else []
    return replaced(
        plan,
        id=outcome.created or plan.id,
        status=status,
        members=tuple(people.get(m) or Member(slack_id=m, name=m) for m in outcome.members),
        added=tuple(sorted(after - before)),
        removed=tuple(sorted(before - after)),
        taken_out=taken_out,
        put_back=put_back,
        problems=(*outcome.problems, *(p for p in plan.problems if p.code != "to_create")),
        next=replaced(
            plan.next,
            id=outcome.created or plan.next.id,
            verified_at=plan.next.verified_at if status == "failed" else outcome.written_at,
            members=tuple(sorted(after)),
            reported=(*plan.next.reported, *edit),
        ),
    )


def _with_hand_edit(handle: Handle, plan: GroupPlan) -> GroupPlan:
    edit = hand_edit_problem(handle, plan)
    return _with_problems(plan, (edit,)) if edit else plan


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
            previous = before.get(handle, GroupState())
            messages.append(handoff(handle, group, plan, previous, now))
            if plan.next.reported != previous.reported:
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
