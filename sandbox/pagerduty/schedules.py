"""Single schedules: layer-based under /schedules, shift-based under /v3/schedules."""

from datetime import datetime, timedelta

from sandbox.entries import Schedule
from sandbox.pagerduty.query import Query, stamp
from sandbox.pagerduty.references import schedule_json, user_reference
from sandbox.pagerduty.routes import Json, PagerDutyError, access_denied, get, not_found
from sandbox.shifts import Shift, shifts
from sandbox.world import World

SHIFT_BASED = "This is a shift-based schedule. Use the v3 Schedules API to access it."
LAYER_BASED = "This is a layer-based schedule. Use the v2 Schedules API to access it."


def _schedule(world: World, key: str, kind: str) -> Schedule:
    schedule = world.schedules.get(key)
    if schedule is None:
        raise not_found()
    if key in world.pagerduty.forbidden:
        raise access_denied()
    if schedule.kind != kind:
        raise PagerDutyError(400, 2001, SHIFT_BASED if schedule.kind == "v3" else LAYER_BASED)
    return schedule


def _clipped(schedule: Schedule, query: Query) -> list[tuple[Shift, str | None, str | None]]:
    """Shifts in the window with start and end as text, cut to the window unless overflow=true."""
    window = query.window(timedelta(weeks=2))
    if timedelta(0) < window.until - window.since < timedelta(seconds=1):
        return []  # microseconds apart may find nothing: https://github.com/PagerDuty/api-schema/issues/479
    whole = query.flag("overflow")

    def bounds(shift: Shift) -> tuple[datetime, datetime]:
        end = shift.end or window.until + timedelta(weeks=1)  # entries always have an end
        return (shift.start, end) if whole else (max(shift.start, window.since), min(end, window.until))

    found = [(shift, *bounds(shift)) for shift in shifts(schedule, window.since, window.until)]
    return [(shift, stamp(start), stamp(end)) for shift, start, end in found]


def _rendered(world: World, key: str, query: Query) -> Json:
    entries = _clipped(world.schedules[key], query) if query.has_window() else []
    return {
        "name": "Final Schedule",
        "rendered_schedule_entries": [
            {"start": start, "end": end, "user": user_reference(world, shift.person)}
            for shift, start, end in entries
            if shift.person
        ],
        "rendered_coverage_percentage": 100 if entries else 0,
    }


@get("/schedules/{id}")
def get_schedule(world: World, query: Query, id: str) -> Json:
    """{"schedule": {…, "final_schedule": {"rendered_schedule_entries": [{start, end, user: reference}]}}}"""
    _schedule(world, id, "v2")
    return {"schedule": schedule_json(world, id) | {"final_schedule": _rendered(world, id, query)}}


@get("/v3/schedules/{id}")
def get_v3_schedule(world: World, query: Query, id: str) -> Json:
    """{"schedule": {…, "final_schedule": {"computed_shift_assignments": [{start_time, end_time, member}]}}}

    member: {"type": "user_member", "user_id"} or {"type": "empty_member"}; several people overlap.
    """
    schedule = _schedule(world, id, "v3")
    if wrong := sorted(set(query.all("include[]")) - {"final_schedule"}):
        raise PagerDutyError(400, 2001, "Invalid Input Provided", {"include": [f"{wrong[0]} is not allowed"]})
    answer = schedule_json(world, id)
    if query.all("include[]"):
        answer["final_schedule"] = {
            "type": "final_schedule",
            "rendered_coverage_percentage": 100,
            "computed_shift_assignments": [
                {
                    "type": "computed_shift_assignment",
                    "start_time": start,
                    "end_time": end,
                    "member": {"type": "user_member", "user_id": shift.person}
                    if shift.person
                    else {"type": "empty_member"},
                    "source": {"type": "schedule_rotation", "rotation_id": f"{id}-1"},
                }
                for shift, start, end in _clipped(schedule, query)
            ],
        }
    return {"schedule": answer}
