"""What the sync remembers of each group from run to run; `report` writes it, `plan_updates` reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import AwareDatetime

from oncall_sync.memory import Memory
from oncall_sync.models import Handle, Model, OnCall, PersonId, SlackId, UserGroup


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


def load(memory: Memory) -> dict[Handle, GroupState]:
    """What can be read of it: another version may have written it."""
    return {handle: _state(value) for handle, value in memory.load("groups").items()}


def save(memory: Memory, states: dict[Handle, GroupState]) -> None:
    memory.save(
        "groups",
        {handle: state.model_dump(mode="json", exclude_defaults=True) for handle, state in states.items()},
    )


def without_members(states: Mapping[Handle, GroupState], handles: Iterable[Handle]) -> dict[Handle, GroupState]:
    """Where nobody knows who is in these groups."""
    unsure = {handle: states[handle].model_copy(update={"members": None}) for handle in handles if handle in states}
    return {**states, **unsure}


def _state(value: Any) -> GroupState:
    try:
        return GroupState.model_validate(value)
    except ValueError:
        return GroupState()
