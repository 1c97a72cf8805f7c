"""Whatever the rotations look like: each group becomes equal to who the world itself says belongs in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import PlannedShift, Policy, Sandbox, Schedule, Team, World
from sandbox.shifts import shifts
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, small_world

PEOPLE = ("PADA", "PBO", "PCY", "PDEE", "PNORA", "PGONE", "PNOOP")
SLACK = {"PADA": "UADA", "PBO": "UBO", "PCY": "UCY", "PDEE": "UDEE"}  # Nora has no account; Gone is deleted
NOBODY = {"PNOOP"}
HANDLES = ("alpha", "beta", "late")

anybody = st.sampled_from([*PEOPLE, None])
somebody = st.sampled_from(PEOPLE)
turns = st.lists(st.tuples(anybody, st.integers(1, 3)), max_size=4)
minutes = st.sampled_from([0, 0, 20, 40, 90])


@dataclass(frozen=True)
class Wanted:
    """What the config says of a group. levels: of policies, None for all of them. before, after: minutes."""

    schedules: list[str]
    levels: dict[str, int | None]
    teams: list[str]
    before: int
    after: int

    def __str__(self) -> str:
        policies = [f"{{id: {key}, levels: {[level] if level else 'all'}}}" for key, level in self.levels.items()]
        return (
            f"{{schedules: [{', '.join(self.schedules)}], escalation_policies: [{', '.join(policies)}], "
            f"team_members: [{', '.join(self.teams)}], overlap: {{before: {self.before}m, after: {self.after}m}}}}"
        )

    def targets(self, world: World) -> Iterator[str]:
        """Of its rotations: schedules, and people who are called directly."""
        yield from self.schedules
        for key, wanted in self.levels.items():
            for level, targets in enumerate(world.policies[key].levels, start=1):
                yield from targets if wanted in {None, level} else ()


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """One to three rows of turns of whole hours that begin up to three hours before noon; v2 has one row."""
    kind = draw(st.sampled_from(["v2", "v3"]))
    rows = draw(st.lists(turns, min_size=1, max_size=1 if kind == "v2" else 3))
    planned = []
    for row in rows:
        start = NOON - draw(st.integers(0, 3)) * HOUR
        for person, hours in row:
            planned.append(PlannedShift(person=person, start=start, end=start + hours * HOUR))
            start += hours * HOUR
    return Schedule.model_validate({"kind": kind, "shifts": [shift.model_dump() for shift in planned]})


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, dict[str, Wanted]]:
    world = small_world()
    world.schedules = {f"S{n:02}": schedule for n, schedule in enumerate(draw(st.lists(schedules(), min_size=1)))}
    ids = st.lists(st.sampled_from(sorted(world.schedules)), unique=True, min_size=1, max_size=4)
    targets = st.lists(st.one_of(ids.map(lambda some: some[0]), somebody), unique=True, min_size=1, max_size=3)
    policies = draw(st.lists(st.lists(targets, min_size=1, max_size=2), max_size=3))
    world.policies = {f"POLICY{n}": Policy(levels=levels) for n, levels in enumerate(policies)}
    teams = draw(st.lists(st.lists(somebody, unique=True, max_size=3), max_size=2))
    world.teams = {f"TEAM{n}": Team(members=members) for n, members in enumerate(teams)}
    return world, {handle: draw(wanted(world)) for handle in HANDLES}


@st.composite
def wanted(draw: st.DrawFn, world: World) -> Wanted:
    some = {key: draw(st.booleans()) for key in (*world.policies, *world.teams)}
    levels = {
        key: draw(st.sampled_from([None, *range(1, len(policy.levels) + 1)]))
        for key, policy in world.policies.items()
        if some[key]
    }
    teams = [key for key in world.teams if some[key]]
    least = 0 if levels or teams else 1
    return Wanted(
        schedules=draw(st.lists(st.sampled_from(sorted(world.schedules)), unique=True, min_size=least, max_size=4)),
        levels=levels,
        teams=teams,
        before=draw(minutes),
        after=draw(minutes),
    )


def expected(world: World, group: Wanted, present: set[str], at: datetime) -> set[str]:
    before, after = timedelta(minutes=group.before), timedelta(minutes=group.after)
    on_call: set[str] = set()
    staying: set[str] = set()
    targets = list(group.targets(world))
    for target in targets:
        if target not in world.schedules:
            on_call.add(target)
            continue
        on_call |= {shift.person or "" for shift in world.on_call(target, at)}
        for shift in shifts(world.schedules[target], at - after, at + before):
            if shift.start - before <= at and (shift.end is None or at < shift.end + after):
                staying.add(shift.person or "")
    in_teams = {person for key in group.teams for person in world.teams[key].members}
    called = (on_call if targets else in_teams) - NOBODY
    if called and not called & SLACK.keys():
        return present  # nobody who should be called can be reached
    return {SLACK[person] for person in (on_call | staying | in_teams) & SLACK.keys()} or present


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(drawn=worlds())
def test_over_four_hours_each_group_is_who_belongs_in_it_and_a_second_run_writes_nothing(
    sync: Sync, drawn: tuple[World, dict[str, Wanted]]
) -> None:
    world, groups = drawn
    lines = "".join(f"  {handle}: {group}\n" for handle, group in groups.items())
    sync.configure(f"placeholders: [noop@example.org]\ngroups:\n{lines}")
    with Sandbox(world) as sandbox:
        run = Sync(sandbox, sync.config)
        for passed in (0, 20, 60, 80, 130, 240):
            run.now = NOON + timedelta(minutes=passed)
            right = {h: expected(world, groups[h], run.members(h), run.now) for h in HANDLES}
            run.run()
            assert {handle: run.members(handle) for handle in HANDLES} == right
        sandbox.requests.clear()
        run.run()
        assert run.writes() == []
        assert run.members("design") == {"UPIA", "UQUINN"}
