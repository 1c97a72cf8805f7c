"""What the fake Slack takes as a new or changed user group, and what it refuses."""

import pytest

from sandbox import Sandbox
from tests.sandbox.clients import Call

FRESH = {"name": "Fresh", "handle": "fresh"}


def test_a_new_group_is_empty_and_can_be_changed(sandbox: Sandbox, slack: Call) -> None:
    created = slack("usergroups.create", **FRESH, description="On call for fresh things")["usergroup"]
    assert (created["handle"], created["users"]) == ("fresh", [])
    assert created["description"] == "On call for fresh things"
    assert slack("usergroups.update", usergroup=created["id"], name="Renamed")["usergroup"]["name"] == "Renamed"
    assert sandbox.world.group("fresh").name == "Renamed"


@pytest.mark.parametrize(
    "taken", ["one", "off", "in", "old", "theirs", "ada", "slackbot"], ids=lambda handle: f"handle-{handle}"
)
def test_a_handle_that_a_group_a_channel_or_a_person_has_is_taken(sandbox: Sandbox, slack: Call, taken: str) -> None:
    """A disabled group, an archived channel and one that the app cannot see are no exceptions."""
    before = dict(sandbox.world.user_groups)
    assert slack("usergroups.create", name="New", handle=taken) == {"ok": False, "error": "handle_already_exists"}
    assert slack("usergroups.update", usergroup="SNONE", handle=taken)["error"] == "handle_already_exists"
    assert sandbox.world.user_groups == before


def test_a_person_has_both_a_user_name_and_a_display_name(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.accounts["UBO"].name = "Bo Lind"
    answers = [slack("usergroups.create", name="New", handle=handle) for handle in ("bo.lind", "bo")]
    assert [answer["error"] for answer in answers] == ["handle_already_exists"] * 2


@pytest.mark.parametrize("handle", ["On-Call", "on call", "@oncall", "ön-call", "-oncall", "on/call", "x" * 22])
def test_a_handle_with_other_characters_or_too_many_is_bad(slack: Call, handle: str) -> None:
    assert slack("usergroups.create", name="New", handle=handle)["error"] == "bad_handle"


@pytest.mark.parametrize("handle", ["here", "channel", "everyone"])
def test_what_mentions_a_whole_channel_is_no_handle(slack: Call, handle: str) -> None:
    assert slack("usergroups.create", name="New", handle=handle)["error"] == "forbidden_handle"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, "missing_subteam_name"),
        ({"name": "x" * 81}, "name_too_long"),
        ({"name": "One"}, "name_already_exists"),
        ({"name": "Off"}, "name_already_exists"),
        ({"description": "x" * 141}, "description_too_long"),
        ({"channels": "CIN,CNOWHERE"}, "invalid_channel_provided"),
        ({"channels": "COLD"}, "invalid_channel_provided"),
        ({"channels": "CTHEIRS"}, "invalid_channel_provided"),
    ],
)
def test_other_fields_are_refused_with_slacks_reasons(
    sandbox: Sandbox, slack: Call, fields: dict[str, str], error: str
) -> None:
    assert slack("usergroups.create", **(FRESH | fields))["error"] == error
    assert slack("usergroups.update", usergroup="SNONE", **fields)["error"] == error
    assert sandbox.world.group("none").name == "None"
    assert len(sandbox.world.user_groups) == 4


def test_one_bad_field_refuses_all_fields(sandbox: Sandbox, slack: Call) -> None:
    slack("usergroups.update", usergroup="SNONE", name="Other", handle="one")
    assert sandbox.world.group("none").name == "None"


def test_a_group_keeps_its_own_name_and_handle(slack: Call) -> None:
    assert slack("usergroups.update", usergroup="SONE", name="One", handle="one")["ok"]


def test_line_breaks_are_taken_out_of_a_description(slack: Call) -> None:
    created = slack("usergroups.create", **FRESH, description="two\nlines")["usergroup"]
    assert created["description"] == "two lines"


def test_default_channels_are_shown_private_ones_by_themselves(sandbox: Sandbox, slack: Call) -> None:
    created = slack("usergroups.create", **FRESH, channels="CIN, COUT,CMINE")["usergroup"]
    assert created["prefs"] == {"channels": ["CIN", "COUT"], "groups": ["CMINE"]}
    assert created["channel_count"] == 3
    assert sandbox.world.group("fresh").channels == ["CIN", "COUT", "CMINE"]


def test_default_channels_can_be_cleared(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.group("one").channels = ["CIN"]
    assert slack("usergroups.update", usergroup="SONE", channels="")["usergroup"]["prefs"]["channels"] == []


def test_without_a_handle_a_group_gets_one_from_its_name(slack: Call) -> None:
    assert slack("usergroups.create", name="Data On Call")["usergroup"]["handle"] == "data-on-call"
