"""An empty rotation: a group never becomes empty by accident."""

from __future__ import annotations

import pytest

from sandbox import Fault, UserGroup
from tests.sync.checks import said
from tests.sync.driver import Killed, Sync
from tests.sync.watching import MINUTE, SECOND, Watching, kill
from tests.sync.worlds import NOON, config, hand_over


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


DISABLING = config("schedules: [SEMPTY], when_empty: disable")


def until_it_disabled_alpha(sync: Sync) -> UserGroup:
    sync.configure(DISABLING)
    sync.run()
    sync.now += MINUTE
    sync.run()
    alpha = sync.sandbox.world.group("alpha")
    assert alpha.disabled
    return alpha


@pytest.mark.parametrize("runs", [0, 2], ids=["at once", "after runs that saw it disabled"])
def test_a_group_that_the_sync_disabled_comes_back_although_memory_was_lost(sync: Sync, runs: int) -> None:
    alpha = until_it_disabled_alpha(sync)
    sync.store.clear()
    for _ in range(runs):
        assert sync.run().groups["alpha"].status == "nobody_on_call"
    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON)

    sync.run()

    assert not alpha.disabled
    assert sync.members("alpha") == {"UADA"}


def test_and_although_the_first_run_after_that_failed(sync: Sync) -> None:
    """Then something is remembered of the group, but not who disabled it."""
    alpha = until_it_disabled_alpha(sync)
    sync.store.clear()
    down = sync.sandbox.faults.add(Fault(service="pagerduty", times=None))
    assert sync.run().groups["alpha"].status == "failed"
    down.times = 0
    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON)

    sync.run()

    assert not alpha.disabled
    assert sync.members("alpha") == {"UADA"}


@pytest.mark.parametrize("ended", ["killed", "answer lost"])
def test_and_although_nothing_was_heard_of_the_run_that_disabled_it(sync: Sync, ended: str) -> None:
    sync.configure(DISABLING)
    sync.run()
    sync.now += MINUTE
    if ended == "killed":
        sync.before["report"] = kill
        with pytest.raises(Killed):
            sync.run()
    else:
        sync.sandbox.faults.add(Fault(endpoint="usergroups.disable", performed=True, times=10))
        assert sync.run().groups["alpha"].status == "failed"
        sync.sandbox.faults.clear()
    assert sync.sandbox.world.group("alpha").disabled

    assert sync.run().groups["alpha"].status == "nobody_on_call"
    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON)
    sync.run()

    assert not sync.sandbox.world.group("alpha").disabled
    assert sync.members("alpha") == {"UADA"}


@pytest.mark.parametrize("schedule", ["SEMPTY", "SADA"], ids=["seen with nobody on call", "seen with somebody"])
def test_what_a_person_disables_after_somebody_had_enabled_it_again_stays_disabled(sync: Sync, schedule: str) -> None:
    """Even where Slack does not tell who that was."""
    alpha = until_it_disabled_alpha(sync)
    alpha.disabled = False
    sync.configure(config(f"schedules: [{schedule}]"))
    sync.run()
    assert not alpha.disabled
    alpha.disabled, alpha.disabled_by = True, ""
    sync.configure(config("schedules: [SADA]"))
    sync.sandbox.requests.clear()

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert "somebody disabled this group in Slack" in said(report, "disabled_group")
    assert alpha.disabled
    assert sync.writes() == []


def test_and_so_it_does_where_no_run_had_seen_it_enabled_but_slack_tells_who_disabled_it(sync: Sync) -> None:
    alpha = until_it_disabled_alpha(sync)
    alpha.disabled_by = "UPIA"
    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON)

    for _ in range(2):
        report = sync.run()
        assert "somebody disabled this group in Slack" in said(report, "disabled_group")

    assert alpha.disabled
    assert sync.members("alpha") == {"UPIA"}


def test_who_the_sync_is_in_slack_is_asked_only_before_it_enables_a_group(sync: Sync) -> None:
    until_it_disabled_alpha(sync)
    for _ in range(3):
        sync.run()
    assert sync.sandbox.count("slack", "auth.test") == 0

    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON)
    for _ in range(3):
        sync.run()
    assert sync.sandbox.count("slack", "auth.test") == 1
