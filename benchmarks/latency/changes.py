"""The benchmark's world, and the changes that happen in it: each is one person's turn in one of a group's schedules.

Group n has a schedule for handoffs, planned ahead, and one for overrides, entered at the moment they begin. Each has
three people in turn. 40 groups make 80 rows in /oncalls, which fit into one page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.latency.outcome import Change, Kind
from sandbox import Override, PlannedShift, World, grid
from sandbox.limits import Limits

GROUPS = 40
PEOPLE = 3  # of a schedule, in turn
GAPS = (25.0, 55.0)  # seconds between two changes
EVER = datetime(2024, 1, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """after: since the start; a handoff's counts whole seconds, as PagerDuty's do."""

    kind: Kind
    group: int
    after: timedelta


def plan(handoffs: int, overrides: int, seed: int) -> list[Step]:
    """Handoffs and overrides in random order at random moments; no group twice before each had its turn."""
    random = Random(seed)  # noqa: S311 - chooses moments, not secrets
    kinds: list[Kind] = ["handoff" for _ in range(handoffs)]
    kinds += ["override" for _ in range(overrides)]
    random.shuffle(kinds)
    groups = list(range(GROUPS))
    random.shuffle(groups)
    steps, after = [], 0.0
    for number, kind in enumerate(kinds):
        after += random.uniform(*GAPS)
        seconds = float(round(after)) if kind == "handoff" else after
        steps.append(Step(kind, groups[number % GROUPS], timedelta(seconds=seconds)))
    return steps


def new_world() -> World:
    """Everybody's first is on call for ever, and Slack's groups are right. With the rate limits of both services."""
    world = grid(groups=GROUPS, schedules_per_group=2, people_per_schedule=PEOPLE)
    world.rate_limits = Limits()
    for number, schedule in enumerate(world.schedules.values()):
        schedule.rotation, schedule.shifts = [], [PlannedShift(person=_person(number, 0), start=EVER)]
    for group in range(GROUPS):
        world.user_groups[group_id(group)].members = sorted(_members(world, group, datetime.now(UTC)))
    return world


def config(poll: str) -> str:
    """The config file for this world."""
    groups = "".join(
        f"  group-{group:03d}:\n    schedules: [{schedule_id(2 * group)}, {schedule_id(2 * group + 1)}]\n"
        for group in range(GROUPS)
    )
    return f"heartbeat: 15m\npoll: {poll}\ngroups:\n{groups}"


def enter_handoffs(world: World, steps: Iterable[Step], start: datetime) -> None:
    """Into PagerDuty, ahead of them. start: in whole seconds."""
    moments: dict[int, list[datetime]] = {}
    for step in steps:
        if step.kind == "handoff":
            moments.setdefault(step.group, []).append(start + step.after)
    for group, ends in moments.items():
        world.schedules[schedule_id(2 * group)].shifts = _turns(2 * group, ends)


def _turns(schedule: int, ends: Sequence[datetime]) -> list[PlannedShift]:
    return [
        PlannedShift(person=_person(schedule, turn), start=begin, end=end)
        for turn, (begin, end) in enumerate(zip([EVER, *ends], [*ends, None], strict=True))
    ]


def happen(world: World, step: Step, start: datetime) -> Change:
    """The change that is true now: a planned handoff comes about by itself, an override is entered."""
    at = start + step.after
    if step.kind == "override":
        at = datetime.now(UTC)
        schedule = world.schedules[schedule_id(2 * step.group + 1)]
        person = _person(2 * step.group + 1, len(schedule.overrides) + 1)
        schedule.overrides.append(Override(person=person, start=at, end=at + timedelta(days=1)))
    return Change(step.kind, group_id(step.group), at, _members(world, step.group, at))


def _members(world: World, group: int, at: datetime) -> frozenset[str]:
    """Slack IDs of everybody who is on call for the group."""
    on_call = (shift.person for n in (0, 1) for shift in world.on_call(schedule_id(2 * group + n), at))
    return frozenset(f"U{person[2:]}" for person in on_call if person)


def schedule_id(number: int) -> str:
    return f"PS{number:05d}"


def group_id(number: int) -> str:
    return f"S{number:05d}"


def _person(schedule: int, turn: int) -> str:
    return f"PU{schedule * PEOPLE + turn % PEOPLE:05d}"
