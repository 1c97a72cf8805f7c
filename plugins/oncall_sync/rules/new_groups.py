"""What a Slack user group gets that `create_if_missing` creates, and what people are told of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from oncall_sync.config import NewGroup
from oncall_sync.models import Handle, Problem, SlackId, UserGroup

DESCRIPTION = "Kept up to date from PagerDuty by the Airflow Dag oncall_sync; edits by hand do not last."
MOST_SIMILAR = 3


def with_defaults(handle: Handle, asked: NewGroup) -> NewGroup:
    """`platform-oncall` becomes "Platform oncall"."""
    name = re.sub(r"[._-]+", " ", handle).strip().capitalize()
    return asked.model_copy(
        update={"name": asked.name or name or handle, "description": asked.description or DESCRIPTION}
    )


def similar(handle: Handle, groups: Iterable[UserGroup]) -> list[Handle]:
    """The handles that may have been meant, the nearest first: of groups that people can mention."""
    others = {group.handle for group in groups if not group.disabled and group.handle.lower() != handle}
    return get_close_matches(handle, sorted(others), n=MOST_SIMILAR)


def to_create(handle: Handle, groups: Iterable[UserGroup]) -> Problem:
    said = "Slack has no user group with this handle yet; it is created with its first members."
    return _told("to_create", f"@{handle}: {said}", similar(handle, groups))


def created(handle: Handle, group_id: SlackId, groups: Iterable[UserGroup]) -> Problem:
    return _told("created", f"Slack had no @{handle}; it was created ({group_id}).", similar(handle, groups))


def _told(code: str, said: str, near: list[Handle]) -> Problem:
    """A warning where the handle may be a mistyped one."""
    if not near:
        return Problem(level="info", code=code, message=said)
    listed = ", ".join(f"@{other}" for other in near)
    return Problem(level="warning", code=code, message=f"{said} Similar handles exist: {listed}.")
