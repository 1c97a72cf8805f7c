"""Which changes of a plan are written in this run, and which wait for the next. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from oncall_sync.models import GroupPlan, Handle, Plan, Status
from oncall_sync.rules.plan import unwritten
from oncall_sync.state import GroupState

MOST_WRITES = 150  # Slack allows 20 a minute: what one run can write before its time-out


def ration(plan: Plan, states: Mapping[Handle, GroupState]) -> Plan:
    """At most MOST_WRITES changes, the longest wrong first; the others wait for the next run.

    It comes at once (`urgent`), unless only groups are left that failed before as well: these come last, so that
    they cannot keep the others out, and wait for the heartbeat, so that they cause no endless chain of runs.
    It comes at once too after a run that will fail: a failed `report` cannot ask for it when a write is superseded.
    """
    changes = [handle for handle, group in plan.groups.items() if group.change]
    changes.sort(key=lambda handle: (*_longest_wrong(states.get(handle, GroupState())), handle))
    late = {handle: _deferred(plan.groups[handle]) for handle in changes[MOST_WRITES:]}
    hopeful = {handle for handle in changes if states.get(handle, GroupState()).failing_since is None}
    will_fail = any(group.status == "failed" for group in plan.groups.values())
    urgent = bool(hopeful if will_fail else hopeful & late.keys())
    return plan.model_copy(update={"groups": {**plan.groups, **late}, "urgent": urgent})


def _longest_wrong(state: GroupState) -> tuple[bool, float]:
    return state.failing_since is not None, state.verified_at.timestamp() if state.verified_at else 0.0


def _deferred(group: GroupPlan) -> GroupPlan:
    """Not written in this run. A failed group stays failed."""
    status: Status = "failed" if group.status == "failed" else "deferred"
    return unwritten(group, status)
