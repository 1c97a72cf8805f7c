"""Task 4, with Slack's own answer: which group of Slack an entry of the config means, and what has to change there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.config import Config, Source
from oncall_sync.errors import Refused
from oncall_sync.models import Contact, People, Plan, Problem, Reading, Rotation, Shift, SlackIds
from oncall_sync.steps import plan_updates
from sandbox import Fault, UserGroup
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON

PlanFor = Callable[..., Plan]


@pytest.fixture
def plan(sync: Sync) -> PlanFor:
    """`plan({"alpha": {"schedules": ["SADA"]}})`: Ada is on call for SADA, Bo for SBO until one o'clock."""

    def plan(groups: dict[str, Any], **reading: Any) -> Plan:
        read = Reading(
            as_of=NOON,
            run_started=NOON,
            config_hash="",
            config=Config.model_validate({"groups": groups}),
            served=tuple(reading.pop("served", groups)),
            rotations={
                Source("schedule", "SADA"): Rotation(shifts=(Shift(person="PADA"),)),
                Source("schedule", "SBO"): Rotation(shifts=(Shift(person="PBO", end=NOON + HOUR),)),
                Source("schedule", "SEMPTY"): Rotation(),
            },
            **reading,
        )
        people = People(
            contacts={
                "PADA": Contact(name="Ada", email="ada@acme.example"),
                "PBO": Contact(name="Bo", email="bo@acme.example"),
            }
        )
        ids = SlackIds(found={"ada@acme.example": "UADA", "bo@acme.example": "UBO"})
        return plan_updates(read, people, ids, sync.services())

    return plan


ADA = {"schedules": ["SADA"]}


def test_one_request_shows_all_groups_and_nothing_is_written(plan: PlanFor, sync: Sync) -> None:
    planned = plan({"alpha": ADA, "beta": {"schedules": ["SBO"]}, "late": {"schedules": ["SADA", "SBO"]}})

    assert [request.endpoint for request in sync.sandbox.requests] == ["usergroups.list"]
    assert planned.requests == 1
    assert {handle: group.status for handle, group in planned.groups.items()} == {
        "alpha": "would_update",
        "beta": "unchanged",
        "late": "would_update",
    }
    assert list(planned.groups) == ["alpha", "beta", "late"]


def test_a_change_holds_the_complete_new_set_and_where_it_came_from(plan: PlanFor) -> None:
    group = plan({"alpha": {"schedules": ["SADA", "SBO"]}}).groups["alpha"]

    assert group.change
    assert group.change.members == ("UADA", "UBO")
    assert (group.added, group.removed) == (("UADA", "UBO"), ("UPIA",))
    assert group.change.addresses == {"UADA": "ada@acme.example", "UBO": "bo@acme.example"}
    assert [(m.name, m.until, m.via) for m in group.members] == [
        ("Ada", None, ("SADA",)),
        ("Bo", NOON + HOUR, ("SBO",)),
    ]


