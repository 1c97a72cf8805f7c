"""An empty rotation: a group never becomes empty by accident."""

from __future__ import annotations

import pytest

from sandbox import Account
from tests.sync.checks import said
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, SECOND, Watching
from tests.sync.worlds import NOON, config, hand_over


@pytest.mark.parametrize("schedule", ["SEMPTY", "SGAP"], ids=["empty rotation", "placeholder only"])
def test_with_nobody_on_call_the_group_keeps_its_members(sync: Sync, schedule: str) -> None:
    sync.configure(config(f"schedules: [{schedule}]"))

    for _ in range(3):
        report = sync.run()

    assert report.groups["alpha"].status == "nobody_on_call"
    assert report.groups["alpha"].failing_since is None
    assert f"nobody is on call for {schedule}; the group keeps its members" in said(report, "nobody_on_call")
    assert sync.members("alpha") == {"UPIA"}
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGLATE"}


@pytest.mark.parametrize("schedule", ["SEMPTY", "SGAP"], ids=["empty rotation", "placeholder only"])
def test_with_nobody_on_call_the_fallback_comes_in(sync: Sync, schedule: str) -> None:
    sync.configure(config(f"schedules: [{schedule}], fallback: [dee@acme.example]"))

    report = sync.run()

    assert report.groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UDEE"}


@pytest.mark.parametrize(
    ("schedules", "who"),
    [("SADA", "nobody but people under `never` is on call"), ("SEMPTY", "nobody is on call")],
)
def test_with_only_people_under_never_on_call_the_message_says_so(sync: Sync, schedules: str, who: str) -> None:
    sync.configure(config(f"schedules: [{schedules}], never: [ada@acme.example]"))

    report = sync.run()

    assert report.groups["alpha"].status == "nobody_on_call"
    assert f"@alpha: {who} for {schedules}" in said(report, "nobody_on_call")
    assert sync.members("alpha") == {"UPIA"}


def test_a_placeholder_beside_a_person_is_never_a_member(sync: Sync) -> None:
    sync.sandbox.world.accounts["UNOOP"] = Account(name="Gap", email="noop@example.org")
    sync.configure(config("schedules: [SGAP, SADA]"))

    sync.run()

    assert sync.members("alpha") == {"UADA"}


def test_when_empty_disable_acts_on_an_emptiness_seen_in_two_runs_a_minute_apart_and_undoes_it_when_somebody_comes(
    sync: Sync,
) -> None:
    sync.configure(config("schedules: [SEMPTY], when_empty: disable"))

    def is_disabled() -> bool:
        return sync.sandbox.world.group("alpha").disabled

    first = sync.run()
    assert first.groups["alpha"].status == "nobody_on_call"
    assert not is_disabled()

    sync.now += 59 * SECOND
    assert sync.run().groups["alpha"].status == "nobody_on_call"
    assert not is_disabled()

    sync.now += SECOND
    second = sync.run()
    assert second.groups["alpha"].status == "updated"
    assert is_disabled()
    assert sync.members("alpha") == {"UPIA"}

    sync.sandbox.requests.clear()
    third = sync.run()
    assert third.groups["alpha"].status == "nobody_on_call"
    assert sync.writes() == []

    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON - SECOND)
    fourth = sync.run()
    assert fourth.groups["alpha"].status == "updated"
    assert not is_disabled()
    assert sync.members("alpha") == {"UADA"}
    assert sync.run().groups["alpha"].status == "unchanged"


def test_an_emptiness_that_is_interrupted_does_not_disable(sync: Sync) -> None:
    sync.configure(config("schedules: [SEMPTY], when_empty: disable"))
    sync.run()
    sync.now += 50 * SECOND
    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON)
    sync.run()
    sync.now += 10 * SECOND
    sync.sandbox.world.schedules["SEMPTY"].shifts.clear()

    for _ in range(2):
        report = sync.run()
        assert report.groups["alpha"].status == "nobody_on_call"
        assert not sync.sandbox.world.group("alpha").disabled
        sync.now += 59 * SECOND

    sync.now += SECOND
    sync.run()
    assert sync.sandbox.world.group("alpha").disabled


def test_somebody_who_edits_a_schedule_beside_the_watcher_does_not_disable_its_group(sync: Sync) -> None:
    """Each step of the edit wakes the Dag, and its runs follow each other at once."""
    sync.configure(config("schedules: [SADA], when_empty: disable", top="poll: 5s"))
    calm = Watching(sync).settled()
    schedule = sync.sandbox.world.schedules["SADA"]
    shifts = [*schedule.shifts]
    schedule.shifts.clear()
    calm.pass_by(5 * SECOND)
    calm.override("SBO", "PCY")
    calm.pass_by(5 * SECOND)
    calm.override("SBO", "PDEE")
    calm.pass_by(5 * SECOND)
    assert [report.groups["alpha"].status for report in calm.reports] == ["nobody_on_call"] * 3
    schedule.shifts.extend(shifts)

    calm.pass_by(5 * MINUTE)

    assert {write.params["usergroup"] for write in sync.writes()} == {"SGBETA"}
    assert not sync.sandbox.world.group("alpha").disabled
    assert sync.members("alpha") == {"UADA"}


def test_an_emptiness_seen_only_by_a_plan_only_run_does_not_count(sync: Sync) -> None:
    sync.configure(config("schedules: [SEMPTY], when_empty: disable"))
    sync.run(dry_run=True)
    sync.now += MINUTE

    sync.run()

    assert not sync.sandbox.world.group("alpha").disabled


def test_a_group_that_the_sync_disabled_comes_back_although_memory_was_lost(sync: Sync) -> None:
    sync.configure(config("schedules: [SEMPTY], when_empty: disable"))
    sync.run()
    sync.now += MINUTE
    sync.run()
    assert sync.sandbox.world.group("alpha").disabled
    sync.store.clear()
    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON)

    sync.run()

    assert not sync.sandbox.world.group("alpha").disabled
    assert sync.members("alpha") == {"UADA"}
