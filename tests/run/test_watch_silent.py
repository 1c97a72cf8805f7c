"""When the watcher counts as silent, by the times of its polls and of the runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.memory import Memory
from oncall_sync.models import Reading
from oncall_sync.steps import report
from oncall_sync.watcher import fingerprint
from tests.builders import AT, HOUR, MINUTE, DictStore, Situation, kept, run, services

QUARTER = 15 * MINUTE


def reading(**more: Any) -> Reading:
    return Situation().reading().model_copy(update=more)


LATER = run(kept("ada"), reading=reading(), scheduled=True)


def is_silent(*minutes: float, looked: float | None = None, heartbeat: timedelta = QUARTER) -> bool:
    """Whether the last of the runs at these minutes warns of a watcher that looked last at the minute `looked`."""
    memory = Memory(DictStore())
    if looked is not None:
        fingerprint.save_look(memory, AT + looked * MINUTE)
    for minute in minutes:
        at = AT + minute * MINUTE
        config = reading().config.model_copy(update={"heartbeat": heartbeat})
        results = run(kept("ada"), reading=reading(as_of=at, config=config), scheduled=True)
        made = report(results, services(memory, now=at))
    return "watcher_silent" in {each.code for each in made.problems}


def test_the_first_run_waits_for_no_watcher() -> None:
    assert not is_silent(0)
    assert not is_silent(0, looked=-60), "with old memory of one, too"


def test_a_watcher_that_never_looked_is_silent_after_two_minutes() -> None:
    assert not is_silent(0, 2)
    assert is_silent(0, 2.1)


def test_a_watcher_that_has_not_looked_for_two_minutes_is_silent() -> None:
    assert not is_silent(0, 15, looked=13)
    assert is_silent(0, 15, looked=12.9)


def test_a_watcher_whose_clock_was_wrong_is_not_trusted() -> None:
    assert is_silent(0, 15, looked=600)


def test_a_run_whose_clock_was_wrong_puts_off_no_later_one() -> None:
    assert is_silent(600, 0, 15)


def test_after_an_edit_it_has_time_to_begin() -> None:
    """`poll` may have been off until now."""
    memory = Memory(DictStore())
    for minute, file_hash in ((0, "sha256:off"), (15, "sha256:on"), (17.1, "sha256:on")):
        at = AT + minute * MINUTE
        results = run(kept("ada"), reading=reading(as_of=at, file_hash=file_hash), scheduled=True)
        made = report(results, services(memory, now=at))
        assert ("watcher_silent" in {each.code for each in made.problems}) == (minute == 17.1)


def test_after_two_heartbeats_without_a_run_the_watcher_has_time_to_begin() -> None:
    assert is_silent(0, 29, looked=0)
    assert not is_silent(0, 30, looked=0)
    assert is_silent(0, 30, 32.1, looked=0)
    assert is_silent(0, 30, heartbeat=HOUR), "the config says how long a heartbeat is"


@pytest.mark.parametrize("entry", [{}, {"looked": None}, {"looked": "soon"}, {"looked": 5}, {"looked": "2026-11-23"}])
def test_a_damaged_memory_of_the_watcher_is_as_if_it_had_never_looked(entry: dict[str, Any]) -> None:
    memory = Memory(DictStore())
    report(run(kept("ada"), reading=reading()), services(memory, now=AT))
    memory.save("watcher", entry)
    assert fingerprint.silent(LATER, memory, AT + MINUTE) is None
    found = fingerprint.silent(LATER, memory, AT + HOUR)
    assert found
    assert (found.level, found.code) == ("warning", "watcher_silent")


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
    report(run(kept("ada"), reading=reading()), services(memory, now=AT))
    asking: dict[str, Any] = {"reading": reading(), "scheduled": True}
    now = AT + HOUR
    assert [p.code for p in report(run(kept("ada"), **asking), services(memory, now=now)).problems] == [
        "watcher_silent"
    ]
    assert report(run(kept("ada"), **{**asking, **more}), services(memory, now=now)).problems == ()