def test_the_order_of_members_is_no_change(plan: PlanFor, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").members = ["UBO", "UADA"]

    assert plan({"alpha": {"schedules": ["SADA", "SBO"]}}).groups["alpha"].status == "unchanged"


def test_a_pinned_id_finds_the_group_whatever_its_handle_is_now(plan: PlanFor, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").handle = "renamed"

    assert plan({"alpha": {**ADA, "id": "SGALPHA"}}).groups["alpha"].id == "SGALPHA"


def test_a_pinned_id_goes_before_another_group_with_the_handle(plan: PlanFor) -> None:
    assert plan({"alpha": {**ADA, "id": "SGBETA"}}).groups["alpha"].id == "SGBETA"


def test_of_two_groups_with_the_handle_the_enabled_one_is_meant(plan: PlanFor, sync: Sync) -> None:
    world = sync.sandbox.world
    world.user_groups = {f"SOLD{n}": UserGroup(handle="alpha", disabled=True) for n in range(5)} | world.user_groups

    assert plan({"alpha": ADA}).groups["alpha"].id == "SGALPHA"


def test_the_case_of_a_handle_in_slack_makes_no_difference(plan: PlanFor, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").handle = "Alpha"

    assert plan({"alpha": ADA}).groups["alpha"].status == "would_update"


def test_two_entries_for_one_group_stop_each_other(plan: PlanFor) -> None:
    planned = plan({"alpha": ADA, "other": {"schedules": ["SBO"], "id": "SGALPHA"}}).groups

    assert [planned[handle].status for handle in ("alpha", "other")] == ["failed", "failed"]
    assert planned["alpha"].change is planned["other"].change is None


def test_two_entries_for_one_group_stop_each_other_in_a_run_for_one_of_them_too(plan: PlanFor, sync: Sync) -> None:
    entries = {"alpha": ADA, "other": {"schedules": ["SBO"], "id": "SGALPHA"}}

    planned = plan(entries, served=["alpha"]).groups

    assert planned.keys() == {"alpha"}
    assert (planned["alpha"].status, planned["alpha"].change) == ("failed", None)
    assert [problem.code for problem in planned["alpha"].problems] == ["same_group"]


def test_a_run_for_one_group_plans_that_one_alone(plan: PlanFor) -> None:
    assert plan({"alpha": ADA, "beta": ADA}, served=["alpha"]).groups.keys() == {"alpha"}


def test_a_group_with_a_mistake_in_the_config_is_part_of_the_plan(plan: PlanFor) -> None:
    problem = Problem(code="config_mistake", message="oncall_sync.yaml:4: …")

    group = plan({"beta": {"schedules": ["SBO"]}}, mistaken={"alpha": (problem,)}).groups["alpha"]

    assert (group.status, group.problems, group.change) == ("failed", (problem,), None)


def test_a_plan_lapses_when_a_shift_that_it_rests_on_ends(plan: PlanFor, sync: Sync) -> None:
    sync.sandbox.world.group("beta").members = ["UPIA"]
    planned = plan({"alpha": ADA, "beta": {"schedules": ["SBO"]}}).groups

    assert planned["alpha"].change
    assert planned["beta"].change
    assert planned["alpha"].change.expires_at == NOON + HOUR / 6, "ten minutes"
    assert planned["beta"].change.expires_at == NOON + HOUR / 6, "the shift ends later"


def test_what_a_run_cannot_write_in_its_time_is_deferred(plan: PlanFor, sync: Sync) -> None:
    sync.sandbox.world.user_groups |= {f"SG{n:03}": UserGroup(handle=f"g{n:03}", members=["UPIA"]) for n in range(160)}

    planned = plan({f"g{n:03}": ADA for n in range(160)}).groups

    changes = [handle for handle, group in planned.items() if group.change]
    assert len(changes) == 150
    assert {group.status for handle, group in planned.items() if handle not in changes} == {"deferred"}


def test_a_missing_scope_is_named(plan: PlanFor, sync: Sync) -> None:
    sync.sandbox.world.slack.scopes.remove("usergroups:read")

    with pytest.raises(Refused, match="Add the scope usergroups:read"):
        plan({"alpha": ADA})


@pytest.mark.parametrize("user_count", [0, "0"])
def test_groups_of_another_version_of_slack_without_members_are_read(
    plan: PlanFor, sync: Sync, user_count: int | str
) -> None:
    """A group that nobody ever was in has no `users` in some answers; its `user_count` says that it has none."""
    entry = {"id": "SGALPHA", "handle": "alpha", "date_delete": 0, "user_count": user_count}
    body = json.dumps({"ok": True, "usergroups": [entry]})
    sync.sandbox.faults.add(Fault(endpoint="usergroups.list", status=200, body=body))

    assert plan({"alpha": ADA}).groups["alpha"].added == ("UADA",)


UNSAID: dict[str, dict[str, Any]] = {
    "neither users nor a count": {},
    "a count alone": {"user_count": 3},
    "a count in words": {"user_count": "3"},
    "no count": {"user_count": None},
    "null for users": {"users": None, "user_count": 3},
}


@pytest.mark.parametrize("entry", UNSAID.values(), ids=UNSAID)
def test_a_group_of_which_slack_does_not_say_who_is_in_it_is_refused_alone(
    plan: PlanFor, sync: Sync, entry: dict[str, Any]
) -> None:
    alpha = {"id": "SGALPHA", "handle": "alpha", "date_delete": 0, **entry}
    beta = {"id": "SGBETA", "handle": "beta", "date_delete": 0, "users": ["UPIA"], "user_count": 1}
    body = json.dumps({"ok": True, "usergroups": [alpha, beta]})
    sync.sandbox.faults.add(Fault(endpoint="usergroups.list", status=200, body=body))

    planned = plan({"alpha": ADA, "beta": {"schedules": ["SBO"]}}).groups

    assert (planned["alpha"].status, planned["alpha"].change) == ("failed", None)
    assert "Slack does not say who is in it" in planned["alpha"].problems[0].message
    assert planned["beta"].status == "would_update"
