"""Which problems of the sync itself are told: when one begins, once a day while it lasts, and when it is over. Pure.

A problem goes by a key: "@platform-oncall no_such_group" of one group, "pagerduty_down" of the whole run, and "many
no_such_group" where more than five groups share it, which stays one until none of them has it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from oncall_sync.config.values import listed
from oncall_sync.models import VERIFIED, GroupReport, Handle, Model, Problem, Report, RunResults
from oncall_sync.rules.messages import ESCAPED, local_time

REMIND = timedelta(days=1)
MOST = 5  # groups with the same problem that are told one by one
MOST_LINES = 20  # in one message
LONGEST = 500  # characters of a problem
SILENT = "watcher_silent"  # a warning, but what it warns of is that changes come late

Key = str
What = Literal["begins", "lasts", "over"]
LEADS: dict[What, str] = {
    "begins": "Problem:",
    "lasts": "Still a problem, since {since}:",
    "over": "Over, a problem since {since}:",
}


class Open(Model):
    """A problem that is not over. told: when that was done last; None where nobody knows whether it came through."""

    since: AwareDatetime
    told: AwareDatetime | None
    message: str


@dataclass(frozen=True)
class Alert:
    """What is to be told. since: when the problem was found first."""

    key: Key
    what: What
    since: datetime
    message: str


def alerts(
    report: Report, run: RunResults, known: Mapping[Key, Open], now: datetime
) -> tuple[tuple[Alert, ...], dict[Key, Open]]:
    """What to tell after this run, and what is open from then on. known: what is, so far."""
    found = {key: _short(message) for key, message in _found(report, known)}
    told = []
    after: dict[Key, Open] = {}
    for key, message in found.items():
        was = known.get(key)
        since, last = (was.since, was.told) if was else (now, None)
        due = last is None or abs(now - last) >= REMIND  # in days to come too: a clock was wrong
        after[key] = Open(since=since, told=now if due else last, message=message)
        if due:
            told.append(Alert(key, "lasts" if last else "begins", since, message))
    for key, was in known.items():
        if key not in found and _over(key, report, run):
            told.append(Alert(key, "over", was.since, was.message))
        elif key not in found:
            after[key] = was
    return tuple(told), after


def untold(left: Iterable[Alert], known: Mapping[Key, Open]) -> dict[Key, Open]:
    """What is open of those that could not be told. What begins may have come through although no answer did, so it may
    have an end to tell."""
    begun = {alert.key: Open(since=alert.since, told=None, message=alert.message) for alert in left}
    return begun | {key: known[key] for key in begun.keys() & known.keys()}


def as_text(told: tuple[Alert, ...]) -> str:
    """One message for Slack, what begins first."""
    ordered = sorted(told, key=lambda alert: list(LEADS).index(alert.what))
    lines = [_line(alert) for alert in ordered[:MOST_LINES]]
    if len(ordered) > MOST_LINES:
        lines.append(f"and {len(ordered) - MOST_LINES} more; all of them are in the log of the task `report`.")
    return "\n".join(lines)


def _line(alert: Alert) -> str:
    lead = LEADS[alert.what].format(since=local_time(alert.since))
    return f"*{lead}* {' '.join(alert.message.split()).translate(ESCAPED)}"


def _short(message: str) -> str:
    return message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"


def _found(report: Report, known: Mapping[Key, Open]) -> Iterator[tuple[Key, str]]:
    for problem in report.problems:
        if problem.level == "error" or problem.code == SILENT:
            yield problem.code, problem.message
    by_code: dict[str, dict[Handle, str]] = {}
    for handle, group in report.groups.items():
        for problem in filter(_is_error, group.problems):
            message = problem.message
            by_code.setdefault(problem.code, {})[handle] = (
                message if message.startswith(f"@{handle}") else f"@{handle}: {message}"
            )
    for code, messages in by_code.items():
        many = f"many {code}"
        if many in known or len(messages) > MOST:
            first = next(iter(messages.values()))
            yield many, f"{len(messages)} groups ({listed((f'@{h}' for h in messages), MOST)}), the first: {first}"
        for handle, message in messages.items():
            if (many not in known and len(messages) <= MOST) or f"@{handle} {code}" in known:
                yield f"@{handle} {code}", message


def _over(key: Key, report: Report, run: RunResults) -> bool:
    """Whether the run can tell: one that came to no plan, or not to this group, says nothing of how things are."""
    if not run.is_current_state:
        return False
    if key.startswith("many "):
        return all(map(_judged, report.groups.values()))
    if key.startswith("@"):
        group = report.groups.get(key.partition(" ")[0].removeprefix("@"))
        return group is None or _judged(group)
    return key != SILENT or run.scheduled  # others do not look for the watcher


def _judged(group: GroupReport) -> bool:
    """It is right, or wrong for another reason, and not one behind which the old one may hide."""
    return group.status in VERIFIED or any(_is_error(p) and not p.passing for p in group.problems)


def _is_error(problem: Problem) -> bool:
    return problem.level == "error"
