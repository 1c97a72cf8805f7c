"""The watcher and schedules that /oncalls does not tell of: on no policy, without anybody, or gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox import Fault
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


def test_it_never_polls_again_within_a_second(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE]"))
    hand_over(sync.sandbox.world, "SLOOSE", "PDEE", NOON + MINUTE)
    loose = Watching(sync).settled()
    loose.sync.now = NOON + MINUTE + timedelta(milliseconds=999)

    assert loose.look().next - loose.sync.now == SECOND


def test_one_that_is_taken_off_its_policy_is_not_taken_for_empty(calm: Watching) -> None:
    calm.world.policies["POLICY1"].levels[0].remove("SBO")
    calm.pass_by(10 * MINUTE)

    assert len(calm.wakes) == 1
    assert calm.sync.members("beta") == {"UBO"}
    assert calm.sync.writes() == []


# ── schedules that are gone ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [400, 404])
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
