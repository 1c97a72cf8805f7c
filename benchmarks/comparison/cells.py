"""Group n takes its people from three schedules; of each the first person, or the second by an override, is on call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Literal, get_args

from sandbox import Override, PlannedShift, World, grid

SCHEDULES = 3  # of a group
PEOPLE = 3  # of a schedule; the third is never on call
EVER = datetime(2024, 1, 1, 9, tzinfo=UTC)
ROWS = 100  # of /oncalls in one page

Changed = Literal["nothing", "a tenth", "everything"]
CHANGES: tuple[Changed, ...] = get_args(Changed)


@dataclass(frozen=True)
class Cell:
    """changed: since the last run. warm: the memory of that run is there; otherwise none is."""

    groups: int
    changed: Changed
    warm: bool

    @property
    def changes(self) -> int:
        return {"nothing": 0, "a tenth": ceil(self.groups / 10), "everything": self.groups}[self.changed]

    @property
    def floor(self) -> int:
        """Requests without which it cannot be done: the pages of PagerDuty's rows, Slack's list, a write a change."""
        return ceil(self.groups * SCHEDULES / ROWS) + 1 + self.changes


def cells(groups: int) -> list[Cell]:
    return [Cell(groups, changed, warm) for warm in (True, False) for changed in CHANGES]


def new_world(groups: int) -> World:
    """The first of each schedule is on call for ever; the groups of Slack hold somebody else. No rate limits."""
    world = grid(groups=groups, schedules_per_group=SCHEDULES, people_per_schedule=PEOPLE)
    for number, schedule in enumerate(world.schedules.values()):
        schedule.rotation, schedule.shifts = [], [PlannedShift(person=person(number, 0), start=EVER)]
    return world


def take_over(world: World, groups: Iterable[int]) -> None:
    """The second of each schedule is on call, by an override."""
    for number in _schedules(groups):
        override = Override(person=person(number, 1), start=EVER, end=datetime.now(UTC) + timedelta(days=1000))
        world.schedules[schedule_id(number)].overrides = [override]


def hand_back(world: World, groups: Iterable[int]) -> None:
    """The first of each schedule is on call again."""
    for number in _schedules(groups):
        world.schedules[schedule_id(number)].overrides = []


def set_right(world: World) -> None:
    """Slack's groups hold who is on call, without any request."""
    for number, group in enumerate(world.user_groups.values()):
        group.members = sorted(on_call(world, number))


def right(world: World) -> int:
    """How many groups hold exactly who is on call."""
    return sum(set(group.members) == on_call(world, n) for n, group in enumerate(world.user_groups.values()))


def on_call(world: World, group: int) -> set[str]:
    """Slack IDs."""
    shifts = (shift for number in _schedules([group]) for shift in world.on_call(schedule_id(number)))
    return {f"U{shift.person[2:]}" for shift in shifts if shift.person}


def mapping(groups: int) -> dict[str, list[str]]:
    """{"group-000": ["PS00000", …]}: handles and their schedules."""
    return {f"group-{n:03d}": [schedule_id(number) for number in _schedules([n])] for n in range(groups)}


def person(schedule: int, turn: int) -> str:
    return f"PU{schedule * PEOPLE + turn:05d}"


def schedule_id(number: int) -> str:
    return f"PS{number:05d}"


def _schedules(groups: Iterable[int]) -> list[int]:
    return [group * SCHEDULES + n for group in groups for n in range(SCHEDULES)]
