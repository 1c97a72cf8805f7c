"""Slack's objects as JSON: accounts, user groups, channels. Keys as in recorded answers of the real API."""

from typing import Any

from sandbox.slack.enterprise import enterprise_fields, member_id, user_id
from sandbox.slack.markup import stored
from sandbox.world import World

Json = dict[str, Any]


def account_json(world: World, key: str) -> Json:
    """A member of the workspace; `profile.email` needs the scope users:read.email."""
    account = world.accounts[key]
    profile = {"real_name": account.name, "display_name": account.display_name, "team": world.slack.team_id}
    if account.email and "users:read.email" in world.slack.scopes:
        profile["email"] = account.email
    return {
        "id": user_id(world, key),
        "team_id": world.slack.team_id,
        "name": account.user_name,
        "real_name": account.name,
        "deleted": account.deleted,
        "profile": profile,
        "is_restricted": account.is_restricted,
        "is_ultra_restricted": account.is_ultra_restricted,
        "is_bot": account.is_bot,
    } | enterprise_fields(world, key)


def group_json(world: World, key: str, *, users: bool, count: bool) -> Json:
    """A user group: `date_delete` is 0 unless disabled; `users` and `user_count` only if asked for."""
    group = world.user_groups[key]
    answer: Json = {
        "id": key,
        "team_id": world.slack.team_id,
        "name": group.name or group.handle,
        "description": group.description,
        "handle": group.handle,
        "date_update": group.updated,
        "date_delete": group.updated if group.disabled else 0,
        "prefs": _default_channels(world, group.channels),
        "is_external": group.is_external,
        "is_idp_group": group.is_idp_group,
        "is_membership_locked": group.is_membership_locked,
        "is_org_level": group.is_org_level,
    }
    answer |= {"deleted_by": group.disabled_by} if group.disabled else {}
    answer |= {"auto_type": group.auto_type} if group.auto_type else {}
    answer |= {"users": [member_id(world, member) for member in group.members]} if users else {}
    return answer | ({"user_count": len(group.members)} if count else {})


def _default_channels(world: World, keys: list[str]) -> Json:
    """Slack calls private channels groups."""
    private = [key for key in keys if world.channels[key].is_private]
    return {"channels": [key for key in keys if key not in private], "groups": private}


def channel_json(world: World, key: str) -> Json:
    channel = world.channels[key]
    return {
        "id": key,
        "name": channel.name,
        "is_archived": channel.is_archived,
        "is_member": channel.is_member,
        "is_private": channel.is_private,
        "topic": {"value": stored(channel.topic)},
    }
