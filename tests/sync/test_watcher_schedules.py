"""The watcher and schedules that /oncalls does not tell of: on no policy, without anybody, or gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox import Fault, Policy
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, POLL, SECOND, Watching
from tests.sync.worlds import NOON, config, hand_over

# ── schedules on no policy ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("schedule", ["SLOOSE", "SLOOSEPAIR"])
def test_a_schedule_on_no_policy_wakes_the_dag_when_its_shift_ends(sync: Sync, schedule: str) -> None:
    sync.configure(config(f"schedules: [{schedule}]"))
    at = NOON + 7 * MINUTE + 3 * SECOND
    hand_over(sync.sandbox.world, schedule, "PDEE", at)
    loose = Watching(sync).settled()

    loose.until(NOON + 20 * MINUTE)

    assert [when for when, _ in loose.wakes] == [at + SECOND]
    assert loose.wakes[0][1] == "since 12:07:03 a group has other members, which /oncalls does not show"
    assert loose.sync.members("alpha") == {"UDEE"}


def test_the_end_of_its_next_shift_is_other_news_though_oncalls_says_the_same(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE]"))
    hand_over(sync.sandbox.world, "SLOOSE", "PDEE", NOON + 40 * SECOND)
    hand_over(sync.sandbox.world, "SLOOSE", "PADA", NOON + 60 * SECOND)
    loose = Watching(sync).settled()

    loose.until(NOON + 60 * SECOND + POLL)

    assert loose.sync.members("alpha") == {"UADA"}


def test_it_never_polls_again_within_a_second(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE]"))
    hand_over(sync.sandbox.world, "SLOOSE", "PDEE", NOON + MINUTE)
    loose = Watching(sync).settled()
    loose.sync.now = NOON + MINUTE + timedelta(milliseconds=999)

    assert loose.look().next - loose.sync.now == SECOND


def test_one_that_comes_onto_a_policy_is_read_with_the_others_from_then_on(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE]"))
    loose = Watching(sync).settled()
    loose.world.policies["PNEW"] = Policy(levels=[["SLOOSE"]])
    loose.pass_by(POLL)
    loose.override("SLOOSE", "PDEE")
    loose.pass_by(POLL)

    assert [why for _, why in loose.wakes] == ["who is on call changed: SLOOSE"] * 2
    assert loose.sync.members("alpha") == {"UDEE"}
    loose.pass_by(10 * MINUTE)
    assert len(loose.wakes) == 2


def test_one_that_is_taken_off_its_policy_is_not_taken_for_empty(calm: Watching) -> None:
    calm.world.policies["POLICY1"].levels[0].remove("SBO")
    calm.pass_by(10 * MINUTE)

    assert len(calm.wakes) == 1
    assert calm.sync.members("beta") == {"UBO"}
    assert calm.sync.writes() == []


# ── schedules that are gone ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_schedule_that_pagerduty_refuses_wakes_the_dag_once_and_is_not_asked_for_again(
    calm: Watching, status: int
) -> None:
    refused = Fault(service="pagerduty", status=status, times=None, match=lambda request: "SADA" in str(request.params))
    calm.sync.sandbox.faults.add(refused)
    calm.pass_by(POLL)
    assert [why for _, why in calm.wakes] == ["who is on call changed: SADA"]
    assert calm.reports[0].groups["alpha"].status == "failed"
    assert calm.sync.members("alpha") == {"UADA"}
    calm.forget()

    calm.pass_by(10 * MINUTE)

    assert calm.wakes == []
    assert len(calm.asked()) == len(calm.polls)
    assert not any("SADA" in request.params["schedule_ids[]"] for request in calm.asked())


def test_the_others_are_followed_while_one_is_gone(calm: Watching) -> None:
    del calm.world.schedules["SADA"]
    for policy in calm.world.policies.values():
        policy.levels = [[target for target in level if target != "SADA"] for level in policy.levels]
    calm.override("SBO", "PDEE")
    calm.pass_by(POLL)

    assert calm.sync.members("beta") == {"UDEE"}
    assert calm.sync.members("alpha") == {"UADA"}
    calm.forget()
    calm.pass_by(10 * MINUTE)
    assert calm.wakes == []
