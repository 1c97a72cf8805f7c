"""Changes in PagerDuty and what came of them: writes to Slack, and reads of PagerDuty. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Literal

from sandbox import Request

CRON = timedelta(minutes=5)

Kind = Literal["handoff", "override"]


@dataclass(frozen=True)
class Write:
    """One accepted write to a Slack user group: its complete new members."""

    at: datetime
    group: str
    members: frozenset[str]


@dataclass(frozen=True)
class Change:
    """One change in PagerDuty. at: the instant from which it is true; members: the group's from then on.

    written: when Slack got exactly these members; None: never. run: when the Dag run that wrote them had started.
    """

    kind: Kind
    group: str
    at: datetime
    members: frozenset[str]
    written: datetime | None = None
    run: datetime | None = None

    @property
    def seconds(self) -> float | None:
        return (self.written - self.at).total_seconds() if self.written else None

    @property
    def cron_seconds(self) -> float | None:
        """What it would have been if a cron every five minutes had started the same run."""
        if not self.written or not self.run:
            return None
        return (next_cron(self.at) - self.at + (self.written - self.run)).total_seconds()


def next_cron(at: datetime) -> datetime:
    """The next multiple of five minutes; an instant that is one is its own."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + math.ceil((at - midnight) / CRON) * CRON


def match(changes: Iterable[Change], writes: Iterable[Write]) -> tuple[list[Change], list[Write]]:
    """The changes with the time of their writes, in order of time, and the writes that belong to no change."""
    matched: list[Change] = []
    left = sorted(writes, key=lambda write: write.at)
    for change in sorted(changes, key=lambda change: change.at):
        wanted = (w for w in left if w.group == change.group and w.members == change.members and w.at >= change.at)
        write = next(wanted, None)
        if write:
            left.remove(write)
        matched.append(replace(change, written=write.at if write else None))
    return matched, left


def with_runs(changes: Iterable[Change], starts: Iterable[datetime]) -> list[Change]:
    """starts: of the Dag runs, which never overlap, so that a write is of the last one that had started."""
    known = sorted(starts)
    return [
        replace(change, run=max((s for s in known if change.written and s <= change.written), default=None))
        for change in changes
    ]


def writes_in(requests: Iterable[Request]) -> list[Write]:
    """Those that the sandbox accepted; a request in progress has no status yet."""
    return [
        Write(each.at, str(each.params["usergroup"]), frozenset(str(each.params["users"]).split(",")))
        for each in requests
        if each.endpoint == "usergroups.users.update" and each.status == HTTPStatus.OK
    ]


@dataclass(frozen=True)
class Reads:
    """Requests to PagerDuty: polls of the watcher, the requests that they took, and those that the runs took."""

    polls: int
    by_watcher: int
    by_runs: int


def reads_in(requests: Iterable[Request], runs: Collection[datetime]) -> Reads:
    """Every GET /oncalls asks about an instant, the same in all requests of one reading.

    runs: the instants that the runs asked about; all others are the watcher's.
    """
    asked = [each for each in requests if each.service == "pagerduty"]
    instants = [
        datetime.fromisoformat(each.params["since"]) if each.endpoint == "GET /oncalls" else None for each in asked
    ]
    watched = [instant for instant in instants if instant and instant not in runs]
    return Reads(len(set(watched)), len(watched), len(asked) - len(watched))
