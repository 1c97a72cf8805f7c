"""What people see in the log of a task: the report (also at the end of `make run`), and past shifts."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from oncall_sync.errors import printable

STYLES = {
    "updated": "green",
    "would_update": "cyan",
    "unchanged": "dim",
    "nobody_on_call": "yellow",
    "deferred": "yellow",
    "superseded": "yellow",
    "failed": "bold red",
}
LEVELS = {"error": "red", "warning": "yellow", "info": "dim"}
MOST_NAMES = 12  # names shown of one group


def render(report: Mapping[str, Any], width: int = 120, color: bool = False) -> str:
    """The report (models.Report as JSON) as text of at most `width` columns."""
    return as_text(Group(_groups(report), *_footer(report)), width, color)


def render_shifts(history: Mapping[str, Any], width: int = 120) -> str:
    """Who was on call when (history.History as JSON), a line per shift of each group."""
    table = table_of("Group", "On call", "From", "To")
    for handle, shifts in sorted(history["groups"].items()):
        for shift in shifts or [{"person": "", "start": None, "end": None, "via": ""}]:
            who = f"{history['names'][shift['person']]} ({shift['via']})" if shift["person"] else "no shift known"
            bounds = [_date(shift["start"]), _date(shift["end"], "no end")] if shift["person"] else ["", ""]
            table.add_row(*map(Text, (f"@{printable(handle)}", printable(who), *bounds)))
    wrong = [
        Text.assemble((f"{p['level']}: ", LEVELS[p["level"]]), printable(p["message"])) for p in history["problems"]
    ]
    span = Text(f"From {_date(history['since'])} to {_date(history['until'])}, all times UTC.")
    return as_text(Group(table, *wrong, span), width, color=False)


def table_of(*titles: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _date(value: str | None, without: str = "always") -> str:
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S}" if value else without


def as_text(shown: Group, width: int, color: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, width=max(width, 40), force_terminal=color, no_color=not color, highlight=False)
    console.print(shown)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _groups(report: Mapping[str, Any]) -> Table:
    table = table_of("Group", "Status", "Before", "After, and why")
    for handle, group in sorted(report["groups"].items(), key=_failed_first):
        status = Text(group["status"], style=STYLES.get(group["status"], ""))
        table.add_row(
            Text(f"@{printable(handle)}"), status, _before(group, report["names"]), _after(group, report["as_of"])
        )
    return table


def _failed_first(entry: tuple[str, Mapping[str, Any]]) -> tuple[bool, str]:
    return entry[1]["status"] != "failed", entry[0]


def _before(group: Mapping[str, Any], names: Mapping[str, str]) -> Text:
    if not group["added"] and not group["removed"]:
        return Text("the same" if group["members"] else "", style="dim")
    stayed = [(printable(m["name"]), "") for m in group["members"] if m["slack_id"] not in group["added"]]
    gone = [(f"- {printable(names.get(slack_id, slack_id))}", "red") for slack_id in group["removed"]]
    new = {"to_create", "created"} & {problem["code"] for problem in group["problems"]}
    return _lines(sorted(gone) + sorted(stayed)) or Text("new group" if new else "nobody", style="dim")


def _after(group: Mapping[str, Any], as_of: str) -> Text:
    nobody = "not looked at" if group["status"] == "failed" else "nobody"
    return _lines([_line(member, group, as_of) for member in group["members"]]) or Text(nobody, style="dim")


def _line(member: Mapping[str, Any], group: Mapping[str, Any], as_of: str) -> tuple[str, str]:
    new = member["slack_id"] in group["added"]
    why = ", ".join(member["via"]) or "as it was"
    until = f", until {_moment(member['until'], as_of)}" if member["until"] else ""
    return f"{'+ ' if new else ''}{printable(member['name'])} ({why}{until})", "green" if new else ""


def _lines(entries: list[tuple[str, str]]) -> Text:
    shown = [Text(text, style=style) for text, style in entries[:MOST_NAMES]]
    if len(entries) > MOST_NAMES:
        shown.append(Text(f"and {len(entries) - MOST_NAMES} more", style="dim"))
    return Text("\n").join(shown)


def _moment(value: str, as_of: str) -> str:
    """A weekday is enough for the week to come."""
    moment = datetime.fromisoformat(value)
    soon = moment - datetime.fromisoformat(as_of) < timedelta(days=6)
    return moment.strftime("%a %H:%M" if soon else "%d %b %H:%M")


def _problems(report: Mapping[str, Any]) -> Iterator[Text]:
    """Of the run, then of its groups: each once with the groups it concerns, the worst first."""
    concerned: dict[str, list[str]] = {problem["message"]: [] for problem in report["problems"]}
    levels = {problem["message"]: problem["level"] for problem in report["problems"]}
    for handle, group in sorted(report["groups"].items()):
        for problem in group["problems"]:
            concerned.setdefault(problem["message"], []).append(f"@{handle}")
            levels[problem["message"]] = problem["level"]
    for message in sorted(concerned, key=lambda message: list(LEVELS).index(levels[message])):
        named = [] if message.startswith("@") else concerned[message]
        whose = f" {', '.join(named[:MOST_NAMES])}" if named else ""
        level = levels[message]
        yield Text.assemble((f"{level}{whose}: ", LEVELS[level]), printable(message))


def _footer(report: Mapping[str, Any]) -> Iterator[Text]:
    yield from _problems(report)
    counts = ", ".join(f"{n} {status}" for status, n in report["counts"].items() if n) or "no group was looked at"
    why = f" ({report['plan_only']})" if report["plan_only"] else ""
    if report["plan_only"] in {"as_of", "backfill"}:
        why = f" for {_date(report['as_of'])}"
    wrote = "" if report["writes"] else f" Nothing was written: this run only plans{why}."
    requests = ", ".join(f"{n} to {service}" for service, n in report["requests"].items())
    yield Text(f"{counts}. Requests: {requests}. Times are UTC; + joins, - leaves.{wrote}")
