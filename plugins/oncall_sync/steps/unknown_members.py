"""For plan_updates: people who are in a group and whom the sync never looked up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from oncall_sync.errors import SyncError
from oncall_sync.models import Reading, SlackId, SlackIds, UserGroup
from oncall_sync.slack.accounts import other_ids_of
from oncall_sync.slack.client import SlackApi

MOST_STRANGERS = 10  # who are asked for in one run, for either reason


def names_of(strangers: Iterable[SlackId], slack: SlackApi) -> dict[SlackId, str]:
    """Somebody added them by hand, and is to be told that they are taken out: by name, but not at any price."""
    found: dict[SlackId, str] = {}
    with suppress(SyncError):
        for slack_id in sorted(strangers)[:MOST_STRANGERS]:
            account = slack.account_by_id(slack_id)
            found |= {slack_id: account.name} if account else {}
    return found


def other_ids_told(
    groups: Iterable[UserGroup], reading: Reading, ids: SlackIds, known: Collection[SlackId], slack: SlackApi
) -> dict[SlackId, SlackId]:
    """On Enterprise Grid, where users.* told IDs of the organization: whom the workspace's own IDs stand for.

    known: the IDs that the sync has found for people, on call or not.
    """
    used = {slack_id for slack_id in ids.found.values() if slack_id.startswith("W")}
    if not used:
        return {}
    ours = {*reading.served, *(group.id for group in reading.groups.values())}
    members = {m for group in groups if {group.handle.lower(), group.id} & ours for m in group.members}
    strangers = members - {*ids.found.values(), *ids.other_ids, *known}
    with suppress(SyncError):
        return other_ids_of(sorted(strangers)[:MOST_STRANGERS], used, slack)
    return {}


def with_known_ids(group: UserGroup, other_ids: Mapping[SlackId, SlackId]) -> UserGroup:
    """Everybody by the one ID that the sync uses."""
    return group.model_copy(update={"members": tuple(dict.fromkeys(other_ids.get(m, m) for m in group.members))})
