"""The fake Slack's user groups: https://docs.slack.dev/reference/methods, usergroups.*"""

import pytest

from sandbox import Account, Sandbox
from tests.sandbox.clients import Call, Json


def by_handle(answer: Json) -> dict[str, Json]:
    assert answer["ok"], answer
    return {group["handle"]: group for group in answer["usergroups"]}


def test_the_list_holds_enabled_groups_without_members_unless_asked(slack: Call) -> None:
    groups = by_handle(slack("usergroups.list"))
    assert set(groups) == {"one", "idp", "none"}
    assert {"users", "user_count"} & groups["one"].keys() == set()


def test_the_list_adds_disabled_groups_members_and_counts_on_request(slack: Call) -> None:
    groups = by_handle(slack("usergroups.list", include_users=1, include_disabled="true", include_count=1))
    assert (groups["one"]["users"], groups["one"]["user_count"], groups["one"]["date_delete"]) == (["UADA"], 1, 0)
    assert groups["off"]["date_delete"] > 0


def test_the_list_is_in_no_particular_order(sandbox: Sandbox, slack: Call) -> None:
    listed = [group["id"] for group in slack("usergroups.list", include_disabled=1)["usergroups"]]
    assert sorted(listed) == sorted(sandbox.world.user_groups)
    assert listed not in (sorted(listed), list(sandbox.world.user_groups))


@pytest.mark.parametrize("bad", ["UNOBODY", "UGONE", "UBOT", "USLACKBOT"])
def test_one_unknown_deactivated_or_bot_member_refuses_the_whole_update(
    sandbox: Sandbox, slack: Call, bad: str
) -> None:
    answer = slack("usergroups.users.update", usergroup="SONE", users=f"UBO,{bad}")
    assert answer == {"ok": False, "error": "invalid_users"}
    assert sandbox.world.group("one").members == ["UADA"]


def test_guests_cannot_be_members(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.accounts["UMULTI"] = Account(name="Multi", is_restricted=True)
    single = slack("usergroups.users.update", usergroup="SONE", users="UGUEST")
    several = slack("usergroups.users.update", usergroup="SONE", users="UMULTI")
    assert (single["error"], several["error"]) == ("single_channel_guests_cannot_be_added", "invalid_users")


@pytest.mark.parametrize("users", ["", " , ", "[]"])
def test_a_group_cannot_be_emptied(sandbox: Sandbox, slack: Call, users: str) -> None:
    assert slack("usergroups.users.update", usergroup="SONE", users=users)["error"] == "no_users_provided"
    assert sandbox.world.group("one").members == ["UADA"]


def test_a_missing_argument_is_named(slack: Call) -> None:
    assert slack("usergroups.users.update", usergroup="SONE") == {
        "ok": False,
        "error": "invalid_arguments",
        "response_metadata": {"messages": ["[ERROR] missing required field: users"]},
    }


@pytest.mark.parametrize("flag", ["is_idp_group", "is_membership_locked", "is_org_level"])
def test_a_group_that_is_managed_elsewhere_refuses_changes(sandbox: Sandbox, slack: Call, flag: str) -> None:
    setattr(sandbox.world.group("one"), flag, True)
    assert slack("usergroups.users.update", usergroup="SONE", users="UBO")["error"] == "permission_denied"


@pytest.mark.parametrize("method", ["users.update", "enable", "disable", "update", "create"])
def test_where_only_admins_edit_groups_every_change_is_denied(sandbox: Sandbox, slack: Call, method: str) -> None:
    sandbox.world.slack.user_group_edits = "admins"
    answer = slack(f"usergroups.{method}", usergroup="SONE", users="UBO", name="New")
    assert answer == {"ok": False, "error": "permission_denied"}


def test_an_update_without_a_field_still_tells_that_it_would_be_refused(sandbox: Sandbox, slack: Call) -> None:
    assert slack("usergroups.update", usergroup="SIDP")["error"] == "permission_denied"
    sandbox.world.slack.scopes.remove("usergroups:write")
    assert slack("usergroups.update", usergroup="SONE")["error"] == "missing_scope"


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("usergroups.list", "plan_upgrade_required"),
        ("usergroups.users.update", "plan_upgrade_required"),
        ("usergroups.create", "plan_upgrade_required"),
        ("usergroups.update", "paid_teams_only"),
    ],
)
def test_a_free_plan_has_no_user_groups(sandbox: Sandbox, slack: Call, method: str, error: str) -> None:
    sandbox.world.slack.paid = False
    assert slack(method, usergroup="SONE", users="UBO", name="New") == {"ok": False, "error": error}
