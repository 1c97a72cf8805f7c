"""How many requests a run costs, that nothing is written that need not be, and that nothing stale is written."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path

import pytest

from sandbox import Account, Policy, Sandbox, Schedule
from sandbox import grid as grid_world
from tests.sync.checks import run_at
from tests.sync.driver import DictStore, Sync
from tests.sync.watching import MINUTE, SECOND
from tests.sync.worlds import HOUR, NOON, config, hand_over


@pytest.fixture
def warm(sync: Sync) -> Sync:
    """All groups are right and everybody's Slack ID is remembered."""
    sync.run()
    sync.sandbox.requests.clear()
    return sync


def asked(sync: Sync) -> Counter[str]:
    return Counter(request.endpoint for request in sync.sandbox.requests)


def costs(sync: Sync, config: str) -> Counter[str]:
    """Of the second run with this config."""
    sync.configure(config)
    sync.run()
    sync.sandbox.requests.clear()
    sync.run()
    return asked(sync)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_in_which_nothing_changed_costs_one_request_to_each_service(warm: Sync) -> None:
    report = warm.run()

    assert asked(warm) == {"GET /oncalls": 1, "usergroups.list": 1}
    assert (report.counts["unchanged"], report.requests) == (3, {"pagerduty": 1, "slack": 1})


def test_each_schedule_without_a_row_costs_one_more(sync: Sync) -> None:
    assert costs(sync, config("schedules: [SADA, SEMPTY, SLOOSE, SLOOSEPAIR]")) == {
        "GET /oncalls": 1,
        "GET /schedules/{id}": 2,
        "GET /v3/schedules/{id}": 1,
        "usergroups.list": 1,
    }


def test_sources_of_one_kind_share_a_request_and_each_team_costs_one(sources: Sync) -> None:
    """Schedules and policies, each with and without an overlap; a policy is read once for all levels."""
    policies = "escalation_policies: [{id: PESC, levels: all}, POLICY2]"
    assert costs(
        sources,
        "groups:\n"
        "  alpha: {schedules: [SADA, SPAIR], team_members: [PTEAM], escalation_policies: [PESC]}\n"
        f"  beta: {{schedules: [SBO], {policies}, overlap: {{after: 10m}}}}\n"
        f"  late: {{schedules: [SCY], team_members: [PTEAM], {policies}}}\n",
    ) == {"GET /oncalls": 4, "GET /teams/{id}/members": 1, "usergroups.list": 1}


def test_at_night_what_several_sources_have_in_common_is_read_once(sync: Sync) -> None:
    """Nobody is in /oncalls then."""
    sync.sandbox.world.schedules["SV3"] = Schedule(kind="v3")
    sync.sandbox.world.policies["PNIGHT"] = Policy(levels=[["SEMPTY", "SV3"], ["SEMPTY"]])
    policy = "escalation_policies: [{id: PNIGHT, levels: [1, 2]}]"
    config = f"groups: {{alpha: {{schedules: [SEMPTY], {policy}}}, beta: {{{policy}, overlap: {{after: 1h}}}}}}"

    night = costs(sync, config)

    # SEMPTY: at the instant, and for the overlap around it.
    assert {key: n for key, n in night.items() if not key.endswith("oncalls")} == {
        "GET /escalation_policies/{id}": 1,
        "GET /schedules/{id}": 2,
        "GET /v3/schedules/{id}": 1,
        "usergroups.list": 1,
    }


def test_a_few_unknown_people_are_looked_up_one_by_one(sync: Sync) -> None:
    sync.run()

    assert asked(sync) == {
        "GET /oncalls": 1,
        "users.lookupByEmail": 3,
        "usergroups.list": 1,
        "usergroups.users.update": 2,
    }


# ── five hundred groups ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def grid(sync: Sync) -> Iterator[Sync]:
    """500 groups of 3 schedules, all out of date, in another sandbox with the same config file."""
    with many_groups(sync.config, 500) as sandbox:
        yield Sync(sandbox, sync.config)


def many_groups(file: Path, groups: int) -> Sandbox:
    world = grid_world(groups=groups, schedules_per_group=3, people_per_schedule=2)
    world.clock = lambda: NOON
    world.accounts["UBYSTANDER"] = Account(name="Bystander")
    ids = [", ".join(f"PS{3 * n + k:05}" for k in range(3)) for n in range(groups)]
    file.write_text("groups:\n" + "".join(f"  group-{n:03}: {{schedules: [{ids[n]}]}}\n" for n in range(groups)))
    return Sandbox(world)


