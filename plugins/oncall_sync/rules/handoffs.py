"""Whether there is a handoff to tell in a channel, and in which words. Pure.

    @platform-oncall: Bo Lindqvist (until today at 17:00) took over from Ada Okafor. Still on call: June Castellan.

It speaks of who is on call, not of who is in the group: the overlap of a group changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from oncall_sync.config import Group
from oncall_sync.models import GroupPlan, Handle, OnCall, Outcome
from oncall_sync.rules.messages import Message
from oncall_sync.state import GroupState

OLD = timedelta(hours=1)  # what happened longer ago is news to nobody
MOST_NAMES = 10
LONGEST_NAME = 60
ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack formats what stands between two of these: characters that look alike, which is what ruff warns of, are wanted.
LOOKALIKE = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})  # noqa: RUF001


def handoff(
    handle: Handle, group: Group, plan: GroupPlan, *, before: GroupState, after: GroupState, now: datetime
) -> Message | None:
    """None where nothing changed, where nothing was remembered, and where it may have been more than an hour ago."""
    if group.announce is None or before.on_call is None or after.on_call is None:
        return None
    joined = [one for person, one in after.on_call.items() if person not in before.on_call]
    left = [one for person, one in before.on_call.items() if person not in after.on_call]
    stayed = [one for person, one in after.on_call.items() if person in before.on_call]
    if not (joined or left) or now - _moment(joined, left, before.verified_at, now) > OLD:
        return None
    now_on_call = f"Still on call: {_with_ends(stayed)}." if stayed else "" if joined else _nobody(group, plan)
    return Message(handle, group.announce, f"@{handle}: {_what_happened(joined, left)} {now_on_call}".rstrip())


def latency(plan: GroupPlan, before: GroupState, outcome: Outcome | None) -> timedelta | None:
    """From the handoff to the write that brought it. Of several, from the first: somebody was wrong since then.

    A handoff: somebody's shift began or ended after the group was right last. None where none did, and the write
    mended something else; where nothing was written; and where not all could be read.
    """
    if outcome is None or plan.on_call is None or before.on_call is None or before.verified_at is None:
        return None
    moments = [one.since for person, one in plan.on_call.items() if person not in before.on_call]
    moments += [one.until for person, one in before.on_call.items() if person not in plan.on_call]
    recent = [moment for moment in moments if moment and before.verified_at < moment <= outcome.written_at]
    return outcome.written_at - min(recent) if recent else None


def _what_happened(joined: list[OnCall], left: list[OnCall]) -> str:
    if joined and left:
        return f"{_with_ends(joined)} took over from {_names(left)}."
    return f"{_with_ends(joined)} came on call." if joined else f"{_names(left)} went off call."


def _nobody(group: Group, plan: GroupPlan) -> str:
    meanwhile = ""
    if any("fallback" in member.via for member in plan.members):
        meanwhile = "; the fallback stands in"
    elif plan.status == "nobody_on_call":
        disabled = group.when_empty == "disable"
        meanwhile = "; the group is disabled if this lasts" if disabled else "; the group keeps its members"
    return f"Nobody is on call{meanwhile}."


def _moment(joined: list[OnCall], left: list[OnCall], seen: datetime | None, now: datetime) -> datetime:
    """The latest of the shifts that began or ended; and it was after the group had been seen otherwise.

    That alone is known where somebody edited PagerDuty: who comes back when an override is deleted has been on call
    since a time before it.
    """
    moments = [seen, *(one.since for one in joined), *(one.until for one in left)]
    return max((moment for moment in moments if moment and moment <= now), default=now)


def _names(people: Iterable[OnCall]) -> str:
    return _listed(sorted(plain(one.name) for one in people))


def _with_ends(people: Iterable[OnCall]) -> str:
    return _listed(
        sorted(plain(one.name) + (f" (until {local_time(one.until)})" if one.until else "") for one in people)
    )


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    shown = [*names[:MOST_NAMES], f"{more} more"] if more > 0 else names
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def plain(name: str) -> str:
    """A name that neither notifies anybody nor is taken for formatting."""
    name = " ".join(name.split())
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return short.translate(LOOKALIKE).translate(ESCAPED)


def local_time(at: datetime) -> str:
    """Each reader sees it in their own time zone: https://docs.slack.dev/messaging/formatting-message-text"""
    stamp = int(at.timestamp())
    return f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"
