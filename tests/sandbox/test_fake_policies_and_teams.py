"""The fake PagerDuty's escalation policies and teams."""

from typing import Any

import pytest
import requests

from sandbox import Policy, Sandbox, Team
from tests.sandbox.clients import Get


def rules(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["escalation_policy"]["escalation_rules"]
    return found


def rows(pagerduty: Get, policy: str, **query: str) -> list[tuple[int, str | None, str]]:
    """(level, schedule or None, user) of the rows of a policy."""
    answer = pagerduty("/oncalls", {"escalation_policy_ids[]": [policy], "include[]": "users"}, **query)
    return [
        (row["escalation_level"], row["schedule"] and row["schedule"]["id"], row["user"]["id"])
        for row in answer.json()["oncalls"]
    ]


def test_a_policy_names_schedules_of_both_kinds_and_people_as_targets(pagerduty: Get) -> None:
    types = [[target["type"] for target in rule["targets"]] for rule in rules(pagerduty("/escalation_policies/PE1"))]
    assert types == [["schedule_reference", "schedule_v3_reference"], ["user_reference"]]


def test_a_level_may_have_no_targets_and_then_no_rows(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.world.policies["PE3"] = Policy(levels=[[], ["PADA"]])
    assert [len(rule["targets"]) for rule in rules(pagerduty("/escalation_policies/PE3"))] == [0, 1]
    assert rows(pagerduty, "PE3") == [(2, None, "PADA")]


def test_include_targets_gives_whole_users_and_layer_based_schedules(pagerduty: Get) -> None:
    first, second = rules(pagerduty("/escalation_policies/PE1", {"include[]": "targets"}))
    assert [target["type"] for target in first["targets"]] == ["schedule", "schedule_v3_reference"]
    assert second["targets"][0]["email"] == "ada@acme.example"


def test_policies_are_listed_in_pages(pagerduty: Get) -> None:
    page = pagerduty("/escalation_policies", limit=1).json()
    assert ([policy["name"] for policy in page["escalation_policies"]], page["more"]) == (["First"], True)


def test_the_rows_of_a_policy_hold_direct_users_beside_schedules(pagerduty: Get) -> None:
    assert rows(pagerduty, "PE1") == [(1, "PDAY", "PBO"), (1, "PTWO", "PADA"), (1, "PTWO", "PBO"), (2, None, "PADA")]


def test_a_direct_user_is_on_call_at_any_time_from_no_start_to_no_end(pagerduty: Get) -> None:
    query = {"escalation_policy_ids[]": ["PE1"], "user_ids[]": ["PADA"]}
    for since in ("2020-01-01", "2026-03-02"):
        found = pagerduty("/oncalls", query, since=since, until=since).json()["oncalls"][-1]
        assert (found["schedule"], found["start"], found["end"]) == (None, None, None)


def test_a_deleted_user_as_a_direct_target_is_a_bare_reference(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.world.policies["PE3"] = Policy(levels=[["PGONE"]])
    target = rules(pagerduty("/escalation_policies/PE3", {"include[]": "targets"}))[0]["targets"][0]
    query = {"escalation_policy_ids[]": ["PE3"], "include[]": "users"}
    on_call = pagerduty("/oncalls", query).json()["oncalls"][0]["user"]
    for shown in (target, on_call):
        assert (shown["type"], "email" in shown) == ("user_reference", False)
        assert shown["deleted_at"]


def test_an_unknown_policy_has_no_rows(pagerduty: Get) -> None:
    assert rows(pagerduty, "PNOWHERE") == []


def test_a_policy_that_the_key_may_not_read_is_denied_unlisted_and_without_rows(
    sandbox: Sandbox, pagerduty: Get
) -> None:
    sandbox.world.pagerduty.forbidden.append("PE1")
    answer = pagerduty("/escalation_policies/PE1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, 2010)
    assert [each["id"] for each in pagerduty("/escalation_policies").json()["escalation_policies"]] == ["PE2"]
    assert rows(pagerduty, "PE1") == []


def test_team_members_are_references_unless_users_are_included(pagerduty: Get) -> None:
    bare = pagerduty("/teams/PTEAM/members").json()["members"]
    whole = pagerduty("/teams/PTEAM/members", {"include[]": "users"}).json()["members"]
    assert [member["user"]["type"] for member in bare] == ["user_reference"] * 2
    assert [member["user"].get("email") for member in bare] == [None, None]
    assert [member["user"].get("email") for member in whole] == ["ada@acme.example", None]


def test_a_deleted_user_in_a_team_is_a_bare_reference(pagerduty: Get) -> None:
    gone = pagerduty("/teams/PTEAM/members", {"include[]": "users"}).json()["members"][1]["user"]
    assert (gone["id"], gone["type"], "name" in gone) == ("PGONE", "user_reference", False)
    assert gone["deleted_at"]


def test_team_members_come_in_pages(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.world.teams["PBIG"] = Team(members=["PADA", "PBO", "PCY"])
    pages = [pagerduty("/teams/PBIG/members", limit=2, offset=offset).json() for offset in (0, 2)]
    assert [[member["user"]["id"] for member in page["members"]] for page in pages] == [["PADA", "PBO"], ["PCY"]]
    assert [page["more"] for page in pages] == [True, False]
    assert pagerduty("/teams/PBIG/members").json()["limit"] == 25


def test_a_team_may_be_of_nobody(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.world.teams["PNEW"] = Team(name="New")
    page = pagerduty("/teams/PNEW/members").json()
    assert (page["members"], page["more"]) == ([], False)
    assert pagerduty("/teams/PNEW").json()["team"]["name"] == "New"


@pytest.mark.parametrize("path", ["/teams/PTEAM", "/teams/PTEAM/members"])
def test_a_team_that_the_key_may_not_read_is_denied(sandbox: Sandbox, pagerduty: Get, path: str) -> None:
    sandbox.world.pagerduty.forbidden.append("PTEAM")
    answer = pagerduty(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, 2010)


@pytest.mark.parametrize("path", ["/teams/PNONE", "/teams/PNONE/members", "/escalation_policies/PNONE"])
def test_what_does_not_exist_is_not_found(pagerduty: Get, path: str) -> None:
    assert pagerduty(path).status_code == 404
