"""Which scopes the Slack token must have, by what the config asks for. Pure.

https://docs.slack.dev/reference/scopes; which of several will do depends on the kind of channel and of token.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from oncall_sync.config import Config
from oncall_sync.models import Handle, Level, Problem
from oncall_sync.slack.errors import add_scopes

# Of each, one is enough; the first is the usual one.
READ_GROUPS = ("usergroups:read",)
WRITE_GROUPS = ("usergroups:write",)
READ_EMAILS = ("users:read.email",)
POST = ("chat:write",)
READ_CHANNELS = ("channels:read", "groups:read")
SET_TOPICS = ("channels:write.topic", "channels:manage", "channels:write", "groups:write.topic", "groups:write")

Needs = dict[tuple[str, ...], str]  # what for
ALWAYS: Needs = {
    READ_GROUPS: "see the user groups",
    WRITE_GROUPS: "set their members",
    ("users:read",): "see accounts",
    READ_EMAILS: "find an account by its email",
}
ALERTS: Needs = {POST: "tell problems of the sync"}
ANNOUNCE: Needs = {POST: "post announcements"}
TOPIC: Needs = {READ_CHANNELS: "read topics", SET_TOPICS: "set topics"}


def lacking(scopes: Collection[str] | None, config: Config) -> Iterator[tuple[Problem, list[Handle]]]:
    """A problem for what every group needs, for `alerts`, and for what those with `announce` and `topic` do."""
    if scopes is None:
        text = "Slack does not tell the scopes of the token; one that it lacks shows in use."
        yield Problem(level="info", code="scopes_unknown", message=text), []
        return
    asked: list[tuple[Needs, Level, list[Handle]]] = [(ALWAYS, "error", [])]
    if config.alerts.slack:
        asked.append((ALERTS, "warning", []))
    if announced := [handle for handle, group in config.groups.items() if group.announce]:
        asked.append((ANNOUNCE, "warning", announced))
    if topics := [handle for handle, group in config.groups.items() if group.topic]:
        asked.append((TOPIC, "warning", topics))
    for needs, level, groups in asked:
        missing = {any_of[0]: purpose for any_of, purpose in needs.items() if not set(any_of) & set(scopes)}
        if missing:
            why = " and ".join(f"{scope} (to {purpose})" for scope, purpose in missing.items())
            text = f"The Slack token lacks {why}. {add_scopes([*missing])}"
            yield Problem(level=level, code="missing_scope", message=text), groups
