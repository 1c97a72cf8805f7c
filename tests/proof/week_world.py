"""Groups with a primary and a secondary schedule each, and all that happens to them: from a seed, always the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from sandbox import World

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PER_GROUP = 5  # people
TURNS = (8, 12, 24)  # hours of a primary
SERVICES = ("pagerduty_down", "slack_down", "pagerduty_limits")
PARTS = ("scheduler", "triggerer", "api_server", "worker")


class Happening(NamedTuple):
    """kind: a method of simulation.Simulation."""

    at: datetime
    kind: str
    details: tuple[Any, ...] = ()


def config(groups: int) -> str:
    """A third of the groups follows both levels of a policy; every fifth announces."""
    lines = []
    for n in range(groups):
        sources = f"schedules: [SA{n:02}, SB{n:02}]"
        if n % 3 == 2:
            sources = f"escalation_policies: [{{id: POL{n:02}, levels: all}}]"
        lines.append(f"  g{n:02}: {{{sources}{', announce: CNEWS' if n % 5 == 0 else ''}}}\n")
    return f"groups:\n{''.join(lines)}"


def world(groups: int, random: Random) -> World:
    people = {f"{n:03}": {"name": f"Person {n}", "email": f"p{n}@acme.example"} for n in range(groups * PER_GROUP)}
    newcomers = {f"{n * PER_GROUP:03}" for n in range(0, groups, 10)}  # without an account as yet
    schedules: dict[str, Any] = {}
    for n in range(groups):
        ids = [f"P{n * PER_GROUP + each:03}" for each in range(PER_GROUP)]
        since = MONDAY - 7 * 24 * HOUR + (9 * HOUR if n % 3 == 0 else random.randrange(24 * 60) * MINUTE)
        hours = TURNS[n // 3 % 3]
        schedules[f"SA{n:02}"] = {"rotation": {"people": ids[:3], "every": f"{hours}h", "since": since.isoformat()}}
        schedules[f"SB{n:02}"] = {"rotation": {"people": ids[3:], "every": "1w", "since": since.isoformat()}}
    made = World.model_validate(
        {
            "people": {f"P{key}": person for key, person in people.items()},
            "accounts": {f"U{key}": person for key, person in people.items() if key not in newcomers},
            "schedules": schedules,
            "policies": {f"POL{n:02}": {"levels": [[f"SA{n:02}"], [f"SB{n:02}"]]} for n in range(groups)},
            "user_groups": {f"SG{n:02}": {"handle": f"g{n:02}", "members": ["U001"]} for n in range(groups)}
            | {"SGDESIGN": {"handle": "design", "members": ["U001"]}},
            "channels": {"CNEWS": {"name": "news"}},
        }
    )
    made.slack.scopes.append("chat:write")
    return made


def happenings(world: World, groups: int, days: float, random: Random) -> list[Happening]:
    end = MONDAY + days * 24 * HOUR
    plan = [*_handoffs(world, end + 2 * HOUR), *_outages(days, random)]

    def some(kind: str, a_day: float) -> None:
        for _ in range(max(1, round(a_day * days))):
            at = MONDAY + timedelta(seconds=random.randrange(int((end - MONDAY).total_seconds())))
            plan.append(Happening(at, kind, (random.randrange(groups), random.randrange(2**30))))

    some("override", groups / 3)
    some("edit", groups / 10)
    some("leave", groups / 50)
    some("join", groups / 50)
    return sorted(plan)


def _handoffs(world: World, end: datetime) -> list[Happening]:
    found = []
    for rotation in (rotation for schedule in world.schedules.values() for rotation in schedule.rotation):
        turn = rotation.since + -((rotation.since - MONDAY) // rotation.every) * rotation.every
        while turn < end:
            found.append(Happening(turn, "handoff"))
            turn += rotation.every
    return sorted(set(found))


def _outages(days: float, random: Random) -> list[Happening]:
    """Each once a day: both services down, a rate limit, and a restart of each part of Airflow that runs anything.

    The minutes that it takes are the details.
    """
    kinds = (*SERVICES, *PARTS)
    slots = max(1, round(days * len(kinds)))
    slot = days * 24 * HOUR / slots
    return [
        Happening(
            (MONDAY + (n + 0.2 + 0.4 * random.random()) * slot).replace(microsecond=0),
            kinds[n % len(kinds)],
            (random.randrange(8, 40) if n % len(kinds) < len(SERVICES) else random.randrange(2, 6),),
        )
        for n in range(slots)
    ]
