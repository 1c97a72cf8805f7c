"""Which Slack user group each entry of the config means. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from oncall_sync.config import Group
from oncall_sync.models import Handle, Problem, SlackId, UserGroup
from oncall_sync.rules.new_groups import similar, to_create


@dataclass(frozen=True)
class Targets:
    """By the handles of the config. groups: what is meant; without an ID where it is to be created.

    stops: why nothing can be done. notes: what people should know of a target, whatever is planned for it.
    """

    groups: Mapping[Handle, UserGroup]
    stops: Mapping[Handle, Problem]
    notes: Mapping[Handle, Problem]


def find_targets(
    entries: Mapping[Handle, Group], remembered: Mapping[Handle, SlackId | None], groups: Sequence[UserGroup]
) -> Targets:
    """remembered: the ID of the group that each entry meant last."""
    found = {handle: find_group(handle, entry, groups, remembered.get(handle)) for handle, entry in entries.items()}
    targets = {handle: target for handle, target in found.items() if isinstance(target, UserGroup)}
    renamed = {h: _renamed(h, t) for h, t in targets.items() if t.handle.lower() != h and not entries[h].id}
    new = {handle: to_create(handle, groups) for handle, target in targets.items() if not target.id}
    stops = {handle: problem for handle, problem in found.items() if isinstance(problem, Problem)}
    return Targets(targets, stops | conflicts(targets, renamed), renamed | new)


def find_group(
    handle: Handle, entry: Group, groups: Iterable[UserGroup], remembered: SlackId | None = None
) -> UserGroup | Problem:
    """The Slack group for a config entry: by the pinned `id`; by its handle, if that one is enabled; by the ID that
    the handle had before; by its handle. Else one without an ID, where it may be created."""
    groups = list(groups)
    by_id = {group.id: group for group in groups}
    if entry.id:
        return by_id.get(entry.id) or Problem(
            code="no_such_group",
            message=f"@{handle}: Slack has no user group with the ID {entry.id}. Correct `id` in the config.",
        )
    same = by_handle(handle, groups)
    if remembered in by_id and (not same or same.disabled):
        return by_id[remembered]
    if same:
        return same
    if entry.create_if_missing and not any(group.handle.lower() == handle for group in groups):
        return UserGroup(id="", handle=handle)
    return _missing(handle, groups)


def by_handle(handle: Handle, groups: Iterable[UserGroup]) -> UserGroup | None:
    """An enabled one first. None also for several that differ only in case, where none is written like the handle."""
    same = sorted((g for g in groups if g.handle.lower() == handle), key=lambda g: (g.disabled, g.handle != handle))
    if not same or (len(same) > 1 and not same[1].disabled and same[0].handle != handle):
        return None
    return same[0]


def conflicts(targets: Mapping[Handle, UserGroup], renamed: Collection[Handle] = ()) -> dict[Handle, Problem]:
    """Two entries of the config that mean the same Slack group would undo each other at every run: neither acts.

    But one that means it only because its handle was `renamed` gives way to one that names it.
    """
    times = Counter(target.id for target in targets.values() if target.id)
    named = Counter(target.id for handle, target in targets.items() if handle not in renamed)
    return {
        handle: Problem(
            code="same_group",
            message=f"@{handle}: another entry of the config means the same Slack group ({target.id}, "
            f"@{target.handle}). Keep one of them.",
        )
        for handle, target in targets.items()
        if times[target.id] > 1 and (handle in renamed or named[target.id] > 1)
    }


def _renamed(handle: Handle, target: UserGroup) -> Problem:
    return Problem(
        level="warning",
        code="renamed",
        message=f"@{handle} is now called @{target.handle} in Slack; it is still kept up to date by its ID "
        f"{target.id}. Rename it in the config, or pin it with `id: {target.id}`.",
    )


def _missing(handle: Handle, groups: Sequence[UserGroup]) -> Problem:
    near = similar(handle, groups)
    hint = f" Did you mean @{near[0]}?" if near else ""
    return Problem(
        code="no_such_group",
        message=f"@{handle}: Slack has no user group with this handle.{hint} Create it in Slack, or correct the "
        "handle in the config; with `create_if_missing: true` the sync creates it.",
    )
