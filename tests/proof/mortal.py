"""A sync whose process is killed at a chosen moment: before or after a request, before or after something is saved."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from oncall_sync.clients.waiting import WaitBudget
from tests.sync.driver import READING, TASKS, Begun, DictStore, Killed, Sync

T = TypeVar("T")


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


class MortalStore(DictStore):
    life = Life()

    def set(self, key: str, value: Any) -> None:
        self.life.goes_on()
        super().set(key, value)
        self.life.goes_on()


class MortalBudget(WaitBudget):
    """Every request of both clients goes through it."""

    life = Life()

    def ask_again(self, ask: Callable[[], T], attempts: int = 3) -> T:
        self.life.goes_on()
        answer = super().ask_again(ask, attempts)
        self.life.goes_on()
        return answer


@dataclass
class Mortal(Sync):
    """`begun = mortal.run_until_killed(at)`, and what may come then: `resume`, or another run."""

    life: Life = field(default_factory=Life)

    def run_until_killed(self, at: int | None) -> Begun:
        self.life.ends_at, self.life.moments = at, 0
        begun = self.begin(scheduled=True)
        with suppress(Killed):
            self.resume(begun)
        self.life.ends_at = None
        return begun

    def resume(self, begun: Begun) -> None:
        """Airflow tries the task again that was killed, and goes on; what ended before is not done anew."""
        for task in TASKS:
            if task == "update_groups":
                for change in begun.changes:
                    ended = ("outcomes", "failures", "superseded")
                    if not any(change.handle in begun.left.get(kind, ()) for kind in ended):
                        self.update(change, begun)
            elif task not in begun.left and not (task in READING and begun.left.get("problems")):
                self.do(task, begun)

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
