"""The forecast in a terminal: the name behind each ID, and below it what to fix, the worst first."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from oncall_sync.errors import listed, printable
from oncall_sync.forecast.findings import Forecast, Item, moment
from oncall_sync.terminal.tables import LEVELS, as_text, table_of


def render_to_do(found: Forecast, width: int = 120, color: bool = False) -> str:
    """As text of at most `width` columns."""
    parts: list[Table | Text] = [_names(found)] if found.groups else []
    parts += [_items(found), Text()] if found.problems else []
    return as_text(Group(*parts, _sum(found)), width, color)


def _names(found: Forecast) -> Table:
    table = table_of("Group", "Names", "That is")
    for handle, ids in found.groups.items():
        shown = f"@{handle}"
        for key, one_id in ids.items() or [("people only", "")]:
            name = Text(printable(found.names[one_id])) if one_id in found.names else Text("?" if one_id else "", "red")
            table.add_row(Text(shown), Text(key if one_id in key else f"{key} {one_id}"), name)
            shown = ""
    return table


def _items(found: Forecast) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold")
    for item in found.problems:
        groups = listed(f"@{handle}" for handle in item.groups)
        table.add_row(Text(item.level, LEVELS[item.level]), Text(groups), Text(printable(_what(item))))
    return table


def _what(item: Item) -> str:
    """The message, without the handle that its row begins with."""
    prefix = f"@{item.groups[0]}: " if len(item.groups) == 1 else ""
    if not prefix or not item.message.startswith(prefix):
        return item.message
    text = item.message.removeprefix(prefix)
    return f"{text[:1].upper()}{text[1:]}"


def _sum(found: Forecast) -> Text:
    days, for_information = (found.until - found.since).days, len(found.problems) - found.to_fix
    fix = f"{found.to_fix} to fix" if found.to_fix else "no problems found"
    more = f", {for_information} for information" if for_information else ""
    return Text.assemble(
        f"{days} days from {moment(found.since)}: ",
        (f"{fix}{more}", "bold red" if found.to_fix else "green"),
        f". {found.requests['PagerDuty']} requests to PagerDuty, {found.requests['Slack']} to Slack. Times are UTC.",
    )
