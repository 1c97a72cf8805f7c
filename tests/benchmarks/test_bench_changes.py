"""`make bench`: the changes that it makes, and its world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from benchmarks.latency.changes import GAPS, GROUPS, Step, config, enter_handoffs, group_id, happen, new_world, plan
from oncall_sync.config.load import read

SOON = timedelta(seconds=30)


def test_as_many_changes_as_asked_for_come_at_moments_of_their_own() -> None:
    steps = plan(20, 15, 1)
    assert [step.kind for step in steps].count("handoff") == 20
    assert len(steps) == 35
    moments = [timedelta(), *(step.after for step in steps)]
    gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
    assert min(gaps) > GAPS[0] - 1
    assert max(gaps) < GAPS[1] + 1


def test_no_group_changes_twice_before_each_had_its_turn() -> None:
    steps = plan(GROUPS, GROUPS, 1)
    assert len({step.group for step in steps[:GROUPS]}) == GROUPS


def test_the_same_seed_makes_the_same_changes() -> None:
    assert plan(5, 5, 1) == plan(5, 5, 1) != plan(5, 5, 2)


def test_a_handoff_changes_the_group_at_its_instant_and_not_before() -> None:
    world, start = new_world(), datetime.now(UTC).replace(microsecond=0)
    step = Step("handoff", 3, SOON)
    enter_handoffs(world, [step], start)
    before = {shift.person for shift in world.on_call("PS00006", start + SOON - timedelta(seconds=1))}
    change = happen(world, step, start)
    assert before == {"PU00018"}
    assert change.at == start + SOON
    assert change.members == {"U00019", "U00021"}


def test_an_override_changes_the_group_from_the_moment_it_is_entered_and_the_next_one_again() -> None:
    world, step = new_world(), Step("override", 0, SOON)
    assert world.user_groups[group_id(0)].members == ["U00000", "U00003"]
    first, second = (happen(world, step, datetime.now(UTC)) for _ in range(2))
    assert first.members == {"U00000", "U00004"}
    assert second.members == {"U00000", "U00005"}


def test_its_config_is_sound_and_holds_every_group_of_its_world() -> None:
    loaded = read(config("30s"))
    assert loaded.config is not None
    assert loaded.mistakes == ()
    assert list(loaded.config.groups) == [group.handle for group in new_world().user_groups.values()]
