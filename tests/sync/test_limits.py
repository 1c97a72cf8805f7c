"""Rate limits: waits are kept, within a budget; what was reached before them is not done again."""

from __future__ import annotations

import pytest

from sandbox import Fault, UserGroup
from tests.sync.driver import Sync
from tests.sync.worlds import config, crowd


def many_groups(sync: Sync, size: int) -> None:
    """So many groups, each out of date, each for a schedule of its own."""
    crowd(sync.sandbox.world, size)
    sync.sandbox.world.user_groups |= {f"SG{n:04}": UserGroup(handle=f"g{n:04}", members=["UPIA"]) for n in range(size)}
    sync.configure("groups:\n" + "".join(f"  g{n:04}: {{schedules: [S{n:04}]}}\n" for n in range(size)))


def lift(sync: Sync, method: str) -> None:
    sync.sandbox.world.rate_limits.slack[method] = None


def test_slack_allows_twenty_writes_a_minute_and_the_rest_wait_as_long_as_it_says(sync: Sync) -> None:
    many_groups(sync, 25)
    sync.while_asleep = lambda: lift(sync, "usergroups.users.update")

    report = sync.run()

    assert (report.counts["updated"], report.counts["failed"]) == (25, 0)
    assert len(sync.slept) == 1
    assert 30 < sync.slept[0] <= 60
    assert len(sync.writes()) == 26


def test_a_limit_that_stays_fails_the_groups_behind_it_and_the_next_run_writes_just_these(sync: Sync) -> None:
    many_groups(sync, 25)

    first = sync.run()

    assert (first.counts["updated"], first.counts["failed"]) == (20, 5)
    failed = {handle for handle, group in first.groups.items() if group.status == "failed"}
    assert all("the server asks to wait" in first.groups[handle].problems[0].message for handle in failed)
    lift(sync, "usergroups.users.update")
    sync.sandbox.requests.clear()

    second = sync.run()

    assert (second.counts["updated"], second.counts["unchanged"]) == (5, 20)
    assert len(sync.writes()) == 5


def test_the_limit_of_one_method_does_not_hold_up_another(sync: Sync) -> None:
    """25 people are looked up, which is below that method's 50, while writes are above their 20."""
    many_groups(sync, 25)

    sync.run()

    assert sync.sandbox.count("slack", "users.lookupByEmail") == 25
    assert sync.sandbox.count("slack", "usergroups.list") == 1


@pytest.mark.parametrize("endpoint", ["GET /oncalls", "GET /schedules/{id}"])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"ratelimit-reset": "12"}, 12), ({"retry-after": "12"}, 12), ({}, 1), ({"retry-after": "soon"}, 1)],
    ids=["ratelimit-reset", "Retry-After", "no header", "a header that says nothing"],
)
def test_pagerdutys_wait_is_kept(sync: Sync, endpoint: str, headers: dict[str, str], wait: int) -> None:
    sync.configure(config("schedules: [SADA, SLOOSE]"))
    sync.sandbox.faults.add(Fault(endpoint=endpoint, status=429, headers=headers))

    report = sync.run()

    assert report.counts["failed"] == 0
    assert sync.slept == [wait]


def test_a_limit_of_pagerduty_that_stays_is_given_up_within_the_budget_of_each_try(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(service="pagerduty", status=429, headers={"ratelimit-reset": "25"}, times=None))

    report = sync.run()

    assert [problem.code for problem in report.problems] == ["rate_limited"]
    assert sync.slept == [25, 25] * sync.tries
    assert sync.writes() == []


def test_a_wait_of_an_hour_is_not_slept_at_all(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(service="pagerduty", status=429, headers={"ratelimit-reset": "3600"}, times=None))

    report = sync.run()

    assert "3600 s" in report.problems[0].message
    assert sync.slept == []
