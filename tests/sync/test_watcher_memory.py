"""The watcher and what is remembered: the first start, lost or old memory, odd runs."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.memory import Memory
from tests.sync.driver import DictStore, Sync
from tests.sync.watching import MINUTE, POLL, SECOND, Watching
from tests.sync.worlds import HOUR, NOON, config, hand_over

# ── the first start ──────────────────────────────────────────────────────────────────────────────────────


def test_the_first_poll_of_all_wakes_the_dag_without_asking_pagerduty(sync: Sync) -> None:
    first = Watching(sync)

    assert first.look().wake == "no run has served all groups yet"
    assert sync.sandbox.requests == []


def test_after_the_first_run_it_is_calm(sync: Sync) -> None:
    first = Watching(sync)

    first.until(NOON + HOUR)

    assert len(first.wakes) == 1
    assert sync.members("alpha") == {"UADA"}


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


def test_memory_of_yesterday_ends_in_the_present(calm: Watching) -> None:
    yesterday = dict(calm.sync.store)
    hand_over(calm.world, "SADA", "PDEE", NOON + MINUTE)
    calm.until(NOON + 5 * MINUTE)
    calm.sync.store.clear()
    calm.sync.store.update(yesterday)
    calm.forget()

    calm.pass_by(10 * MINUTE)

    assert len(calm.wakes) == 1
    assert calm.sync.writes() == []
    assert calm.sync.members("alpha") == {"UDEE"}


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


@pytest.mark.parametrize("poll", ["5s", "30s", "1m"])
@pytest.mark.parametrize("which", ["reads", "writes"])
def test_a_poll_that_cannot_save_wakes_nobody_and_the_next_that_can_does(sync: Sync, which: str, poll: str) -> None:
    """The trigger then waits for a whole poll. What is not saved may be told twice, and what is told is saved."""
    sync.configure(config(top=f"poll: {poll}"))
    calm = Watching(sync).settled()
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


def test_the_end_of_a_shift_that_could_not_be_saved_is_told_by_the_next_look_that_can(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE]"))
    hand_over(sync.sandbox.world, "SLOOSE", "PDEE", NOON + MINUTE)
    loose = Watching(sync).settled()
    store = loose.sync.store = Unwilling(loose.sync.store)
    loose.restart()
    loose.sync.now = NOON + MINUTE
    store.writes = False
    with pytest.raises(OSError, match="cannot be reached"):
        loose.wake_up()
    loose.sync.now += POLL
    store.writes = True

    assert "since 12:01:00 a group has other members" in (loose.wake_up().wake or "")


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


@pytest.mark.parametrize("asked", [{"groups": ["beta"]}, {"dry_run": True}, {"as_of": "2026-03-02T12:00:00Z"}])
def test_a_run_of_another_purpose_leaves_the_change_to_the_next(calm: Watching, asked: dict[str, object]) -> None:
    calm.override("SADA", "PDEE")
    calm.run(**asked)
    assert calm.sync.members("alpha") == {"UADA"}

    calm.pass_by(POLL)

    assert [why for _, why in calm.wakes] == ["who is on call changed: SADA"]
    assert calm.sync.members("alpha") == {"UDEE"}


def test_a_backfill_leaves_the_change_to_the_next_run(calm: Watching) -> None:
    calm.override("SADA", "PDEE")
    calm.sync.run(backfill_for=NOON - HOUR)

    calm.pass_by(POLL)

    assert len(calm.wakes) == 1
    assert calm.sync.members("alpha") == {"UDEE"}


def test_a_cleared_run_leaves_the_change_to_the_next(calm: Watching) -> None:
    calm.override("SADA", "PDEE")
    calm.sync.run(cleared=True)
    assert calm.sync.members("alpha") == {"UADA"}

    calm.pass_by(POLL)

    assert len(calm.wakes) == 1
    assert calm.sync.members("alpha") == {"UDEE"}


def test_with_writes_false_each_change_is_planned_once_and_never_written(sync: Sync) -> None:
    sync.configure(config(top="writes: false"))
    stopped = Watching(sync).settled()
    stopped.override("SADA", "PDEE")

    stopped.until(NOON + HOUR - SECOND)

    assert len(stopped.wakes) == 1
    assert stopped.reports[0].groups["alpha"].status == "would_update"
    assert stopped.sync.writes() == []
