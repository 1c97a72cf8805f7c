"""Which Slack user group each entry of the config means. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from oncall_sync.config import Group
from oncall_sync.models import Handle, Problem, UserGroup


def find_group(handle: Handle, group: Group, groups: Iterable[UserGroup]) -> UserGroup | Problem:
    """The Slack group for a config entry: by the pinned `id`, else by its handle (an enabled one first)."""
    groups = list(groups)
    if group.id:
        pinned = next((g for g in groups if g.id == group.id), None)
        return pinned or Problem(
            code="no_such_group",
            message=f"@{handle}: Slack has no user group with the ID {group.id}. Correct `id` in the config.",
        )
    if same := by_handle(handle, groups):
        return same
    near = get_close_matches(handle, [g.handle for g in groups if not g.disabled], n=1)
    hint = f" Did you mean @{near[0]}?" if near else ""
    return Problem(
        code="no_such_group",
        message=f"@{handle}: Slack has no user group with this handle.{hint} Create it in Slack, or correct the "
        "handle in the config.",
    )


def by_handle(handle: Handle, groups: Iterable[UserGroup]) -> UserGroup | None:
    """An enabled one first. None also for several that differ only in case, where none is written like the handle."""
    same = sorted((g for g in groups if g.handle.lower() == handle), key=lambda g: (g.disabled, g.handle != handle))
    if not same or (len(same) > 1 and not same[1].disabled and same[0].handle != handle):
        return None
    return same[0]


def conflicts(targets: Mapping[Handle, UserGroup]) -> dict[Handle, Problem]:
    """Two entries of the config that mean the same Slack group would undo each other at every run: neither acts."""
    times = Counter(target.id for target in targets.values())
    return {
        handle: Problem(
            code="same_group",
            message=f"@{handle}: another entry of the config means the same Slack group ({target.id}, "
            f"@{target.handle}). Keep one of them.",
        )
        for handle, target in targets.items()
        if times[target.id] > 1
    }
