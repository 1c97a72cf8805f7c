"""Users, escalation policies and teams."""

from collections.abc import Container

from sandbox.pagerduty.query import Query
from sandbox.pagerduty.references import membership, policy_json, team_json, user_json
from sandbox.pagerduty.routes import Json, access_denied, get, not_found
from sandbox.world import World

USER_INCLUDES = ("contact_methods", "notification_rules", "teams", "subdomains")
POLICY_INCLUDES = ("services", "teams", "targets", "escalation_rule_assignment_strategies")


@get("/users")
def list_users(world: World, query: Query) -> Json:
    query.includes(*USER_INCLUDES)
    text = (query.one("query") or "").casefold()
    found = [
        key
        for key, person in world.people.items()
        if not person.deleted and (text in person.name.casefold() or text in person.email.casefold())
    ]
    return query.page("users", found, lambda key: user_json(world, key))


@get("/users/{id}")
def get_user(world: World, query: Query, id: str) -> Json:
    """{"user": {id, type: "user", name, email, …}}; a deleted user is not found."""
    query.includes(*USER_INCLUDES, "calendar_urls")
    if id not in world.people or world.people[id].deleted:
        raise not_found()
    return {"user": user_json(world, id)}


@get("/escalation_policies")
def list_policies(world: World, query: Query) -> Json:
    whole = "targets" in query.includes(*POLICY_INCLUDES)
    text, hidden = (query.one("query") or "").casefold(), world.pagerduty.forbidden
    found = [key for key, policy in world.policies.items() if text in policy.name.casefold() and key not in hidden]
    return query.page("escalation_policies", found, lambda key: policy_json(world, key, whole_targets=whole))


@get("/escalation_policies/{id}")
def get_policy(world: World, query: Query, id: str) -> Json:
    """{"escalation_policy": {…, "escalation_rules": [{"targets": [reference]}]}}; include[]=targets: whole ones."""
    whole = "targets" in query.includes(*POLICY_INCLUDES)
    _check_readable(world, world.policies, id)
    return {"escalation_policy": policy_json(world, id, whole_targets=whole)}


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
