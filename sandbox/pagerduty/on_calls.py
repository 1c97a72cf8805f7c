"""GET /oncalls: everybody who is on call, over all escalation policies."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from sandbox.pagerduty.query import Query, Window, stamp
from sandbox.pagerduty.references import policy_reference, schedule_reference, user_json, user_reference
from sandbox.pagerduty.routes import Json, get
from sandbox.shifts import Shift, shifts
from sandbox.world import World

HORIZON = timedelta(days=90)
"""On-call shifts are computed this far into the future and no further."""


class Row(NamedTuple):
    """One row of /oncalls, before it is JSON. No schedule: the user is a direct target, on call for ever."""

    policy: str
    level: int
    schedule: str | None
    user: str
    shift: Shift | None


@get("/oncalls")
def list_on_calls(world: World, query: Query) -> Json:
    """{"oncalls": [{escalation_policy, escalation_level, schedule, user, start, end}], limit, offset, …}

    A row per policy, level, schedule or direct user, user and period; so a schedule on no policy has none,
    and one on two policies has twice as many.
    """
    user = user_json if "users" in query.includes("users") else user_reference

    def show(row: Row) -> Json:
        return {
            "escalation_policy": policy_reference(world, row.policy),
            "escalation_level": row.level,
            "schedule": schedule_reference(world, row.schedule) if row.schedule else None,
            "user": user(world, row.user),
            "start": stamp(row.shift.start) if row.shift else None,
            "end": stamp(row.shift.end) if row.shift else None,
        }

    return query.page("oncalls", list(_rows(world, query, query.window())), show)


def _rows(world: World, query: Query, window: Window) -> Iterator[Row]:
    """Shifts that touch the window: at a handoff instant both people come."""
    policies = set(query.all("escalation_policy_ids[]"))
    until = min(window.until, world.now() + HORIZON)
    for policy, level, schedule, direct in _targets(world, set(query.all("schedule_ids[]"))):
        if policies and policy not in policies:
            continue
        if direct:
            yield Row(policy, level, None, direct, None)
        elif schedule:
            for shift in shifts(world.schedules[schedule], window.since, until):
                if shift.person:
                    yield Row(policy, level, schedule, shift.person, shift)


def _targets(world: World, wanted: set[str]) -> Iterator[tuple[str, int, str | None, str | None]]:
    """Policy, level, schedule ID or direct user ID. Direct users come unless only schedules are asked for."""
    hidden = set(world.pagerduty.forbidden)
    for key, policy in world.policies.items():
        if key in hidden:
            continue
        for level, targets in enumerate(policy.levels, start=1):
            for target in targets:
                if target in world.schedules:
                    if (not wanted or target in wanted) and target not in hidden:
                        yield key, level, target, None
                elif not wanted:
                    yield key, level, None, target
