"""Worlds in which each group takes its people from the same number of schedules, with three people each.

The first person of a schedule is on call, or the second by an override; the third never is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from sandbox import Override, PlannedShift, World, grid

SCHEDULES = 3  # per group
PEOPLE = 3  # per schedule
EVER = datetime(2024, 1, 1, 9, tzinfo=UTC)


def new_world(groups: int, schedules: int = SCHEDULES) -> World:
    """Each group of Slack holds somebody else. No rate limits."""
    world = grid(groups=groups, schedules_per_group=schedules, people_per_schedule=PEOPLE)
    for key, schedule in world.schedules.items():
        schedule.rotation, schedule.shifts = [], [PlannedShift(person=person(key, 0), start=EVER)]
    return world


def pages(groups: int) -> int:
    """Of /oncalls, with 100 rows each."""
    return ceil(groups * SCHEDULES / 100)


def person(schedule: str, turn: int) -> str:
    """The PagerDuty ID of one of its people."""
    return f"PU{int(schedule[2:]) * PEOPLE + turn:05d}"


def schedules_of(world: World, group: int) -> list[str]:
    """IDs."""
    each = len(world.schedules) // len(world.user_groups)
    return list(world.schedules)[group * each : (group + 1) * each]


def by_handle(world: World) -> dict[str, list[str]]:
    """The schedules: {"group-000": ["PS00000", …]}"""
    return {group.handle: schedules_of(world, n) for n, group in enumerate(world.user_groups.values())}


def write_config(world: World, file: Path, settings: str = "") -> None:
    rows = "".join(f"  {handle}: {{schedules: [{', '.join(ids)}]}}\n" for handle, ids in by_handle(world).items())
    file.write_text(f"{settings}groups:\n{rows}")


def set_turn(world: World, groups: Iterable[int], turn: int, since: datetime = EVER) -> None:
    """Who is on call for each schedule of these groups: 0 is the first person, others are by an override."""
    end = datetime.now(UTC) + timedelta(days=1000)
    for key in (key for group in groups for key in schedules_of(world, group)):
        override = Override(person=person(key, turn), start=since, end=end)
        world.schedules[key].overrides = [override] if turn else []


def on_call(world: World, group: int, at: datetime | None = None) -> frozenset[str]:
    """Slack IDs. at: None is now."""
    shifts = (shift for schedule in schedules_of(world, group) for shift in world.on_call(schedule, at))
    return frozenset(f"U{shift.person[2:]}" for shift in shifts if shift.person)


def set_right(world: World) -> None:
    """Slack's groups hold who is on call, without any request."""
    for number, group in enumerate(world.user_groups.values()):
        group.members = sorted(on_call(world, number))


def right(world: World) -> int:
    """How many groups of Slack hold exactly who is on call."""
    return sum(set(group.members) == on_call(world, n) for n, group in enumerate(world.user_groups.values()))
