"""Which problems of the sync itself people are alerted about, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from oncall_sync.models import GroupReport, Problem, Report
from oncall_sync.rules.alerts import Alert, Open, after_sending, as_text, due_alerts
from tests.builders import AT, MINUTE, problem, run

DAY = timedelta(days=1)
WRONG = {"a": ["no_such_group"]}
NO_PLAN: dict[str, Any] = {"plan": None, "reading": None}


def group(*codes: str, status: Any = None) -> GroupReport:
    """codes: of its errors; "passing pagerduty_down" is a passing one."""
    problems = [
        problem(code.removeprefix("passing ")).model_copy(update={"passing": code.startswith("passing ")})
        for code in codes
    ]
    return GroupReport(
        id="S1",
        status=status or ("failed" if codes else "unchanged"),
        verified_at=None,
        failing_since=None,
        members=(),
        added=(),
        removed=(),
        problems=tuple(problems),
    )


def report(groups: Mapping[str, GroupReport], *problems: Problem) -> Report:
    known: dict[str, Any] = {"as_of": AT, "writes": True, "plan_only": None, "config": None, "heartbeat": 900}
    known |= {"team": None, "names": {}, "counts": {}, "requests": {}}
    return Report(groups=dict(groups), problems=problems, **known)


def many(size: int, *codes: str) -> dict[str, list[str]]:
    return {f"g{n}": [*codes] for n in range(size)}


@dataclass
class Alerting:
    """One service to which alerts are sent, run after run."""

    still_open: dict[str, Open] = field(default_factory=dict)
    now: datetime = AT
    last: tuple[Alert, ...] = ()

    def run(
        self,
        groups: Mapping[str, list[str] | GroupReport],
        *problems: Problem,
        after: timedelta = 15 * MINUTE,
        arrives: bool = True,
        **more: Any,
    ) -> list[str]:
        """The alerts of one more run, as ["begins @a no_such_group"]."""
        self.now += after
        shown = {h: g if isinstance(g, GroupReport) else group(*g) for h, g in groups.items()}
        made = replace(run(), **more)
        self.last, self.still_open = due_alerts(report(shown, *problems), made, self.still_open, self.now)
        for alert in self.last if arrives else ():
            self.still_open = after_sending(alert, self.still_open, self.now)
        return [f"{alert.what} {alert.key}" for alert in self.last]


def test_while_nothing_is_wrong_there_is_no_alert() -> None:
    assert Alerting().run({"a": [], "b": []}) == []


def test_a_problem_is_alerted_when_it_begins_then_daily_with_the_time_it_began_and_once_when_it_is_over() -> None:
    alerting = Alerting()
    assert alerting.run(WRONG) == ["begins @a no_such_group"]
    began = alerting.now
    assert alerting.run(WRONG, after=DAY - MINUTE) == []
    assert alerting.run(WRONG, after=MINUTE) == ["lasts @a no_such_group"]
    assert alerting.run(WRONG) == []
    assert alerting.run(WRONG, after=DAY) == ["lasts @a no_such_group"]
    assert {alert.since for alert in alerting.last} == {began}
    assert alerting.run({"a": []}) == ["over @a no_such_group"]
    assert alerting.run({"a": []}) == []
    assert alerting.still_open == {}


def test_an_alert_that_a_wrong_clock_dated_in_the_future_is_sent_again() -> None:
    alerting = Alerting(now=AT + 300 * DAY)
    alerting.run(WRONG)
    assert alerting.run(WRONG, after=-200 * DAY) == ["lasts @a no_such_group"]
    assert alerting.run(WRONG) == []


def test_an_alert_that_did_not_arrive_is_sent_by_the_next_run() -> None:
    alerting = Alerting()
    for begin in (WRONG, WRONG):
        assert alerting.run(begin, arrives=False) == ["begins @a no_such_group"]
    assert alerting.run(WRONG) == ["begins @a no_such_group"]
    for after in (DAY, MINUTE):
        assert alerting.run(WRONG, after=after, arrives=False) == ["lasts @a no_such_group"]
    for _ in range(2):
        assert alerting.run({"a": []}, arrives=False) == ["over @a no_such_group"]


def test_a_problem_whose_alert_may_have_arrived_has_an_end() -> None:
    alerting = Alerting()
    alerting.run(WRONG, arrives=False)
    began = alerting.now
    assert alerting.run({"a": []}) == ["over @a no_such_group"]
    assert [alert.since for alert in alerting.last] == [began]


# ── when a problem is over ───────────────────────────────────────────────────────────────────────────────


def test_a_group_that_fails_for_another_reason_is_over_with_the_first() -> None:
    alerting = Alerting()
    alerting.run(WRONG)
    assert alerting.run({"a": ["shrink"]}) == ["begins @a shrink", "over @a no_such_group"]


def test_a_passing_fault_or_a_run_that_did_not_reach_the_group_ends_nothing() -> None:
    alerting = Alerting()
    alerting.run(WRONG)
    assert alerting.run({"a": ["passing pagerduty_down"]}) == ["begins @a pagerduty_down"]
    assert alerting.run({"a": group(status="deferred")}) == []
    assert alerting.run({"a": group(status="superseded")}) == []
    assert alerting.run({"a": []}, **NO_PLAN) == []
    assert alerting.run(WRONG) == ["over @a pagerduty_down"]


def test_a_group_that_is_not_in_the_config_any_more_is_over_unless_the_run_failed_early() -> None:
    alerting = Alerting()
    alerting.run({**WRONG, "b": []})
    assert alerting.run({}, problem("pagerduty_auth"), **NO_PLAN) == ["begins pagerduty_auth"]
    assert alerting.run({"b": []}) == ["over @a no_such_group", "over pagerduty_auth"]


def test_what_stops_a_whole_run_is_one_problem_until_a_run_comes_through() -> None:
    alerting = Alerting()
    failed = {"a": group(status="failed"), "b": group(status="failed")}
    assert alerting.run(failed, problem("pagerduty_auth"), **NO_PLAN) == ["begins pagerduty_auth"]
    assert alerting.run(failed, problem("pagerduty_down"), **NO_PLAN) == ["begins pagerduty_down"]
    assert sorted(alerting.run({"a": [], "b": ["shrink"]})) == [
        "begins @b shrink",
        "over pagerduty_auth",
        "over pagerduty_down",
    ]


def test_a_silent_watcher_is_the_only_warning_with_an_alert_and_over_in_a_run_that_looked_for_it() -> None:
    alerting = Alerting()
    noted = group(status="unchanged").model_copy(update={"problems": (problem("hand_edit", "warning"),)})
    warnings = [problem("left_config", "warning"), problem("watcher_silent", "warning")]
    assert alerting.run({"a": noted}, *warnings, scheduled=True) == ["begins watcher_silent"]
    assert alerting.run({"a": []}, scheduled=False) == []
    assert alerting.run({"a": []}, scheduled=True) == ["over watcher_silent"]


# ── the same problem of many groups ──────────────────────────────────────────────────────────────────────


def test_more_than_five_groups_with_the_same_problem_are_one_alert() -> None:
    assert len(Alerting().run(many(5, "no_such_group"))) == 5
    alerting = Alerting()
    assert alerting.run(many(40, "no_such_group")) == ["begins many no_such_group"]
    assert [alert.message for alert in alerting.last] == [
        "40 groups (@g0, @g1, @g2, @g3, @g4 and 35 more), the first: @g0: what no_such_group means"
    ]


def test_they_stay_one_alert_until_no_group_has_the_problem_any_more() -> None:
    alerting = Alerting()
    alerting.run(many(6, "no_such_group"))
    assert alerting.run({**many(6), "g0": ["no_such_group"]}) == []
    assert alerting.run({**many(6), "g0": group(status="deferred")}) == []
    assert alerting.run(many(6)) == ["over many no_such_group"]
    assert alerting.run({"g0": ["no_such_group"]}) == ["begins @g0 no_such_group"]


def test_a_group_that_had_an_alert_before_ends_by_itself() -> None:
    alerting = Alerting()
    alerting.run(many(2, "no_such_group"))
    assert alerting.run(many(6, "no_such_group")) == ["begins many no_such_group"]
    assert alerting.run({**many(6, "no_such_group"), "g0": []}) == ["over @g0 no_such_group"]


# ── the message ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_message_has_new_problems_first_and_no_formatting_of_others() -> None:
    alerting = Alerting()
    alerting.run({"a": ["shrink"]})
    alerting.run({"a": [], "b": group("x")}, problem("y", message="<!channel> & co\nsecond line"))
    lines = as_text(alerting.last).split("\n")
    assert lines[0] == "*Problem:* &lt;!channel&gt; &amp; co second line"
    assert lines[1] == "*Problem:* @b: what x means"
    assert lines[2] == (
        "*Over, a problem since <!date^1795425300^{date_short_pretty} at {time}|2026-11-23 09:15 UTC>:* "
        "@a: what shrink means"
    )


def test_a_long_message_ends_with_how_many_more_there_are_and_a_long_problem_is_cut() -> None:
    alerting = Alerting()
    alerting.run({"a": [f"code{n}" for n in range(30)]})
    lines = as_text(alerting.last).split("\n")
    assert len(lines) == 21
    assert lines[-1].startswith("and 10 more")
    alerting.run({}, problem("config_unusable", message="x" * 100_000))
    assert len(alerting.last[0].message) == 500
