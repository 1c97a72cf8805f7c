"""The fake Slack on an Enterprise Grid: people with two IDs, tokens of a whole organization."""

from typing import Any, Literal

import pytest

from sandbox import Sandbox
from tests.sandbox.clients import Call, Json

Shown = Literal["enterprise", "workspace"]
TEAM = "T0SANDBOX"


@pytest.fixture
def grid(sandbox: Sandbox) -> None:
    """Ada was in the workspace before it joined the Grid."""
    sandbox.world.accounts["UADA"].enterprise_user = "WADA"


@pytest.fixture
def org_wide(sandbox: Sandbox) -> None:
    sandbox.world.slack.org_wide = True
    sandbox.world.slack.scopes.append("chat:write")


def seen(slack: Call, **by: str) -> tuple[str, str]:
    """`id` and `enterprise_user.id` in the answer to users.info, or with an email to users.lookupByEmail."""
    user: Json = slack("users.lookupByEmail" if "email" in by else "users.info", **by)["user"]
    return user["id"], user["enterprise_user"]["id"]


@pytest.mark.usefixtures("grid")
def test_users_show_the_enterprise_id_where_groups_show_that_of_the_workspace(slack: Call) -> None:
    groups = slack("usergroups.list", include_users=1)["usergroups"]
    assert next(group["users"] for group in groups if group["id"] == "SONE") == ["UADA"]
    assert slack("usergroups.users.list", usergroup="SONE")["users"] == ["UADA"]
    assert seen(slack, email="ada@acme.example") == ("WADA", "WADA")
    assert "WADA" in [user["id"] for user in slack("users.list")["members"]]


@pytest.mark.usefixtures("grid")
@pytest.mark.parametrize("given", ["UADA", "WADA"])
def test_an_account_is_found_by_either_id(slack: Call, given: str) -> None:
    assert seen(slack, user=given) == ("WADA", "WADA")


@pytest.mark.usefixtures("grid")
@pytest.mark.parametrize(("shown", "expected"), [("enterprise", "WADA"), ("workspace", "UADA")])
def test_the_world_chooses_the_id_that_users_show(sandbox: Sandbox, slack: Call, shown: Shown, expected: str) -> None:
    sandbox.world.slack.user_ids = shown
    assert seen(slack, user="UADA") == (expected, "WADA")


@pytest.mark.usefixtures("grid")
@pytest.mark.parametrize(("shown", "expected"), [("enterprise", "WADA"), ("workspace", "UADA")])
@pytest.mark.parametrize("given", ["UADA", "WADA", "UADA,WADA"])
def test_an_update_takes_either_id_and_answers_the_one_that_groups_show(
    sandbox: Sandbox, slack: Call, shown: Shown, expected: str, given: str
) -> None:
    sandbox.world.slack.member_ids = shown
    answer = slack("usergroups.users.update", usergroup="SNONE", users=f"UBO,{given}", include_count=1)["usergroup"]
    assert (answer["users"], answer["user_count"]) == (["UBO", expected], 2)
    assert slack("usergroups.users.list", usergroup="SNONE")["users"] == ["UBO", expected]
    assert sandbox.world.group("none").members == ["UBO", "UADA"]


@pytest.mark.usefixtures("grid")
def test_an_account_names_its_organization_and_workspaces(slack: Call) -> None:
    belongs = slack("users.info", user="UADA")["user"]["enterprise_user"]
    assert (belongs["enterprise_id"], belongs["teams"]) == ("E0SANDBOX", [TEAM])
    assert "enterprise_user" not in slack("users.info", user="UBO")["user"]


def test_off_the_grid_the_token_is_told_nothing_of_an_organization(slack: Call) -> None:
    answer = slack("auth.test")
    assert (answer["team_id"], answer["is_enterprise_install"]) == (TEAM, False)
    assert "enterprise_id" not in answer


@pytest.mark.usefixtures("grid")
def test_the_token_of_a_workspace_on_the_grid_is_told_both(slack: Call) -> None:
    answer = slack("auth.test")
    assert (answer["team_id"], answer["enterprise_id"]) == (TEAM, "E0SANDBOX")
    assert not answer["is_enterprise_install"]


@pytest.mark.usefixtures("org_wide")
def test_an_org_wide_token_is_told_no_workspace(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.slack.enterprise_id = "E0ACME"
    answer = slack("auth.test")
    assert (answer["team_id"], answer["enterprise_id"], answer["is_enterprise_install"]) == ("E0ACME", "E0ACME", True)


TEAM_NEEDED = {
    "usergroups.list": ("missing_argument", "invalid_team"),
    "usergroups.users.list": ("missing_argument", "team_access_not_granted"),
    "usergroups.users.update": ("missing_argument", "team_access_not_granted"),
    "usergroups.update": ("missing_argument", "team_access_not_granted"),
    "usergroups.enable": ("missing_argument", "team_access_not_granted"),
    "usergroups.disable": ("target_team_must_be_specified_in_org_context", "target_team_not_on_org"),
    "usergroups.create": ("target_team_must_be_specified_in_org_context", "target_team_not_on_org"),
    "users.list": ("missing_argument", "team_access_not_granted"),
}
FIELDS: dict[str, Any] = {"usergroup": "SONE", "users": "UBO", "name": "New", "handle": "new"}


@pytest.mark.usefixtures("org_wide")
@pytest.mark.parametrize("method", TEAM_NEEDED)
def test_an_org_wide_token_must_name_the_workspace(sandbox: Sandbox, slack: Call, method: str) -> None:
    missing, wrong = TEAM_NEEDED[method]
    before = sandbox.world.model_copy(deep=True).user_groups
    assert slack(method, **FIELDS)["error"] == missing
    for other in ("T0OTHER", "E0SANDBOX"):
        assert slack(method, **FIELDS, team_id=other)["error"] == wrong
    assert sandbox.world.user_groups == before
    assert slack(method, **FIELDS, team_id=TEAM)["ok"]


@pytest.mark.usefixtures("org_wide")
def test_the_missing_workspace_is_named_as_the_argument(slack: Call) -> None:
    assert slack("users.list") == {"ok": False, "error": "missing_argument", "arg": "team_id"}


@pytest.mark.usefixtures("org_wide")
def test_an_org_wide_token_looks_up_people_without_a_workspace(slack: Call) -> None:
    assert slack("users.lookupByEmail", email="ada@acme.example")["ok"]
    assert slack("users.info", user="UADA")["ok"]


@pytest.mark.usefixtures("org_wide")
def test_an_org_wide_token_posts_by_id_or_says_in_which_workspace_the_name_is(slack: Call) -> None:
    assert slack("chat.postMessage", channel="CIN", text="x")["ok"]
    assert slack("chat.postMessage", channel="#in", text="x")["error"] == "team_not_found"
    assert slack("chat.postMessage", channel="#in", text="x", team_id=TEAM)["ok"]


@pytest.mark.parametrize("team", [TEAM, "T0OTHER"])
def test_the_token_of_a_workspace_may_name_any_workspace(slack: Call, team: str) -> None:
    assert slack("usergroups.list", team_id=team)["ok"]
    assert slack("users.list", team_id=team)["ok"]
