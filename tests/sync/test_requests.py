"""How many requests a run costs, and that nothing is written that need not be."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from math import ceil

import pytest

from sandbox import Account, Policy, Sandbox, Schedule
from sandbox import grid as grid_world
from tests.sync.driver import DictStore, Sync
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

ROWS = 100  # PagerDuty's largest page


@pytest.fixture
def warm(sync: Sync) -> Sync:
    """All groups are right and everybody's Slack ID is known."""
    sync.run()
    sync.sandbox.requests.clear()
    return sync


def asked(sync: Sync) -> Counter[str]:
    return Counter(request.endpoint for request in sync.sandbox.requests)


def test_a_run_in_which_nothing_changed_costs_one_request_to_each_service(warm: Sync) -> None:
    report = warm.run()

    assert asked(warm) == {"GET /oncalls": 1, "usergroups.list": 1}
    assert report.counts["unchanged"] == 3
    assert report.requests == {"pagerduty": 1, "slack": 1}


def test_each_schedule_without_a_row_costs_one_more(warm: Sync) -> None:
    warm.configure(config("schedules: [SADA, SEMPTY, SLOOSE, SLOOSEPAIR]"))
    warm.run()
    warm.sandbox.requests.clear()

    warm.run()

    assert asked(warm) == {
        "GET /oncalls": 1,
        "GET /schedules/{id}": 2,
        "GET /v3/schedules/{id}": 1,
        "usergroups.list": 1,
    }


@pytest.mark.parametrize("rows", [99, 100, 101, 200, 350])
def test_rows_cost_a_request_per_hundred(sync: Sync, rows: int) -> None:
    crowd(sync.sandbox.world, rows)
    sync.sandbox.world.rate_limits.off()
    sync.configure(f"groups: {{alpha: {{schedules: [{', '.join(f'S{n:04}' for n in range(rows))}]}}}}")
    sync.run()
    sync.sandbox.requests.clear()

    report = sync.run()

    assert sync.sandbox.count("pagerduty") == ceil(rows / ROWS)
    assert sync.sandbox.count("slack") == 1
    assert report.counts["unchanged"] == 1


def test_rows_that_come_once_per_policy_cost_no_more_than_their_pages(sync: Sync) -> None:
    crowd(sync.sandbox.world, 150)
    sync.sandbox.world.policies["PAGAIN"] = Policy(levels=[[f"S{n:04}" for n in range(150)]])
    sync.configure(f"groups: {{alpha: {{schedules: [{', '.join(f'S{n:04}' for n in range(150))}]}}}}")

    sync.run(dry_run=True)

    assert sync.sandbox.count("pagerduty") == 3


# ── five hundred groups ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def grid(sync: Sync) -> Iterator[Sync]:
    """500 groups of 3 schedules, all out of date, in another sandbox with the same config file."""
    world = grid_world(groups=500, schedules_per_group=3, people_per_schedule=2)
    world.clock = lambda: NOON
    world.accounts["UBYSTANDER"] = Account(name="Bystander")
    groups = "".join(
        f"  group-{n:03}: {{schedules: [PS{3 * n:05}, PS{3 * n + 1:05}, PS{3 * n + 2:05}]}}\n" for n in range(500)
    )
    sync.configure(f"groups:\n{groups}")
    with Sandbox(world) as sandbox:
        yield Sync(sandbox, sync.config)


def make_right(grid: Sync) -> None:
    for number in range(500):
        grid.sandbox.world.group(f"group-{number:03}").members = [
            f"U{shift.person[2:]}"
            for schedule in range(3 * number, 3 * number + 3)
            for shift in grid.sandbox.world.on_call(f"PS{schedule:05}")
            if shift.person
        ]


def test_five_hundred_groups_of_three_schedules_cost_fewer_than_twenty_requests(grid: Sync) -> None:
    make_right(grid)
    grid.run()
    grid.sandbox.requests.clear()

    began = time.perf_counter()
    report = grid.run()
    took = time.perf_counter() - began

    assert report.counts["unchanged"] == 500
    assert grid.sandbox.count("pagerduty") == 15
    assert grid.sandbox.count("slack") == 1
    assert took < 10


def test_everything_changed_and_nobody_known_costs_a_write_per_group_and_the_pages_of_the_workspace(
    grid: Sync,
) -> None:
    first = grid.run()

    accounts = len(grid.sandbox.world.accounts)
    assert asked(grid) == {
        "GET /oncalls": 15,
        "users.list": ceil(accounts / 999),
        "usergroups.list": 1,
        "usergroups.users.update": 150,
    }
    assert (first.counts["updated"], first.counts["deferred"], first.counts["failed"]) == (150, 350, 0)


def test_what_one_run_cannot_write_the_next_ones_do_each_group_once(grid: Sync) -> None:
    counts = [grid.run().counts["updated"] for _ in range(5)]

    assert counts == [150, 150, 150, 50, 0]
    written = Counter(write.params["usergroup"] for write in grid.writes())
    assert set(written.values()) == {1}
    assert len(written) == 500
    assert all(len(group.members) == 3 for group in grid.sandbox.world.user_groups.values())