def test_five_hundred_groups_are_written_in_four_runs_and_then_cost_sixteen_requests(grid: Sync) -> None:
    first = grid.run()
    assert asked(grid) == {
        "GET /oncalls": 15,
        "users.list": ceil(len(grid.sandbox.world.accounts) / 999),
        "usergroups.list": 1,
        "usergroups.users.update": 150,
    }
    assert (first.counts["updated"], first.counts["deferred"], first.counts["failed"]) == (150, 350, 0)

    assert [grid.run().counts["updated"] for _ in range(3)] == [150, 150, 50]
    written = Counter(write.params["usergroup"] for write in grid.writes())
    assert (len(written), {*written.values()}) == (500, {1})

    grid.sandbox.requests.clear()
    began = time.perf_counter()
    assert grid.run().counts["unchanged"] == 500
    assert time.perf_counter() - began < 10
    assert asked(grid) == {"GET /oncalls": 15, "usergroups.list": 1}


def test_memory_grows_in_proportion_to_the_groups(sync: Sync) -> None:
    def peak(groups: int) -> int:
        """Bytes at the most while one run plans, the answers of the sandbox included."""
        with many_groups(sync.config, groups) as sandbox:
            tracemalloc.start()
            try:
                Sync(sandbox, sync.config).run(dry_run=True)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    assert peak(250) < 6 * peak(50)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_handoff_writes_its_own_group_alone_and_once(warm: Sync) -> None:
    hand_over(warm.sandbox.world, "SADA", "PDEE", NOON)

    report = warm.run()
    warm.run()

    assert [(write.params["usergroup"], write.params["users"]) for write in warm.writes()] == [("SGALPHA", "UDEE")]
    assert (report.groups["alpha"].added, report.groups["alpha"].removed) == (("UDEE",), ("UADA",))


def test_groups_that_are_not_in_the_config_are_never_written_whatever_happens_to_them(warm: Sync) -> None:
    design = warm.sandbox.world.group("design")
    design.members = []
    warm.run()
    design.disabled = True
    warm.run()

    assert (warm.writes(), design.members) == ([], [])


def test_a_run_for_one_group_writes_no_other(sync: Sync) -> None:
    assert sync.run(groups=["@late"]).groups.keys() == {"late"}
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGLATE"}


@pytest.mark.parametrize("lost", ["", "slack_ids", "groups", "people", "rechecked", "config"])
def test_lost_memory_costs_reads_and_no_write(warm: Sync, lost: str) -> None:
    for key in [key for key in warm.store if key.startswith(lost)]:
        del warm.store[key]

    assert warm.run().counts["unchanged"] == 3
    assert warm.writes() == []


def test_memory_of_last_month_does_no_harm(warm: Sync) -> None:
    old = DictStore(warm.store)
    hand_over(warm.sandbox.world, "SADA", "PDEE", NOON)
    warm.run()
    warm.store = old

    assert run_at(warm, NOON + 24 * 30 * HOUR).counts["unchanged"] == 3


# ── late writes ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_cleared_run_never_puts_back_the_people_of_yesterday(warm: Sync) -> None:
    hand_over(warm.sandbox.world, "SADA", "PDEE", NOON)

    report = warm.run(cleared=True)

    assert (report.groups["alpha"].status, warm.writes()) == ("superseded", [])
    assert [member.slack_id for member in report.groups["alpha"].members] == ["UADA"]


def a_shift_ends(sync: Sync) -> None:
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON + MINUTE)
    sync.late = MINUTE


def ten_minutes_pass(sync: Sync) -> None:
    sync.late = 10 * MINUTE


def somebody_joins_early(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA], overlap: {before: 15m}"))
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON + 15 * MINUTE + 2 * SECOND)
    sync.late = 2 * SECOND


@pytest.mark.parametrize("meanwhile", [a_shift_ends, ten_minutes_pass, somebody_joins_early])
def test_a_plan_is_not_written_once_its_members_are_others_and_the_next_run_follows(
    sync: Sync, meanwhile: Callable[[Sync], None]
) -> None:
    meanwhile(sync)

    report = sync.run()

    assert (report.groups["alpha"].status, report.counts["failed"]) == ("superseded", 0)
    assert sync.members("alpha") == {"UPIA"}
    assert sync.wants_next
