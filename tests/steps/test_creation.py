"""Task 5 for a group that Slack does not have yet: there is one in the end, however often that is tried."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oncall_sync.config import NewGroup
from oncall_sync.errors import BrokenAnswer, Refused
from oncall_sync.models import Change, Outcome
from oncall_sync.steps import update_group
from sandbox import Channel, Fault, UserGroup
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON

CHANGE = Change(
    handle="gamma",
    group_id="",
    action="create",
    members=("UADA", "UBO"),
    new=NewGroup(name="Gamma", description="Ask us", channels=("C0GENERAL", "C0OPS")),
    connection="slack_api_default",
    run_started=NOON,
    expires_at=NOON + HOUR,
)


@pytest.fixture(autouse=True)
def channels(sync: Sync) -> None:
    sync.sandbox.world.channels |= {"C0GENERAL": Channel(name="general"), "C0OPS": Channel(name="ops")}


def update(sync: Sync) -> Outcome:
    return update_group(CHANGE, sync.services())


def asked(sync: Sync) -> list[str]:
    return [request.endpoint.removeprefix("usergroups.") for request in sync.sandbox.requests]


def gammas(sync: Sync) -> list[UserGroup]:
    return [group for group in sync.sandbox.world.user_groups.values() if group.handle == "gamma"]


def appears(sync: Sync, **fields: Any) -> UserGroup:
    """Somebody creates the group between the plan and the write."""
    group = sync.sandbox.world.user_groups["SGAMMA"] = UserGroup(handle="gamma", **fields)
    return group


def test_it_is_created_as_the_config_says_and_then_gets_its_members(sync: Sync) -> None:
    outcome = update(sync)

    assert asked(sync) == ["list", "create", "users.update"]
    (group,) = gammas(sync)
    assert (group.name, group.description, group.channels) == ("Gamma", "Ask us", ["C0GENERAL", "C0OPS"])
    assert group.members == ["UADA", "UBO"]
    assert sync.sandbox.world.user_groups[outcome.created or ""] is group
    assert (outcome.members, outcome.requests) == (("UADA", "UBO"), 3)
    assert [(p.level, p.message) for p in outcome.problems] == [
        ("info", f"Slack had no @gamma; it was created ({outcome.created}).")
    ]


def test_no_channels_are_sent_where_none_are_asked_for(sync: Sync) -> None:
    update_group(CHANGE.model_copy(update={"new": NewGroup(name="Gamma", description="x")}), sync.services())

    (create,) = [request for request in sync.sandbox.requests if request.endpoint == "usergroups.create"]
    assert create.params == {"name": "Gamma", "handle": "gamma", "description": "x"}


def test_handles_that_are_like_it_are_named(sync: Sync) -> None:
    sync.sandbox.world.group("beta").handle = "gama"

    (told,) = update(sync).problems

    assert told.level == "warning"
    assert told.message.endswith("Similar handles exist: @gama.")


@pytest.mark.parametrize("members", [[], ["UBO"], ["UBO", "UADA"]], ids=["empty", "some", "all"])
def test_one_that_is_there_by_now_is_taken(sync: Sync, members: list[str]) -> None:
    appears(sync, members=members)

    assert update(sync).created == "SGAMMA"
    assert asked(sync) == ["list", "users.update"]
    assert sync.members("gamma") == {"UADA", "UBO"}


@pytest.mark.parametrize("fields", [{"members": ["UPIA"]}, {"is_idp_group": True}], ids=["with others", "managed"])
def test_one_that_somebody_made_their_own_is_left_to_the_next_plan(sync: Sync, fields: dict[str, Any]) -> None:
    before = appears(sync, **fields).model_copy(deep=True)

    with pytest.raises(Refused, match="somebody created this group meanwhile") as refused:
        update(sync)

    assert refused.value.code == "created_meanwhile"
    assert sync.writes() == []
    assert gammas(sync) == [before]


def test_one_that_is_disabled_by_now_is_neither_taken_nor_doubled(sync: Sync) -> None:
    appears(sync, disabled=True)

    with pytest.raises(Refused, match="a user group that this token cannot see has this name already"):
        update(sync)

    assert asked(sync) == ["list", "create", "list"]
    assert [group.disabled for group in gammas(sync)] == [True]


@pytest.mark.parametrize("taken", ["handle_already_exists", "name_already_exists"])
def test_a_creation_whose_answer_was_lost_is_found_when_slack_refuses_a_second_one(sync: Sync, taken: str) -> None:
    sync.sandbox.faults.add(Fault(endpoint="usergroups.create", error="internal_error", performed=True))
    sync.sandbox.faults.add(Fault(endpoint="usergroups.create", error=taken, after=1))

    outcome = update(sync)

    assert asked(sync) == ["list", "create", "create", "list", "users.update"]
    assert len(gammas(sync)) == 1
    assert sync.members("gamma") == {"UADA", "UBO"}
    assert [problem.code for problem in outcome.problems] == ["created"]


def test_a_creation_whose_answer_has_no_id_is_found_by_the_next_try(sync: Sync) -> None:
    body = json.dumps({"ok": True, "usergroup": {"handle": "gamma"}})
    sync.sandbox.faults.add(Fault(endpoint="usergroups.create", status=200, body=body, performed=True))

    with pytest.raises(BrokenAnswer, match="does not say the ID"):
        update(sync)
    update(sync)

    assert sync.sandbox.count("slack", "usergroups.create") == 1
    assert sync.members("gamma") == {"UADA", "UBO"}


def test_when_the_write_of_its_members_fails_the_next_try_makes_no_second_group(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="fatal_error", times=3))

    with pytest.raises(BrokenAnswer):
        update(sync)
    assert sync.members("gamma") == set()
    outcome = update(sync)

    assert sync.sandbox.count("slack", "usergroups.create") == 1
    assert len(gammas(sync)) == 1
    assert outcome.members == ("UADA", "UBO")
