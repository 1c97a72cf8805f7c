"""Whoever is needed in the days to come, and has no Slack account that a group takes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Team
from tests.forecast.ahead import DAY, HOUR, NOON, Ahead, shift

THURSDAY = NOON + 3 * DAY


def on_call_later(ahead: Ahead, person: str, **more: Any) -> None:
    """Ada is on call until Thursday noon, then this person."""
    ahead.schedule("SNEXT", shifts=[shift("PADA", NOON - DAY, THURSDAY), shift(person, THURSDAY)], **more)
    ahead.configure("alpha: {schedules: [SNEXT], fallback: [dee@acme.example]}")


def test_somebody_without_an_account_is_told_days_before_their_shift(ahead: Ahead) -> None:
    on_call_later(ahead, "PNORA")
    item = ahead.item("no_slack_account")
    assert (item.level, item.groups) == ("error", ("alpha",))
    assert item.message == (
        "Nora (nora@acme.example) is on call for SNEXT from Thu 05 Mar 12:00 but has no Slack account under that "
        "address. Correct the address in PagerDuty or Slack, or name the right account under slack_accounts."
    )


@pytest.mark.parametrize("kind", ["v2", "v3"])
@pytest.mark.parametrize("on_policy", [True, False])
def test_so_is_somebody_of_a_rotation_of_any_kind(ahead: Ahead, kind: str, on_policy: bool) -> None:
    on_call_later(ahead, "PNORA", kind=kind, on_policy=on_policy)
    assert ahead.item("no_slack_account").message.startswith("Nora (nora@acme.example) is on call for SNEXT from Thu")


@pytest.mark.parametrize(
    ("spoilt", "code", "words"),
    [
        ({"deleted": True}, "no_slack_account", "has no Slack account"),
        ({"is_ultra_restricted": True}, "guest_account", "has a guest account in Slack"),
        ({"is_bot": True}, "bot_account", "is a bot in Slack"),
    ],
)
def test_an_account_that_no_group_takes_is_told_too(
    ahead: Ahead, spoilt: dict[str, bool], code: str, words: str
) -> None:
    ahead.world.accounts["UBO"] = ahead.world.accounts["UBO"].model_copy(update=spoilt)
    on_call_later(ahead, "PBO")
    assert words in ahead.item(code).message


def test_an_account_that_a_run_once_found_is_told_as_deactivated(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SBO]}")
    ahead.sync.run()
    ahead.world.accounts["UBO"].deleted = True
    ahead.sync.now += 2 * DAY
    assert "Bo (bo@acme.example) is on call for SBO now but" in ahead.item("deactivated_account").message


def test_a_person_is_told_once_with_all_places_and_groups_and_their_first_shift(ahead: Ahead) -> None:
    ahead.schedule("SLATER", shifts=[shift("PNORA", THURSDAY + DAY)])
    ahead.world.teams["TEAM"] = Team(members=["PNORA"])
    on_call_later(ahead, "PNORA")
    ahead.configure(
        """alpha: {schedules: [SNEXT, SLATER]}
        beta: {schedules: [SLATER, SBO], always: [nora@acme.example]}
        late: {team_members: [TEAM]}"""
    )
    item = ahead.item("no_slack_account")
    assert item.groups == ("alpha", "beta", "late")
    assert " is on call for SLATER, SNEXT from Thu 05 Mar 12:00 and in team TEAM and listed under always but" in (
        item.message
    )


@pytest.mark.parametrize("place", ["always", "fallback"])
def test_somebody_who_is_only_listed_is_a_warning(ahead: Ahead, place: str) -> None:
    ahead.configure(f"alpha: {{schedules: [SADA], {place}: [nora@acme.example]}}")
    item = ahead.item("no_slack_account")
    assert item.level == "warning"
    assert item.message.startswith(f"nora@acme.example is listed under {place} but has no Slack account")


@pytest.mark.parametrize(
    "config",
    [
        "alpha: {schedules: [SADA, SNORA], never: [nora@acme.example]}",
        "alpha: {schedules: [SADA, SPAST]}",
        "alpha: {schedules: [SADA, SFAR]}",
        "alpha: {schedules: [SADA, SGAP]}",
        "alpha: {schedules: [SADA], always: [{email: nora@acme.example, until: 2026-03-01}]}",
    ],
)
def test_whom_no_group_will_take_is_not_asked_for(ahead: Ahead, config: str) -> None:
    ahead.schedule("SPAST", shifts=[shift("PNORA", NOON - DAY, NOON)])
    ahead.schedule("SFAR", shifts=[shift("PNORA", NOON + 14 * DAY)])
    ahead.configure(config)
    assert [item for item in ahead.check().problems if "nora" in item.message.lower()] == [
        item for item in ahead.check().problems if item.code == "expired"
    ]
    assert ahead.sandbox.count("slack", "users.lookupByEmail") == 1


def test_somebody_under_never_until_their_shift_begins_is_needed_then(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SADA, SNORA], never: [{email: nora@acme.example, until: 2026-03-04}]}")
    assert "is on call for SNORA from Thu 05 Mar 00:00 but" in ahead.item("no_slack_account").message


def test_a_deleted_user_in_a_rotation_is_told_with_when_their_shift_begins(ahead: Ahead) -> None:
    on_call_later(ahead, "PGONE")
    (item,) = ahead.check().problems
    assert (item.code, item.level) == ("deleted_user", "error")
    assert item.message.endswith("Replace them there. (On call for SNEXT from Thu 05 Mar 12:00.)")


def test_an_account_named_under_slack_accounts_is_asked_for_and_named(ahead: Ahead) -> None:
    """A run takes a member ID at its word until Slack refuses it."""
    ahead.configure("alpha: {schedules: [SNORA]}", top="slack_accounts: {nora@acme.example: UQUINN}")
    found = ahead.check()
    assert found.problems == ()
    assert found.names["UQUINN"] == "Quinn"

    ahead.configure("alpha: {schedules: [SNORA]}", top="slack_accounts: {nora@acme.example: UNOBODY}")
    assert "has no Slack account under that address (asked for as UNOBODY)." in ahead.item("no_slack_account").message


def test_an_account_found_by_a_run_within_a_day_is_not_asked_for_again(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SADA]}")
    ahead.sync.run()

    ahead.sync.now += 23 * HOUR
    assert ahead.check().problems == ()
    assert ahead.sandbox.count("slack", "users.lookupByEmail") == 0
    ahead.sync.now += 2 * HOUR
    assert ahead.check().problems == ()
    assert ahead.sandbox.count("slack", "users.lookupByEmail") == 1
