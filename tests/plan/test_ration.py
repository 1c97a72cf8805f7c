"""A run plans at most 150 writes, the longest wrong first; the rest are deferred to the next run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.models import GroupPlan, GroupState, Plan
from oncall_sync.rules.plan import MOST_WRITES, defer_excess_writes
from tests.builders import AT, HOUR, Situation, kept, plan_all, planned, problem, user_group


def plans(count: int, **more: Any) -> dict[str, GroupPlan]:
    return {f"g{n:03}": planned("bo", after=["ada"], **more) for n in range(count)}


def verified(*ago: timedelta) -> dict[str, GroupState]:
    return {f"g{n:03}": GroupState(verified_at=AT - hours) for n, hours in enumerate(ago)}


def rationed(groups: dict[str, GroupPlan], states: dict[str, GroupState] | None = None) -> dict[str, GroupPlan]:
    return defer_excess_writes(Plan(planned_at=AT, groups=groups), states or {}).groups


def deferred(groups: dict[str, GroupPlan]) -> list[str]:
    return [handle for handle, group in groups.items() if group.status == "deferred"]


def test_slack_takes_150_writes_in_one_run() -> None:
    assert MOST_WRITES == 150


def test_150_changes_are_all_written() -> None:
    assert deferred(rationed(plans(150))) == []


def test_the_151st_change_is_deferred() -> None:
    after = rationed(plans(151))
    assert sum(group.change is not None for group in after.values()) == 150
    assert deferred(after) == ["g150"]


def test_groups_without_a_change_take_no_place() -> None:
    after = rationed({**{f"a{n}": kept("ada") for n in range(400)}, **plans(150)})
    assert deferred(after) == []


def test_the_longest_wrong_are_written_first() -> None:
    states = verified(*(HOUR * n for n in range(152)))
    assert deferred(rationed(plans(152), states)) == ["g000", "g001"]


def test_a_group_that_was_never_right_goes_first() -> None:
    states = verified(*(HOUR * (n + 1) for n in range(151)))
    states["g000"] = GroupState()
    assert deferred(rationed(plans(151), states)) == ["g001"]


def test_groups_that_failed_before_come_last_so_that_they_keep_nobody_waiting() -> None:
    states = {f"g{n:03}": GroupState(failing_since=AT - HOUR) for n in range(10)}
    assert deferred(rationed(plans(155), states)) == [f"g{n:03}" for n in range(5, 10)]


def test_the_next_run_comes_at_once_when_changes_were_deferred() -> None:
    assert defer_excess_writes(Plan(planned_at=AT, groups=plans(151)), {}).urgent
    assert not defer_excess_writes(Plan(planned_at=AT, groups=plans(150)), {}).urgent


@pytest.mark.parametrize("status", ["unchanged", "nobody_on_call", "failed"])
def test_a_run_that_will_fail_asks_for_the_next_one_while_it_still_can(status: str) -> None:
    """Its `report` fails, and a failed task asks for nothing, whatever was superseded."""
    groups = {**plans(1), "other": kept("ada", status=status)}
    assert defer_excess_writes(Plan(planned_at=AT, groups=groups), {}).urgent is (status == "failed")


def test_a_run_that_will_fail_and_writes_nothing_asks_for_no_other() -> None:
    groups = {"other": kept("ada", status="failed")}
    assert not defer_excess_writes(Plan(planned_at=AT, groups=groups), {}).urgent


def test_a_run_that_will_fail_and_writes_only_what_failed_before_asks_for_no_other() -> None:
    states = {"g000": GroupState(failing_since=AT - HOUR), "other": GroupState(failing_since=AT - HOUR)}
    groups = {**plans(1), "other": kept("ada", status="failed")}
    assert not defer_excess_writes(Plan(planned_at=AT, groups=groups), states).urgent


def test_a_group_that_is_failing_for_the_first_time_and_changes_asks_for_the_next_run() -> None:
    """People are added to a group with an unreadable source: that write may be superseded too."""
    assert defer_excess_writes(Plan(planned_at=AT, groups=plans(1, status="failed")), {}).urgent


def test_groups_that_failed_before_cause_no_endless_chain_of_runs() -> None:
    failing = {f"g{n:03}": GroupState(failing_since=AT - HOUR) for n in range(151)}
    after = defer_excess_writes(Plan(planned_at=AT, groups=plans(151)), failing)
    assert deferred(after.groups) == ["g150"]
    assert not after.urgent


def test_a_deferred_group_is_shown_as_it_still_is() -> None:
    group = rationed(plans(151))["g150"]
    assert [m.slack_id for m in group.members] == ["UBO"]
    assert (group.added, group.removed, group.change) == ((), (), None)


def test_a_deferred_group_keeps_its_problems() -> None:
    warning = problem("no_slack_account", "warning")
    assert rationed(plans(151, problems=(warning,)))["g150"].problems == (warning,)


def test_a_failed_group_whose_additions_must_wait_stays_failed() -> None:
    after = rationed(plans(151, status="failed"))
    assert {group.status for group in after.values()} == {"failed"}
    assert [handle for handle, group in after.items() if group.change is None] == ["g150"]


def test_300_handoffs_at_once_give_150_writes_and_no_failure() -> None:
    handles = [f"g{n:03}" for n in range(300)]
    situations = {handle: Situation() for handle in handles}
    after = plan_all(situations, [user_group("bo", handle=handle) for handle in handles]).groups
    assert sum(group.change is not None for group in after.values()) == 150
    assert len(deferred(after)) == 150


def test_a_run_that_only_plans_shows_every_change() -> None:
    handles = [f"g{n:03}" for n in range(200)]
    groups = [user_group("bo", handle=handle) for handle in handles]
    after = plan_all({handle: Situation(plan_only="dry_run") for handle in handles}, groups).groups
    assert {group.status for group in after.values()} == {"would_update"}
