"""The states of the groups, as `report` leaves them for the next run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from oncall_sync import journal
from oncall_sync.memory import Memory, Remembered
from oncall_sync.models import GroupState, Handle, replaced

GROUPS = Remembered("groups", GroupState)


def load_states(memory: Memory, as_of: datetime | None = None) -> dict[Handle, GroupState]:
    """as_of: of the run that asks. After an unreported write of an earlier run nobody knows who is in a group."""
    states = GROUPS.load(memory)
    if as_of and journal.unreported_write(memory, as_of):
        return {handle: replaced(state, members=None) for handle, state in states.items()}
    return states


def save_states(memory: Memory, states: Mapping[Handle, GroupState]) -> None:
    GROUPS.save(memory, states)