def test_with_few_unknown_people_each_is_looked_up_instead(sync: Sync) -> None:
    sync.run()

    assert asked(sync) == {
        "GET /oncalls": 1,
        "users.lookupByEmail": 3,
        "usergroups.list": 1,
        "usergroups.users.update": 2,
    }


# ── writes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_second_run_writes_nothing(sync: Sync) -> None:
    assert sync.run().counts["updated"] == 2
    sync.sandbox.requests.clear()

    assert sync.run().counts["unchanged"] == 3
    assert sync.writes() == []


def test_a_handoff_writes_its_own_group_alone_and_once(warm: Sync) -> None:
    hand_over(warm.sandbox.world, "SADA", "PDEE", NOON)

    report = warm.run()

    assert [(write.params["usergroup"], write.params["users"]) for write in warm.writes()] == [("SGALPHA", "UDEE")]
    assert (report.groups["alpha"].added, report.groups["alpha"].removed) == (("UDEE",), ("UADA",))


def test_groups_that_are_not_in_the_config_are_never_written_whatever_happens_to_them(warm: Sync) -> None:
    design = warm.sandbox.world.group("design")
    design.members = []
    warm.run()
    design.disabled = True
    warm.run()

    assert warm.writes() == []
    assert design.members == []


def test_somebody_put_into_a_group_by_hand_is_taken_out_by_the_next_run(warm: Sync) -> None:
    warm.sandbox.world.group("alpha").members.append("UQUINN")

    warm.run()

    assert warm.members("alpha") == {"UADA"}


def test_a_run_for_one_group_writes_no_other(sync: Sync) -> None:
    report = sync.run(groups=["@late"])

    assert report.groups.keys() == {"late"}
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGLATE"}


@pytest.mark.parametrize("lost", ["all", "slack_ids", "groups", "people", "rechecked", "config"])
def test_lost_memory_costs_reads_and_no_write(warm: Sync, lost: str) -> None:
    for key in [key for key in warm.store if lost == "all" or key.startswith(lost)]:
        del warm.store[key]

    report = warm.run()

    assert report.counts["unchanged"] == 3
    assert warm.writes() == []


def test_memory_of_last_month_is_put_right(warm: Sync) -> None:
    old = DictStore(warm.store)
    hand_over(warm.sandbox.world, "SADA", "PDEE", NOON)
    warm.run()
    warm.store = old
    warm.now += 24 * 30 * HOUR

    assert warm.run().counts["unchanged"] == 3


# ── late writes ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_cleared_run_never_puts_yesterdays_people_back(warm: Sync) -> None:
    hand_over(warm.sandbox.world, "SADA", "PDEE", NOON)

    report = warm.run(cleared=True)

    assert report.groups["alpha"].status == "superseded"
    assert warm.writes() == []
    assert [member.slack_id for member in report.groups["alpha"].members] == ["UADA"]


def test_a_shift_that_ended_since_the_plan_is_not_written(sync: Sync) -> None:
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON + HOUR / 60)
    sync.late = HOUR / 60

    report = sync.run()

    assert report.groups["alpha"].status == "superseded"
    assert report.counts["failed"] == 0
    assert sync.members("alpha") == {"UPIA"}
    assert report.groups["late"].status == "updated"


def test_after_ten_minutes_no_plan_is_written_any_more(sync: Sync) -> None:
    sync.late = HOUR / 6

    report = sync.run()

    assert report.counts["superseded"] == 2
    assert sync.writes() == []


# ── nights, when nobody is in /oncalls ───────────────────────────────────────────────────────────────────


def test_what_several_sources_have_in_common_is_read_once_while_nobody_is_on_call(sync: Sync) -> None:
    sync.sandbox.world.policies["PNIGHT"] = Policy(levels=[["SEMPTY"], ["SEMPTY"]])
    policy = "escalation_policies: [{id: PNIGHT, levels: [1, 2]}]"
    sync.configure(f"groups: {{alpha: {{schedules: [SEMPTY], {policy}}}, beta: {{{policy}, overlap: {{after: 1h}}}}}}")
    sync.run()

    assert sync.sandbox.count("pagerduty", "GET /escalation_policies/{id}") == 1
    assert sync.sandbox.count("pagerduty", "GET /schedules/{id}") == 2  # at the instant, and around it


def test_a_shift_based_schedule_behind_a_policy_is_asked_for_in_the_wrong_way_only_once(sync: Sync) -> None:
    sync.sandbox.world.schedules["SV3"] = Schedule(kind="v3")
    sync.sandbox.world.policies["PNIGHT"] = Policy(levels=[["SV3"]])
    sync.configure("groups: {alpha: {escalation_policies: [PNIGHT]}}")
    sync.run()
    sync.sandbox.requests.clear()
    sync.run()

    assert sync.sandbox.count("pagerduty", "GET /schedules/{id}") == 0
    assert sync.sandbox.count("pagerduty", "GET /v3/schedules/{id}") == 1
