"""Nobody is on call: a group never becomes empty by accident, and one that the sync disabled is enabled again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox import Fault, UserGroup
from tests.sync.checks import message
from tests.sync.driver import Killed, Sync
from tests.sync.watching import MINUTE, SECOND, Watching, kill
from tests.sync.worlds import NOON, config, hand_over

DISABLING = config("schedules: [SEMPTY], when_empty: disable")


@pytest.mark.parametrize(
    ("alpha", "who"),
    [
        ("schedules: [SEMPTY]", "nobody is on call for SEMPTY"),
        ("schedules: [SGAP]", "nobody is on call for SGAP"),
        ("schedules: [SADA], never: [ada@acme.example]", "nobody but people under `never` is on call for SADA"),
    ],
    ids=["an empty rotation", "only a placeholder", "only people under never"],
)
def test_with_nobody_on_call_the_group_keeps_its_members(sync: Sync, alpha: str, who: str) -> None:
    sync.configure(config(alpha))

    for _ in range(3):
        report = sync.run()

    assert (report.groups["alpha"].status, report.groups["alpha"].failing_since) == ("nobody_on_call", None)
    assert f"@alpha: {who}; the group keeps its members" in message(report, "nobody_on_call")
    assert sync.members("alpha") == {"UPIA"}
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGLATE"}


# ── when_empty: disable ──────────────────────────────────────────────────────────────────────────────────


def somebody_comes(sync: Sync) -> None:
    hand_over(sync.sandbox.world, "SEMPTY", "PADA", NOON - SECOND)


def test_a_group_is_disabled_after_a_minute_of_emptiness_and_enabled_when_somebody_comes(sync: Sync) -> None:
    sync.configure(DISABLING)
    alpha, seen = sync.sandbox.world.group("alpha"), []
    for _ in range(3):
        seen.append((sync.run().groups["alpha"].status, alpha.disabled))
        sync.now += 30 * SECOND

    assert seen == [("nobody_on_call", False), ("nobody_on_call", False), ("updated", True)]
    assert alpha.members == ["UPIA"]
    sync.sandbox.requests.clear()
    assert sync.run().groups["alpha"].status == "nobody_on_call"
    assert sync.writes() == []

    somebody_comes(sync)
    assert sync.run().groups["alpha"].status == "updated"
    assert (alpha.disabled, alpha.members) == (False, ["UADA"])
    assert sync.run().groups["alpha"].status == "unchanged"


def test_a_person_who_edits_a_schedule_beside_the_watcher_does_not_disable_its_group(sync: Sync) -> None:
    """Each step of the edit wakes the Dag, and its runs follow each other at once."""
    sync.configure(config("schedules: [SADA], when_empty: disable", top="poll: 5s"))
    calm = Watching(sync).settled()
    schedule = sync.sandbox.world.schedules["SADA"]
    shifts = [*schedule.shifts]
    schedule.shifts.clear()
    calm.pass_by(5 * SECOND)
    for person in ("PCY", "PDEE"):
        calm.override("SBO", person)
        calm.pass_by(5 * SECOND)
    assert [report.groups["alpha"].status for report in calm.reports] == ["nobody_on_call"] * 3
    schedule.shifts.extend(shifts)

    calm.pass_by(5 * MINUTE)

    assert {write.params["usergroup"] for write in sync.writes()} == {"SGBETA"}
    assert not sync.sandbox.world.group("alpha").disabled


# ── who disabled it ──────────────────────────────────────────────────────────────────────────────────────


def empty_for_a_minute(sync: Sync) -> None:
    """The next run disables @alpha."""
    sync.configure(DISABLING)
    sync.run()
    sync.now += MINUTE


def disabled_alpha(sync: Sync) -> UserGroup:
    empty_for_a_minute(sync)
    sync.run()
    alpha = sync.sandbox.world.group("alpha")
    assert alpha.disabled
    return alpha


def memory_is_lost(sync: Sync) -> None:
    disabled_alpha(sync)
    sync.store.clear()


def memory_is_lost_and_the_next_run_fails(sync: Sync) -> None:
    """Then something of the group is remembered, but not who disabled it."""
    memory_is_lost(sync)
    sync.sandbox.faults.add(Fault(service="pagerduty", times=None))
    assert sync.run().groups["alpha"].status == "failed"
    sync.sandbox.faults.clear()


def the_run_is_killed(sync: Sync) -> None:
    empty_for_a_minute(sync)
    sync.before["report"] = kill
    with pytest.raises(Killed):
        sync.run()


def the_answer_is_lost(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="usergroups.disable", performed=True, times=10))
    disabled_alpha(sync)
    sync.sandbox.faults.clear()


def the_group_is_renamed(sync: Sync) -> None:
    disabled_alpha(sync).handle = "alpha-team"


@pytest.mark.parametrize("runs", [0, 2], ids=["at once", "after runs that saw it disabled"])
@pytest.mark.parametrize(
    "happens",
    [
        memory_is_lost,
        memory_is_lost_and_the_next_run_fails,
        the_run_is_killed,
        the_answer_is_lost,
        the_group_is_renamed,
    ],
)
def test_a_group_that_the_sync_disabled_is_enabled_whatever_happens_meanwhile(
    sync: Sync, happens: Callable[[Sync], None], runs: int
) -> None:
    happens(sync)
    alpha = sync.sandbox.world.user_groups["SGALPHA"]
    assert alpha.disabled
    for _ in range(runs):
        assert sync.run().groups["alpha"].status == "nobody_on_call"
    somebody_comes(sync)

    sync.run()

    assert (alpha.disabled, alpha.members) == (False, ["UADA"])


@pytest.mark.parametrize("meanwhile", ["SEMPTY", "SADA"], ids=["nobody on call", "somebody on call"])
def test_a_group_that_a_person_enabled_and_then_disabled_stays_disabled(sync: Sync, meanwhile: str) -> None:
    """Even if Slack does not say who that was."""
    alpha = disabled_alpha(sync)
    alpha.disabled = False
    sync.configure(config(f"schedules: [{meanwhile}]"))
    sync.run()
    alpha.disabled, alpha.disabled_by = True, ""
    sync.configure(config())
    sync.sandbox.requests.clear()

    report = sync.run()

    assert "somebody disabled this group in Slack" in message(report, "disabled_group")
    assert alpha.disabled
    assert sync.writes() == []


def test_a_group_that_a_person_disabled_according_to_slack_stays_disabled(sync: Sync) -> None:
    alpha = disabled_alpha(sync)
    alpha.disabled_by = "UPIA"
    somebody_comes(sync)

    for _ in range(2):
        assert "somebody disabled this group in Slack" in message(sync.run(), "disabled_group")

    assert (alpha.disabled, alpha.members) == (True, ["UPIA"])


def test_the_sync_asks_who_it_is_in_slack_only_before_it_enables_a_group(sync: Sync) -> None:
    disabled_alpha(sync)
    for _ in range(3):
        sync.run()
    assert sync.sandbox.count("slack", "auth.test") == 0

    somebody_comes(sync)
    for _ in range(3):
        sync.run()
    assert sync.sandbox.count("slack", "auth.test") == 1
