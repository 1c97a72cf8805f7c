"""Who belongs in a group at the instant of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oncall_sync.rules.members import slack_address
from tests.builders import AT, HOUR, Situation, email, slack_ids

MIXED = {"PDAY": ["ada"], "policy:PESC123:1": ["bo"], "policy:PESC456:all": ["bo", "dan"], "team:PTEAM01": ["eve"]}


def members(situation: Situation) -> tuple[str, ...]:
    return tuple(sorted(situation.roster().members))


def messages(situation: Situation) -> list[str]:
    return [problem.message for problem in situation.roster().problems]


def listed(reason: str, name: str, **options: list[str]) -> Situation:
    """name: on call, or listed in the config."""
    if reason == "on call":
        return Situation(on_call={"PDAY": [name]}, options=options)
    return Situation(on_call={"PDAY": []}, options={**options, reason: [name]})


# ── who is in ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_holds_the_union_of_its_sources_and_each_member_says_where_they_come_from() -> None:
    found = Situation(on_call=MIXED, options={"always": ["flo", "ada"]}).roster().members
    assert {member.name: member.via for member in found.values()} == {
        "Ada": ("PDAY", "always"),
        "Bo": ("PESC123 level 1", "PESC456 all levels"),
        "Dan": ("PESC456 all levels",),
        "Eve": ("team PTEAM01",),
        email("flo"): ("always",),
    }


def test_two_addresses_of_one_slack_account_are_one_member() -> None:
    accounts = {email("ada"): "U0ADA", email("adele"): "U0ADA"}
    assert members(Situation(on_call={"PDAY": ["ada", "adele"]}, slack_accounts=accounts)) == ("U0ADA",)


def test_a_member_stays_until_the_last_of_their_reasons_ends_and_has_no_end_if_one_has_none() -> None:
    ending: dict[str, Any] = {"PDAY": [("ada", AT + 2 * HOUR)], "policy:PESC123:2": [("ada", AT + HOUR)]}
    assert Situation(on_call=ending).roster().members["UADA"].until == AT + 2 * HOUR
    for endless in (
        Situation(on_call={**ending, "PNIGHT": ["ada"]}),
        Situation(on_call={"PNIGHT": ["ada"], **ending}),
        Situation(on_call={**ending, "team:PTEAM01": ["ada"]}),
        Situation(on_call=ending, options={"always": ["ada"]}),
    ):
        assert endless.roster().members["UADA"].until is None


def test_who_is_on_call_has_been_since_the_first_and_is_until_the_last_of_their_shifts() -> None:
    shifts: list[Any] = [("ada", AT - HOUR, AT + 2 * HOUR), ("ada", AT - 2 * HOUR, AT + HOUR), "ada"]
    for first, second, since, until in (
        (shifts[0], shifts[1], AT - 2 * HOUR, AT + 2 * HOUR),
        (shifts[1], shifts[0], AT - 2 * HOUR, AT + 2 * HOUR),
        (shifts[0], shifts[2], None, None),
        (shifts[2], shifts[0], None, None),
    ):
        (ada,) = Situation(on_call={"PDAY": [first], "PNIGHT": [second]}).roster().on_call.values()
        assert (ada.since, ada.until) == (since, until)


def test_a_team_is_not_on_call() -> None:
    on_call = Situation(on_call=MIXED).roster().on_call
    assert sorted(person.name for person in on_call.values()) == ["Ada", "Bo", "Dan"]


# ── who is left out ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reason", ["on call", "always", "fallback"])
def test_a_placeholder_is_nobody(reason: str) -> None:
    situation = listed(reason, "noop").but(placeholders=["noop"])
    assert (members(situation), situation.roster().someone, messages(situation)) == ((), False, [])
    assert members(Situation(on_call={"PDAY": ["noop", "ada"]}, placeholders=["noop"])) == ("UADA",)


@pytest.mark.parametrize("reason", ["on call", "always", "fallback"])
def test_never_wins_over_every_reason(reason: str) -> None:
    situation = listed(reason, "ada", never=["ada"])
    for each in (situation, situation.but(no_account=["ada"])):
        assert (members(each), each.roster().someone, messages(each)) == ((), False, [])


def test_never_means_the_person_also_by_their_slack_address_or_their_account() -> None:
    by_pagerduty = Situation(slack_accounts={email("ada"): "ada.l@acme.io"}, options={"never": ["ada"]})
    by_slack = Situation(slack_accounts={email("ada"): email("lovelace")}, options={"never": ["lovelace"]})
    accounts = {email("ada"): "U0ADA", email("adele"): "U0ADA"}
    by_account = Situation(on_call={"PDAY": ["adele"]}, slack_accounts=accounts, options={"never": ["ada"]})
    assert (members(by_pagerduty), members(by_slack), members(by_account)) == ((), (), ())


@pytest.mark.parametrize("reason", ["on call", "always", "fallback"])
def test_never_bars_another_address_that_turns_out_to_be_the_same_slack_account(reason: str) -> None:
    """Ada L. logs in to PagerDuty twice; both addresses lead to one account."""
    inputs = listed(reason, "adele", never=["ada"]).inputs()
    for account, expected in (("U0ADA", set()), ("U0ADELE", {"U0ADELE"})):
        ids = inputs.ids.model_copy(update={"found": {email("ada"): "U0ADA", email("adele"): account}})
        assert replace(inputs, ids=ids).roster.members.keys() == expected


# ── the fallback ─────────────────────────────────────────────────────────────────────────────────────────

QUIET = Situation(on_call={"PDAY": []}, options={"fallback": ["bo", "cy"]})


@pytest.mark.parametrize(
    "situation",
    [
        QUIET,
        QUIET.but(on_call={"PDAY": ["ada"]}, no_account=["ada"]),
        QUIET.but(options={"never": ["ada"], **QUIET.options}, on_call={"PDAY": ["ada"]}),
    ],
    ids=["nobody is on call", "nobody on call can be reached", "only a never person is on call"],
)
def test_the_fallback_joins_if(situation: Situation) -> None:
    assert members(situation) == slack_ids("bo", "cy")
    assert situation.roster().members["UBO"].via == ("fallback",)


@pytest.mark.parametrize(
    "situation",
    [
        QUIET.but(on_call={"PDAY": ["ada", "dan"]}, no_account=["dan"]),
        QUIET.but(broken=["PDAY"]),
    ],
    ids=["somebody on call is reached", "it is not known who is on call"],
)
def test_the_fallback_does_not_join_if(situation: Situation) -> None:
    assert not {"UBO", "UCY"} & situation.roster().members.keys()


def test_neither_always_members_nor_a_team_replace_the_fallback() -> None:
    situation = Situation(on_call={"PDAY": [], "team:PTEAM01": ["eve"]}, options={"always": ["ada"], **QUIET.options})
    assert members(situation) == slack_ids("ada", "bo", "cy", "eve")


def test_a_fallback_without_an_account_is_reported_while_somebody_is_on_call() -> None:
    situation = Situation(options={"fallback": ["bo"]}, no_account=["bo"])
    assert [problem.code for problem in situation.roster().problems] == ["no_slack_account"]


# ── who cannot be reached ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("situation", "code", "message"),
    [
        (
            Situation(no_account=["ada"]),
            "no_slack_account",
            "Ada (ada@acme.example) is on call for PDAY but has no Slack account under that address. "
            "Correct the address in PagerDuty or Slack, or name the right account under slack_accounts.",
        ),
        (
            Situation(deactivated=["ada"]),
            "deactivated_account",
            "Ada (ada@acme.example) is on call for PDAY but has a deactivated Slack account. ",
        ),
        (
            Situation(on_call={"team:PTEAM01": ["eve"]}, no_account=["eve"]),
            "no_slack_account",
            "Eve (eve@acme.example) is in team PTEAM01 but has no Slack account",
        ),
        (
            Situation(options={"always": ["bo"]}, no_account=["bo"]),
            "no_slack_account",
            "bo@acme.example is listed under always but has no Slack account",
        ),
        (
            Situation(slack_accounts={"@acme.example": "@acme.io"}, no_account=["ada"]),
            "no_slack_account",
            "Ada (ada@acme.example) is on call for PDAY but has no Slack account under that address "
            "(asked for as ada@acme.io).",
        ),
        (
            Situation(deleted=["ada"]),
            "deleted_user",
            "Ada (PUADA) is on call or in a team but is deleted in PagerDuty, without an email. Replace them there.",
        ),
    ],
)
def test_who_cannot_be_reached_is_named_with_address_and_rotation(
    situation: Situation, code: str, message: str
) -> None:
    (problem,) = situation.roster().problems
    assert problem.code == code
    assert problem.message.startswith(message)
    assert situation.roster().unreadable == ()


def test_one_problem_of_a_person_is_reported_once_however_many_shifts_they_have() -> None:
    twice: dict[str, Any] = {"PDAY": [("ada", AT - HOUR, AT), ("ada", AT, AT + HOUR)]}
    situation = Situation(on_call=twice, deleted=["ada"], options={"overlap": {"after": "30m"}})
    assert [problem.code for problem in situation.roster().problems] == ["deleted_user"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"broken": ["PNIGHT"]}, "PNIGHT could not be read"),
        ({"unread": ["bo"]}, "bo could not be read"),
        ({"unaskable": ["bo"]}, "Bo (bo@acme.example) could not be looked up: Slack answers 503"),
    ],
)
def test_a_source_is_unread_if_it_or_one_of_its_people_could_not_be_read(fault: Any, message: str) -> None:
    found = Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["bo"]}, **fault).roster()
    assert set(map(str, found.unread)) == {"PNIGHT"}
    assert [problem.message for problem in found.unreadable] == [message]


# ── slack_accounts ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accounts", "address"),
    [
        ({"bo@acme.example": "U0BO", "@other.example": "@acme.io", "@example": "@acme.io"}, "ada@acme.example"),
        ({"ada@acme.example": "ada.l@acme.io"}, "ada.l@acme.io"),
        ({"@acme.example": "@acme.io"}, "ada@acme.io"),
        ({"@acme.example": "@acme.io", "ada@acme.example": "U0ADA"}, "U0ADA"),
    ],
    ids=["not named", "the address", "the domain alone", "the address before the domain"],
)
def test_slack_accounts_replaces(accounts: dict[str, str], address: str) -> None:
    assert slack_address("ada@acme.example", accounts) == address
