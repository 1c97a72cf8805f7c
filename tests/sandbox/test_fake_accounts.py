"""The fake Slack's accounts: users.* and auth.test."""

import pytest

from sandbox import Account, Sandbox
from tests.sandbox.clients import Call


@pytest.mark.parametrize("email", ["ada@acme.example", "ADA@Acme.Example"])
def test_an_account_is_found_by_email_whatever_its_case(slack: Call, email: str) -> None:
    user = slack("users.lookupByEmail", email=email)["user"]
    assert (user["id"], user["profile"]["email"], user["deleted"]) == ("UADA", "ada@acme.example", False)


@pytest.mark.parametrize("email", ["nobody@acme.example", "gone@acme.example"])
def test_an_unknown_email_and_that_of_a_deactivated_account_are_not_found(slack: Call, email: str) -> None:
    assert slack("users.lookupByEmail", email=email) == {"ok": False, "error": "users_not_found"}


def test_an_account_can_be_deactivated_while_the_world_is_served(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.accounts["UADA"].deleted = True
    assert slack("users.lookupByEmail", email="ada@acme.example")["error"] == "users_not_found"
    assert slack("users.info", user="UADA")["user"]["deleted"]


def test_the_list_holds_deactivated_accounts_and_bots_in_no_particular_order(sandbox: Sandbox, slack: Call) -> None:
    listed = [user["id"] for user in slack("users.list")["members"]]
    assert sorted(listed) == sorted([*sandbox.world.accounts])
    assert listed != sorted(listed)
    assert {"UGONE", "UBOT", "USLACKBOT"} < set(listed)


def test_following_the_cursor_gives_every_account_once(sandbox: Sandbox, slack: Call) -> None:
    for number in range(40):
        sandbox.world.accounts[f"UX{number}"] = Account(name=f"Extra {number}")
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = slack("users.list", limit=10, cursor=cursor)
        seen += [user["id"] for user in page["members"]]
        cursor, pages = page["response_metadata"]["next_cursor"], pages + 1
    assert pages == 5
    assert sorted(seen) == sorted(sandbox.world.accounts)


def test_an_unknown_cursor_is_refused(slack: Call) -> None:
    assert slack("users.list", limit=2, cursor="rubbish")["error"] == "invalid_cursor"


def test_an_unknown_account_is_not_found(slack: Call) -> None:
    assert slack("users.info", user="UNOBODY")["error"] == "user_not_found"


def test_profiles_show_no_email_without_its_scope(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.slack.scopes.remove("users:read.email")
    assert "email" not in slack("users.info", user="UADA")["user"]["profile"]


def test_the_token_is_told_who_it_is_without_any_scope(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.slack.scopes.clear()
    answer = slack("auth.test")
    assert (answer["ok"], answer["team_id"]) == (True, sandbox.world.slack.team_id)
