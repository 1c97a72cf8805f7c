"""A sync whose process is killed at a chosen moment: before or after a request, before or after something is saved."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar
from unittest.mock import patch

from oncall_sync.pagerduty import events
from oncall_sync.pagerduty.events import PagerDutyEvents
from oncall_sync.transport import WaitBudget
from tests.sync.driver import TASKS, DictStore, Killed, Run, Sync, Task

T = TypeVar("T")
P = ParamSpec("P")


@dataclass
class Life:
    """moments: how many there were so far, of those at which it may end; after the last one nothing is done any more,
    as `finally` would, which no signal 9 waits for."""

    ends_at: int | None = None
    moments: int = 0

    def goes_on(self) -> None:
        if self.moments != self.ends_at:
            self.moments += 1
        if self.moments == self.ends_at:
            raise Killed

    def around(self, act: Callable[P, T]) -> Callable[P, T]:
        """The same, with a moment before it and one after it."""

        def acting(*arguments: P.args, **named: P.kwargs) -> T:
            self.goes_on()
            answer = act(*arguments, **named)
            self.goes_on()
            return answer

        return acting


class MortalStore(DictStore):
    life = Life()

    def set(self, key: str, value: Any) -> None:
        self.life.around(super().set)(key, value)

    def delete(self, key: str) -> None:
        self.life.around(super().delete)(key)


class MortalBudget(WaitBudget):
    """Every request to Slack and to PagerDuty's REST API goes through it."""

    life = Life()

    def retry(self, ask: Callable[[], T], attempts: int = 3) -> T:
        return super().retry(self.life.around(ask), attempts)


class MortalEvents(PagerDutyEvents):
    life = Life()

    def _send(self, event: dict[str, Any]) -> None:
        self.life.around(super()._send)(event)


@dataclass
class Mortal(Sync):
    """`begun = mortal.run_until_killed(at)`, and what may come then: `resume`, or another run."""

    life: Life = field(default_factory=Life)

    def run_until_killed(self, at: int | None) -> Run:
        self.life.ends_at, self.life.moments = at, 0
        begun = self.begin(scheduled=True)
        with suppress(Killed):
            self.resume(begun)
        self.life.ends_at = None
        return begun

    def resume(self, begun: Run) -> None:
        """Airflow tries the task again that was killed, and goes on; what ended before is not done anew."""
        for task in TASKS:
            if task == "update_groups":
                for change in begun.open_changes:
                    self.update(change, begun)
            elif not begun.has_ended(task):
                self.do(task, begun)

    def pagerduty_events(self, connection_id: str) -> PagerDutyEvents:
        events = MortalEvents(self.sandbox.world.pagerduty.integration_key, self.sandbox.events_url)
        events.life = self.life
        return events

    def do(self, task: Task, run: Run) -> None:
        with patch.object(events, "call_watchdog", self.life.around(events.call_watchdog)):
            super().do(task, run)

    def _budget(self) -> WaitBudget:
        budget = MortalBudget(self.budget, self._sleep)
        budget.life = self.life
        return budget


def mortal(sync: Sync) -> Mortal:
    """In place of that sync, in its world."""
    store = MortalStore(sync.store)
    made = Mortal(sync.sandbox, sync.config, sync.now, store=store)
    store.life = made.life
    sync.sandbox.world.clock = lambda: made.now
    return made
