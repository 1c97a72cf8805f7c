"""GET /oncalls: everybody who is on call, over all escalation policies."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from sandbox.pagerduty.query import Query, Window, stamp
from sandbox.pagerduty.references import (
    policy_json,
    policy_reference,
    schedule_reference,
    user_json,
    user_reference,
    whole_schedule,
)
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
    include, zone = query.includes("users", "schedules", "escalation_policies"), query.zone()
    rows = list(_rows(world, query, query.window()))
    if query.flag("earliest"):
        rows = _earliest(rows)
    user = user_json if "users" in include else user_reference
    schedule = whole_schedule if "schedules" in include else schedule_reference
    policy = policy_json if "escalation_policies" in include else policy_reference

    def show(row: Row) -> Json:
        return {
            "escalation_policy": policy(world, row.policy),
            "escalation_level": row.level,
            "schedule": schedule(world, row.schedule) if row.schedule else None,
            "user": user(world, row.user),
            "start": stamp(row.shift.start, zone) if row.shift else None,
            "end": stamp(row.shift.end, zone) if row.shift else None,
        }

    return query.page("oncalls", rows, show)


def _rows(world: World, query: Query, window: Window) -> Iterator[Row]:
    """Shifts that touch the window: at a handoff instant both people come."""
    policies, users = set(query.all("escalation_policy_ids[]")), set(query.all("user_ids[]"))
    until = min(window.until, world.now() + HORIZON)
    for policy, level, schedule, direct in _targets(world, set(query.all("schedule_ids[]"))):
        if policies and policy not in policies:
            continue
        if direct and (not users or direct in users):
            yield Row(policy, level, None, direct, None)
        elif schedule:
            for shift in shifts(world.schedules[schedule], window.since, until):
                if shift.person and (not users or shift.person in users):
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
                elif not wanted or "null" in wanted:
                    yield key, level, None, target


def _earliest(rows: list[Row]) -> list[Row]:
    """The first row per policy, level and user: drops the second schedule of the same person."""
    first: dict[tuple[str, int, str], Row] = {}
    for row in sorted(rows, key=lambda each: each.shift.start.timestamp() if each.shift else 0.0):
        first.setdefault((row.policy, row.level, row.user), row)
    return list(first.values())
