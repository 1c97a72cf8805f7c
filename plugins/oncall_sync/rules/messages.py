"""What a run has to say in Slack's channels, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncall_sync.models import Handle, Problem


@dataclass(frozen=True)
class Message:
    """To be posted once, about one group."""

    handle: Handle
    channel: str
    text: str


@dataclass(frozen=True)
class TopicLine:
    """What a channel's topic should say of these groups."""

    channel: str
    line: str
    handles: tuple[Handle, ...]


@dataclass(frozen=True)
class News:
    connection: str
    messages: tuple[Message, ...] = ()
    topics: tuple[TopicLine, ...] = ()


@dataclass(frozen=True)
class Told:
    """problems: warnings, by the group they belong to."""

    problems: Mapping[Handle, tuple[Problem, ...]] = field(default_factory=dict)
    requests: int = 0
