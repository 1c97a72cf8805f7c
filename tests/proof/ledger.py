"""Which group was right in which second, and why it was not. Time is virtual, and counted exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Groups = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Wrong:
    """cause: what made it wrong; "a write" is the sync itself."""

    handle: str
    cause: str
    start: datetime
    end: datetime

    @property
    def lasted(self) -> timedelta:
        return self.end - self.start


@dataclass
class Ledger:
    """`look` whenever the truth or a group may have changed. outages: when anything at all was down."""

    began: datetime
    now: datetime = field(init=False)
    wrong: list[Wrong] = field(default_factory=list)
    since: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)
    before: dict[str, frozenset[str]] = field(default_factory=dict)
    on_call: dict[tuple[str, str], datetime] = field(default_factory=dict)  # when the sync might last put them in

    def look(self, now: datetime, truth: Groups, members: Groups, cause: str, read_at: datetime) -> None:
        """cause: what just happened; "a write" where it was the sync. read_at: when its last run read PagerDuty."""
        self.now = now
        for handle, right in truth.items():
            self.on_call |= dict.fromkeys(((handle, person) for person in right), now)
            self._check(handle, members[handle], read_at if cause == "a write" else None)
            if members[handle] == right:
                self._close(handle)
            else:
                self.since.setdefault(handle, (now, cause))

    def _check(self, handle: str, members: frozenset[str], read_at: datetime | None) -> None:
        """The invariants of every second. read_at: by the reading of which the sync may have written."""
        assert members, f"@{handle} is empty at {self.now}"
        if read_at:
            for person in members - self.before.get(handle, members):
                last = self.on_call.get((handle, person), self.began - timedelta(days=1))
                assert last >= read_at, f"@{handle} gained {person}, who was not on call, at {self.now}"
        self.before[handle] = members

    def _close(self, handle: str) -> None:
        if handle in self.since:
            start, cause = self.since.pop(handle)
            if start < self.now:
                self.wrong.append(Wrong(handle, cause, start, self.now))

    def close(self) -> None:
        for handle in list(self.since):
            self._close(handle)

    def in_outage(self, wrong: Wrong) -> bool:
        return any(start <= wrong.end and wrong.start <= end for start, end in self.outages)

    def share_right(self, handles: int, *, with_outages: bool = True) -> float:
        """Of all seconds of all groups."""
        spans = [w.lasted for w in self.wrong if with_outages or not self.in_outage(w)]
        return 1 - sum(spans, timedelta()) / ((self.now - self.began) * handles)

    def longest(self, *causes: str, in_outages: bool = False) -> timedelta:
        of_these = (w for w in self.wrong if not causes or w.cause in causes)
        return max((w.lasted for w in of_these if self.in_outage(w) == in_outages), default=timedelta())
