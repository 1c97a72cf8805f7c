"""What the sync writes into Slack channels: handoffs, undone edits, and who is on call in a topic. Pure.

    @platform-oncall: Bo Lindqvist (until today at 17:00) took over from Ada Okafor. Still on call: June Castellan.

A handoff is about who is on call, not about who is in the group, so the group's `overlap` changes nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from oncall_sync.config import Group
from oncall_sync.models import GroupPlan, GroupState, Handle, OnCall, Outcome, Problem, SlackId, replaced

OLD = timedelta(hours=1)  # an older handoff interests nobody any more
MOST_NAMES = 10
LONGEST_NAME = 60
LONGEST_TOPIC = 250  # characters: Slack's limit, for the text as Slack keeps it, where `&` is `&amp;`
SEPARATOR = " | "
TOPIC_LINE = re.compile(r"(?:\A|(?<=\n)|(?<= \| ))On call: .*?(?= \| |\n|\Z)")
ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack formats text between two of these. The replacements only look alike, which is what ruff warns about.
LOOKALIKE = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})  # noqa: RUF001
REMEDY = (
    "To keep somebody in, make an override in PagerDuty, or name them under `always` in the config, with `until`; "
    "to keep somebody out, name them under `never`."
)


@dataclass(frozen=True)
class Message:
    """To be posted once, about one group."""

    handle: Handle
    channel: str
    text: str


@dataclass(frozen=True)
class TopicLine:
    """The line about these groups in a channel's topic."""

    channel: str
    line: str
    handles: tuple[Handle, ...]


@dataclass(frozen=True)
class Announcements:
    """All that one run writes into channels."""

    connection: str
    messages: tuple[Message, ...] = ()
    topics: tuple[TopicLine, ...] = ()


@dataclass(frozen=True)
class Announced:
    """The result of sending them. problems: warnings by group."""

    problems: Mapping[Handle, tuple[Problem, ...]] = field(default_factory=dict)
    requests: int = 0


# ── handoffs ─────────────────────────────────────────────────────────────────────────────────────────────


def handoff(handle: Handle, group: Group, plan: GroupPlan, before: GroupState, now: datetime) -> Message | None:
    """The message for `announce`. None without a change, without an earlier state, and more than an hour later."""
    on_call = plan.next.on_call
    if group.announce is None or before.on_call is None or on_call is None:
        return None
    came = [person for id_, person in on_call.items() if id_ not in before.on_call]
    went = [person for id_, person in before.on_call.items() if id_ not in on_call]
    stayed = [person for id_, person in on_call.items() if id_ in before.on_call]
    if not (came or went) or now - _time_of_handoff(came, went, before.verified_at, now) > OLD:
        return None
    others = f"Still on call: {_with_ends(stayed)}." if stayed else "" if came else _nobody(group, plan)
    return Message(handle, group.announce, f"@{handle}: {_what_happened(came, went)} {others}".rstrip())


def latency(plan: GroupPlan, before: GroupState, outcome: Outcome | None) -> timedelta | None:
    """From the handoff to its write; of several handoffs, from the first.

    A handoff: a shift began or ended after the group was verified last. None without a handoff or a write, and where a
    source could not be read.
    """
    on_call = plan.next.on_call
    if outcome is None or on_call is None or before.on_call is None or before.verified_at is None:
        return None
    times = [person.since for id_, person in on_call.items() if id_ not in before.on_call]
    times += [person.until for id_, person in before.on_call.items() if id_ not in on_call]
    recent = [time for time in times if time and before.verified_at < time <= outcome.written_at]
    return outcome.written_at - min(recent) if recent else None


def _what_happened(came: list[OnCall], went: list[OnCall]) -> str:
    if came and went:
        return f"{_with_ends(came)} took over from {_names(went)}."
    return f"{_with_ends(came)} came on call." if came else f"{_names(went)} went off call."


def _nobody(group: Group, plan: GroupPlan) -> str:
    consequence = ""
    if any("fallback" in member.via for member in plan.members):
        consequence = "; the fallback stands in"
    elif plan.status == "nobody_on_call":
        disabled = group.when_empty == "disable"
        consequence = "; the group is disabled if this lasts" if disabled else "; the group keeps its members"
    return f"Nobody is on call{consequence}."


