"""PagerDuty's objects as JSON: references (id, type, summary, self, html_url) and whole ones."""

from sandbox.pagerduty.routes import Json
from sandbox.world import World

API = "https://api.pagerduty.com"
SITE = "https://acme.pagerduty.com"


def _reference(kind: str, key: str, summary: str, path: str) -> Json:
    return {
        "id": key,
        "type": kind,
        "summary": summary,
        "self": f"{API}/{path}/{key}",
        "html_url": f"{SITE}/{path.removeprefix('v3/')}/{key}",
    }


def policy_reference(world: World, key: str) -> Json:
    name = world.policies[key].name or key
    return _reference("escalation_policy_reference", key, name, "escalation_policies")


def schedule_reference(world: World, key: str) -> Json:
    """`schedule_reference`, or `schedule_v3_reference` for a shift-based schedule."""
    schedule = world.schedules[key]
    name = schedule.name or key
    if schedule.kind == "v3":
        return _reference("schedule_v3_reference", key, name, "v3/schedules")
    return _reference("schedule_reference", key, name, "schedules")


def user_reference(world: World, key: str) -> Json:
    """A deleted user carries `deleted_at` (undocumented, seen in real answers) and nothing else on top."""
    person = world.people[key]
    answer = _reference("user_reference", key, person.name, "users")
    return answer | {"self": None, "deleted_at": "2026-01-01T00:00:00Z"} if person.deleted else answer


def user_json(world: World, key: str) -> Json:
    """A whole user; a deleted one remains a bare reference, without name and email."""
    person = world.people[key]
    if person.deleted:
        return user_reference(world, key)
    return _reference("user", key, person.name, "users") | {"name": person.name, "email": person.email}


def schedule_json(world: World, key: str) -> Json:
    schedule = world.schedules[key]
    whole = "schedule_v3" if schedule.kind == "v3" else "schedule"
    return schedule_reference(world, key) | {"type": whole, "name": schedule.name or key, "time_zone": "Etc/UTC"}


def policy_json(world: World, key: str) -> Json:
    """{escalation_rules: [{targets: [reference]}], …}: a rule per level."""
    policy = world.policies[key]
    rules = [
        {"id": f"{key}-{number}", "targets": [_target(world, each) for each in level]}
        for number, level in enumerate(policy.levels, start=1)
    ]
    return policy_reference(world, key) | {
        "type": "escalation_policy",
        "name": policy.name or key,
        "escalation_rules": rules,
    }


def _target(world: World, key: str) -> Json:
    return schedule_reference(world, key) if key in world.schedules else user_reference(world, key)


def team_json(world: World, key: str) -> Json:
    name = world.teams[key].name or key
    return _reference("team", key, name, "teams") | {"name": name, "description": "", "parent": None}


def membership(world: World, key: str, whole: bool) -> Json:
    return {"user": user_json(world, key) if whole else user_reference(world, key), "role": "responder"}
