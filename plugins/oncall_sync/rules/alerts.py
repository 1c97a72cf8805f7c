"""Which problems of the sync itself are alerted: when one begins, once a day while it lasts, and when it is over. Pure.

A problem has a key: "@platform-oncall no_such_group" of one group, "pagerduty_down" of the whole run. If more than five
groups have the same problem, they are one alert, "many no_such_group", until no group has it any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from oncall_sync.errors import listed
from oncall_sync.models import VERIFIED, GroupReport, Handle, Model, Problem, Report, RunResults, replaced
from oncall_sync.rules.messages import ESCAPED, local_time

REMIND = timedelta(days=1)
MOST = 5  # groups with the same problem that have an alert each
MOST_LINES = 20  # in one message
LONGEST = 500  # characters of a problem
SILENT = "watcher_silent"  # the one warning that is alerted: changes come late

Key = str
What = Literal["begins", "lasts", "over"]
LEADS: dict[What, str] = {
    "begins": "Problem:",
    "lasts": "Still a problem, since {since}:",
    "over": "Over, a problem since {since}:",
}


class Open(Model):
    """A problem that is not over. alerted: the last time; None if no alert is known to have arrived."""

    since: AwareDatetime
    alerted: AwareDatetime | None = None
    message: str


@dataclass(frozen=True)
class Alert:
    """since: the first run that saw the problem."""

    key: Key
    what: What
    since: datetime
    message: str


def due_alerts(
    report: Report, run: RunResults, before: Mapping[Key, Open], now: datetime
) -> tuple[tuple[Alert, ...], dict[Key, Open]]:
    """The alerts to send after this run, and the open problems until they are sent; `before`: those until now."""
    current = {key: _short(message) for key, message in _problems(report, before).items()}
    still_open = dict(before)
    alerts = []
    for key, message in current.items():
        known = before.get(key) or Open(since=now, message=message)
        still_open[key] = replaced(known, message=message)
        if known.alerted is None or abs(now - known.alerted) >= REMIND:  # in the future: a clock was wrong
            alerts.append(Alert(key, "lasts" if known.alerted else "begins", known.since, message))
    over = [key for key in before if key not in current and _is_over(key, report, run)]
    alerts += [Alert(key, "over", before[key].since, before[key].message) for key in over]
    return tuple(alerts), still_open


def after_sending(alert: Alert, still_open: Mapping[Key, Open], now: datetime) -> dict[Key, Open]:
    """The open problems once this alert has arrived. Without, the next run sends it again."""
    others = {key: known for key, known in still_open.items() if key != alert.key}
    return others if alert.what == "over" else {**others, alert.key: replaced(still_open[alert.key], alerted=now)}


def as_text(alerts: Sequence[Alert]) -> str:
    """One message for Slack, new problems first."""
    ordered = sorted(alerts, key=lambda alert: list(LEADS).index(alert.what))
    lines = [_line(alert) for alert in ordered[:MOST_LINES]]
    if len(ordered) > MOST_LINES:
        lines.append(f"and {len(ordered) - MOST_LINES} more; all of them are in the log of the task `report`.")
    return "\n".join(lines)


def _line(alert: Alert) -> str:
    lead = LEADS[alert.what].format(since=local_time(alert.since))
    return f"*{lead}* {' '.join(alert.message.split()).translate(ESCAPED)}"


def _short(message: str) -> str:
    return message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"


def _problems(report: Report, before: Mapping[Key, Open]) -> dict[Key, str]:
    """The messages of this run's problems. A group that had an alert of its own keeps it beside that of many."""
    messages = {p.code: p.message for p in report.problems if p.level == "error" or p.code == SILENT}
    for code, by_handle in _problems_of_groups(report).items():
        many = f"many {code}" in before or len(by_handle) > MOST
        if many:
            groups, first = listed((f"@{handle}" for handle in by_handle), MOST), next(iter(by_handle.values()))
            messages[f"many {code}"] = f"{len(by_handle)} groups ({groups}), the first: {first}"
        own = {f"@{handle} {code}": message for handle, message in by_handle.items()}
        messages |= {key: message for key, message in own.items() if key in before or not many}
    return messages


def _problems_of_groups(report: Report) -> dict[str, dict[Handle, str]]:
    by_code: dict[str, dict[Handle, str]] = {}
    for handle, group in report.groups.items():
        for problem in filter(_is_error, group.problems):
            names_it = problem.message.startswith(f"@{handle}")
            message = problem.message if names_it else f"@{handle}: {problem.message}"
            by_code.setdefault(problem.code, {})[handle] = message
    return by_code


def _is_over(key: Key, report: Report, run: RunResults) -> bool:
    """False also if the run cannot know: without a plan, and for a group that it did not reach."""
    if not run.is_current_state:
        return False
    if key.startswith("many "):
        return all(map(_is_judged, report.groups.values()))
    if key.startswith("@"):
        group = report.groups.get(key.partition(" ")[0].removeprefix("@"))
        return group is None or _is_judged(group)
    return key != SILENT or run.scheduled  # only scheduled runs look for the watcher


def _is_judged(group: GroupReport) -> bool:
    """It is right, or wrong for a reason that cannot hide the earlier one."""
    return group.status in VERIFIED or any(_is_error(problem) and not problem.passing for problem in group.problems)


def _is_error(problem: Problem) -> bool:
    return problem.level == "error"