def _time_of_handoff(came: list[OnCall], went: list[OnCall], verified_at: datetime | None, now: datetime) -> datetime:
    """The latest begin or end of a shift, and not before the group was verified with the earlier people.

    After an edit in PagerDuty the shift may be old: whoever comes back when an override is deleted has been on call
    since before it.
    """
    times = [verified_at, *(person.since for person in came), *(person.until for person in went)]
    return max((time for time in times if time and time <= now), default=now)


def _names(people: Iterable[OnCall]) -> str:
    return _listed(sorted(plain(person.name) for person in people))


def _with_ends(people: Iterable[OnCall]) -> str:
    return _listed(sorted(plain(person.name) + _end(person) for person in people))


def _end(person: OnCall) -> str:
    return f" (until {local_time(person.until)})" if person.until else ""


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    shown = [*names[:MOST_NAMES], f"{more} more"] if more > 0 else names
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def plain(name: str) -> str:
    """The name without mentions and formatting."""
    name = " ".join(name.split())
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return short.translate(LOOKALIKE).translate(ESCAPED)


def local_time(at: datetime) -> str:
    """Shown in each reader's own time zone: https://docs.slack.dev/messaging/formatting-message-text"""
    stamp = int(at.timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


# ── edits in Slack that the sync undoes ──────────────────────────────────────────────────────────────────


def with_names(plan: GroupPlan, names: Mapping[SlackId, str]) -> GroupPlan:
    """The plan with the names of people whom somebody added, and whom the sync had never looked up."""
    if not plan.change or not names.keys() & set(plan.taken_out):
        return plan
    before = tuple(replaced(member, name=names.get(member.slack_id, member.name)) for member in plan.before)
    new_names = plan.change.names | {slack_id: name for slack_id, name in names.items() if slack_id in plan.removed}
    return replaced(plan, before=before, change=replaced(plan.change, names=new_names))


def hand_edit_problem(handle: Handle, plan: GroupPlan) -> Problem | None:
    """The warning in the report."""
    text = _hand_edit(handle, plan, str)
    return Problem(level="warning", code="hand_edit", message=text) if text else None


def hand_edit_message(handle: Handle, group: Group, plan: GroupPlan) -> Message | None:
    """The same text in the group's channel, where whoever did it reads it."""
    text = _hand_edit(handle, plan, plain) if group.announce else None
    return Message(handle, group.announce, text) if group.announce and text else None


def _hand_edit(handle: Handle, plan: GroupPlan, shown: Callable[[str], str]) -> str | None:
    names = {member.slack_id: shown(member.name) for member in (*plan.members, *plan.before)}
    taken_out, put_back = (", ".join(names.get(m, m) for m in ids) for ids in (plan.taken_out, plan.put_back))
    parts = [f"{taken_out} had been added and {_is(plan.taken_out)} taken out again"] if taken_out else []
    parts += [f"{put_back} had been removed and {_is(plan.put_back)} put back"] if put_back else []
    return f"@{handle}: somebody edited this group in Slack: {'; '.join(parts)}. {REMEDY}" if parts else None


def _is(people: tuple[SlackId, ...]) -> str:
    return "is" if len(people) == 1 else "are"


# ── channel topics ───────────────────────────────────────────────────────────────────────────────────────


def topic_lines(states: Mapping[Handle, GroupState]) -> tuple[TopicLine, ...]:
    """A line for each channel of which at least one group has been verified."""
    lines = []
    for channel in sorted({state.topic for state in states.values() if state.topic}):
        groups = {handle: state for handle, state in sorted(states.items()) if state.topic == channel}
        people = {handle: _people(state) for handle, state in groups.items() if state.on_call is not None}
        parts = [f"@{handle} {names}" for handle, names in people.items()] if len(groups) > 1 else [*people.values()]
        if parts:
            lines.append(TopicLine(channel, f"On call: {'; '.join(parts)}", tuple(groups)))
    return tuple(lines)


def with_line(topic: str, line: str) -> str:
    """The topic with this line in place of its old one, or in front. Both escaped, as Slack keeps them."""
    if TOPIC_LINE.search(topic):
        return TOPIC_LINE.sub(lambda _: line, topic, count=1)
    return f"{line}{SEPARATOR}{topic}" if topic else line


def _people(state: GroupState) -> str:
    names = sorted(" ".join(person.name.replace("|", "/").split()) for person in (state.on_call or {}).values())
    return ", ".join(names).translate(ESCAPED) or "nobody"
