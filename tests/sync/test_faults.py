"""Faults that pass, faults that stay, and rate limits: nobody is lost, and nobody is let in.

The whole matrix is in tests/proof; here is a fault of each kind at each endpoint.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.models import Report
from sandbox import Fault, UserGroup
from tests.sync.checks import BEFORE, members, message
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, config, crowd, hand_over

AFTER = BEFORE | {"alpha": {"UADA", "UDEE"}, "late": {"UCY"}}
KINDS: dict[str, dict[str, Any]] = {
    "an HTML page with status 502": {"status": 502, "body": "<html><h1>502 Bad Gateway</h1></html>"},
    "JSON without what it should hold": {"status": 200, "body": '{"ok": true}'},
    "a truncated body": {"kind": "truncate_json"},
    "a dropped connection": {"kind": "drop"},
    "429": {"status": 429, "headers": {"retry-after": "7"}},
}
ENDPOINTS = [
    "GET /oncalls",
    "GET /schedules/{id}",
    "GET /users/{id}",
    "users.lookupByEmail",
    "usergroups.list",
    "usergroups.users.update",
]


@pytest.fixture
def everything(sync: Sync) -> Sync:
    """@alpha needs Ada, who comes with /oncalls, and Dee, for whom a schedule and a user are asked for."""
    sync.sandbox.world.schedules["SLOOSE"].shifts[0].person = "PDEE"
    sync.configure(config("schedules: [SADA, SLOOSE]"))
    return sync


def problems(report: Report) -> set[str]:
    return {p.code for p in report.problems} | {p.code for group in report.groups.values() for p in group.problems}


@pytest.mark.parametrize("fault", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_fault_that_passes_is_not_noticed(everything: Sync, endpoint: str, fault: dict[str, Any]) -> None:
    everything.sandbox.faults.add(Fault(endpoint=endpoint, times=1, **fault))

    report = everything.run()

    assert (problems(report), members(everything)) == (set(), AFTER)
    assert everything.sandbox.count("slack", "usergroups.users.update") <= 3


@pytest.mark.parametrize("fault", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_fault_that_stays_removes_nobody_and_the_run_after_it_is_right(
    everything: Sync, endpoint: str, fault: dict[str, Any]
) -> None:
    everything.budget = 10
    everything.sandbox.faults.add(Fault(endpoint=endpoint, times=None, **fault))

    report = everything.run()

    now = members(everything)
    assert (now["beta"], now["design"]) == ({"UBO"}, BEFORE["design"])
    # A write whose answer is broken was carried out: then everybody planned is in.
    written = endpoint == "usergroups.users.update" and now["alpha"] == AFTER["alpha"]
    assert now["alpha"] >= {"UPIA"} or written
    assert {write.params["usergroup"] for write in everything.writes()} <= {"SGALPHA", "SGLATE"}
    assert problems(report), "it says what is wrong"
    assert report.groups == {} or report.groups["alpha"].status == "failed"
    assert sum(everything.slept) <= 3 * everything.budget + 60, "waits are bounded"

    everything.sandbox.faults.clear()
    assert everything.run().counts["failed"] == 0
    assert members(everything) == AFTER


def test_a_write_whose_answer_is_lost_is_repeated_with_the_same_set_and_is_one_change(everything: Sync) -> None:
    everything.sandbox.faults.add(Fault(endpoint="usergroups.users.update", kind="truncate", performed=True))

    report = everything.run()

    assert members(everything) == AFTER
    assert (report.counts["updated"], report.groups["alpha"].removed) == (2, ("UPIA",))


def test_while_slack_refuses_every_look_up_the_groups_of_remembered_people_are_updated(sync: Sync) -> None:
    crowd(sync.sandbox.world, 6)
    sync.configure("groups: {alpha: {schedules: [SADA]}}")
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UBO"]
    others = ", ".join(f"S{n:04}" for n in range(6))
    sync.configure(f"groups: {{alpha: {{schedules: [SADA]}}, late: {{schedules: [{others}]}}}}")
    sync.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", error="permission_denied", times=None))

    report = sync.run()

    assert (report.groups["alpha"].status, sync.members("alpha")) == ("updated", {"UADA"})
    assert (report.groups["late"].status, sync.members("late")) == ("failed", {"UPIA"})
    assert "permission_denied" in message(report, "slack_unreadable", "late")


# ── rate limits ──────────────────────────────────────────────────────────────────────────────────────────


def many_groups(sync: Sync, size: int) -> None:
    """Each out of date, each with a schedule of its own."""
    crowd(sync.sandbox.world, size)
    sync.sandbox.world.user_groups |= {f"SG{n:04}": UserGroup(handle=f"g{n:04}", members=["UPIA"]) for n in range(size)}
    sync.configure("groups:\n" + "".join(f"  g{n:04}: {{schedules: [S{n:04}]}}\n" for n in range(size)))


def lift_limit(sync: Sync) -> None:
    """Of the writes: Slack allows 20 a minute."""
    sync.sandbox.world.rate_limits.slack["usergroups.users.update"] = None


def test_writes_beyond_slacks_limit_wait_as_long_as_slack_asks(sync: Sync) -> None:
    many_groups(sync, 25)
    sync.while_asleep = lambda: lift_limit(sync)

    report = sync.run()

    assert (report.counts["updated"], report.counts["failed"]) == (25, 0)
    assert len(sync.slept) == 1
    assert 30 < sync.slept[0] <= 60
    assert len(sync.writes()) == 26


def test_a_limit_that_stays_fails_the_groups_behind_it_and_the_next_run_writes_just_these(sync: Sync) -> None:
    many_groups(sync, 25)
    first = sync.run()
    assert (first.counts["updated"], first.counts["failed"]) == (20, 5)
    assert "the server asks to wait" in message(first, "rate_limited", "g0024")
    lift_limit(sync)
    sync.sandbox.requests.clear()

    second = sync.run()

    assert (second.counts["updated"], second.counts["unchanged"]) == (5, 20)
    assert len(sync.writes()) == 5


def test_a_write_that_slack_delays_until_the_shift_has_ended_is_not_sent(sync: Sync) -> None:
    hand_over(sync.sandbox.world, "SADA", "PBO", NOON + timedelta(seconds=10))
    limited = Fault(endpoint="usergroups.users.update", status=429, headers={"Retry-After": "30"}, times=1)
    sync.sandbox.faults.add(limited.model_copy(update={"match": {"usergroup": "SGALPHA"}}))
    sync.tries = 1

    assert sync.run().groups["alpha"].status == "failed"
    assert [request.status for request in sync.writes() if request.params["usergroup"] == "SGALPHA"] == [429]


@pytest.mark.parametrize(("asked", "slept"), [(25, [25, 25]), (3600, [])], ids=["within the budget", "an hour"])
def test_a_limit_of_pagerduty_that_stays_is_waited_for_within_the_budget_of_each_try(
    sync: Sync, asked: int, slept: list[int]
) -> None:
    limit = {"ratelimit-reset": str(asked)}
    sync.sandbox.faults.add(Fault(service="pagerduty", status=429, headers=limit, times=None))

    report = sync.run()

    assert [problem.code for problem in report.problems] == ["rate_limited"]
    assert f"{asked} s" in report.problems[0].message
    assert sync.slept == slept * sync.tries
    assert sync.writes() == []
