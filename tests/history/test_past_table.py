"""Past shifts as the log of the task shows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from oncall_sync.history import GroupShift, History
from oncall_sync.models import Shift
from oncall_sync.terminal.tables import render_shifts
from tests.builders import problem
from tests.history.past import DAY, HOUR, NEXT_DAY, Past, shift


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


AT_120_COLUMNS = """\

 Group              On call             From                  To
 ────────────────────────────────────────────────────────────────────────────────
 @always-ada        Ada Obi (PLEAD)     always                no end
 @leads             no shift known
 @platform-oncall   Ada Obi (PC5BGL2)   2026-02-28 16:00:00   2026-03-01 01:00:00
 @platform-oncall   Bo (PC5BGL2)        2026-03-01 01:00:00   no end

From 2026-03-01 00:00:00 to 2026-03-02 00:00:00, all times UTC.
"""

AT_60_COLUMNS = """\

 Group           On call        From          To
 ──────────────────────────────────────────────────────────
 @always-ada     Ada Obi        always        no end
                 (PLEAD)
 @leads          no shift
                 known
 @platform-onc   Ada Obi        2026-02-28    2026-03-01
 all             (PC5BGL2)      16:00:00      01:00:00
 @platform-onc   Bo (PC5BGL2)   2026-03-01    no end
 all                            01:00:00

From 2026-03-01 00:00:00 to 2026-03-02 00:00:00, all times
UTC.
"""


@pytest.mark.parametrize(("width", "text"), [(120, AT_120_COLUMNS), (60, AT_60_COLUMNS)])
def test_the_table_to_the_letter(width: int, text: str) -> None:
    assert render_shifts(a_day(), width=width) == text.rstrip("\n")


def test_problems_stand_below_with_their_level() -> None:
    found = (problem("a", message="PagerDuty schedule PDOWN could not be read."), problem("b", "warning", "Eve left."))
    lines = render_shifts(a_day(problems=found)).splitlines()
    assert lines[-3:-1] == ["error: PagerDuty schedule PDOWN could not be read.", "warning: Eve left."]


@pytest.mark.parametrize("odd", ["Ada\nroot: all is well", "\x1b[2J", "\x1b]0;x\x07", "a\rb", "a\x00b", "a\u202eb"])
def test_neither_a_name_nor_a_message_can_break_the_table_or_act_on_the_terminal(odd: str) -> None:
    groups = {f"team{odd}": (GroupShift(person="PADA", start=DAY, end=NEXT_DAY, via=f"PC5BGL2{odd}"),)}
    names, told = {"PADA": f"Ada{odd}"}, (problem(message=f"Message{odd}"),)
    text = render_shifts(history(groups=groups, names=names, problems=told), width=200)
    assert len(text.splitlines()) == 7, "two of the head, a shift, a problem, the span, and two that are empty"
    assert all(character.isprintable() for line in text.splitlines() for character in line)
    assert not any(line.startswith("root") for line in text.splitlines())


def test_names_are_shown_as_they_are_whatever_markup_they_look_like() -> None:
    odd = history(groups={"team": group(("PADA", DAY, NEXT_DAY))}, names={"PADA": "[red]Ada[/red] :boom:"})
    assert "[red]Ada[/red] :boom: (PC5BGL2)" in render_shifts(odd)


def test_a_history_of_no_group_still_says_of_when_it_is() -> None:
    text = render_shifts(history(problems=(problem("config_mistake", message="oncall_sync.yaml:3: …"),)))
    assert "error: oncall_sync.yaml:3: …" in text
    assert text.endswith("From 2026-03-01 00:00:00 to 2026-03-02 00:00:00, all times UTC.")


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


def test_the_history_of_a_world_is_shown(past: Past) -> None:
    past.configure("all: {schedules: [SADA, SPAIR]}")
    past.world.schedules["SADA"].shifts[:] = []
    past.schedule("SADA", shifts=[shift("PDEE", DAY, DAY + HOUR)])
    lines = render_shifts(past.read().model_dump(mode="json")).splitlines()
    assert [line.split(maxsplit=1)[1].strip() for line in lines if line.startswith(" @all")] == [
        "Ada (SPAIR)   2026-01-01 00:00:00   no end",
        "Bo (SPAIR)    2026-01-01 00:00:00   no end",
        "Dee (SADA)    2026-03-01 00:00:00   2026-03-01 01:00:00",
    ]


def test_rotations_are_for_programs_and_not_in_the_table() -> None:
    made = a_day(rotations={"PNIGHT": (Shift(person="PADA", start=DAY, end=NEXT_DAY),)})
    assert "PNIGHT" not in render_shifts(made)
