"""Changes in PagerDuty, for `latency`, and when they reached Slack. Each group changes once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from random import Random
from typing import Literal

from benchmarks import worlds
from benchmarks.record import row
from sandbox import PlannedShift, Request, World

GAPS = (25, 55)  # seconds between two changes
HEAD = """\
|  | count | p50 | p95 | worst | missed |
| --- | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True)
class Change:
    """From this instant the second person of each schedule of the group is on call.

    A handoff is planned ahead; an override is entered at the instant.
    """

    kind: Literal["handoff", "override"]
    group: int
    at: datetime


Waits = Mapping[Change, float | None]  # seconds from the change to its write; None for a change without one


def plan(handoffs: int, overrides: int, start: datetime) -> list[Change]:
    """In random order at random moments, in whole seconds, as PagerDuty has them."""
    random = Random(20261123)  # noqa: S311 - chooses moments, not secrets
    changes, at = [], start
    for group in random.sample(range(handoffs + overrides), handoffs + overrides):
        at += timedelta(seconds=random.randint(*GAPS))
        changes.append(Change("handoff" if group < handoffs else "override", group, at))
    return changes


def enter_handoffs(world: World, changes: Iterable[Change]) -> None:
    """Into PagerDuty, ahead of them."""
    for change in changes:
        for key in worlds.schedules_of(world, change.group) if change.kind == "handoff" else ():
            world.schedules[key].shifts = [
                PlannedShift(person=worlds.person(key, 0), start=worlds.EVER, end=change.at),
                PlannedShift(person=worlds.person(key, 1), start=change.at),
            ]


def waits_and_strays(
    world: World, changes: Iterable[Change], requests: Iterable[Request]
) -> tuple[Waits, list[Request]]:
    """Also the accepted writes that belong to no change. A write belongs to one if it has exactly its members."""
    strays = [r for r in requests if r.endpoint == "usergroups.users.update" and r.status == HTTPStatus.OK]
    waits: dict[Change, float | None] = {}
    for change in changes:
        group, members = list(world.user_groups)[change.group], worlds.on_call(world, change.group, change.at)
        of_group = [write for write in strays if write.params["usergroup"] == group and write.at >= change.at]
        write = next((write for write in of_group if set(write.params["users"].split(",")) == members), None)
        waits[change] = (write.at - change.at).total_seconds() if write else None
        strays = [each for each in strays if each is not write]
    return waits, strays


def table(waits: Waits) -> str:
    lines = [HEAD]
    for kind in ("handoff", "override"):
        seconds = [wait for change, wait in waits.items() if change.kind == kind]
        written = sorted(wait for wait in seconds if wait is not None)
        ranks = [math.ceil(share * len(written)) - 1 for share in (0.5, 0.95, 1)]  # the nearest
        times = [f"{written[rank]:.1f} s" if written else "" for rank in ranks]
        lines.append(row(f"{kind}s", len(seconds), *times, len(seconds) - len(written)))
    return "\n".join(lines)
