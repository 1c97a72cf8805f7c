"""The watcher: reads PagerDuty every few seconds, and says when the Dag should run. Airflow's side is its trigger."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall_sync.config import Source
from oncall_sync.config.load import config_path, hash_of
from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.memory import Memory
from oncall_sync.models import Rotation
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.pagerduty.on_call import HINTS, watch_sources
from oncall_sync.watcher import fingerprint
from oncall_sync.watcher.fingerprint import Fingerprint, OnCall

log = logging.getLogger(__name__)

AFTER_END = timedelta(seconds=1)  # read a moment after a handoff, when it has surely come about
SOONEST = timedelta(seconds=1)  # between two polls
LONGEST = timedelta(minutes=10)  # that PagerDuty may make the watcher wait
WAKE_AGAIN = timedelta(minutes=1)  # if the last run did not settle the matter; twice as long each time
SELDOMEST = timedelta(minutes=15)
LOOK_AT_CONFIG = timedelta(seconds=30)  # at least so often, so that an edit takes effect within a minute


# The reason, the hash of the config, who is on call, and what that differs from.
About = tuple[str, str | None, OnCall | None, OnCall | None]


@dataclass(frozen=True)
class Look:
    """wake: why the Dag should run now; None if it should not. next: when to look again."""

    wake: str | None
    next: datetime


@dataclass(frozen=True)
class WakeUp:
    """Why the Dag was woken last, how often for the same reason, and when it may be woken for it again."""

    about: About
    times: int
    again: datetime

    @classmethod
    def after(
        cls, last: WakeUp | None, about: tuple[str, str | None, OnCall | None, OnCall | None], now: datetime
    ) -> WakeUp | None:
        """The next one for this reason; None while it is too early to repeat the last one."""
        times = last.times if last and last.about == about else 0
        if last and times and last.again - SELDOMEST <= now < last.again:
            return None
        return cls(about, times + 1, now + min(WAKE_AGAIN * 2**times, SELDOMEST))


@dataclass
class Watcher:
    """Kept from poll to poll; may be lost at any time.

    due: when to read PagerDuty next. seen: its last readable answer. trouble: the code of the error for which it cannot
    be read, and since when.
    """

    poll: timedelta
    memory: Memory
    connect: Callable[[str], PagerDutyApi]
    woken: WakeUp | None = None
    due: datetime | None = None
    seen: OnCall | None = None
    trouble: tuple[str, datetime] | None = None

    def look(self, now: datetime) -> Look:
        """Compares the config, and PagerDuty if it is due, with the last run that served all groups.

        After an error of PagerDuty it waits; what the memory raises is raised.
        """
        last_run, seen, due = fingerprint.load(self.memory), None, self.due
        if due is None or not now < due <= now + max(self.poll, LONGEST):  # a clock may have been set back
            began = time.monotonic()
            seen, due = self._read(last_run, now)
            now += timedelta(seconds=int(time.monotonic() - began))
            due = max(due, now + SOONEST)
        fingerprint.save_look(self.memory, now)
        self.due = due  # only now: a poll that could not be saved is repeated
        return Look(self._reason(last_run, seen, now), min(due, now + LOOK_AT_CONFIG))

    def _read(self, last_run: Fingerprint | None, now: datetime) -> tuple[OnCall | None, datetime]:
        """Who is on call, None if that cannot be read; and when to read next."""
        at, rotations = now.replace(microsecond=0), {}
        try:
            if last_run and last_run.on_call:
                api = self.connect(last_run.connection)
                rotations = watch_sources(api, last_run.on_call, at, HINTS.load(self.memory))
        except SyncError as error:
            return None, self._wait_after(error, now)
        self._recover(now)
        return fingerprint.seen_in(rotations, at), self._next(last_run, rotations, now)

    def _reason(self, last_run: Fingerprint | None, seen: OnCall | None, now: datetime) -> str | None:
        """Why to wake the Dag. The same reason again only after a while, less and less often."""
        self.seen = self.seen if seen is None else seen
        config = hash_of(config_path())  # read here: an edit that made a new trigger would stop this one for a while
        reason = last_run.differs(seen, config, now) if last_run else "no run has served all groups yet"
        if reason is None:
            settled = seen is not None and not (last_run and last_run.unsettled)
            self.woken = None if settled else self.woken
            return None
        about = (reason, config, self.seen, last_run.on_call if last_run else None)
        wake_up = WakeUp.after(self.woken, about, now)
        self.woken = wake_up or self.woken
        return reason if wake_up else None

    def _next(self, last_run: Fingerprint | None, rotations: Mapping[Source, Rotation], now: datetime) -> datetime:
        """The next poll, or a moment after the earliest end of a shift if that comes first."""
        ends = [shift.end for rotation in rotations.values() for shift in rotation.shifts]
        ends.append(last_run.until if last_run else None)
        soon = min((end + AFTER_END for end in ends if end and end + AFTER_END > now), default=now + self.poll)
        return min(soon, now + self.poll)

    def _wait_after(self, error: SyncError, now: datetime) -> datetime:
        """When to read again."""
        asked_to_wait = error.retry_after if isinstance(error, PassingFault) else None
        again = now + max(self.poll, min(timedelta(seconds=asked_to_wait or 0), LONGEST))
        code, since = self.trouble or ("", now)
        if code != error.code:
            log.warning("PagerDuty cannot be read; the next try is at %s. %s", f"{again:%H:%M:%S}", error)
        self.trouble = error.code, since
        return again

    def _recover(self, now: datetime) -> None:
        """After a long outage forget the last wake-up, so that the next difference wakes the Dag at once."""
        if self.trouble:
            log.info("PagerDuty can be read again.")
            self.woken = None if now - self.trouble[1] >= WAKE_AGAIN else self.woken
            self.trouble = None
