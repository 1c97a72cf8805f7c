"""What Slack takes as a user group's name, handle, description and default channels.

It publishes few of its rules. Handles: unique among channels, users and groups (documented), disabled groups too
(seen: https://github.com/pablovarela/terraform-provider-slack/pull/71); which characters they may have and how many is
not known, so what user names may have. A description has 140 characters and no line breaks (seen:
https://github.com/kubernetes/community/pull/5682). The length of names is a guess.
"""

import re
from typing import Any

from sandbox.slack.methods import SlackError, listed
from sandbox.world import World

HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,20}")
RESERVED = {"channel", "everyone", "here"}
MAX_NAME, MAX_DESCRIPTION = 80, 140


def checked_handle(world: World, handle: str) -> str:
    if not HANDLE.fullmatch(handle):
        raise SlackError("bad_handle")
    if handle in RESERVED:
        raise SlackError("forbidden_handle")
    taken = {each.handle for each in world.user_groups.values()}
    taken |= {channel.name for channel in world.channels.values()}
    taken |= {name for account in world.accounts.values() for name in (account.user_name, account.display_name)}
    if handle in taken:
        raise SlackError("handle_already_exists")
    return handle


def checked_name(world: World, name: str) -> str:
    if not name:
        raise SlackError("missing_subteam_name")
    if len(name) > MAX_NAME:
        raise SlackError("name_too_long")
    if any(each.name == name for each in world.user_groups.values()):
        raise SlackError("name_already_exists")
    return name


def checked_description(description: str) -> str:
    if len(description) > MAX_DESCRIPTION:
        raise SlackError("description_too_long")
    return " ".join(description.splitlines())


def checked_channels(world: World, given: Any) -> list[str]:
    """IDs of channels that the token can see and that are not archived."""
    keys = listed(given)
    for key in keys:
        channel = world.channels.get(key)
        if channel is None or channel.is_archived or (channel.is_private and not channel.is_member):
            raise SlackError("invalid_channel_provided")
    return keys
