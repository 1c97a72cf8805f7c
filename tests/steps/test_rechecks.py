"""After the writes: a few of the remembered Slack IDs that are older than a day are asked for again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.memory import Memory
from oncall_sync.models import RememberedAccount
from oncall_sync.slack import accounts
from sandbox import Fault
from tests.sync.driver import DictStore, Sync
from tests.sync.worlds import NOON, config, crowd

HOURS_25 = timedelta(hours=25)


@pytest.fixture
def a_day_later(sync: Sync) -> Sync:
    """All groups are right, and what is remembered is 25 hours old."""
    sync.run()
    sync.sandbox.requests.clear()
    sync.now = NOON + HOURS_25
    return sync


def lookups(sync: Sync) -> int:
    return sync.sandbox.count("slack", "users.lookupByEmail")


def test_within_a_day_nothing_is_asked_again(sync: Sync) -> None:
    sync.run()
    sync.sandbox.requests.clear()
    sync.now = NOON + timedelta(hours=23)

    sync.run()

    assert lookups(sync) == 0


def test_after_a_day_each_is_asked_for_once_and_then_fresh_again(a_day_later: Sync) -> None:
    a_day_later.run()
    assert lookups(a_day_later) == 3
    a_day_later.run()
    assert lookups(a_day_later) == 3


def test_a_few_a_run_the_oldest_first(sync: Sync) -> None:
    crowd(sync.sandbox.world, 25)
    sync.sandbox.world.rate_limits.off()
    sync.configure(config(f"schedules: [{', '.join(f'S{n:04}' for n in range(25))}]"))
    sync.run()
    sync.sandbox.requests.clear()
    sync.now = NOON + HOURS_25

    counts = []
    for _ in range(4):
        sync.run()
        counts.append(lookups(sync))
        sync.now += timedelta(minutes=15)

    assert counts == [10, 20, 27, 27]


def test_they_come_after_the_writes_so_that_age_delays_no_handoff(a_day_later: Sync) -> None:
    a_day_later.configure(config("schedules: [SBO]"))

    a_day_later.run()

    order = [r.endpoint for r in a_day_later.sandbox.requests if r.service == "slack"]
    assert order.index("usergroups.users.update") < order.index("users.lookupByEmail")


def test_somebody_deactivated_is_noticed_and_reported_in_the_next_run(a_day_later: Sync) -> None:
    a_day_later.sandbox.world.accounts["UADA"].deleted = True
    a_day_later.run()

    report = a_day_later.run()

    assert "deactivated_account" in {problem.code for problem in report.groups["alpha"].problems}


def test_somebody_with_another_account_is_written_in_the_next_run(a_day_later: Sync) -> None:
    world = a_day_later.sandbox.world
    world.accounts["UADA"].email = "ada.old@acme.example"
    world.accounts["UADA2"] = world.accounts["UADA"].model_copy(update={"email": "ada@acme.example"})
    a_day_later.run()

    a_day_later.run()

    assert a_day_later.members("alpha") == {"UADA2"}


@pytest.mark.parametrize("status", [503, 429])
def test_what_could_not_be_asked_stays_in_use_and_fails_nothing(a_day_later: Sync, status: int) -> None:
    a_day_later.budget = 0.5
    a_day_later.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", status=status, times=None))

    report = a_day_later.run()

    assert report.counts["unchanged"] == 3
    assert report.problems == ()
    a_day_later.sandbox.faults.clear()
    assert a_day_later.run().counts["unchanged"] == 3


@pytest.mark.parametrize("params", [{"dry_run": True}, {"as_of": NOON.isoformat()}])
def test_a_run_that_only_plans_asks_nobody_again(a_day_later: Sync, params: dict[str, Any]) -> None:
    a_day_later.run(**params)

    assert lookups(a_day_later) == 0


def test_a_run_that_was_cleared_asks_nobody_again(a_day_later: Sync) -> None:
    a_day_later.run(cleared=True)

    assert lookups(a_day_later) == 0


def test_an_account_that_comes_back_is_found_again(a_day_later: Sync) -> None:
    account = a_day_later.sandbox.world.accounts["UADA"]
    account.deleted = True
    a_day_later.run()
    a_day_later.run()
    account.deleted = False

    report = a_day_later.run()

    assert report.groups["alpha"].status == "unchanged"
    assert report.groups["alpha"].problems == ()


# ── what is remembered twice ─────────────────────────────────────────────────────────────────────────────


def entry(slack_id: str | None, age: timedelta) -> dict[str, Any]:
    return {"slack_id": slack_id, "checked_at": (NOON - age).isoformat(), "name": "Ada"}


DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "rechecked", "slack_id"),
    [
        (entry("UADA", DAY), entry(None, HOUR), None),
        (entry("UADA", HOUR), entry(None, DAY), "UADA"),
        ("odd", entry("UADA", HOUR), "UADA"),
        (entry("UADA", HOUR), "odd", "UADA"),
    ],
    ids=["newer", "older", "the other is odd", "odd"],
)
def test_what_report_has_learned_counts_where_it_is_newer(before: Any, rechecked: Any, slack_id: str | None) -> None:
    memory = Memory(DictStore())
    memory.save("slack_ids", {"ada@acme.example": before})
    memory.save("rechecked", {"ada@acme.example": rechecked})

    assert accounts.load(memory, NOON)["ada@acme.example"].slack_id == slack_id


@pytest.mark.parametrize(("age", "due"), [(DAY, False), (DAY + HOUR, True), (-HOUR, True)])
def test_an_account_is_due_after_a_day_or_where_a_clock_was_wrong(age: timedelta, due: bool) -> None:
    remembered = {"ada@acme.example": RememberedAccount.model_validate(entry("UADA", age))}

    assert accounts.due(remembered, NOON) == (["ada@acme.example"] if due else [])
