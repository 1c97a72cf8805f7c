"""The watcher: reads PagerDuty every few seconds, and says when the Dag should run. Airflow's side is trigger.py."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oncall_sync import remembered_schedules, watch
from oncall_sync.config.file import config_path, hash_of
from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.memory import Memory
from oncall_sync.oncalls import read_listed
from oncall_sync.pagerduty_api import PagerDutyApi
from oncall_sync.rotations import Rotations
from oncall_sync.watch import OnCall, Watch

log = logging.getLogger(__name__)

AFTER_END = timedelta(seconds=1)  # a handoff is read a moment after it, when it has surely come about
SOONEST = timedelta(seconds=1)  # between two polls
LONGEST = timedelta(minutes=10)  # that PagerDuty may make it wait
ASK_AGAIN = timedelta(minutes=1)  # for a run, where the last one did not settle the matter; twice as long each time
SELDOMEST = timedelta(minutes=15)


@dataclass(frozen=True)
class Turn:
    """wake: why the Dag should run now; None where it should not. next: when to look again."""

    wake: str | None
    next: datetime


@dataclass(frozen=True)
class Asked:
    """What the Dag was woken for last, and when it is woken again if that is not settled by then.

    about: why, what was seen, and what that differed from.
    """

    about: tuple[str, OnCall | None, OnCall | None] | None = None
    times: int = 0
    again: datetime | None = None


@dataclass
class Watcher:
    """Kept from poll to poll; may be lost at any time."""

    poll: timedelta
    memory: Memory
    connect: Callable[[str], PagerDutyApi]
    asked: Asked = field(default_factory=Asked)
    trouble: str = ""

    def look(self, now: datetime) -> Turn:
        """One poll: reads what the last run said is to be watched, and compares. PagerDuty's errors make it wait."""
        began, known = time.monotonic(), watch.load(self.memory)
        try:
            found = self._read(known, now)
        except SyncError as error:
            now += timedelta(seconds=int(time.monotonic() - began))
            turn = Turn(self._news(known, None, now), self._in_trouble(error, now))
        else:
            self._out_of_trouble()
            turn = Turn(self._news(known, watch.seen_in(found), now), self._next(known, found, now))
        self.memory.save("watcher", {"polled": now.isoformat(), "due": turn.next.isoformat()})
        return turn

    def _read(self, known: Watch | None, now: datetime) -> Rotations:
        found = Rotations(now.replace(microsecond=0))
        if known and known.on_call:
            rows = {schedule: rows for schedule, (rows, _) in remembered_schedules.load(self.memory).items()}
            read_listed(self.connect(known.connection), known.on_call, found, last_try=False, rows=rows)
        return found

    def _news(self, known: Watch | None, seen: OnCall | None, now: datetime) -> str | None:
        """Why to wake the Dag. The same news again only after a while, less and less often."""
        config = hash_of(config_path())  # read here: an edit that made a new trigger would stop this one for a while
        why = known.differs(seen, config, now) if known else "no run has served all groups yet"
        if why is None:
            self.asked = Asked()
            return None
        about = (why, seen, known.on_call if known else None)
        times = self.asked.times if about == self.asked.about else 0
        if times and self.asked.again and now < self.asked.again:
            return None
        self.asked = Asked(about, times + 1, now + min(ASK_AGAIN * 2**times, SELDOMEST))
        return why

    def _next(self, known: Watch | None, found: Rotations, now: datetime) -> datetime:
        """The next poll, or a moment after the earliest end of a shift, where that comes first."""
        ends = [shift.end for rotation in found.rotations.values() for shift in rotation.shifts]
        ends.append(known.until if known else None)
        soon = min((end + AFTER_END for end in ends if end and end + AFTER_END > now), default=now + self.poll)
        return max(min(soon, now + self.poll), now + SOONEST)

    def _in_trouble(self, error: SyncError, now: datetime) -> datetime:
        """When to look again."""
        if not self.trouble:
            log.warning("PagerDuty cannot be watched, and is asked again every %s. %s", self.poll, error)
        self.trouble = error.code
        asked_to_wait = error.retry_after if isinstance(error, PassingFault) else None
        return now + max(self.poll, min(timedelta(seconds=asked_to_wait or 0), LONGEST))

    def _out_of_trouble(self) -> None:
        if self.trouble:
            log.info("PagerDuty can be watched again.")
            self.trouble = ""
