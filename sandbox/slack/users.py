"""auth.test and users.*: who the token is, and the accounts of a workspace."""

import base64
from itertools import islice

from sandbox.faults import Params
from sandbox.slack.enterprise import account_key, organization
from sandbox.slack.methods import BOT, BOT_USER, Json, SlackError, TeamErrors, method, required, shuffled
from sandbox.slack.objects import account_json
from sandbox.world import World


@method("auth.test")
def auth_test(world: World, args: Params) -> Json:
    """{"team_id", "user_id", …}; on a Grid `enterprise_id` too, and an org-wide token has that as `team_id` (C)."""
    enterprise, org_wide = organization(world), world.slack.org_wide
    answer = {
        "url": "https://acme-sandbox.slack.com/",
        "team": "Acme (sandbox)",
        "user": "oncall-sync",
        "team_id": enterprise if org_wide else world.slack.team_id,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": org_wide,
    }
    return answer | ({"enterprise_id": enterprise} if enterprise else {})


@method("users.lookupByEmail", "users:read.email", takes_json=False)
def users_lookup_by_email(world: World, args: Params) -> Json:
    """{"user": {…}}; a deactivated account is not found, just like an unknown email."""
    required(args, "email")
    key = world.account_id(str(args["email"]))
    if key is None:
        raise SlackError("users_not_found")
    return {"user": account_json(world, key)}


@method("users.list", "users:read", takes_json=False, team=TeamErrors())
def users_list(world: World, args: Params) -> Json:
    """{"members": […], "response_metadata": {"next_cursor"}}: deactivated ones and bots among them."""
    everyone = shuffled(world.accounts, world.backwards)
    start = _position(everyone, str(args.get("cursor", "")))
    limit = _limit(args, len(everyone))
    following = next(islice(everyone, start + limit, None), None)
    return {
        "members": [account_json(world, key) for key in everyone[start : start + limit]],
        "cache_ts": int(world.now().timestamp()),
        "response_metadata": {"next_cursor": _cursor(following) if following else ""},
    }


def _limit(args: Params, everyone: int) -> int:
    """Below 1000; an invalid limit is adjusted silently, and none means the whole set."""
    text = str(args.get("limit", "0"))
    wanted = int(text) if text.isdecimal() else 100
    return min(wanted, 999) if wanted else everyone


def _cursor(key: str) -> str:
    return base64.b64encode(f"user:{key}".encode()).decode()


def _position(everyone: list[str], cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return everyone.index(base64.b64decode(cursor).decode().removeprefix("user:"))
    except ValueError:
        raise SlackError("invalid_cursor") from None


@method("users.info", "users:read", takes_json=False)
def users_info(world: World, args: Params) -> Json:
    """{"user": {…}}, by either ID of somebody who has two."""
    required(args, "user")
    key = account_key(world, str(args["user"]))
    if key is None:
        raise SlackError("user_not_found")
    return {"user": account_json(world, key)}
