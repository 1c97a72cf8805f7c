"""The report as a table for people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from oncall_sync.memory import Memory
from oncall_sync.models import Member, RunResults
from oncall_sync.steps import report
from oncall_sync.terminal.tables import MOST_NAMES, render
from tests.builders import AT, HOUR, MINUTE, DictStore, crowd, kept, member, outcome, planned, problem, run, services

SHIFT = AT + 8 * HOUR


def table(made: RunResults, **how: Any) -> str:
    return render(report(made, services(Memory(DictStore()), now=AT + 5 * MINUTE)).model_dump(mode="json"), **how)


def everything() -> RunResults:
    """A handoff, a group without a change, one with nobody on call and a failed one."""
    handoff = planned(
        "bo",
        "cy",
        after=["ada", "bo"],
        members=(member("ada", "PC5BGL2", until=SHIFT), member("bo", "PNB6DMH", "always")),
    )
    warning = problem("no_slack_account", "warning", "Dan (dan@acme.example) is on call for PC5BGL2 but has no Slack.")
    nobody = problem("nobody_on_call", "info", "@oncall3: nobody is on call for PNIGHT; the group keeps its members.")
    unread = problem("pagerduty_down", "error", "PagerDuty schedule PDOWN could not be read.")
    return run(
        handoff.model_copy(update={"problems": (warning,)}),
        kept("eve"),
        kept("flo", status="nobody_on_call", problems=(nobody,)),
        kept("gil", status="failed", problems=(unread,)),
        outcomes={"oncall": outcome("ada", "bo")},
    )


AT_100_COLUMNS = """\

 Group      Status           Before     After, and why
 ───────────────────────────────────────────────────────────────────────
 @oncall4   failed           the same   Gil (PDAY)
 @oncall    updated          - Cy       + Ada (PC5BGL2, until Mon 17:00)
                             Bo         Bo (PNB6DMH, always)
 @oncall2   unchanged        the same   Eve (PDAY)
 @oncall3   nobody_on_call   the same   Flo (PDAY)

error @oncall4: PagerDuty schedule PDOWN could not be read.
warning @oncall: Dan (dan@acme.example) is on call for PC5BGL2 but has no Slack.
info: @oncall3: nobody is on call for PNIGHT; the group keeps its members.
1 updated, 1 unchanged, 1 nobody_on_call, 1 failed. Requests: 0 to pagerduty, 0 to slack. Times are
UTC; + joins, - leaves.
"""

AT_60_COLUMNS = """\

 Group      Status           Before     After, and why
 ──────────────────────────────────────────────────────────
 @oncall4   failed           the same   Gil (PDAY)
 @oncall    updated          - Cy       + Ada (PC5BGL2,
                             Bo         until Mon 17:00)
                                        Bo (PNB6DMH,
                                        always)
 @oncall2   unchanged        the same   Eve (PDAY)
 @oncall3   nobody_on_call   the same   Flo (PDAY)

