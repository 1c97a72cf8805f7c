"""What the sync remembers of each group from run to run; `report` writes it, `plan_updates` reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from oncall_sync import journal
from oncall_sync.memory import Memory
from oncall_sync.models import GroupPlan, GroupState, Handle, OnCall, Outcome, PersonId, RunResults, replaced


def load_states(memory: Memory, as_of: datetime | None = None) -> dict[Handle, GroupState]:
    """What can be read of it: another version may have written it.

    as_of: of the run that asks. After an unreported write of an earlier run nobody knows who is in a group.
    """
    states = {handle: _state(value) for handle, value in memory.load("groups").items()}
    if as_of and journal.unreported_write(memory, as_of):
        return {handle: replaced(state, members=None) for handle, state in states.items()}
    return states


def save_states(memory: Memory, states: dict[Handle, GroupState]) -> None:
    memory.save(
        "groups",
        {handle: state.model_dump(mode="json", exclude_defaults=True) for handle, state in states.items()},
    )


def _state(value: Any) -> GroupState:
    try:
        return GroupState.model_validate(value)
    except ValueError:
        return GroupState()


VERIFIED = {"unchanged", "updated", "nobody_on_call"}


def state_after(handle: Handle, plan: GroupPlan, known: GroupState, run: RunResults, now: datetime) -> GroupState:
    """What to remember of the group after a run that writes."""
    outcome, known = run.outcomes.get(handle), known.for_group(plan.id)
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
        reported=_reported(plan, outcome, () if verified else known.reported),
        on_call=on_call,
        topic=topic,
    )


def _may_be_written(handle: Handle, run: RunResults) -> bool:
    """Although the task failed: its answer may have been lost. What Slack refuses has not come about."""
    failure = run.failures.get(handle)
    return handle not in run.superseded and (failure is None or failure.passing or failure.code == "members_differ")


def _reported(plan: GroupPlan, outcome: Outcome | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Which write undid a hand edit too: a `report` that is made once more does not tell the channel again."""
    undone = [f"hand edit {outcome.written_at.isoformat()}"] if outcome and (plan.taken_out or plan.put_back) else []
    return tuple(dict.fromkeys((*known, *plan.expired, *undone)))


def _on_call(
    handle: Handle, plan: GroupPlan, known: GroupState, run: RunResults
) -> tuple[dict[PersonId, OnCall] | None, str | None]:
    """Who is on call, where the group is right, and the channel whose topic says so; else what is remembered."""
    group = run.reading.groups.get(handle) if run.reading else None
    if group is None or run.plan is None:
        return known.on_call, known.topic
    if not group.rotations:
        return None, None
    return plan.on_call if plan.status in VERIFIED else known.on_call, group.topic
