"""Past shifts as the log of the task shows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from oncall_sync.history import GroupShift, History
from oncall_sync.terminal.tables import render_shifts
from tests.builders import problem
from tests.history.past import DAY, HOUR, NEXT_DAY


def history(**more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "since": DAY,
        "until": NEXT_DAY,
        "config": "sha256:0",
        "rotations": {},
        "groups": {},
        "names": {"PADA": "Ada Obi", "PBO": "Bo"},
        "problems": (),
        "requests": 1,
    }
    return History(**known | more).model_dump(mode="json")


def group(*shifts: tuple[str, Any, Any], via: str = "PC5BGL2") -> tuple[GroupShift, ...]:
    return tuple(GroupShift(person=person, start=start, end=end, via=via) for person, start, end in shifts)


def a_day(**more: Any) -> dict[str, Any]:
    groups = {
        "platform-oncall": group(("PADA", DAY - 8 * HOUR, DAY + HOUR), ("PBO", DAY + HOUR, None)),
        "leads": (),
        "always-ada": group(("PADA", None, None), via="PLEAD"),
    }
    return history(groups=groups, **more)


TABLE = """\

 Group              On call             From                  To
 ────────────────────────────────────────────────────────────────────────────────
 @always-ada        Ada Obi (PLEAD)     always                no end
 @leads             no shift known
 @platform-oncall   Ada Obi (PC5BGL2)   2026-02-28 16:00:00   2026-03-01 01:00:00
 @platform-oncall   Bo (PC5BGL2)        2026-03-01 01:00:00   no end

From 2026-03-01 00:00:00 to 2026-03-02 00:00:00, all times UTC.
"""


def test_the_table_to_the_letter() -> None:
    assert render_shifts(a_day()) == TABLE.rstrip("\n")


def test_problems_are_below_with_their_level() -> None:
    found = (problem("a", message="PagerDuty schedule PDOWN could not be read."), problem("b", "warning", "Eve left."))
    lines = render_shifts(a_day(problems=found)).splitlines()
    assert lines[-3:-1] == ["error: PagerDuty schedule PDOWN could not be read.", "warning: Eve left."]


@pytest.mark.parametrize("odd", ["Ada\nroot: all is well", "\x1b[2J", "a\u202eb"])
def test_neither_a_name_nor_a_message_can_break_the_table_or_act_on_the_terminal(odd: str) -> None:
    groups = {f"team{odd}": (GroupShift(person="PADA", start=DAY, end=NEXT_DAY, via=f"PC5BGL2{odd}"),)}
    names, problems = {"PADA": f"Ada{odd}"}, (problem(message=f"Message{odd}"),)
    text = render_shifts(history(groups=groups, names=names, problems=problems), width=200)
    assert len(text.splitlines()) == 7, "two of the head, a shift, a problem, the span, and two that are empty"
    assert all(character.isprintable() for line in text.splitlines() for character in line)
    assert not any(line.startswith("root") for line in text.splitlines())


def test_names_are_shown_as_they_are_whatever_markup_they_look_like() -> None:
    odd = history(groups={"team": group(("PADA", DAY, NEXT_DAY))}, names={"PADA": "[red]Ada[/red] :boom:"})
    assert "[red]Ada[/red] :boom: (PC5BGL2)" in render_shifts(odd)


words = st.text(min_size=1, max_size=40)
long_handles = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=60)


@given(handle=long_handles, name=words, message=words, width=st.integers(60, 160))
def test_no_line_is_longer_than_the_terminal_is_wide(handle: str, name: str, message: str, width: int) -> None:
    made = history(
        groups={handle: group(("PADA", DAY, NEXT_DAY))}, names={"PADA": name}, problems=(problem(message=message),)
    )
    assert max(cell_len(line) for line in render_shifts(made, width=width).splitlines()) <= width


@given(handle=long_handles, name=st.text("abcdefgh", min_size=1, max_size=60))
def test_nothing_is_cut_off_however_long_it_is(handle: str, name: str) -> None:
    """Who was on call is what is asked here: a name may wrap, but it ends in no dots."""
    made = history(groups={handle: group(("PADA", DAY, NEXT_DAY))}, names={"PADA": name})
    shown = "".join(render_shifts(made, width=60).split())
    assert "…" not in shown
    assert shown.count("2026-03-0") == 4
