"""Which scopes the Slack token must have, by what the config asks for. Pure.

https://docs.slack.dev/reference/scopes; which of several will do depends on the kind of channel and of token.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from oncall_sync.clients.slack_errors import add_scopes
from oncall_sync.config import Config
from oncall_sync.models import Handle, Problem
from oncall_sync.preflight.findings import Level


class Need(NamedTuple):
    """any_of: one of them is enough; the first is the usual one."""

    any_of: tuple[str, ...]
    purpose: str


READ_GROUPS, WRITE_GROUPS, READ_EMAILS = "usergroups:read", "usergroups:write", "users:read.email"
SET_TOPICS = ("channels:write.topic", "channels:manage", "channels:write", "groups:write.topic", "groups:write")
READ_CHANNELS = ("channels:read", "groups:read")
ALWAYS = (
    Need((READ_GROUPS,), "see the user groups"),
    Need((WRITE_GROUPS,), "set their members"),
    Need(("users:read",), "see accounts"),
    Need((READ_EMAILS,), "find an account by its email"),
)
ANNOUNCE = (Need(("chat:write",), "post announcements"),)
TOPIC = (
    Need(READ_CHANNELS, "read topics"),
    Need(SET_TOPICS, "set topics"),
)


def lacking(scopes: Collection[str], config: Config) -> Iterator[tuple[Problem, list[Handle]]]:
    """A problem for what every group needs, for what those with `announce` and `topic` do, and for `alerts`."""
    tells = [Need(("chat:write",), "tell problems of the sync")] if config.alerts.slack else []
    announced = [handle for handle, group in config.groups.items() if group.announce]
    topics = [handle for handle, group in config.groups.items() if group.topic]
    asked: list[tuple[Sequence[Need], Level, list[Handle]]] = [(ALWAYS, "error", []), (tells, "warning", [])]
    asked += [(needs, "warning", groups) for needs, groups in ((ANNOUNCE, announced), (TOPIC, topics)) if groups]
    for needs, level, groups in asked:
        if missing := [need for need in needs if not set(need.any_of) & set(scopes)]:
            yield _missing(missing, level), groups


def _missing(needs: list[Need], level: Level) -> Problem:
    why = " and ".join(f"{need.any_of[0]} (to {need.purpose})" for need in needs)
    remedy = add_scopes([need.any_of[0] for need in needs])
    return Problem(level=level, code="missing_scope", message=f"The Slack token lacks {why}. {remedy}")
