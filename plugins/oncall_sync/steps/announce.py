"""In `report`, after the states are saved: posts messages in channels and keeps topics. It never fails a run.

A message is tried once: it may have been posted although no answer came, and must not be posted twice. A topic is read
before it is set, because each change shows in the channel; the next run sets what failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from oncall_sync.errors import PassingFault, RateLimited, Refused, SyncError
from oncall_sync.memory import Memory
from oncall_sync.models import Handle, Problem
from oncall_sync.rules.messages import LONGEST_TOPIC, Announced, Announcements, Message, TopicLine, with_line
from oncall_sync.slack.client import SlackApi
from oncall_sync.steps.services import Services

MOST_FAULTS = 2  # passing faults before the rest is not even tried: each may cost seconds
PATIENCE = 90.0  # seconds before the rest is not tried either, however well Slack answers


def announce(announcements: Announcements, services: Services) -> Announced:
    """Makes no connection if there is nothing to write."""
    slack = BestEffort(lambda: services.slack(announcements.connection))
    results = [(message.handle, _posted(message, slack)) for message in announcements.messages]
    results += _kept(announcements.topics, slack, services.memory)
    problems: dict[Handle, tuple[Problem, ...]] = {}
    for handle, problem in results:
        if problem:
            problems[handle] = (*problems.get(handle, ()), problem)
    return Announced(problems, slack.requests)


@dataclass
class BestEffort:
    """Slack, for what the sync can do without: each request is tried once, and few faults end it."""

    connect: Callable[[], SlackApi]
    faults: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + PATIENCE)

    @cached_property
    def api(self) -> SlackApi:
        api = self.connect()
        api.without_retries()
        return api

    @property
    def requests(self) -> int:
        return self.api.requests if "api" in vars(self) else 0

    def attempt(self, channel: str, act: Callable[[SlackApi], None]) -> None:
        """Raises SyncError, also for what is not tried any more."""
        if self.faults >= MOST_FAULTS or time.monotonic() > self.until:
            why = "not tried, because Slack did not answer well, or too slowly, just before"
            raise SyncError(f"Slack channel {channel}", why, code="not_tried")
        try:
            act(self.api)
        except PassingFault:
            self.faults += 1
            raise


def _posted(message: Message, slack: BestEffort) -> Problem | None:
    try:
        slack.attempt(message.channel, lambda api: api.post(message.channel, message.text))
        return None
    except SyncError as error:
        lost = isinstance(error, PassingFault) and not isinstance(error, RateLimited)
        verb = "may not have been" if lost else "was not"
        text = f"@{message.handle}: its message {verb} posted, and is not tried again. {_reason(error)}"
        return Problem(level="warning", code="not_announced", message=text)


def _kept(topics: Iterable[TopicLine], slack: BestEffort, memory: Memory) -> list[tuple[Handle, Problem | None]]:
    """Remembers the line of each channel: one that did not change costs no request."""
    before = memory.load("topics")
    problems = {t.channel: _set(t, slack) if before.get(t.channel) != t.line else None for t in topics}
    lines = {t.channel: t.line for t in topics if problems[t.channel] is None}
    if lines != before:
        memory.save("topics", lines)
    return [(handle, problems[topic.channel]) for topic in topics for handle in topic.handles]


def _set(topic: TopicLine, slack: BestEffort) -> Problem | None:
    try:
        slack.attempt(topic.channel, lambda api: _change(topic, api))
        return None
    except TooLong as error:
        return Problem(level="warning", code=error.code, message=str(error))
    except SyncError as error:
        text = f"Who is on call was not put into a channel's topic; the next run tries again. {_reason(error)}"
        return Problem(level="warning", code="topic_not_set", message=text)


class TooLong(SyncError):
    """The channel's topic would be longer than Slack takes."""


def _change(topic: TopicLine, api: SlackApi) -> None:
    present = api.topic(topic.channel)
    wanted = with_line(present, topic.line)
    if len(wanted) > LONGEST_TOPIC:
        raise TooLong(
            f"Slack channel {topic.channel}",
            f"its topic would have {len(wanted)} characters with who is on call, and Slack takes {LONGEST_TOPIC}; "
            "it stays as it is",
            code="topic_too_long",
            remedy="Shorten the rest of the topic, or name the channel as `topic` of fewer groups.",
        )
    if wanted != present:
        api.set_topic(topic.channel, wanted)


def _reason(error: SyncError) -> str:
    """Without the remedy of a passing fault: this message is not retried, or the next run does it."""
    return str(error) if isinstance(error, Refused) else f"{error.where}: {error.what}."
