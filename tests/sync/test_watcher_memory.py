"""The watcher and what is remembered: the first start, lost or old memory, odd runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.memory import Memory
from tests.sync.driver import DictStore, Sync
from tests.sync.watching import MINUTE, POLL, SECOND, Watching
from tests.sync.worlds import HOUR, NOON

# ── the first start ──────────────────────────────────────────────────────────────────────────────────────


def test_the_first_poll_of_all_wakes_the_dag_without_asking_pagerduty(sync: Sync) -> None:
    first = Watching(sync)

    assert first.look().wake == "no run has served all groups yet"
    assert sync.sandbox.requests == []


def test_a_config_without_any_schedule_is_watched_without_a_request(sync: Sync) -> None:
    sync.configure("groups:\n  alpha: {always: [dee@acme.example]}\n")
    first = Watching(sync)

    first.until(NOON + HOUR)

    assert len(first.wakes) == 1
    assert first.asked() == []
    assert sync.members("alpha") == {"UDEE"}


# ── memory that is lost, or old ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lost", ["", "watch", "on_call", "watcher", "schedules", "groups", "slack_ids", "people"])
def test_with_memory_lost_every_change_is_still_seen_by_the_next_poll(calm: Watching, lost: str) -> None:
    for key in [key for key in calm.sync.store if key.startswith(f"{lost}.") or not lost]:
        del calm.sync.store[key]
    calm.override("SADA", "PDEE")

    calm.pass_by(POLL)

    assert calm.sync.members("alpha") == {"UDEE"}
    calm.pass_by(30 * MINUTE)
    assert len(calm.wakes) == 1
    assert len(calm.sync.writes()) == 1


def test_the_time_of_each_look_is_remembered(calm: Watching) -> None:
    calm.until(NOON + 47 * SECOND)

    polled = Memory(calm.sync.store).load("watcher")

    assert polled == {"looked": "2026-03-02T12:00:30+00:00"}


def test_the_watcher_writes_nothing_else_to_the_memory(calm: Watching) -> None:
    before = DictStore(calm.sync.store)
    calm.runs = False
    calm.override("SADA", "PDEE")
    calm.pass_by(10 * MINUTE)

    assert {key for key in calm.sync.store if calm.sync.store[key] != before.get(key)} == {"watcher.0"}


class Unwilling(DictStore):
    """The store cannot be reached; `writes` False: it can be read alone."""

    reads = writes = True

    def get(self, key: str, default: Any = None) -> Any:
        if not self.reads:
            raise OSError("cannot be reached")
        return super().get(key, default)

    def set(self, key: str, value: Any) -> None:
        if key == "watcher.0" and not self.writes:
            raise OSError("cannot be reached")
        super().set(key, value)


@pytest.mark.parametrize("which", ["reads", "writes"])
def test_a_poll_that_cannot_save_wakes_nobody_and_the_next_that_can_does(calm: Watching, which: str) -> None:
    """The trigger then waits for a whole poll. What is not saved may wake the Dag twice, and what wakes it is saved."""
    store = calm.sync.store = Unwilling(calm.sync.store)
    calm.restart()
    calm.sync.now += SECOND
    calm.override("SADA", "PDEE")
    setattr(store, which, False)
    for _ in range(3):
        with pytest.raises(OSError, match="cannot be reached"):
            calm.wake_up()
        calm.sync.now += calm.watcher.poll
    setattr(store, which, True)

    assert calm.wake_up().wake == "who is on call changed: SADA"


# ── a clock that is set back ─────────────────────────────────────────────────────────────────────────────


def test_with_the_clock_set_back_it_polls_and_asks_as_usual(calm: Watching) -> None:
    """It was an hour ahead: what was due, and to be asked again, by that time is not waited for."""
    calm.runs = False
    calm.override("SADA", "PDEE", minutes=600)
    calm.sync.now += HOUR
    calm.look()
    calm.sync.now -= HOUR
    calm.forget()

    assert calm.wake_up().wake == "who is on call changed: SADA"
    assert len(calm.asked()) == 1


# ── runs that do not settle the matter ───────────────────────────────────────────────────────────────────


OF_ANOTHER_PURPOSE: dict[str, Callable[[Sync], object]] = {
    "some groups": lambda sync: sync.run(groups=["beta"]),
    "a dry run": lambda sync: sync.run(dry_run=True),
    "another time": lambda sync: sync.run(as_of="2026-03-02T12:00:00Z"),
    "a backfill": lambda sync: sync.run(backfill_for=NOON - HOUR),
    "a cleared run": lambda sync: sync.run(cleared=True),
}


@pytest.mark.parametrize("run", OF_ANOTHER_PURPOSE.values(), ids=OF_ANOTHER_PURPOSE)
def test_a_run_of_another_purpose_leaves_the_change_to_the_next(calm: Watching, run: Callable[[Sync], object]) -> None:
    calm.override("SADA", "PDEE")
    run(calm.sync)
    assert calm.sync.members("alpha") == {"UADA"}

    calm.pass_by(POLL)

    assert [why for _, why in calm.wakes] == ["who is on call changed: SADA"]
    assert calm.sync.members("alpha") == {"UDEE"}
