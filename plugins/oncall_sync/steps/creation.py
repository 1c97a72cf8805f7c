"""For update_groups: the Slack user group that a change is to create; there is one, however often that is tried."""

from __future__ import annotations

from oncall_sync.config import NewGroup
from oncall_sync.errors import Refused
from oncall_sync.models import Change, Problem, SlackId, UserGroup
from oncall_sync.rules.targets import by_handle, created
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.errors import NAME_TAKEN


def create_group(change: Change, slack: SlackApi) -> tuple[SlackId, Problem]:
    """The new group's ID, and what people are told of it. Raises Refused, PassingFault.

    One that is there by now is taken: an earlier try made it, or somebody just did.
    """
    groups = slack.user_groups()
    group_id = _existing(change, groups) or _create(change, slack)
    return group_id, created(change.handle, group_id, groups)


def _create(change: Change, slack: SlackApi) -> SlackId:
    try:
        return slack.create_group(change.handle, change.new or NewGroup())
    except Refused as refusal:
        # It may have been created, and the answer lost: the client then asks again, and is refused.
        made = _existing(change, slack.user_groups()) if refusal.code in NAME_TAKEN else None
        if made:
            return made
        raise


def _existing(change: Change, groups: list[UserGroup]) -> SlackId | None:
    """Only one without other people than the planned ones: who they are, no plan has looked at."""
    found = by_handle(change.handle, groups)
    if found is None or found.disabled:
        return None
    if found.managed_by or set(found.members) - set(change.members):
        raise Refused(
            f"@{change.handle}",
            f"somebody created this group meanwhile ({found.id}), with members of their own; it stays as it is",
            code="created_meanwhile",
            remedy="The next run compares again.",
        )
    return found.id
