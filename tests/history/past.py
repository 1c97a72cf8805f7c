"""What the task of `oncall_history` does, in this process and without Airflow, and what the world itself says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from oncall_sync.history import History, fetch_shifts
from oncall_sync.memory import ReadOnly
from oncall_sync.models import Shift
from sandbox import PlannedShift, Policy, Sandbox, Schedule, World
from sandbox.shifts import shifts
from tests.sync.driver import Sync

DAY = datetime(2026, 3, 1, tzinfo=UTC)  # the day before NOON of the small world
NEXT_DAY = DAY + timedelta(days=1)
HOUR = timedelta(hours=1)

Turn = tuple[str, datetime | None, datetime | None]  # person, start, end
KINDS = {
    "layer-based, on a policy": ("v2", True),
    "layer-based, on no policy": ("v2", False),
    "shift-based, on a policy": ("v3", True),
    "shift-based, on no policy": ("v3", False),
}


@dataclass
class Past:
    """`past.read()` is the history of DAY; what it asked for is in `past.sandbox`."""

    sync: Sync

    @property
    def sandbox(self) -> Sandbox:
        return self.sync.sandbox

    @property
    def world(self) -> World:
        return self.sync.sandbox.world

    def configure(self, groups: str, top: str = "") -> None:
        """groups: one per line, as below `groups:`."""
        lines = "".join(f"  {line.strip()}\n" for line in groups.strip().splitlines())
        self.sync.configure(f"placeholders: [noop@example.org]\n{top}\ngroups:\n{lines}")

    def schedule(self, key: str, *, kind: str = "v2", on_policy: bool = True, **more: Any) -> None:
        """Puts a schedule into the world. more: rotation, shifts, overrides."""
        self.world.schedules[key] = Schedule.model_validate({"kind": kind, **more})
        for policy in self.world.policies.values():
            policy.levels = [[target for target in level if target != key] for level in policy.levels]
        if on_policy:
            self.world.policies[f"POLICYOF{key}"] = Policy(levels=[[key]])

    def read(self, since: datetime = DAY, until: datetime = NEXT_DAY) -> History:
        """By way of JSON, as through XCom."""
        services = replace(self.sync.services(), memory=ReadOnly(self.sync.store))
        history = fetch_shifts(since, until, services)
        return History.model_validate(json.loads(json.dumps(history.model_dump(mode="json"))))


def shift(person: str | None, start: datetime, end: datetime | None = None) -> dict[str, Any]:
    return PlannedShift(person=person, start=start, end=end).model_dump()


def turns_of(found: Iterable[Shift]) -> list[Turn]:
    return [(each.person, each.start, each.end) for each in found]


def true(world: World, schedule: str, since: datetime = DAY, until: datetime = NEXT_DAY) -> list[Turn]:
    """Every shift of somebody that touches since <= T < until, as the world computes it, by its start."""
    found = [
        (each.person, each.start, each.end)
        for each in shifts(world.schedules[schedule], since, until)
        if each.person and each.start < until and (each.end is None or since < each.end)
    ]
    return sorted(found, key=lambda each: (each[1], each[0]))
