"""Users, escalation policies and teams, one by one."""

from collections.abc import Container

from sandbox.pagerduty.query import Query
from sandbox.pagerduty.references import membership, policy_json, team_json, user_json
from sandbox.pagerduty.routes import Json, access_denied, get, not_found
from sandbox.world import World


@get("/users/{id}")
def get_user(world: World, query: Query, id: str) -> Json:
    """{"user": {id, type: "user", name, email, …}}; a deleted user is not found."""
    if id not in world.people or world.people[id].deleted:
        raise not_found()
    return {"user": user_json(world, id)}


@get("/escalation_policies/{id}")
def get_policy(world: World, query: Query, id: str) -> Json:
    """{"escalation_policy": {…, "escalation_rules": [{"targets": [reference]}]}}"""
    _check_readable(world, world.policies, id)
    return {"escalation_policy": policy_json(world, id)}


def _check_readable(world: World, of_kind: Container[str], key: str) -> None:
    if key not in of_kind:
        raise not_found()
    if key in world.pagerduty.forbidden:
        raise access_denied()


@get("/teams/{id}")
def get_team(world: World, query: Query, id: str) -> Json:
    _check_readable(world, world.teams, id)
    return {"team": team_json(world, id)}


@get("/teams/{id}/members")
def list_team_members(world: World, query: Query, id: str) -> Json:
    """{"members": [{"user": reference, "role"}], limit, offset, …}; include[]=users gives whole users."""
    _check_readable(world, world.teams, id)
    whole = "users" in query.includes("users")
    return query.page("members", world.teams[id].members, lambda key: membership(world, key, whole))
