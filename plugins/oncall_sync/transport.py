"""Waiting inside a task, bounded: the clients' share of the retries. What takes longer is Airflow's (retry.py)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited

T = TypeVar("T")

BUDGET = 60.0  # seconds of sleep in one task, all waits together: a worker is not for sleeping
MOST_FAULTS = 3  # requests that may fail in one try of a task before the others are not even sent
PAUSE = 0.5  # seconds before an answer is asked for again that came broken


@dataclass
class Faults:
    """The passing faults of one try of a task. A reader notes them and goes on; the task decides at its end."""

    noted: list[PassingFault] = field(default_factory=list)

    def note(self, fault: PassingFault) -> None:
        self.noted.append(fault)

    @property
    def enough(self) -> bool:
        """Ask nothing more: each fault may cost a minute, and a rate limit does not lift at once."""
        return len(self.noted) >= MOST_FAULTS or any(isinstance(fault, RateLimited) for fault in self.noted)


class WaitBudget:
    """How long one task may still sleep because a server asked it to.

    requested() sleeps, or raises RateLimited with the server's number where the budget is too small for it,
    so that Airflow waits instead and the worker is free.
    """

    def __init__(self, seconds: float = BUDGET, sleep: Callable[[float], None] = time.sleep) -> None:
        self.left = seconds
        self._sleep = sleep

    def requested(self, seconds: float, where: str) -> None:
        if seconds > self.left:
            raise RateLimited(
                where,
                f"too many requests; the server asks to wait {seconds:g} s, more than this task may sleep",
                code="rate_limited",
                remedy="Airflow tries again after that time.",
                retry_after=seconds,
            )
        self.left -= seconds
        self._sleep(seconds)

    def ask_again(self, ask: Callable[[], T], attempts: int = 3) -> T:
        """ask() until it answers: at most `attempts` times, for answers that came but came broken."""
        for attempt in range(1, attempts):
            try:
                return self._patiently(ask)
            except BrokenAnswer:
                self._sleep(PAUSE * attempt)
        return self._patiently(ask)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """ask() until no rate limit is in the way, as long as the budget lasts."""
        while True:
            try:
                return ask()
            except RateLimited as limited:
                self.requested(limited.retry_after or 1.0, limited.where)
