"""The changes come about, one after the other; what Slack gets is in the sandbox's record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.latency.changes import Step, enter_handoffs, happen
from benchmarks.latency.outcome import Change, Write, match, writes_in
from benchmarks.machine import say
from sandbox import Request, Sandbox

TICK = 0.2  # seconds between two looks
PATIENCE = timedelta(minutes=3)  # for the last write


@dataclass
class Course:
    """start: whole seconds; the first change comes a while after it."""

    serving: Sandbox
    start: datetime
    changes: list[Change] = field(default_factory=list)
    told: int = 0

    def take(self, steps: Sequence[Step]) -> None:
        """Until the last change was written, or can count as missed."""
        enter_handoffs(self.serving.world, steps, self.start)
        for number, step in enumerate(steps, 1):
            self._wait_until(self.start + step.after)
            change = happen(self.serving.world, step, self.start)
            self.changes.append(change)
            say(f"{change.at:%H:%M:%S}  {number:>3}/{len(steps)}  {change.kind} for {change.group}")
        deadline = datetime.now(UTC) + PATIENCE
        while self.told < len(steps) and datetime.now(UTC) < deadline:
            self._wait_until(datetime.now(UTC) + timedelta(seconds=1))

    @property
    def requests(self) -> list[Request]:
        """All that the sandbox got since the start."""
        return [request for request in self.serving.requests if request.at >= self.start]

    def outcome(self) -> tuple[list[Change], list[Write]]:
        return match(self.changes, writes_in(self.requests))

    def _wait_until(self, moment: datetime) -> None:
        while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
            time.sleep(min(left, TICK))
            self._tell()

    def _tell(self) -> None:
        """A line whenever a change has reached Slack."""
        written = sorted((c for c in self.outcome()[0] if c.written), key=lambda change: change.written or self.start)
        for change in written[self.told :]:
            say(f"{change.written:%H:%M:%S}           written after {change.seconds:.1f} s ({change.group})")
        self.told = len(written)
