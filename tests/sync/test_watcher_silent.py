"""A run that the scheduler begins looks whether the watcher polls, and says so when it does not."""

from __future__ import annotations

from sandbox import Fault
from tests.sync.watching import MINUTE, POLL, SECOND, Watching


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
