"""Big regular worlds for benchmarks and tests of scale."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.entries import Account, Person, Policy, Rotation, Schedule, UserGroup
from sandbox.world import World


def grid(
    *,
    groups: int = 500,
    schedules_per_group: int = 3,
    people_per_schedule: int = 3,
    kind: Literal["v2", "v3"] = "v2",
    on_policy: bool = True,
    current: bool = False,
    other_accounts: int = 0,
    every: timedelta = timedelta(weeks=1),
) -> World:
    """Group `group-000` (ID S00000) is for schedules PS00000, PS00001, …; person PU00000 is account U00000.

    Each schedule has people of its own and, with `on_policy`, a policy of its own. `current`: the groups
    already hold who is on call; otherwise each holds one outsider. Rate limits are off.
    """
    slots = groups * schedules_per_group
    crowd = range(slots * people_per_schedule)
    since = datetime(2024, 1, 1, 9, tzinfo=UTC)
    world = World(
        people={f"PU{n:05d}": Person(name=f"Person {n}", email=f"person{n}@acme.example") for n in crowd},
        accounts={f"U{n:05d}": Account(name=f"Person {n}", email=f"person{n}@acme.example") for n in crowd}
        | {f"UX{n:05d}": Account(name=f"Other {n}", email=f"other{n}@acme.example") for n in range(other_accounts + 1)},
        schedules={
            f"PS{n:05d}": Schedule(
                kind=kind, rotation=[Rotation(people=_turn(n, people_per_schedule), every=every, since=since)]
            )
            for n in range(slots)
        },
        policies={f"PE{n:05d}": Policy(levels=[[f"PS{n:05d}"]]) for n in range(slots if on_policy else 0)},
        user_groups={f"S{n:05d}": UserGroup(handle=f"group-{n:03d}", members=["UX00000"]) for n in range(groups)},
    )
    world.rate_limits.off()
    if current:
        for number, group in enumerate(world.user_groups.values()):
            keys = range(number * schedules_per_group, (number + 1) * schedules_per_group)
            group.members = [
                f"U{shift.person[2:]}" for n in keys for shift in world.on_call(f"PS{n:05d}") if shift.person
            ]
    return world


def _turn(schedule: int, people: int) -> list[str | None]:
    return [f"PU{schedule * people + n:05d}" for n in range(people)]
