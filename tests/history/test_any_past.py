"""Whatever the rotations look like, and whatever the span: the history is what the world itself says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncall_sync.config import Source
from oncall_sync.models import Shift
from sandbox import Policy, Sandbox, Schedule, World
from tests.history.past import DAY, HOUR, Past, shift, true, turns_of
from tests.sync.driver import Sync
from tests.sync.worlds import small_world

PEOPLE = ("PADA", "PBO", "PCY", "PDEE", "PNOOP")
PLACEHOLDERS = {"PNOOP"}
GROUPS = ("one", "two")

people = st.sampled_from(PEOPLE)
moments = st.integers(-48 * 4, 48 * 4).map(lambda quarters: DAY + quarters * HOUR / 4)


@st.composite
def rotations(draw: st.DrawFn) -> dict[str, Any]:
    turns = draw(st.lists(st.one_of(people, st.none()), min_size=1, max_size=4))
    return {"people": turns, "every": draw(st.integers(1, 96)) * HOUR / 4, "since": draw(moments)}


@st.composite
def planned(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One row of turns, the last of which may have no end."""
    found, start = [], draw(moments)
    for person, quarters in draw(st.lists(st.tuples(st.one_of(people, st.none()), st.integers(1, 60)), max_size=5)):
        end = start + quarters * HOUR / 4
        found.append(shift(person, start, end))
        start = end
    endless = draw(st.booleans())
    if found and endless:
        found[-1]["end"] = None
    return found


@st.composite
def overrides(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(moments)
    return {"person": draw(people), "start": start, "end": start + draw(st.integers(1, 60)) * HOUR / 4}


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Layer-based with a rotation or a row of turns, or shift-based with up to three of each."""
    kind = draw(st.sampled_from(["v2", "v3"]))
    if kind == "v2":
        rows: dict[str, Any] = draw(st.one_of(st.builds(dict, rotation=rotations()), st.builds(dict, shifts=planned())))
    else:
        turns = [each for row in draw(st.lists(planned(), max_size=3)) for each in row]
        rows = {"rotation": draw(st.lists(rotations(), max_size=3)), "shifts": turns}
    return Schedule.model_validate({"kind": kind, **rows, "overrides": draw(st.lists(overrides(), max_size=3))})


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, dict[str, list[Source]]]:
    world = small_world()
    world.schedules = {f"S{n:02}": made for n, made in enumerate(draw(st.lists(schedules(), min_size=1, max_size=4)))}
    ids = st.lists(st.sampled_from(sorted(world.schedules)), unique=True, min_size=1)
    policies = draw(st.lists(st.lists(ids, min_size=1, max_size=2), max_size=2))
    world.policies = {f"POLICY{n}": Policy(levels=each) for n, each in enumerate(policies)}
    levels = {key: [None, *range(1, len(policy.levels) + 1)] for key, policy in world.policies.items()}
    asked = [Source("policy", key, level) for key, some in levels.items() for level in some]
    some_policies = st.lists(st.sampled_from(asked), unique_by=lambda source: source.id) if asked else st.just([])
    return world, {
        handle: [*(Source("schedule", each) for each in draw(ids)), *draw(some_policies)] for handle in GROUPS
    }


def in_config(sources: list[Source]) -> str:
    """As a group of the config names them."""
    schedules = [source.id for source in sources if source.kind == "schedule"]
    policies = [f"{{id: {s.id}, levels: {[s.level] if s.level else 'all'}}}" for s in sources if s.kind == "policy"]
    return f"{{schedules: [{', '.join(schedules)}], escalation_policies: [{', '.join(policies)}]}}"


def schedules_of(world: World, source: Source) -> list[str]:
    if source.kind == "schedule":
        return [source.id]
    levels = enumerate(world.policies[source.id].levels, start=1)
    return [schedule for n, level in levels if source.level in {None, n} for schedule in level]


@st.composite
def spans(draw: st.DrawFn) -> tuple[datetime, datetime]:
    since = draw(moments)
    return since, since + draw(st.integers(1, 200)) * HOUR / 4


def with_ends(found: list[tuple[str, Any, Any]], until: datetime) -> list[tuple[str, Any, Any]]:
    """An end that lies after the span is only that: a schedule that is read by itself has one for every entry."""
    return [(person, start, end if end and end <= until else None) for person, start, end in found]


def on_call(shifts: tuple[Shift, ...], at: datetime) -> set[str]:
    return {each.person for each in shifts if (not each.start or each.start <= at) and (not each.end or at < each.end)}


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(drawn=worlds(), span=spans(), instants=st.lists(st.floats(0, 1, exclude_max=True), min_size=3, max_size=3))
def test_the_history_of_any_span_is_what_the_world_says(
    past: Past, drawn: tuple[World, dict[str, list[Source]]], span: tuple[datetime, datetime], instants: list[float]
) -> None:
    world, groups = drawn
    since, until = span
    past.configure("\n".join(f"{handle}: {in_config(sources)}" for handle, sources in groups.items()))
    with Sandbox(world) as sandbox:
        history = Past(Sync(sandbox, past.sync.config)).read(since, until)
        assert sandbox.count("slack") == 0

    assert history.problems == ()
    assert history.rotations.keys() == {str(source) for sources in groups.values() for source in sources}
    listed = {schedule for policy in world.policies.values() for level in policy.levels for schedule in level}
    for source in dict.fromkeys(source for sources in groups.values() for source in sources):
        schedules, found = schedules_of(world, source), history.rotations[str(source)]
        shifts = {one for schedule in schedules for one in true(world, schedule, since, until)}
        seen, expected = sorted(turns_of(found), key=str), sorted(shifts, key=str)
        if listed.issuperset(schedules) and any(person for person, _, _ in expected):
            assert seen == expected
        assert with_ends(seen, until) == with_ends(expected, until)
        for part in instants:
            at = (since + part * (until - since)).replace(microsecond=0)
            assert on_call(found, at) == {s.person for schedule in schedules for s in world.on_call(schedule, at)}
    for handle, sources in groups.items():
        members = {
            (each.via, *one) for each, one in zip(history.groups[handle], turns_of(history.groups[handle]), strict=True)
        }
        rotations = {(key, *one) for key in map(str, sources) for one in turns_of(history.rotations[key])}
        assert members == {each for each in rotations if each[1] not in PLACEHOLDERS}
