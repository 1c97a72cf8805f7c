"""One line of a channel's topic that says who is on call; the rest of the topic is left alone. Pure.

On call: Ada Okafor, Bo Lindqvist | Runbooks: https://acme.example/runbooks
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from oncall_sync.models import Handle
from oncall_sync.rules.handoffs import ESCAPED
from oncall_sync.rules.messages import TopicLine
from oncall_sync.state import GroupState

LONGEST = 250  # characters of a topic: Slack's limit, for what it keeps, where `&` is `&amp;`
SEPARATOR = " | "
LINE = re.compile(r"(?:\A|(?<=\n)|(?<= \| ))On call: .*?(?= \| |\n|\Z)")


def topic_lines(states: Mapping[Handle, GroupState]) -> tuple[TopicLine, ...]:
    """For each channel what is known of its groups; nothing for one of whose groups nothing is known."""
    channels = sorted({state.topic for state in states.values() if state.topic})
    lines = []
    for channel in channels:
        groups = {handle: state for handle, state in sorted(states.items()) if state.topic == channel}
        who = {handle: _people(state) for handle, state in groups.items() if state.on_call is not None}
        said = [f"@{handle} {people}" for handle, people in who.items()] if len(groups) > 1 else [*who.values()]
        if said:
            lines.append(TopicLine(channel, f"On call: {'; '.join(said)}", tuple(groups)))
    return tuple(lines)


def with_line(topic: str, line: str) -> str:
    """The topic with the line in place of the one that it has, or put first. Both as Slack keeps them, escaped."""
    if LINE.search(topic):
        return LINE.sub(lambda _: line, topic, count=1)
    return f"{line}{SEPARATOR}{topic}" if topic else line


def _people(state: GroupState) -> str:
    names = sorted(" ".join(one.name.replace("|", "/").split()) for one in (state.on_call or {}).values())
    return ", ".join(names).translate(ESCAPED) or "nobody"
