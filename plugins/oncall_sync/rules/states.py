"""What is remembered of a group after a run that writes. Pure."""

from __future__ import annotations

from datetime import datetime

from oncall_sync.memory.group_states import GroupState
from oncall_sync.models import GroupPlan, Handle, OnCall, Outcome, PersonId
from oncall_sync.run import Run

VERIFIED = {"unchanged", "updated", "nobody_on_call"}


def state_after(handle: Handle, plan: GroupPlan, known: GroupState, run: Run, now: datetime) -> GroupState:
    """What to remember of the group after a run that writes."""
    outcome, known = run.outcomes.get(handle), known.about(plan.id)
    verified = plan.status in VERIFIED and run.plan is not None
    planned_at = run.plan.planned_at if run.plan else now
    failing = (known.failing_since or now) if plan.status == "failed" else known.failing_since
    written = plan.change if outcome else None
    members = known.members
    on_call, topic = _on_call(handle, plan, known, run)
    if outcome or plan.status == "unchanged":
        members = tuple(sorted(member.slack_id for member in plan.members))
    elif run.plan and run.plan.groups[handle].change and run.writes and _may_be_written(handle, run):
        members = None
    return GroupState(
        id=plan.id or known.id,
        verified_at=(outcome.written_at if outcome else planned_at) if verified else known.verified_at,
        failing_since=None if verified else failing,
        empty_since=(known.empty_since or planned_at) if plan.nobody else None,
        disabled=written.action == "disable" if written else plan.disabled,
        members=members,
        told=_told(plan, outcome, () if verified else known.told),
        on_call=on_call,
        topic=topic,
    )


def _may_be_written(handle: Handle, run: Run) -> bool:
    """Although the task failed: its answer may have been lost. What Slack refuses has not come about."""
    failure = run.failures.get(handle)
    return handle not in run.superseded and (failure is None or failure.passing or failure.code == "members_differ")


def _told(plan: GroupPlan, outcome: Outcome | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Which write undid a hand edit too: a `report` that is made once more does not tell the channel again."""
    undone = [f"hand edit {outcome.written_at.isoformat()}"] if outcome and (plan.taken_out or plan.put_back) else []
    return tuple(dict.fromkeys((*known, *plan.expired, *undone)))


def _on_call(
    handle: Handle, plan: GroupPlan, known: GroupState, run: Run
) -> tuple[dict[PersonId, OnCall] | None, str | None]:
    """Who is on call, where the group is right, and the channel whose topic says so; else what is remembered."""
    group = run.reading.groups.get(handle) if run.reading else None
    if group is None or run.plan is None:
        return known.on_call, known.topic
    if not group.rotations:
        return None, None
    return plan.on_call if plan.status in VERIFIED else known.on_call, group.topic
