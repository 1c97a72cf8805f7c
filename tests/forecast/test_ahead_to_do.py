"""The list as people see it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from oncall_sync.forecast import Forecast, Item
from oncall_sync.terminal.findings import render_to_do
from tests.forecast.ahead import DAY, NOON


def item(message: str, level: Any = "error", *groups: str) -> Item:
    return Item(level=level, code="some", message=message, groups=groups)


def found(*problems: Item, **more: Any) -> Forecast:
    known: dict[str, Any] = {
        "since": NOON,
        "until": NOON + 14 * DAY,
        "config": "sha256:0",
        "problems": problems,
        "groups": {
            "leads": {},
            "platform-oncall": {"PC5BGL2": "PC5BGL2", "PESC123 level 2": "PESC123", "topic": "C0456DEF"},
        },
        "names": {"PC5BGL2": "Platform primary", "C0456DEF": "#platform"},
        "next": {},
        "requests": {"PagerDuty": 4, "Slack": 3},
    }
    return Forecast(**known | more)


PROBLEMS = (
    item("PagerDuty schedule PNOPE could not be read.", "error", "leads", "platform-oncall"),
    item("@leads: somebody disabled this group in Slack. Enable it there.", "error", "leads"),
    item("Nobody is on call for PC5BGL2: now to Tue 03 Mar 08:00.", "warning", "platform-oncall"),
    item("The sync writes nothing to Slack.", "info"),
)
NAMES = """\

 Group              Names             That is
 ─────────────────────────────────────────────────────
 @leads             people only
 @platform-oncall   PC5BGL2           Platform primary
                    PESC123 level 2   ?
                    topic C0456DEF    #platform
"""
AT_120_COLUMNS = (
    NAMES
    + """
error    @leads, @platform-oncall  PagerDuty schedule PNOPE could not be read.
error    @leads                    Somebody disabled this group in Slack. Enable it there.
warning  @platform-oncall          Nobody is on call for PC5BGL2: now to Tue 03 Mar 08:00.
info                               The sync writes nothing to Slack.

14 days from Mon 02 Mar 12:00: 3 to fix, 1 for information. 4 requests to PagerDuty, 3 to Slack. Times are UTC.
"""
)
AT_80_COLUMNS = (
    NAMES
    + """
error    @leads, @platform-oncall  PagerDuty schedule PNOPE could not be read.
error    @leads                    Somebody disabled this group in Slack. Enable
                                   it there.
warning  @platform-oncall          Nobody is on call for PC5BGL2: now to Tue 03
                                   Mar 08:00.
info                               The sync writes nothing to Slack.

14 days from Mon 02 Mar 12:00: 3 to fix, 1 for information. 4 requests to
PagerDuty, 3 to Slack. Times are UTC.
"""
)


@pytest.mark.parametrize(("width", "text"), [(120, AT_120_COLUMNS), (80, AT_80_COLUMNS)])
def test_the_list_to_the_letter(width: int, text: str) -> None:
    assert render_to_do(found(*PROBLEMS), width=width) == text.rstrip("\n")


def test_when_all_is_well_one_line_says_so_below_the_names() -> None:
    assert render_to_do(found()) == (
        f"{NAMES}\n14 days from Mon 02 Mar 12:00: no problems found. 4 requests to PagerDuty, 3 to Slack. "
        "Times are UTC."
    )


def test_many_groups_of_one_item_are_cut_short() -> None:
    many = item("Something.", "error", *(f"g{n:02}" for n in range(24)))
    text = " ".join(render_to_do(found(many)).split())
    assert "@g11 and 12 more" in text
    assert "@g12" not in text


def test_colours_only_where_they_are_asked_for() -> None:
    assert "\x1b[" in render_to_do(found(*PROBLEMS), color=True)
    assert "\x1b[" not in render_to_do(found(*PROBLEMS))


@pytest.mark.parametrize("odd", ["Ada\nroot: all is well", "\x1b[2J", "a\rb", "a\x00b", "a\u202eb", "[bold]x[/]"])
def test_neither_a_name_nor_a_message_can_break_the_list_or_act_on_the_terminal(odd: str) -> None:
    text = render_to_do(found(item(f"Message{odd}"), names={"PC5BGL2": f"Name{odd}"}), width=200)
    assert len(text.splitlines()) == 11
    assert all(character.isprintable() for line in text.splitlines() for character in line)


@given(st.integers(40, 200), st.lists(st.text(max_size=200), max_size=3))
def test_no_line_is_wider_than_the_terminal(width: int, messages: list[str]) -> None:
    text = render_to_do(found(*(item(message, "error", "leads", "x" * 80) for message in messages)), width=width)
    assert max(map(cell_len, text.splitlines())) <= width
