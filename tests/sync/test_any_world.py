"""Whatever the rotations look like: each group becomes equal to who the world itself says is on call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import PlannedShift, Policy, Sandbox, Schedule, World
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, small_world

PEOPLE = ("PADA", "PBO", "PCY", "PDEE", "PNORA", "PGONE", "PNOOP")
SLACK = {"PADA": "UADA", "PBO": "UBO", "PCY": "UCY", "PDEE": "UDEE"}  # Nora has no account; Gone is deleted
NOBODY = {"PNOOP"}
HANDLES = ("alpha", "beta", "late")

anybody = st.sampled_from([*PEOPLE, None])
turns = st.lists(st.tuples(anybody, st.integers(1, 3)), max_size=4)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """One to three rows of turns of whole hours that begin up to three hours before noon; v2 has one row."""
    kind = draw(st.sampled_from(["v2", "v3"]))
    rows = draw(st.lists(turns, min_size=1, max_size=1 if kind == "v2" else 3))
    shifts = []
    for row in rows:
        start = NOON - draw(st.integers(0, 3)) * HOUR
        for person, hours in row:
            shifts.append(PlannedShift(person=person, start=start, end=start + hours * HOUR))
            start += hours * HOUR
    return Schedule.model_validate({"kind": kind, "shifts": [shift.model_dump() for shift in shifts]})


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, dict[str, list[str]]]:
    world = small_world()
    world.schedules = {f"S{n:02}": schedule for n, schedule in enumerate(draw(st.lists(schedules(), min_size=1)))}
    ids = st.lists(st.sampled_from(sorted(world.schedules)), unique=True, min_size=1, max_size=4)
    world.policies = {f"POLICY{n}": Policy(levels=[levels]) for n, levels in enumerate(draw(st.lists(ids, max_size=3)))}
    return world, {handle: draw(ids) for handle in HANDLES}


def expected(world: World, sources: list[str], before: set[str], at: Any) -> set[str]:
    people = {shift.person or "" for source in sources for shift in world.on_call(source, at)} - NOBODY
    return {SLACK[person] for person in people if person in SLACK} or before


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(drawn=worlds())
def test_over_four_hours_each_group_is_who_is_on_call_and_a_second_run_writes_nothing(
    sync: Sync, drawn: tuple[World, dict[str, list[str]]]
) -> None:
    world, groups = drawn
    lines = "".join(f"  {handle}: {{schedules: [{', '.join(sources)}]}}\n" for handle, sources in groups.items())
    sync.configure(f"placeholders: [noop@example.org]\ngroups:\n{lines}")
    with Sandbox(world) as sandbox:
        run = Sync(sandbox, sync.config)
        for hours in (0, 1, 2, 4):
            run.now = NOON + timedelta(hours=hours)
            wanted = {h: expected(world, groups[h], run.members(h), run.now) for h in HANDLES}
            run.run()
            assert {handle: run.members(handle) for handle in HANDLES} == wanted
        sandbox.requests.clear()
        run.run()
        assert run.writes() == []
        assert run.members("design") == {"UPIA", "UQUINN"}