error @oncall4: PagerDuty schedule PDOWN could not be read.
warning @oncall: Dan (dan@acme.example) is on call for
PC5BGL2 but has no Slack.
info: @oncall3: nobody is on call for PNIGHT; the group
keeps its members.
1 updated, 1 unchanged, 1 nobody_on_call, 1 failed.
Requests: 0 to pagerduty, 0 to slack. Times are UTC; +
joins, - leaves.
"""


@pytest.mark.parametrize(("width", "text"), [(100, AT_100_COLUMNS), (60, AT_60_COLUMNS)])
def test_the_table_to_the_letter(width: int, text: str) -> None:
    assert table(everything(), width=width) == text.rstrip("\n")


names = st.text(min_size=1, max_size=40)
words = st.lists(names, max_size=3).map(tuple)


@given(st.lists(st.tuples(names, words), min_size=1, max_size=4), names, st.integers(40, 160))
def test_no_line_is_longer_than_the_terminal_is_wide(
    people: list[tuple[str, tuple[str, ...]]], message: str, width: int
) -> None:
    members = tuple(Member(slack_id=f"U{n}", name=name, via=via) for n, (name, via) in enumerate(people))
    group = kept(problems=(problem(message=message),)).model_copy(update={"members": members})
    text = table(run(group), width=width)
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_a_large_group_shows_its_first_names_and_how_many_more_there_are() -> None:
    text = table(run(kept(*crowd(MOST_NAMES + 3))))
    assert "P0011 (PDAY)" in text
    assert "P0012" not in text
    assert "and 3 more" in text


def test_those_who_left_are_named_where_their_name_is_known() -> None:
    left = planned("bo", "cy", after=["ada"], before=(member("bo"), Member(slack_id="UCY", name="UCY")))
    text = table(run(left, outcomes={"oncall": outcome("ada")}))
    assert "- Bo" in text
    assert "- UCY" in text


def test_names_are_shown_as_they_are_whatever_markup_they_look_like() -> None:
    odd = kept().model_copy(update={"members": (Member(slack_id="U1", name="[red]Ada[/red] :boom:", via=("P1",)),)})
    assert "[red]Ada[/red] :boom: (P1)" in table(run(odd))


def test_neither_a_name_nor_a_message_can_act_on_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;x\x07"
    odd = [Member(slack_id=f"U{n}", name=f"N{n}{evil}", via=("P1",)) for n in range(3)]
    new, stays, gone = odd
    told = problem(message=f"Message{evil}")
    plan = planned(members=(new, stays), before=(stays, gone), added=("U0",), removed=("U2",), problems=(told,))
    text = table(run(plan, writes=False), width=160)
    assert all(f"N{n}\\x1b[2J" in text for n in range(3))
    assert "Message\\x1b[2J" in text
    assert "\x1b" not in text


def test_a_group_that_was_not_come_to_is_not_shown_as_empty() -> None:
    assert "not looked at" in table(run(kept(status="failed")))
    assert "not looked at" not in table(run(kept()))


@pytest.mark.parametrize("code", ["created", "to_create"])
def test_a_group_that_was_not_there_before_is_called_new(code: str) -> None:
    new = planned(after=["ada"], problems=(problem(code, "info"),))
    assert "new group   + Ada (PDAY)" in table(run(new, writes=False))
    assert "nobody   + Ada (PDAY)" in table(run(planned(after=["ada"]), writes=False))


def test_colours_are_there_only_when_asked_for() -> None:
    assert "\x1b[" not in table(everything())
    assert "\x1b[" in table(everything(), color=True)


def test_times_are_shown_in_utc_whatever_the_machine_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert SHIFT.utcoffset() == timedelta(0)
    assert "until Mon 17:00" in table(everything())


def test_a_run_without_any_group_still_says_something() -> None:
    text = table(
        RunResults(writes=True, started=AT, problems=(problem("pagerduty_auth", message="The key is wrong."),))
    )
    assert "error: The key is wrong." in text
    assert "no group" in text


def test_a_problem_names_the_groups_that_it_concerns_once() -> None:
    shared = problem("pagerduty_down", "error", "PagerDuty schedule PDOWN could not be read.")
    text = table(run(kept("ada", status="failed", problems=(shared,)), kept("bo", status="failed", problems=(shared,))))
    assert text.count("PDOWN") == 1
    assert "error @oncall, @oncall2: PagerDuty schedule PDOWN" in text


@pytest.mark.parametrize(
    ("plan_only", "why"),
    [
        (None, ""),
        ("the config does not say writes: true", " (the config does not say writes: true)"),
        ("as_of", f" for {AT:%Y-%m-%d %H:%M:%S}"),
        ("backfill", f" for {AT:%Y-%m-%d %H:%M:%S}"),
    ],
)
def test_a_run_that_only_plans_says_that_nothing_was_written_and_why(plan_only: str | None, why: str) -> None:
    value = report(run(planned("bo", after=["ada"]), writes=False), services()).model_dump(mode="json")
    text = " ".join(render(value | {"plan_only": plan_only}).split())
    assert f"Nothing was written: this run only plans{why}." in text
    assert "Nothing was written" not in table(run(kept("ada")))
