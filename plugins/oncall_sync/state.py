"""What the sync remembers of each group from run to run; `report` writes it, `plan_updates` reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from oncall_sync import journal
from oncall_sync.memory import Memory
from oncall_sync.models import (
    GroupPlan,
    Handle,
    Model,
    OnCall,
    Outcome,
    PersonId,
    RunResults,
    SlackId,
    UserGroup,
)


class GroupState(Model):
    """Any of it may be lost.

    verified_at: the last time that all sources were read and Slack's members equalled the plan.
    failing_since: the first of the failed runs in a row. empty_since: the first of the runs in a row that saw,
    verified, that nobody was on call. disabled: the sync itself disabled the group. members: as the sync left them;
    None: not known. told: what was reported and is not to be repeated.
    on_call: who was on call when it was verified last, which is what its channel was told. topic: the channel whose
    topic names it.
    """

    id: SlackId | None = None
    verified_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    empty_since: AwareDatetime | None = None
    disabled: bool = False
    members: tuple[SlackId, ...] | None = None
    told: tuple[str, ...] = ()
    on_call: dict[PersonId, OnCall] | None = None
    topic: str | None = None

    def disabled_by_the_sync(self, group: UserGroup, own_id: Callable[[], SlackId]) -> bool:
        """Whether it was the sync itself that disabled this group. own_id: of the token's user, asked where unsure.

        It may have been although this does not say so: what was known of it was lost, or the run that did it was killed
        then. Only a group of which nobody was on call before is ever disabled.
        """
        unsure = self.id is None or self.empty_since is not None
        return self.disabled or (unsure and group.disabled_by == own_id())

    def about(self, group_id: SlackId | None) -> GroupState:
        """Where the handle means another group than before: without what was done to that one."""
        if group_id == self.id or group_id is None or self.id is None:
            return self
        return self.model_copy(update={"disabled": False, "members": None})


def load_states(memory: Memory, as_of: datetime | None = None) -> dict[Handle, GroupState]:
    """What can be read of it: another version may have written it.

    as_of: of the run that asks. After an unreported write of an earlier run nobody knows who is in a group.
    """
    states = {handle: _state(value) for handle, value in memory.load("groups").items()}
    if as_of and journal.unreported_write(memory, as_of):
        return {handle: state.model_copy(update={"members": None}) for handle, state in states.items()}
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


def _may_be_written(handle: Handle, run: RunResults) -> bool:
    """Although the task failed: its answer may have been lost. What Slack refuses has not come about."""
    failure = run.failures.get(handle)
    return handle not in run.superseded and (failure is None or failure.passing or failure.code == "members_differ")


def _told(plan: GroupPlan, outcome: Outcome | None, known: tuple[str, ...]) -> tuple[str, ...]:
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
