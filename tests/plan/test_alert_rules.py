"""Which problems are told: once when they begin, once a day while they last, once when they are over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from oncall_sync.models import GroupReport, Problem, Report
from oncall_sync.rules.alerts import Alert, Open, alerts, as_text, untold
from tests.builders import AT, MINUTE, problem, run

DAY = timedelta(days=1)
WRONG = {"a": ["no_such_group"]}


def group(*codes: str, status: Any = None) -> GroupReport:
    """One that failed for these reasons; "passing …" for one that passes."""
    found = tuple(problem(code.removeprefix("passing ")) for code in codes)
    found = tuple(p.model_copy(update={"passing": c.startswith("passing ")}) for p, c in zip(found, codes, strict=True))
    known: dict[str, Any] = {
        "id": "S1",
        "verified_at": None,
        "failing_since": None,
        "members": (),
        "added": (),
        "removed": (),
    }
    return GroupReport(status=status or ("failed" if codes else "unchanged"), problems=found, **known)


def report(groups: Mapping[str, GroupReport], *problems: Problem) -> Report:
    known: dict[str, Any] = {
        "as_of": AT,
        "writes": True,
        "plan_only": None,
        "config": None,
        "heartbeat": 900,
        "team": None,
    }
    known |= {"names": {}, "counts": {}, "requests": {}}
    return Report(groups=dict(groups), problems=problems, **known)


@dataclass
class Told:
    """`told.run({"a": ["no_such_group"]})`: what one run more tells, as ["begins @a no_such_group"]."""

    known: dict[str, Open] = field(default_factory=dict)
    now: datetime = AT
    last: tuple[Alert, ...] = ()

    def run(
        self,
        groups: Mapping[str, list[str] | GroupReport],
        *problems: Problem,
        after: timedelta = 15 * MINUTE,
        **more: Any,
    ) -> list[str]:
        self.now += after
        shown = {h: g if isinstance(g, GroupReport) else group(*g) for h, g in groups.items()}
        made = replace(run(), **more)
        self.last, self.known = alerts(report(shown, *problems), made, self.known, self.now)
        return [f"{alert.what} {alert.key}" for alert in self.last]


NO_PLAN: dict[str, Any] = {"plan": None, "reading": None}


def many(size: int, *codes: str) -> dict[str, list[str]]:
    return {f"g{n}": [*codes] for n in range(size)}


def test_while_nothing_is_wrong_nothing_is_told() -> None:
    assert Told().run({"a": [], "b": []}) == []


def test_a_problem_is_told_when_it_begins_and_not_by_the_next_run() -> None:
    told = Told()
    assert told.run(WRONG) == ["begins @a no_such_group"]
    assert told.run(WRONG) == []


def test_it_is_told_again_after_a_day_and_each_day_with_the_time_it_began() -> None:
    told = Told()
    told.run(WRONG)
    began = told.now
    assert told.run(WRONG, after=DAY - MINUTE) == []
    assert told.run(WRONG, after=MINUTE) == ["lasts @a no_such_group"]
    assert told.run(WRONG) == []
    assert told.run(WRONG, after=DAY) == ["lasts @a no_such_group"]
    assert {alert.since for alert in told.last} == {began}


def test_what_a_clock_that_was_wrong_has_told_in_days_to_come_is_told_again() -> None:
    told = Told(now=AT + 300 * DAY)
    told.run(WRONG)
    assert told.run(WRONG, after=-200 * DAY) == ["lasts @a no_such_group"]
    assert told.run(WRONG) == []


def test_what_may_not_have_come_through_begins_once_more_and_has_an_end_to_tell() -> None:
    told = Told()
    told.run(WRONG)
    began, told.known = told.now, untold(told.last, {})
    assert told.run(WRONG) == ["begins @a no_such_group"]
    told.known = untold(told.last, told.known)
    assert told.run({"a": []}) == ["over @a no_such_group"]
    assert [alert.since for alert in told.last] == [began]


def test_a_reminder_or_an_end_that_could_not_be_told_is_told_by_the_next_run() -> None:
    told = Told()
    told.run(WRONG)
    before = told.known
    assert told.run(WRONG, after=DAY) == ["lasts @a no_such_group"]
    told.known |= untold(told.last, before)
    assert told.run(WRONG) == ["lasts @a no_such_group"]
    before = told.known
    assert told.run({"a": []}) == ["over @a no_such_group"]
    told.known |= untold(told.last, before)
    assert told.run({"a": []}) == ["over @a no_such_group"]


def test_it_is_over_once_the_group_is_right() -> None:
    told = Told()
    told.run(WRONG)
    assert told.run({"a": []}) == ["over @a no_such_group"]
    assert told.run({"a": []}) == []
    assert told.known == {}


def test_a_group_that_fails_for_another_reason_is_over_with_the_first() -> None:
    told = Told()
    told.run(WRONG)
    assert told.run({"a": ["shrink"]}) == ["begins @a shrink", "over @a no_such_group"]


def test_it_is_not_over_while_only_a_passing_fault_is_seen_of_the_group() -> None:
    told = Told()
    told.run(WRONG)
    assert told.run({"a": ["passing pagerduty_down"]}) == ["begins @a pagerduty_down"]
    assert told.run(WRONG) == ["over @a pagerduty_down"]


def test_a_run_that_did_not_come_to_the_group_ends_nothing() -> None:
    told = Told()
    told.run(WRONG)
    assert told.run({"a": group(status="deferred")}) == []
    assert told.run({"a": group(status="superseded")}) == []
    assert told.run({"a": []}, **NO_PLAN) == []


def test_a_group_that_left_the_config_is_over() -> None:
    told = Told()
    told.run({**WRONG, "b": []})
    assert told.run({"b": []}) == ["over @a no_such_group"]


def test_but_not_in_a_run_that_failed_before_it_knew_the_groups() -> None:
    told = Told()
    told.run(WRONG)
    assert told.run({}, problem("pagerduty_auth"), **NO_PLAN) == ["begins pagerduty_auth"]


def test_what_stops_a_whole_run_is_one_problem_until_a_run_comes_through() -> None:
    told = Told()
    failed = {"a": group(status="failed"), "b": group(status="failed")}
    assert told.run(failed, problem("pagerduty_auth"), **NO_PLAN) == ["begins pagerduty_auth"]
    assert told.run(failed, problem("pagerduty_down"), **NO_PLAN) == ["begins pagerduty_down"]
    assert told.run({"a": [], "b": ["shrink"]}) == ["begins @b shrink", "over pagerduty_down", "over pagerduty_auth"]


def test_warnings_are_not_told_but_for_a_silent_watcher() -> None:
    told = Told()
    noted = group(status="unchanged").model_copy(update={"problems": (problem("hand_edit", "warning"),)})
    warnings = [problem("left_config", "warning"), problem("watcher_silent", "warning")]
    assert told.run({"a": noted}, *warnings, scheduled=True) == ["begins watcher_silent"]


def test_a_silent_watcher_is_over_in_a_run_that_looked_for_it() -> None:
    told = Told()
    told.run({"a": []}, problem("watcher_silent", "warning"), scheduled=True)
    assert told.run({"a": []}, scheduled=False) == []
    assert told.run({"a": []}, scheduled=True) == ["over watcher_silent"]


def test_up_to_five_groups_with_the_same_problem_are_told_one_by_one() -> None:
    assert len(Told().run(many(5, "no_such_group"))) == 5


def test_more_are_one_line_with_their_number_and_the_first_of_them() -> None:
    told = Told()
    assert told.run(many(40, "no_such_group")) == ["begins many no_such_group"]
    (alert,) = told.last
    assert alert.message == (
        "40 groups (@g0, @g1, @g2, @g3, @g4 and 35 more), the first: @g0: what no_such_group means"
    )


def test_that_stays_one_line_until_no_group_has_the_problem_any_more() -> None:
    told = Told()
    told.run(many(6, "no_such_group"))
    assert told.run({**many(6), "g0": ["no_such_group"]}) == []
    assert told.run({**many(6), "g0": group(status="deferred")}) == []
    assert told.run(many(6)) == ["over many no_such_group"]
    assert told.run({"g0": ["no_such_group"]}) == ["begins @g0 no_such_group"]


def test_those_that_were_told_before_end_by_themselves() -> None:
    told = Told()
    told.run(many(2, "no_such_group"))
    assert told.run(many(6, "no_such_group")) == ["begins many no_such_group"]
    assert told.run({**many(6, "no_such_group"), "g0": []}) == ["over @g0 no_such_group"]


def test_the_message_has_what_begins_first_and_no_formatting_of_others() -> None:
    told = Told()
    told.run({"a": ["shrink"]})
    told.run({"a": [], "b": group("x")}, problem("y", message="<!channel> & co\nsecond line"))
    text = as_text(told.last)
    lines = text.split("\n")
    assert lines[0] == "*Problem:* &lt;!channel&gt; &amp; co second line"
    assert lines[1] == "*Problem:* @b: what x means"
    assert lines[2].startswith(
        "*Over, a problem since <!date^1795425300^{date_short_pretty} at {time}|2026-11-23 09:15"
    )
    assert lines[2].endswith("* @a: what shrink means")


def test_a_long_message_ends_with_how_many_are_left() -> None:
    told = Told()
    told.run({"a": [f"code{n}" for n in range(30)]})
    lines = as_text(told.last).split("\n")
    assert len(lines) == 21
    assert lines[-1].startswith("and 10 more")


def test_a_very_long_problem_is_cut() -> None:
    told = Told()
    told.run({}, problem("config_unusable", message="x" * 100_000))
    assert len(told.last[0].message) == 500
