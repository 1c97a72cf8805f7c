"""People on call whom Slack does not know, or knows no more: they are named, and the others are written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox import Account, Fault
from tests.sync.checks import codes, said
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, config, hand_over


def test_a_user_without_slack_is_named_with_email_and_rotation_while_the_others_are_written(sync: Sync) -> None:
    sync.configure(config("schedules: [SNORA, SADA]"))

    report = sync.run()

    assert report.groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UADA"}
    message = said(report, "no_slack_account")
    assert "Nora (nora@acme.example) is on call for SNORA" in message
    assert "slack_accounts" in message


def test_an_address_that_slack_takes_for_none_costs_that_person_alone(sync: Sync) -> None:
    sync.configure(config("schedules: [SDEE, SADA]"))
    match = {"email": "dee@acme.example"}
    sync.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", match=match, error="invalid_arguments", times=None))

    report = sync.run()

    assert report.problems == ()
    assert sync.members("alpha") == {"UADA"}
    assert "dee@acme.example" in said(report, "no_slack_account")
    assert report.groups["late"].status == "updated"


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (Account(name="Nora", email="nora@acme.example", is_ultra_restricted=True), "guest_account"),
        (Account(name="Nora", email="nora@acme.example", is_bot=True), "bot_account"),
        (Account(name="Nora", email="nora@acme.example", deleted=True), "no_slack_account"),
    ],
)
def test_an_account_that_no_group_takes_is_left_out_and_named(sync: Sync, account: Account, code: str) -> None:
    sync.sandbox.world.accounts["UNORA"] = account
    sync.configure(config("schedules: [SNORA, SADA]"))

    report = sync.run()

    assert "Nora (nora@acme.example)" in said(report, code)
    assert sync.members("alpha") == {"UADA"}


def test_an_account_deactivated_since_it_was_remembered_is_looked_up_anew_and_the_rest_is_written(sync: Sync) -> None:
    sync.run()
    sync.sandbox.world.accounts["UADA"].deleted = True
    sync.configure(config("schedules: [SADA, SDEE]"))
    sync.sandbox.requests.clear()

    report = sync.run()

    assert sync.members("alpha") == {"UDEE"}
    assert report.groups["alpha"].status == "updated"
    assert "ada@acme.example (UADA)" in said(report, "deactivated_account")
    assert [write.params["users"] for write in sync.writes()] == ["UADA,UDEE", "UDEE"]


def test_the_run_after_a_deactivation_drops_the_remembered_account_and_uses_the_fallback(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA], fallback: [cy@acme.example]"))
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PADA", NOON + timedelta(seconds=1))
    sync.now += timedelta(minutes=1)
    sync.sandbox.world.accounts["UADA"].deleted = True

    first = sync.run()
    assert first.groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UDEE"}, "nobody is lost while it is not known who is reachable"

    second = sync.run()
    assert second.groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UCY"}
    assert "Ada (ada@acme.example)" in said(second, "deactivated_account")

    sync.sandbox.requests.clear()
    assert sync.run().groups["alpha"].status == "unchanged"
    assert sync.writes() == []


def test_a_deactivated_member_id_of_slack_accounts_does_not_cause_a_write_at_every_run(sync: Sync) -> None:
    sync.sandbox.world.accounts["UOLD"] = Account(name="Old Ada", deleted=True)
    sync.configure(config("schedules: [SADA, SDEE]", top="slack_accounts: {ada@acme.example: UOLD}"))
    sync.run()
    assert sync.members("alpha") == {"UDEE"}
    sync.run()
    sync.sandbox.requests.clear()

    report = sync.run()

    assert "deactivated_account" in codes(report)
    assert sync.writes() == [], "equal sets are not written"
