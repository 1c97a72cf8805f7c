"""The watcher: reads PagerDuty every few seconds, and says when the Dag should run. Airflow's side is trigger.py."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oncall_sync.config import Source
from oncall_sync.config.file import config_path, hash_of
from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.memory import Memory
from oncall_sync.pagerduty import schedule_hints
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.pagerduty.on_call import read_listed
from oncall_sync.pagerduty.rotations import Rotations, Window
from oncall_sync.watcher import fingerprint
from oncall_sync.watcher.fingerprint import Fingerprint, OnCall

log = logging.getLogger(__name__)

AFTER_END = timedelta(seconds=1)  # a handoff is read a moment after it, when it has surely come about
SOONEST = timedelta(seconds=1)  # between two polls
LONGEST = timedelta(minutes=10)  # that PagerDuty may make it wait
ASK_AGAIN = timedelta(minutes=1)  # for a run, where the last one did not settle the matter; twice as long each time
SELDOMEST = timedelta(minutes=15)
LOOK_AT_CONFIG = timedelta(seconds=30)  # at least so often, so that an edit takes effect within a minute


@dataclass(frozen=True)
class Turn:
    """wake: why the Dag should run now; None where it should not. next: when to look again."""

    wake: str | None
    next: datetime


@dataclass(frozen=True)
class Asked:
    """What the Dag was woken for last, and when it is woken again if that is not settled by then.

    about: why, the config's hash, what was seen, and what that differed from.
    """

    about: tuple[str, str | None, OnCall | None, OnCall | None] | None = None
    times: int = 0
    again: datetime | None = None


@dataclass
class Watcher:
    """Kept from poll to poll; may be lost at any time.

    due: when PagerDuty is to be read next; seen: what it said when it could be read last; trouble: why it cannot be,
    and since when.
    """

    poll: timedelta
    memory: Memory
    connect: Callable[[str], PagerDutyApi]
    asked: Asked = field(default_factory=Asked)
    due: datetime | None = None
    seen: OnCall | None = None
    trouble: tuple[str, datetime] | None = None

    def look(self, now: datetime) -> Turn:
        """Reads what the last run said is to be watched, where it is time to, and compares it and the config.

        PagerDuty's errors make it wait; what the memory raises is raised.
        """
        known, seen, due = fingerprint.load(self.memory), None, self.due
        if due is None or not now < due <= now + max(self.poll, LONGEST):  # a clock may have been set back
            began = time.monotonic()
            seen, due = self._read(known, now)
            now += timedelta(seconds=int(time.monotonic() - began))
            due = max(due, now + SOONEST)
            self.memory.save("watcher", {"polled": now.isoformat(), "due": due.isoformat()})
        self.due = due  # only now: what was seen by a poll that could not be saved is read again
        return Turn(self._news(known, seen, now), min(due, now + LOOK_AT_CONFIG))

    def _read(self, known: Fingerprint | None, now: datetime) -> tuple[OnCall | None, datetime]:
        """Who is on call, None where that cannot be read; and when to read next."""
        found = Rotations(Window(now.replace(microsecond=0)))
        try:
            if known and known.on_call:
                rows = {schedule: rows for schedule, (rows, _) in schedule_hints.load(self.memory).items()}
                read_listed(self.connect(known.connection), [*map(Source.parse, known.on_call)], found, False, rows)
        except SyncError as error:
            return None, self._in_trouble(error, now)
        self._out_of_trouble(now)
        return fingerprint.seen_in(found), self._next(known, found, now)

    def _news(self, known: Fingerprint | None, seen: OnCall | None, now: datetime) -> str | None:
        """Why to wake the Dag. The same news again only after a while, less and less often."""
        self.seen = self.seen if seen is None else seen
        config = hash_of(config_path())  # read here: an edit that made a new trigger would stop this one for a while
        why = known.differs(seen, config, now) if known else "no run has served all groups yet"
        if why is None:
            self.asked = self.asked if seen is None or (known and known.unsettled) else Asked()
            return None
        about = (why, config, self.seen, known.on_call if known else None)
        times = self.asked.times if about == self.asked.about else 0
        if times and self.asked.again and self.asked.again - SELDOMEST <= now < self.asked.again:
            return None
        self.asked = Asked(about, times + 1, now + min(ASK_AGAIN * 2**times, SELDOMEST))
        return why

    def _next(self, known: Fingerprint | None, found: Rotations, now: datetime) -> datetime:
        """The next poll, or a moment after the earliest end of a shift, where that comes first."""
        ends = [shift.end for rotation in found.rotations.values() for shift in rotation.shifts]
        ends.append(known.until if known else None)
        soon = min((end + AFTER_END for end in ends if end and end + AFTER_END > now), default=now + self.poll)
        return min(soon, now + self.poll)

    def _in_trouble(self, error: SyncError, now: datetime) -> datetime:
        """When to read again."""
        asked_to_wait = error.retry_after if isinstance(error, PassingFault) else None
        again = now + max(self.poll, min(timedelta(seconds=asked_to_wait or 0), LONGEST))
        code, since = self.trouble or ("", now)
        if code != error.code:
            log.warning("PagerDuty cannot be watched, and is asked again at %s. %s", f"{again:%H:%M:%S}", error)
        self.trouble = error.code, since
        return again

    def _out_of_trouble(self, now: datetime) -> None:
        """After a while of it, what the Dag was woken for before may be settled now; after a moment, no sooner."""
        if self.trouble:
            log.info("PagerDuty can be watched again.")
            self.asked = Asked() if now - self.trouble[1] >= ASK_AGAIN else self.asked
            self.trouble = None
