"""Who belongs in a group at the instant of the run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall_sync.rules.members import Roster, slack_address
from tests.builders import AT, HOUR, Situation, crowd, email, slack_id, slack_ids


def ids(found: Roster) -> tuple[str, ...]:
    return tuple(sorted(found.members))


def messages(found: Roster) -> list[str]:
    return [problem.message for problem in found.problems]


def test_a_group_holds_the_union_of_its_schedules() -> None:
    found = Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["bo", "cy"]}).roster()
    assert ids(found) == slack_ids("ada", "bo", "cy")


def test_who_is_on_call_for_two_schedules_is_one_member_who_says_both() -> None:
    found = Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["ada"]}).roster()
    assert found.members["UADA"].via == ("PDAY", "PNIGHT")


def test_two_addresses_of_one_slack_account_are_one_member() -> None:
    situation = Situation(
        on_call={"PDAY": ["ada", "adele"]}, slack_accounts={email("ada"): "U0ADA", email("adele"): "U0ADA"}
    )
    assert ids(situation.roster()) == ("U0ADA",)


def test_a_member_stays_until_the_last_of_their_shifts_ends() -> None:
    found = Situation(on_call={"PDAY": [("ada", AT + HOUR)], "PNIGHT": [("ada", AT + 3 * HOUR)]}).roster()
    assert found.members["UADA"].until == AT + 3 * HOUR


@pytest.mark.parametrize("schedules", [("PDAY", "PNIGHT"), ("PNIGHT", "PDAY")])
def test_a_member_with_one_endless_shift_has_no_end(schedules: tuple[str, str]) -> None:
    first, second = schedules
    found = Situation(on_call={first: [("ada", AT + HOUR)], second: ["ada"]}).roster()
    assert found.members["UADA"].until is None


def test_a_member_who_is_always_there_has_no_end_although_their_shift_has_one() -> None:
    found = Situation(on_call={"PDAY": [("ada", AT + HOUR)]}, options={"always": ["ada"]}).roster()
    assert found.members["UADA"].until is None
    assert found.members["UADA"].via == ("PDAY", "always")


def test_the_roster_rests_on_the_shift_that_ends_first() -> None:
    found = Situation(on_call={"PDAY": [("ada", AT + 3 * HOUR), ("bo", AT + HOUR), "cy"]}).roster()
    assert found.until == AT + HOUR


def test_a_roster_of_endless_shifts_rests_on_no_time() -> None:
    assert Situation(on_call={"PDAY": ["ada"]}, options={"always": ["bo"]}).roster().until is None


# ── who is left out ──────────────────────────────────────────────────────────────────────────────────────


def test_a_placeholder_is_nobody() -> None:
    found = Situation(on_call={"PDAY": ["noop"]}, placeholders=["noop"]).roster()
    assert ids(found) == ()
    assert not found.someone
    assert messages(found) == []


def test_a_placeholder_beside_a_person_leaves_the_person() -> None:
    assert ids(Situation(on_call={"PDAY": ["noop", "ada"]}, placeholders=["noop"]).roster()) == ("UADA",)


@pytest.mark.parametrize("option", ["always", "fallback"])
def test_a_placeholder_that_the_config_also_lists_is_not_added(option: str) -> None:
    situation = Situation(on_call={"PDAY": []}, placeholders=["noop"], options={option: ["noop", "ada"]})
    assert ids(situation.roster()) == ("UADA",)


@pytest.mark.parametrize("reason", ["on call", "always", "fallback"])
def test_never_wins_over(reason: str) -> None:
    on_call = {"PDAY": ["ada"]} if reason == "on call" else {"PDAY": []}
    options = {"never": ["ada"]} | ({} if reason == "on call" else {reason: ["ada"]})
    found = Situation(on_call=on_call, options=options).roster()
    assert ids(found) == ()
    assert not found.someone
    assert messages(found) == []


def test_never_means_the_person_also_where_slack_knows_them_by_another_address() -> None:
    accounts = {email("ada"): "ada.l@acme.io"}
    by_pagerduty = Situation(slack_accounts=accounts, options={"never": ["ada"]})
    assert ids(by_pagerduty.roster()) == ()
    by_slack = by_pagerduty.but(slack_accounts={email("ada"): email("lovelace")}, options={"never": ["lovelace"]})
    assert ids(by_slack.roster()) == ()


def test_never_means_the_account_whatever_address_leads_to_it() -> None:
    accounts = {email("ada"): "U0ADA", email("adele"): "U0ADA"}
    assert (
        ids(Situation(on_call={"PDAY": ["adele"]}, slack_accounts=accounts, options={"never": ["ada"]}).roster()) == ()
    )


@pytest.mark.parametrize("reason", ["on call", "always", "fallback"])
def test_never_also_bars_another_address_of_the_same_slack_account(reason: str) -> None:
    """Ada L. logs in to PagerDuty twice; Slack tells that both addresses are one account."""
    situation = Situation(
        on_call={"PDAY": ["adele"] if reason == "on call" else []},
        options={"never": ["ada"]} | ({} if reason == "on call" else {reason: ["adele"]}),
    )
    known = situation.inputs()
    same = known.ids.model_copy(update={"found": {email("ada"): "U0ADA", email("adele"): "U0ADA"}})
    assert ids(replace(known, ids=same).roster) == ()
    other = known.ids.model_copy(update={"found": {email("ada"): "U0ADA", email("adele"): "U0ADELE"}})
    assert ids(replace(known, ids=other).roster) == ("U0ADELE",)


def test_never_bars_a_person_whom_slack_accounts_leads_to_the_id_of_a_looked_up_account() -> None:
    situation = Situation(
        on_call={"PDAY": ["adele"]}, slack_accounts={email("adele"): "UADA"}, options={"never": ["ada"]}
    )
    known = situation.inputs()
    looked_up = known.ids.model_copy(update={"found": {**known.ids.found, email("ada"): "UADA"}})
    assert ids(replace(known, ids=looked_up).roster) == ()


def test_when_only_a_never_person_is_on_call_the_fallback_comes() -> None:
    situation = Situation(options={"never": ["ada"], "fallback": ["bo"]})
    assert ids(situation.roster()) == ("UBO",)


# ── always and fallback ──────────────────────────────────────────────────────────────────────────────────


def test_always_members_join_those_on_call() -> None:
    assert ids(Situation(options={"always": ["bo"]}).roster()) == slack_ids("ada", "bo")


def test_the_fallback_comes_when_nobody_is_on_call() -> None:
    found = Situation(on_call={"PDAY": []}, options={"fallback": ["bo", "cy"]}).roster()
    assert ids(found) == slack_ids("bo", "cy")
    assert found.members["UBO"].via == ("fallback",)


def test_the_fallback_comes_when_nobody_on_call_can_be_reached() -> None:
    found = Situation(no_account=["ada"], options={"fallback": ["bo"]}).roster()
    assert ids(found) == ("UBO",)
    assert found.someone


def test_the_fallback_stays_away_when_somebody_on_call_is_reached() -> None:
    situation = Situation(on_call={"PDAY": ["ada", "bo"]}, no_account=["bo"], options={"fallback": ["cy"]})
    assert ids(situation.roster()) == ("UADA",)


def test_always_members_do_not_replace_the_fallback() -> None:
    found = Situation(on_call={"PDAY": []}, options={"always": ["ada"], "fallback": ["bo"]}).roster()
    assert ids(found) == slack_ids("ada", "bo")


def test_the_fallback_stays_away_when_it_is_not_known_who_is_on_call() -> None:
    situation = Situation(on_call={"PDAY": []}, broken=["PDAY"], options={"fallback": ["bo"]})
    assert ids(situation.roster()) == ()


# ── who cannot be found ──────────────────────────────────────────────────────────────────────────────────


def test_a_person_without_a_slack_account_is_named_with_email_and_rotation() -> None:
    found = Situation(on_call={"PDAY": ["ada", "bo"]}, no_account=["bo"]).roster()
    assert ids(found) == ("UADA",)
    assert messages(found) == [
        "Bo (bo@acme.example) is on call for PDAY but has no Slack account under that address. "
        "Correct the address in PagerDuty or Slack, or name the right account under slack_accounts."
    ]
    assert [(p.level, p.code) for p in found.problems] == [("warning", "no_slack_account")]


def test_a_deactivated_account_is_called_that() -> None:
    found = Situation(deactivated=["ada"]).roster()
    assert found.problems[0].code == "deactivated_account"
    assert "Ada (ada@acme.example) is on call for PDAY but has a deactivated Slack account." in messages(found)[0]


def test_a_listed_person_without_an_account_is_said_to_be_listed() -> None:
    found = Situation(options={"always": ["bo"]}, no_account=["bo"]).roster()
    assert messages(found)[0].startswith("bo@acme.example is listed under always but has no Slack account")


def test_the_address_that_slack_was_asked_for_is_told_where_it_is_another() -> None:
    found = Situation(slack_accounts={"@acme.example": "@acme.io"}, no_account=["ada"]).roster()
    assert "under that address (asked for as ada@acme.io)." in messages(found)[0]


def test_a_deleted_pagerduty_user_is_reported_and_the_others_stay() -> None:
    found = Situation(on_call={"PDAY": ["ada", "bo"]}, deleted=["bo"]).roster()
    assert ids(found) == ("UADA",)
    assert messages(found) == [
        "Bo (PUBO) is on call or in a team but is deleted in PagerDuty, without an email. Replace them there."
    ]


# ── what could not be read ───────────────────────────────────────────────────────────────────────────────


def test_a_schedule_that_could_not_be_read_is_remembered_with_its_reason() -> None:
    found = Situation(on_call={"PDAY": ["ada"], "PNIGHT": []}, broken=["PNIGHT"]).roster()
    assert set(map(str, found.unread)) == {"PNIGHT"}
    assert [problem.message for problem in found.unreadable] == ["PNIGHT could not be read"]


def test_a_person_whom_pagerduty_could_not_tell_makes_their_schedule_unread() -> None:
    found = Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["bo"]}, unread=["bo"]).roster()
    assert set(map(str, found.unread)) == {"PNIGHT"}
    assert [problem.message for problem in found.unreadable] == ["bo could not be read"]


def test_a_person_whom_slack_could_not_be_asked_about_makes_their_schedule_unread() -> None:
    found = Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["bo"]}, unaskable=["bo"]).roster()
    assert set(map(str, found.unread)) == {"PNIGHT"}
    assert [problem.message for problem in found.unreadable] == [
        "Bo (bo@acme.example) could not be looked up: Slack answers 503"
    ]


def test_a_missing_account_is_not_unreadable() -> None:
    found = Situation(no_account=["ada"]).roster()
    assert (found.unread, found.unreadable) == (set(), ())


def test_a_large_rotation_keeps_everybody() -> None:
    assert len(Situation(on_call={"PDAY": crowd(300)}).roster().members) == 300


# ── slack_accounts ───────────────────────────────────────────────────────────────────────────────────────


def test_an_email_stays_as_it_is_unless_slack_accounts_says_otherwise() -> None:
    assert slack_address("ada@acme.example", {"bo@acme.example": "U0BO", "@other.example": "@acme.io"}) == (
        "ada@acme.example"
    )


def test_slack_accounts_replaces_an_address() -> None:
    assert slack_address("ada@acme.example", {"ada@acme.example": "ada.l@acme.io"}) == "ada.l@acme.io"


def test_slack_accounts_replaces_a_whole_domain_and_keeps_the_name() -> None:
    assert slack_address("ada@acme.example", {"@acme.example": "@acme.io"}) == "ada@acme.io"


def test_an_address_in_slack_accounts_goes_before_its_domain() -> None:
    accounts = {"@acme.example": "@acme.io", "ada@acme.example": "U0ADA"}
    assert slack_address("ada@acme.example", accounts) == "U0ADA"


def test_a_subdomain_is_another_domain() -> None:
    assert slack_address("ada@eu.acme.example", {"@acme.example": "@acme.io"}) == "ada@eu.acme.example"


def test_a_member_id_in_slack_accounts_is_used_as_it_stands() -> None:
    found = Situation(slack_accounts={email("ada"): "U0LOVELACE"}).roster()
    assert ids(found) == ("U0LOVELACE",)
    assert slack_id("ada") not in found.members
