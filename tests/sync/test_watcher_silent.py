"""A run that the scheduler begins looks whether the watcher polls, and says so when it does not."""

from __future__ import annotations

from sandbox import Fault
from tests.sync.watching import MINUTE, POLL, SECOND, Watching
from tests.sync.worlds import config


def silence(calm: Watching, minutes: float) -> list[str]:
    """What a scheduled run says of the watcher after so many minutes without a poll."""
    calm.sync.now += minutes * MINUTE
    calm.run()
    return [problem.code for problem in calm.reports[-1].problems]


def test_a_run_that_finds_no_look_for_two_minutes_warns_and_fails_nothing(calm: Watching) -> None:
    assert silence(calm, 2) == []
    assert silence(calm, 1) == ["watcher_silent"]
    (problem,) = calm.reports[-1].problems
    assert problem.level == "warning"
    assert "since 2026-03-02 12:00:00 UTC" in problem.message
    assert "triggerer" in problem.message
    assert calm.reports[-1].counts["failed"] == 0


def test_a_run_says_nothing_any_more_once_it_polls_again(calm: Watching) -> None:
    silence(calm, 10)
    calm.due = calm.sync.now
    calm.look()

    assert silence(calm, 1) == []


def test_a_run_that_somebody_began_does_not_look_for_the_watcher(calm: Watching) -> None:
    calm.sync.now += 10 * MINUTE

    assert calm.sync.run().problems == ()


def test_without_polls_nobody_waits_for_one(calm: Watching) -> None:
    calm.sync.configure(config(top="poll: off"))

    assert silence(calm, 10) == []


def test_after_a_pause_of_the_dag_it_has_time_to_begin(calm: Watching) -> None:
    """Airflow runs no watcher for a Dag that is paused."""
    assert silence(calm, 24 * 60) == []
    assert silence(calm, 15) == ["watcher_silent"]


def test_the_time_at_which_it_comes_again_is_remembered_so_that_it_is_not_called_silent(calm: Watching) -> None:
    down = Fault(service="pagerduty", status=429, headers={"ratelimit-reset": "300"}, times=None)
    calm.sync.sandbox.faults.add(down)
    calm.pass_by(POLL)
    calm.pass_by(299 * SECOND)
    calm.sync.sandbox.faults.clear()

    calm.run()

    assert calm.reports[-1].problems == ()


def test_for_an_hour_of_trouble_it_is_never_called_silent(calm: Watching) -> None:
    calm.sync.sandbox.faults.add(Fault(service="pagerduty", status=500, times=None))
    for _ in range(4):
        calm.pass_by(15 * MINUTE)
        calm.run()

    assert {problem.code for report in calm.reports for problem in report.problems} == {"pagerduty_down"}
