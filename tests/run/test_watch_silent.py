"""When the watcher counts as silent, by the times of its polls and of the runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.memory import Memory
from oncall_sync.models import Reading
from oncall_sync.steps import report
from oncall_sync.watcher import fingerprint
from tests.builders import AT, HOUR, MINUTE, DictStore, Situation, kept, run

POLL = timedelta(seconds=30)
QUARTER = 15 * MINUTE


def reading(**more: Any) -> Reading:
    return Situation().reading().model_copy(update=more)


LATER = run(kept("ada"), reading=reading(), scheduled=True)


def told(*minutes: float, due: datetime | None = None, heartbeat: timedelta = QUARTER, poll: timedelta = POLL) -> bool:
    """Whether the last of the runs at these minutes tells of a silent watcher, which was `due` when it polled last."""
    memory = Memory(DictStore())
    if due:
        memory.save("watcher", {"polled": (due - POLL).isoformat(), "due": due.isoformat()})
    for minute in minutes:
        at = AT + minute * MINUTE
        read = reading(as_of=at)
        read = read.model_copy(update={"config": read.config.model_copy(update={"heartbeat": heartbeat, "poll": poll})})
        made = report(run(kept("ada"), reading=read, scheduled=True), memory, at)
    return "watcher_silent" in {each.code for each in made.problems}


def test_the_first_run_waits_for_no_watcher() -> None:
    assert not told(0)


def test_a_watcher_that_never_polled_is_silent_after_three_polls() -> None:
    assert not told(0, 1.5)
    assert told(0, 1.6)


def test_a_watcher_that_missed_three_polls_is_silent() -> None:
    assert not told(0, 15, due=AT + 13.5 * MINUTE)
    assert told(0, 15, due=AT + 13.4 * MINUTE)


def test_a_run_whose_clock_was_wrong_puts_off_no_later_one() -> None:
    assert told(600, 0, 15)


def test_with_a_short_poll_it_has_as_long_as_pagerduty_may_take_for_an_answer() -> None:
    second = 1 / 60
    assert not told(0, 15, due=AT + (15 - 30 * second) * MINUTE, poll=timedelta(seconds=5))
    assert told(0, 15, due=AT + (15 - 31 * second) * MINUTE, poll=timedelta(seconds=5))


def test_after_an_edit_it_has_time_to_begin() -> None:
    """`poll` may have been off until now."""
    memory = Memory(DictStore())
    for minute, file_hash in ((0, "sha256:off"), (15, "sha256:on"), (16.6, "sha256:on")):
        at = AT + minute * MINUTE
        made = report(run(kept("ada"), reading=reading(as_of=at, file_hash=file_hash), scheduled=True), memory, at)
        assert ("watcher_silent" in {each.code for each in made.problems}) == (minute == 16.6)


def test_one_that_is_not_due_before_long_is_not() -> None:
    assert not told(0, 15, due=AT + 20 * MINUTE)


def test_after_two_heartbeats_without_a_run_the_watcher_has_time_to_begin() -> None:
    assert told(0, 29, due=AT)
    assert not told(0, 30, due=AT)
    assert told(0, 30, 31.6, due=AT)


def test_the_heartbeat_of_the_config_says_what_a_pause_is() -> None:
    assert told(0, 30, heartbeat=HOUR)


def test_a_first_run_with_old_memory_of_a_watcher_waits_for_no_watcher() -> None:
    assert not told(0, due=AT - HOUR)


@pytest.mark.parametrize("entry", [{}, {"due": None}, {"due": "soon"}, {"due": 5}, {"polled": "x"}])
def test_a_damaged_memory_of_the_watcher_is_as_if_it_had_never_polled(entry: dict[str, Any]) -> None:
    memory = Memory(DictStore())
    report(run(kept("ada"), reading=reading()), memory, AT)
    memory.save("watcher", entry)
    assert fingerprint.silent(LATER, memory, AT + MINUTE) is None
    found = fingerprint.silent(LATER, memory, AT + HOUR)
    assert found
    assert (found.level, found.code) == ("warning", "watcher_silent")


def test_a_time_without_an_offset_is_damaged_memory_too() -> None:
    memory = Memory(DictStore())
    report(run(kept("ada"), reading=reading()), memory, AT)
    memory.save("watcher", {"due": "2026-11-23T09:00:00"})
    assert fingerprint.silent(LATER, memory, AT + HOUR)


@pytest.mark.parametrize(
    "more",
    [
        {"scheduled": False},
        {"reading": None},
        {"reading": reading().model_copy(update={"config": reading().config.model_copy(update={"poll": None})})},
    ],
    ids=["somebody began it", "no reading", "poll: off"],
)
def test_only_a_run_that_the_scheduler_began_and_that_has_a_watcher_looks_for_it(more: dict[str, Any]) -> None:
    memory = Memory(DictStore())
    report(run(kept("ada"), reading=reading()), memory, AT)
    asking: dict[str, Any] = {"reading": reading(), "scheduled": True}
    now = AT + HOUR
    assert [p.code for p in report(run(kept("ada"), **asking), memory, now).problems] == ["watcher_silent"]
    assert report(run(kept("ada"), **{**asking, **more}), memory, now).problems == ()
