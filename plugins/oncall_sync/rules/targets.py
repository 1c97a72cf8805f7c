"""Which Slack user group each entry of the config means, and which groups the config no longer names. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from oncall_sync.config import Group, NewGroup
from oncall_sync.errors import listed
from oncall_sync.models import GroupState, Handle, Problem, Reading, SlackId, UserGroup, replaced

DESCRIPTION = "Kept up to date from PagerDuty by the Airflow Dag oncall_sync; edits by hand do not last."
MOST_SIMILAR = 3


@dataclass(frozen=True)
class Targets:
    """By the handles of the config.

    groups: the Slack group; without an ID if it will be created. stops: why nothing can be done. notes: what the report
    says about a target, whatever its plan.
    """

    groups: Mapping[Handle, UserGroup]
    stops: Mapping[Handle, Problem]
    notes: Mapping[Handle, Problem]


def find_targets(
    entries: Mapping[Handle, Group], remembered: Mapping[Handle, SlackId | None], groups: Sequence[UserGroup]
) -> Targets:
    """remembered: the ID of each entry's group in the last run."""
    results = {handle: find_group(handle, entry, groups, remembered.get(handle)) for handle, entry in entries.items()}
    targets = {handle: target for handle, target in results.items() if isinstance(target, UserGroup)}
    stops = {handle: problem for handle, problem in results.items() if isinstance(problem, Problem)}
    renamed = {h: _renamed(h, t) for h, t in targets.items() if t.handle.lower() != h and not entries[h].id}
    new = {handle: _to_create(handle, groups) for handle, target in targets.items() if not target.id}
    return Targets(targets, stops | _conflicts(targets, renamed), renamed | new)


def find_group(
    handle: Handle, entry: Group, groups: Iterable[UserGroup], remembered: SlackId | None = None
) -> UserGroup | Problem:
    """The Slack group of an entry, by the first of these: the pinned `id`; the handle of an enabled group; the ID that
    the handle had before; the handle. If none matches: a group without an ID if it may be created."""
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
    """An enabled group rather than a disabled one. None also if several differ only in case and none is exact."""
    same = sorted((g for g in groups if g.handle.lower() == handle), key=lambda g: (g.disabled, g.handle != handle))
    if not same or (len(same) > 1 and not same[1].disabled and same[0].handle != handle):
        return None
    return same[0]


def _conflicts(targets: Mapping[Handle, UserGroup], renamed: Collection[Handle]) -> dict[Handle, Problem]:
    """Two entries with the same Slack group would undo each other in every run, so neither acts.

    An entry whose group was renamed gives way to the entry that names the group now.
    """
    entries = Counter(target.id for target in targets.values() if target.id)
    named = Counter(target.id for handle, target in targets.items() if handle not in renamed)
    return {
        handle: Problem(
            code="same_group",
            message=f"@{handle}: another entry of the config means the same Slack group ({target.id}, "
            f"@{target.handle}). Keep one of them.",
        )
        for handle, target in targets.items()
        if entries[target.id] > 1 and (handle in renamed or named[target.id] > 1)
    }


def _renamed(handle: Handle, target: UserGroup) -> Problem:
    return Problem(
        level="warning",
        code="renamed",
        message=f"@{handle} is now called @{target.handle} in Slack; it is still kept up to date by its ID "
        f"{target.id}. Rename it in the config, or pin it with `id: {target.id}`.",
    )


def _missing(handle: Handle, groups: Sequence[UserGroup]) -> Problem:
    near = _similar(handle, groups)
    hint = f" Did you mean @{near[0]}?" if near else ""
    return Problem(
        code="no_such_group",
        message=f"@{handle}: Slack has no user group with this handle.{hint} Create it in Slack, or correct the "
        "handle in the config; with `create_if_missing: true` the sync creates it.",
    )


# ── groups that the sync creates ─────────────────────────────────────────────────────────────────────────


def with_defaults(handle: Handle, asked: NewGroup) -> NewGroup:
    """`platform-oncall` gets the name "Platform oncall"."""
    name = re.sub(r"[._-]+", " ", handle).strip().capitalize()
    return replaced(asked, name=asked.name or name or handle, description=asked.description or DESCRIPTION)


def created(handle: Handle, group_id: SlackId, groups: Iterable[UserGroup]) -> Problem:
    return _creation("created", f"Slack had no @{handle}; it was created ({group_id}).", handle, groups)


def _to_create(handle: Handle, groups: Iterable[UserGroup]) -> Problem:
    text = f"@{handle}: Slack has no user group with this handle yet; it is created with its first members."
    return _creation("to_create", text, handle, groups)


def _creation(code: str, text: str, handle: Handle, groups: Iterable[UserGroup]) -> Problem:
    """A warning if the handle may be mistyped."""
    near = ", ".join(f"@{other}" for other in _similar(handle, groups))
    if not near:
        return Problem(level="info", code=code, message=text)
    return Problem(level="warning", code=code, message=f"{text} Similar handles exist: {near}.")


def _similar(handle: Handle, groups: Iterable[UserGroup]) -> list[Handle]:
    """Handles that may have been meant, the most similar first; only of groups that people can mention."""
    others = {group.handle for group in groups if not group.disabled and group.handle.lower() != handle}
    return get_close_matches(handle, sorted(others), n=MOST_SIMILAR)


# ── groups that the config no longer names ───────────────────────────────────────────────────────────────


def removed_from_config(
    reading: Reading,
    states: Mapping[Handle, GroupState],
    targets: Targets,
    groups: Sequence[UserGroup],
    names: Mapping[SlackId, str],
) -> dict[Handle, Problem | None]:
    """The remembered groups that the config no longer names, each with a warning if people should know about it.

    `report` shows the warnings and forgets the groups. Empty in a run that does not know today's whole config.
    """
    outdated = any(problem.code == "config_unusable" for problem in reading.problems)
    if outdated or reading.plan_only or not reading.full:
        return {}
    kept = {target.id for target in targets.groups.values()}
    by_id = {group.id: group for group in groups if group.id not in kept}
    removed = states.keys() - reading.config.groups.keys() - reading.mistaken.keys()
    return {h: _no_longer_kept(h, by_id.get(states[h].id or ""), reading.mistaken, names) for h in sorted(removed)}


def _no_longer_kept(
    handle: Handle, group: UserGroup | None, mistaken: Collection[Handle], names: Mapping[SlackId, str]
) -> Problem | None:
    """None if nobody can mention the group, if somebody else manages it, and if the config has it by another handle."""
    if group is None or group.disabled or group.managed_by or group.handle.lower() in mistaken:
        return None
    now_called = "" if group.handle.lower() == handle else f" (now @{group.handle})"
    people = listed(sorted(names.get(member, member) for member in group.members))
    members = f"It still has {people}" if people else "It has no members"
    return Problem(
        level="warning",
        code="left_config",
        message=f"@{handle}{now_called} is not in the config any more: nobody keeps it up to date. {members}. "
        "Disable it in Slack, or put it back.",
    )
