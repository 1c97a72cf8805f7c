"""The groups that the sync kept until they left the config. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from oncall_sync.config.values import listed
from oncall_sync.models import Handle, Problem, Reading, SlackId, UserGroup
from oncall_sync.rules.targets import Targets
from oncall_sync.state import GroupState


def left_config(
    reading: Reading,
    states: Mapping[Handle, GroupState],
    targets: Targets,
    groups: Sequence[UserGroup],
    names: Mapping[SlackId, str],
) -> dict[Handle, Problem | None]:
    """All that is remembered and not in the config any more, each with what people should know of it, if anything.

    Only a run that knows the whole config of today may say so; `report` tells it, and forgets them.
    """
    outdated = any(problem.code == "config_unusable" for problem in reading.problems)
    if outdated or reading.plan_only or not reading.full:
        return {}
    kept = {target.id for target in targets.groups.values()}
    by_id = {group.id: group for group in groups if group.id not in kept}
    gone = states.keys() - reading.config.groups.keys() - reading.mistaken.keys()
    return {h: _told(h, by_id.get(states[h].id or ""), reading.mistaken, names) for h in sorted(gone)}


def _told(
    handle: Handle, group: UserGroup | None, mistaken: Collection[Handle], names: Mapping[SlackId, str]
) -> Problem | None:
    """Nothing of a group that nobody can mention, that somebody else keeps, or that the config has by another name."""
    if group is None or group.disabled or group.managed_by or group.handle.lower() in mistaken:
        return None
    called = "" if group.handle.lower() == handle else f" (now @{group.handle})"
    who = listed(sorted(names.get(member, member) for member in group.members))
    has = f"It still has {who}" if who else "It has no members"
    return Problem(
        level="warning",
        code="left_config",
        message=f"@{handle}{called} is not in the config any more: nobody keeps it up to date. {has}. "
        "Disable it in Slack, or put it back.",
    )
