"""Slack's answers as typed values: what an account, a group and a channel come to, and what is no answer."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.slack import answers
from oncall_sync.slack.answers import WRONG_SHAPE, Account

ADA = {"id": "UADA", "name": "ada", "profile": {"email": "ada@acme.example", "real_name": "Ada"}}


def listed(*users: Any) -> list[Account]:
    return answers.accounts({"members": list(users), "response_metadata": None})[0]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"deleted": True}, "deactivated_account"),
        ({"is_bot": True}, "bot_account"),
        ({"id": "USLACKBOT"}, "bot_account"),
        ({"is_ultra_restricted": True}, "guest_account"),
        ({"deleted": True, "is_bot": True}, "deactivated_account"),
        ({}, ""),
        ({"is_restricted": True}, ""),  # a multi-channel guest may be in a user group
    ],
)
def test_an_account_that_no_user_group_takes_says_why(more: dict[str, Any], code: str) -> None:
    assert answers.account({**ADA, **more}).unusable == code


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"profile": {"real_name": "Ada L"}, "real_name": "A", "name": "a"}, "Ada L"),
        ({"profile": {"real_name": ""}, "real_name": "A", "name": "a"}, "A"),
        ({"profile": None, "name": "a"}, "a"),
        ({"name": "half an emoji \ud83d"}, "half an emoji ?"),
        ({}, "U1"),
    ],
)
def test_an_account_is_shown_by_the_fullest_name_that_it_has(names: dict[str, Any], shown: str) -> None:
    assert answers.account({"id": "U1", **names}).name == shown


def test_an_email_is_lower_case() -> None:
    assert answers.account({"id": "U1", "profile": {"email": "Ada@ACME.example"}}).email == "ada@acme.example"


def test_the_second_id_of_a_person_is_kept_and_the_same_one_twice_is_none() -> None:
    assert answers.account({**ADA, "enterprise_user": {"id": "WADA"}}).other_id == "WADA"
    assert answers.account({**ADA, "enterprise_user": {"id": "UADA"}}).other_id is None


@pytest.mark.parametrize("odd", [None, [], "U1", {}, {"id": 7}, {"id": "U1", "profile": "x"}])
def test_what_is_no_account_is_passed_over_in_a_list_and_refused_alone(odd: Any) -> None:
    assert [account.id for account in listed(odd, ADA)] == ["UADA"]
    with pytest.raises(WRONG_SHAPE):
        answers.account(odd)


@pytest.mark.parametrize("profile", [None, {}, {"email": None}])
def test_an_account_without_an_email_is_one(profile: Any) -> None:
    assert listed({"id": "U1", "profile": profile})[0].email == ""
