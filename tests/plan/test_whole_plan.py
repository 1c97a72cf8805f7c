"""The plan of all groups: which of them it has, what one costs another, and how many it writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.memory import Memory
from oncall_sync.models import GroupPlan, GroupState, Plan
from oncall_sync.rules.plan import MOST_WRITES, defer_excess_writes
from oncall_sync.state import save_states
from tests.builders import AT, HANDLE, HOUR, DictStore, Situation, crowd, kept, plan_all, planned, problem, user_group


def test_every_way_to_stop_a_group_leaves_the_others_alone() -> None:
    fine = Situation(on_call={"PFINE": ["ada"]})
    wrong = problem("config_mistake", message="oncall_sync.yaml:3: groups.typo.schedule: unknown key")
    plan = plan_all(
        {
            **dict.fromkeys(("fine", "unknown", "managed", "shrunk"), fine),
            "unread": Situation(on_call={"PBAD": []}, broken=["PBAD"]),
            **dict.fromkeys(("one", "two"), fine.but(options={"id": "STWICE"})),
        },
        [
            user_group("bo", handle="fine"),
            user_group("bo", handle="managed", managed_by="its membership is locked"),
            user_group(*crowd(40), handle="shrunk"),
            user_group("bo", handle="unread"),
            user_group("bo", handle="twice"),
            user_group("bo", handle="never-mentioned"),
        ],
        mistaken={"typo": (wrong,)},
    )
    assert {handle: group.status for handle, group in plan.groups.items()} == {
        "fine": "would_update",
        **dict.fromkeys(["managed", "one", "shrunk", "two", "typo", "unknown", "unread"], "failed"),
    }
    assert [handle for handle, group in plan.groups.items() if group.change] == ["fine"]
    assert plan.groups["typo"].problems == (wrong,)
    assert plan.requests == 1


def test_two_entries_that_mean_the_same_slack_group_stop_each_other_also_when_only_one_is_served() -> None:
    situations = {"one": Situation(options={"id": "S0123"}), "two": Situation(options={"id": "S0123"})}
    plan = plan_all(situations, [user_group("bo", id="S0123")], served=["two"])
    assert {h: [p.code for p in group.problems] for h, group in plan.groups.items()} == {"two": ["same_group"]}


# ── who disabled a group ─────────────────────────────────────────────────────────────────────────────────


def disabled(
    by: str | None, remembered: dict[str, GroupState], situation: Situation | None = None, **more: Any
) -> tuple[GroupPlan, int]:
    """The plan of a disabled group, and its requests. by: who disabled it, as Slack says."""
    memory = Memory(DictStore())
    save_states(memory, remembered)
    group = user_group("bo", disabled=True, disabled_by=by, **more)
    plan = plan_all({HANDLE: situation or Situation()}, [group], memory=memory)
    return plan.groups[HANDLE], plan.requests


@pytest.mark.parametrize(
    ("remembered", "by", "status"),
    [
        ({}, "USYNC", "would_update"),
        ({}, "UADMIN", "failed"),
        ({"other": GroupState()}, "USYNC", "would_update"),
        ({HANDLE: GroupState(id="SONCALL")}, "USYNC", "failed"),
    ],
    ids=["by the sync", "by somebody", "another group alone is remembered", "the sync left it enabled"],
)
def test_only_if_nothing_is_remembered_of_a_group_slack_is_asked_whether_the_sync_disabled_it(
    remembered: dict[str, GroupState], by: str, status: str
) -> None:
    """The token's user may be a person's: what that person disables by hand stays disabled."""
    plan, requests = disabled(by, remembered)
    assert (plan.status, requests) == (status, 1 if HANDLE in remembered else 2)


@pytest.mark.parametrize(
    ("on_call", "by", "status", "requests"),
    [
        (["ada"], "USYNC", "would_update", 2),
        (["ada"], "UADMIN", "failed", 2),
        (["ada"], None, "would_update", 1),
        (["ada"], "WSYNC", "would_update", 2),
        ([], "UADMIN", "nobody_on_call", 1),
    ],
    ids=["by the sync", "by somebody since", "Slack does not say", "an ID of another kind", "nobody to enable it for"],
)
def test_of_a_group_that_the_sync_disabled_slack_is_asked_who_did_it_last_before_it_is_enabled(
    on_call: list[str], by: str | None, status: str, requests: int
) -> None:
    """Between two runs somebody may have enabled it, and somebody disabled it again."""
    situation = Situation(on_call={"PDAY": on_call})
    plan, asked = disabled(by, {HANDLE: GroupState(disabled=True)}, situation)
    assert (plan.status, asked) == (status, requests)
    assert plan.next.disabled is (status == "nobody_on_call")


@pytest.mark.parametrize(("known", "status"), [("SONCALL", "would_update"), ("SGONE", "failed")])
def test_that_the_sync_disabled_a_group_says_nothing_of_another_that_has_its_handle_now(
    known: str, status: str
) -> None:
    assert disabled(None, {HANDLE: GroupState(id=known, disabled=True)})[0].status == status


def test_with_its_memory_lost_the_sync_knows_a_pinned_group_that_it_disabled_by_its_id() -> None:
    plan, _ = disabled("USYNC", {}, Situation(options={"id": "S123"}), handle="renamed", id="S123")
    assert plan.status == "would_update"


@pytest.mark.parametrize("still", [True, False])
def test_that_the_sync_disabled_a_group_which_two_entries_now_mean_holds_only_while_it_is_disabled(still: bool) -> None:
    memory = Memory(DictStore())
    save_states(memory, {"one": GroupState(disabled=True)})
    situations = {handle: Situation(options={"id": "S0123"}) for handle in ("one", "two")}
    plan = plan_all(situations, [user_group("bo", id="S0123", disabled=still)], memory=memory).groups["one"]
    assert ([problem.code for problem in plan.problems], plan.next.disabled) == (["same_group"], still)


# ── at most 150 writes in one run ────────────────────────────────────────────────────────────────────────


def plans(count: int, **more: Any) -> dict[str, GroupPlan]:
    return {f"g{n:03}": planned("bo", after=["ada"], **more) for n in range(count)}


def limited(groups: dict[str, GroupPlan], states: dict[str, GroupState] | None = None) -> Plan:
    return defer_excess_writes(Plan(planned_at=AT, groups=groups), states or {})


def deferred(plan: Plan) -> list[str]:
    return [handle for handle, group in plan.groups.items() if group.status == "deferred"]


def failing(count: int) -> dict[str, GroupState]:
    return {f"g{n:03}": GroupState(failing_since=AT - HOUR) for n in range(count)}


def test_the_151st_change_is_deferred_shown_as_it_still_is_with_its_problems_and_the_next_run_comes_at_once() -> None:
    assert MOST_WRITES == 150
    everything = limited({**{f"a{n}": kept("ada") for n in range(400)}, **plans(150)})
    assert (deferred(everything), everything.urgent) == ([], False)
    warning = problem("no_slack_account", "warning")
    plan = limited(plans(151, problems=(warning,)))
    assert (deferred(plan), plan.urgent) == (["g150"], True)
    group = plan.groups["g150"]
    assert ([m.slack_id for m in group.members], group.change) == (["UBO"], None)
    assert (group.added, group.removed, group.problems) == ((), (), (warning,))


def test_the_longest_wrong_are_written_first_and_those_that_failed_before_last() -> None:
    states = {f"g{n:03}": GroupState(verified_at=AT - timedelta(hours=n)) for n in range(152)}
    assert deferred(limited(plans(152), states)) == ["g000", "g001"]
    assert deferred(limited(plans(152), {**states, "g000": GroupState()})) == ["g001", "g002"], "never verified"
    assert deferred(limited(plans(155), failing(10))) == [f"g{n:03}" for n in range(5, 10)]


def test_groups_that_failed_before_cause_no_endless_chain_of_runs() -> None:
    plan = limited(plans(151), failing(151))
    assert (deferred(plan), plan.urgent) == (["g150"], False)


def test_a_failed_group_whose_additions_must_wait_stays_failed() -> None:
    groups = limited(plans(151, status="failed")).groups
    assert {group.status for group in groups.values()} == {"failed"}
    assert [handle for handle, group in groups.items() if group.change is None] == ["g150"]


@pytest.mark.parametrize(
    ("groups", "states", "urgent"),
    [
        ({**plans(1), "other": kept("ada")}, {}, False),
        ({**plans(1), "other": kept("ada", status="failed")}, {}, True),
        (plans(1, status="failed"), {}, True),
        ({"other": kept("ada", status="failed")}, {}, False),
        ({**plans(1), "other": kept("ada", status="failed")}, failing(1), False),
    ],
    ids=["it will not fail", "it will fail", "the write is of what fails", "no write", "only what failed before"],
)
def test_a_run_that_will_fail_and_writes_asks_for_the_next_one_while_it_still_can(
    groups: dict[str, GroupPlan], states: dict[str, GroupState], urgent: bool
) -> None:
    """Its `report` fails, and a failed task asks for nothing, whatever was superseded."""
    assert limited(groups, states).urgent is urgent


@pytest.mark.parametrize(("plan_only", "writes"), [(None, 150), ("dry_run", 300)])
def test_300_handoffs_at_once_give_150_writes_and_a_run_that_only_plans_shows_all(
    plan_only: str | None, writes: int
) -> None:
    handles = [f"g{n:03}" for n in range(300)]
    situations = {handle: Situation(plan_only=plan_only) for handle in handles}
    plan = plan_all(situations, [user_group("bo", handle=handle) for handle in handles])
    assert [group.change is not None for group in plan.groups.values()].count(True) == writes
    assert len(deferred(plan)) == 300 - writes
