"""The watcher beside the six tasks, with a clock that the test moves: Airflow's triggerer and scheduler in one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from oncall_sync.config.load import glance
from oncall_sync.memory import Memory
from oncall_sync.models import Report
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.watcher.poll import Look, Watcher
from sandbox import Override, Request, World
from tests.sync.driver import Killed, Sync

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
POLL = timedelta(seconds=30)


class Watching:
    """`watching.until(time)` looks whenever it is time to, and runs the Dag when it is woken.

    wakes: when and why. looks: when; polls: at which of them PagerDuty was read. reports: of the runs that came to
    an end. With `runs` False nothing answers a wake-up.
    """

    def __init__(self, sync: Sync) -> None:
        self.sync, self.runs = sync, True
        self.wakes: list[tuple[datetime, str]] = []
        self.reports: list[Report] = []
        self.looks: list[datetime] = []
        self.polls: list[datetime] = []
        self.revoked: set[str] = set()  # connections
        self.world.clock = lambda: sync.now
        self.world.rate_limits.off()  # minutes pass here in no time
        self.due = sync.now
        self.restart()

    @property
    def world(self) -> World:
        return self.sync.sandbox.world

    def restart(self) -> None:
        """The triggerer begins anew: only what is in the memory is known."""
        poll = glance(self.sync.config).poll
        assert poll is not None
        self.watcher = Watcher(poll, Memory(self.sync.store), self.connect)

    def connect(self, connection_id: str) -> PagerDutyApi:
        """As trigger.py makes it."""
        key = "revoked" if connection_id in self.revoked else self.world.pagerduty.token
        return PagerDutyApi(key, self.sync.sandbox.pagerduty_url)

    def look(self) -> Look:
        """One poll, now."""
        self.watcher.due = None
        return self.wake_up()

    def wake_up(self) -> Look:
        """What trigger.py does when its sleep is over: a poll where it is time to, else a look at the config."""
        poll = self.watcher.due is None or self.watcher.due <= self.sync.now
        turn = self.watcher.look(self.sync.now)
        self.looks.append(self.sync.now)
        if poll:
            self.polls.append(self.sync.now)
        if turn.wake:
            self.wakes.append((self.sync.now, turn.wake))
        self.due = turn.next
        return turn

    def until(self, end: datetime) -> None:
        """All polls up to and including this time."""
        while self.due <= end:
            self.sync.now = max(self.due, self.sync.now)
            if self.wake_up().wake and self.runs:
                self.run()
        self.sync.now = end

    def pass_by(self, time: timedelta) -> None:
        self.until(self.sync.now + time)

    def run(self, **params: Any) -> None:
        """A run that the scheduler begins, and those that it asks for itself; it may be killed."""
        try:
            self.reports.append(self.sync.run(scheduled=True, **params))
        except Killed:
            return
        for _ in range(5):
            if not self.sync.wants_next:
                return
            self.reports.append(self.sync.run(scheduled=True))

    def settled(self) -> Watching:
        """The first run is over, and all is calm."""
        self.look()
        self.run()
        assert self.look().wake is None
        self.forget()
        return self

    def forget(self) -> None:
        """What was asked and seen so far is not what the test is about."""
        for seen in (self.wakes, self.reports, self.looks, self.polls, self.sync.sandbox.requests, self.sync.events):
            seen.clear()

    def asked(self) -> list[Request]:
        return [request for request in self.sync.sandbox.requests if request.service == "pagerduty"]

    def override(self, schedule: str, person: str, minutes: float = 60) -> None:
        """From now on, as somebody enters it in PagerDuty."""
        now = self.sync.now
        override = Override(person=person, start=now, end=now + minutes * MINUTE)
        self.world.schedules[schedule].overrides.append(override)

    def asks(self) -> list[float]:
        """The minutes after the first wake-up at which the Dag was woken."""
        return [(at - self.wakes[0][0]) / MINUTE for at, _ in self.wakes]


def kill() -> None:
    raise Killed


def then(*steps: Callable[[], object]) -> Callable[[], None]:
    def happen() -> None:
        for step in steps:
            step()

    return happen
