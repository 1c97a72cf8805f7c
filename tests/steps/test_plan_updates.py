"""Task 4, with Slack's own answer: which group of Slack an entry of the config means, and what has to change there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.config import Config, Source
from oncall_sync.errors import Refused
from oncall_sync.models import Contact, People, Plan, Reading, Rotation, Shift, SlackIds
from oncall_sync.steps import plan_updates
from sandbox import Fault
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


def test_a_run_for_one_group_plans_that_one_alone(plan: PlanFor) -> None:
    assert plan({"alpha": ADA, "beta": ADA}, served=["alpha"]).groups.keys() == {"alpha"}


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
