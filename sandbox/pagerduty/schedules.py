"""Schedules, single and in lists: layer-based under /schedules, shift-based under /v3/schedules."""

from datetime import datetime, timedelta

from sandbox.entries import Schedule
from sandbox.pagerduty.query import Query, stamp
from sandbox.pagerduty.references import schedule_json, schedule_reference, user_json, user_reference
from sandbox.pagerduty.routes import Json, PagerDutyError, access_denied, bad_input, get, not_found
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


def _visible(world: World, query: Query, kind: str) -> list[str]:
    text = (query.one("query") or "").casefold()
    return [
        key
        for key, schedule in world.schedules.items()
        if schedule.kind == kind and key not in world.pagerduty.forbidden and text in schedule.name.casefold()
    ]


def _clipped(schedule: Schedule, query: Query) -> list[tuple[Shift, str | None, str | None]]:
    """Shifts in the window with start and end as text, cut to the window unless overflow=true."""
    window, zone = query.window(timedelta(weeks=2)), query.zone()
    if timedelta(0) < window.until - window.since < timedelta(seconds=1):
        return []  # microseconds apart may find nothing: https://github.com/PagerDuty/api-schema/issues/479
    whole = query.flag("overflow")

    def bounds(shift: Shift) -> tuple[datetime, datetime]:
        end = shift.end or window.until + timedelta(weeks=1)  # entries always have an end
        return (shift.start, end) if whole else (max(shift.start, window.since), min(end, window.until))

    found = [(shift, *bounds(shift)) for shift in shifts(schedule, window.since, window.until)]
    return [(shift, stamp(start, zone), stamp(end, zone)) for shift, start, end in found]


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


@get("/schedules")
def list_schedules(world: World, query: Query) -> Json:
    include = query.includes("schedule_layers", "overrides_subschedule", "final_schedule")

    def show(key: str) -> Json:
        final = {"final_schedule": _rendered(world, key, query)} if "final_schedule" in include else {}
        return schedule_json(world, key) | final

    return query.page("schedules", _visible(world, query, "v2"), show)


@get("/schedules/{id}")
def get_schedule(world: World, query: Query, id: str) -> Json:
    """{"schedule": {…, "final_schedule": {"rendered_schedule_entries": [{start, end, user: reference}]}}}"""
    _schedule(world, id, "v2")
    overrides = {"name": "Overrides", "rendered_schedule_entries": [], "rendered_coverage_percentage": 0}
    return {
        "schedule": schedule_json(world, id)
        | {
            "schedule_layers": [],
            "overrides_subschedule": overrides,
            "final_schedule": _rendered(world, id, query),
        }
    }


@get("/schedules/{id}/users")
def list_schedule_users(world: World, query: Query, id: str) -> Json:
    """{"users": [user]}: everybody on call at some time in the window, or ever; no pages."""
    schedule = _schedule(world, id, "v2")
    if not query.has_window():
        return {"users": [user_json(world, person) for person in schedule.people()]}
    window = query.window(timedelta(weeks=2))
    if window.until - window.since < timedelta(seconds=1):
        raise bad_input("Since and until must be different")
    found = [shift.person for shift in shifts(schedule, window.since, window.until) if shift.person]
    return {"users": [user_json(world, person) for person in dict.fromkeys(found)]}


@get("/v3/schedules")
def list_v3_schedules(world: World, query: Query) -> Json:
    page = query.page(
        "schedules",
        _visible(world, query, "v3"),
        lambda key: schedule_reference(world, key),
        default=100,
        cap=1000,
    )
    return {key: value for key, value in page.items() if key != "total"}


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
