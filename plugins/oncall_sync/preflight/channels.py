"""The channels of `announce` and `topic`: whether they exist, and whether the app is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from oncall_sync.clients.slack_api import SlackApi
from oncall_sync.config import Config
from oncall_sync.errors import Refused
from oncall_sync.models import Handle, Problem

MOST_CHANNELS = 40  # Slack allows 50 conversations.info a minute


def channels(
    slack: SlackApi, config: Config, scopes: Collection[str] | None, names: dict[str, str]
) -> Iterator[tuple[Problem, list[Handle]]]:
    """What is wrong with them, and for which groups. Raises PassingFault."""
    using: dict[str, list[Handle]] = {}
    for handle, group in config.groups.items():
        for channel in {group.announce, group.topic} - {None}:
            using.setdefault(str(channel), []).append(handle)
    topics = {group.topic for group in config.groups.values()}
    for channel in sorted(using)[:MOST_CHANNELS]:
        may_be_outside = channel not in topics and "chat:write.public" in (scopes or ())
        try:
            found = slack.channel(channel)
            names[channel] = f"#{found.get('name', channel)}"
            problem = _unusable(channel, found, may_be_outside)
        except Refused as refusal:
            problem = Problem.of(refusal).model_copy(update={"level": "warning"})
        if problem:
            yield problem, using[channel]
    if len(using) > MOST_CHANNELS:
        text = f"{len(using) - MOST_CHANNELS} channels more were not looked at: Slack allows few such requests."
        yield Problem(level="info", code="channels_unchecked", message=text), []


def _unusable(channel: str, found: dict[str, Any], may_be_outside: bool) -> Problem | None:
    where = f"Slack channel #{found.get('name', channel)} ({channel})"
    if found.get("is_archived"):
        text = f"{where} is archived. Name another channel in the config, or unarchive it."
        return Problem(level="warning", code="is_archived", message=text)
    if not found.get("is_member") and not may_be_outside:
        text = f"{where}: the app is not in it, and cannot post there or set its topic. Invite the app to the channel."
        return Problem(level="warning", code="not_in_channel", message=text)
    return None
