"""Two changes close together end in the later one's truth, whatever the order in which runs read, write and die."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox import Fault
from tests.sync.driver import TASKS, Task
from tests.sync.watching import MINUTE, POLL, SECOND, Watching, kill, then
from tests.sync.worlds import NOON, hand_over

Change = Callable[[Watching], None]


def to_dee(calm: Watching) -> None:
    calm.override("SADA", "PDEE")


def to_cy(calm: Watching) -> None:
    calm.override("SADA", "PCY")


def back(calm: Watching) -> None:
    calm.world.schedules["SADA"].overrides.clear()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("second", "end"), [(to_cy, "UCY"), (back, "UADA")], ids=["another person", "back to the first"]
)
def test_a_second_change_during_the_run_ends_in_the_later_truth_and_no_value_is_written_twice(
    calm: Watching, task: Task, second: Change, end: str
) -> None:
    to_dee(calm)
    calm.sync.before[task] = lambda: second(calm)

    calm.pass_by(30 * MINUTE)

    assert calm.sync.members("alpha") == {end}
    written = [write.params["users"] for write in calm.sync.writes()]
    unread = task == "fetch_schedules"
    assert written == ([] if end == "UADA" else ["UCY"]) if unread else written == ["UDEE", end]
    assert len(calm.wakes) == (1 if unread else 2)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("second", "end"), [(to_cy, "UCY"), (back, "UADA")])
def test_the_same_when_that_run_is_killed_as_well(calm: Watching, task: Task, second: Change, end: str) -> None:
    to_dee(calm)
    calm.sync.before[task] = then(lambda: second(calm), kill)

    calm.pass_by(30 * MINUTE)

    assert calm.sync.members("alpha") == {end}
    written = [write.params["users"] for write in calm.sync.writes()]
    assert written == (["UDEE", end] if task == "report" else [end] if end != "UADA" else [])


def a_run_that_is_killed(calm: Watching) -> None:
    calm.sync.before["report"] = kill
    calm.run()


def a_run_of_some_groups(calm: Watching) -> None:
    calm.run(groups=["alpha"])


def a_run_that_fails_in_another_group(calm: Watching) -> None:
    calm.sync.sandbox.faults.add(
        Fault(endpoint="usergroups.users.update", status=503, times=None, match={"usergroup": "SGBETA"})
    )
    calm.run()
    calm.sync.sandbox.faults.clear()


@pytest.mark.parametrize("run", [a_run_that_is_killed, a_run_of_some_groups, a_run_that_fails_in_another_group])
def test_a_run_that_wrote_and_did_not_settle_is_made_up_for_though_pagerduty_is_as_before_it(
    calm: Watching, run: Change
) -> None:
    """The watcher compares with what the run before read; but Slack holds what this one wrote."""
    calm.pass_by(10 * SECOND)
    to_dee(calm)
    calm.override("SBO", "PCY")
    run(calm)
    assert calm.sync.members("alpha") == {"UDEE"}
    back(calm)
    calm.world.schedules["SBO"].overrides.clear()

    calm.pass_by(5 * MINUTE)

    assert calm.sync.members("alpha") == {"UADA"}
    assert calm.sync.members("beta") == {"UBO"}


def test_a_change_that_was_taken_back_before_the_run_read_and_comes_again_is_seen_within_a_minute(
    calm: Watching,
) -> None:
    """To the watcher these are the same news; it holds them back, but not for longer."""
    to_dee(calm)
    calm.sync.before["fetch_schedules"] = lambda: back(calm)
    calm.pass_by(POLL)
    assert calm.sync.members("alpha") == {"UADA"}
    to_dee(calm)

    calm.pass_by(MINUTE)

    assert calm.sync.members("alpha") == {"UDEE"}


@pytest.mark.parametrize("seconds", [0, 1, 30])
def test_a_handoff_right_after_an_override_ends_with_the_one_who_is_on_call(calm: Watching, seconds: int) -> None:
    calm.pass_by(10 * SECOND)
    calm.override("SADA", "PDEE", minutes=(20 + seconds) / 60)
    hand_over(calm.world, "SADA", "PCY", NOON + 30 * SECOND)

    calm.until(NOON + 30 * MINUTE)

    assert calm.sync.members("alpha") == {"UCY"}
    written = [write.params["users"] for write in calm.sync.writes()]
    assert written == (["UDEE", "UCY"] if seconds else ["UCY"])
