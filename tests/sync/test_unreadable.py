"""What could not be read removes nobody; whom Slack does not have is named, and the others are written.

In these tests `alpha` is the group with something wrong, `beta` is right, `late` is out of date (Cy will be its member)
and `design` is in no config; see worlds.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox import Account, Fault
from tests.sync.checks import codes, message, only_alpha_is_affected, run_at
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE
from tests.sync.worlds import NOON, config, hand_over


def down(sync: Sync, endpoint: str, status: int = 503, **match: Any) -> None:
    sync.sandbox.faults.add(Fault(endpoint=endpoint, match=match or None, status=status, times=None))


# ── sources and people whom PagerDuty does not show ──────────────────────────────────────────────────────


def test_a_group_whose_only_source_is_unreadable_stays_exactly_as_it_is(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE], always: [dee@acme.example]"))
    down(sync, "GET /schedules/{id}", id="SLOOSE")

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert "PagerDuty schedule SLOOSE could not be read" in message(report, "pagerduty_down")
    only_alpha_is_affected(sync, report)


def test_beside_an_unreadable_source_people_join_and_nobody_leaves_until_all_are_readable(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE, SADA, SDEE]"))
    down(sync, "GET /schedules/{id}", id="SLOOSE")

    alpha = sync.run().groups["alpha"]

    assert (alpha.status, alpha.added, alpha.removed) == ("failed", ("UADA", "UDEE"), ())
    assert sync.members("alpha") == {"UPIA", "UADA", "UDEE"}
    sync.sandbox.requests.clear()
    assert sync.run().groups["alpha"].status == "failed"
    assert sync.writes() == []

    sync.sandbox.faults.clear()
    assert sync.run().groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UADA", "UDEE", "UCY"}


SOURCES = {
    "escalation_policies: [PESC]": "escalation_policies: [PNOPE]",
    "team_members: [PTEAM]": "team_members: [PNOPE]",
    "schedules: [SADA]": "schedules: [SNOPE]",
}


@pytest.mark.parametrize("wrong", SOURCES)
def test_it_is_the_same_whatever_kind_the_unreadable_source_is_of(sources: Sync, wrong: str) -> None:
    sources.configure(config(", ".join(SOURCES[key] if key == wrong else key for key in SOURCES)))

    alpha = sources.run().groups["alpha"]

    assert (alpha.status, alpha.removed) == ("failed", ())
    assert sources.members("alpha") >= {"UPIA", "UDEE"}


@pytest.mark.parametrize(
    "endpoint", ["GET /escalation_policies/{id}", "GET /schedules/{id}", "GET /teams/{id}/members"]
)
def test_an_outage_is_no_emptiness_it_neither_disables_a_group_nor_calls_its_fallback(
    sources: Sync, endpoint: str
) -> None:
    sources.sandbox.world.policies["PESC"].levels[0] = ["SEMPTY"]
    both = "escalation_policies: [PESC], team_members: [PTEAM]"
    sources.configure(config(f"{both}, when_empty: disable, fallback: [cy@acme.example]"))
    down(sources, endpoint)

    for _ in range(3):
        report = run_at(sources, sources.now + MINUTE)

    assert report.groups["alpha"].status == "failed"
    assert "UPIA" in sources.members("alpha")
    assert not sources.sandbox.world.group("alpha").disabled


@pytest.mark.parametrize(
    ("status", "code"), [(400, "pagerduty_bad_request"), (403, "pagerduty_forbidden"), (503, "pagerduty_down")]
)
def test_a_person_whom_pagerduty_does_not_show_costs_their_group_alone(sync: Sync, status: int, code: str) -> None:
    sync.configure(config("schedules: [SLOOSEPAIR, SDEE]"))
    down(sync, "GET /users/{id}", status, id="PADA")

    report = sync.run()

    assert report.problems == ()
    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UPIA", "UCY", "UDEE"}, "the others join, and nobody leaves"
    assert "PADA" in message(report, code)
    assert report.groups["late"].status == "updated"


def test_a_person_about_whom_slack_does_not_answer_costs_their_group_alone(sync: Sync) -> None:
    match = {"email": "ada@acme.example"}
    sync.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", match=match, times=None, error="internal_error"))

    report = sync.run()

    assert "Ada (ada@acme.example) could not be looked up" in message(report, "slack_unreadable")
    only_alpha_is_affected(sync, report)


# ── people who have no usable account ────────────────────────────────────────────────────────────────────

NORA = {"name": "Nora", "email": "nora@acme.example"}
NOT_IN_SLACK: dict[str, tuple[str, dict[str, Any] | None, str, str]] = {
    "no account": ("SNORA", None, "no_slack_account", "Nora (nora@acme.example) is on call for SNORA"),
    "a deactivated account": ("SNORA", {"deleted": True}, "no_slack_account", "Nora (nora@acme.example)"),
    "a guest": ("SNORA", {"is_ultra_restricted": True}, "guest_account", "Nora (nora@acme.example)"),
    "a bot": ("SNORA", {"is_bot": True}, "bot_account", "Nora (nora@acme.example)"),
    "deleted in PagerDuty": ("SGONE", None, "deleted_user", "Gone (PGONE) is on call or in a team but is deleted"),
}


@pytest.mark.parametrize(("schedule", "account", "code", "text"), NOT_IN_SLACK.values(), ids=NOT_IN_SLACK)
def test_who_cannot_be_in_a_group_is_named_while_the_others_are_written(
    sync: Sync, schedule: str, account: dict[str, Any] | None, code: str, text: str
) -> None:
    if account:
        sync.sandbox.world.accounts["UNORA"] = Account.model_validate(NORA | account)
    sync.configure(config(f"schedules: [{schedule}, SADA]"))

    report = sync.run()

    assert (report.groups["alpha"].status, sync.members("alpha")) == ("updated", {"UADA"})
    assert text in message(report, code)


def test_an_account_that_was_deactivated_since_is_looked_up_again_and_the_rest_is_written(sync: Sync) -> None:
    sync.run()
    sync.sandbox.world.accounts["UADA"].deleted = True
    sync.configure(config("schedules: [SADA, SDEE]"))
    sync.sandbox.requests.clear()

    report = sync.run()

    assert (report.groups["alpha"].status, sync.members("alpha")) == ("updated", {"UDEE"})
    assert "ada@acme.example (UADA)" in message(report, "deactivated_account")
    assert [write.params["users"] for write in sync.writes()] == ["UADA,UDEE", "UDEE"]


def test_the_run_after_a_deactivation_drops_the_remembered_account_and_uses_the_fallback(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA], fallback: [cy@acme.example]"))
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PADA", NOON + timedelta(seconds=1))
    sync.sandbox.world.accounts["UADA"].deleted = True

    assert run_at(sync, NOON + MINUTE).groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UDEE"}, "the one on call turned out to be gone: nobody leaves yet"

    second = sync.run()
    assert (second.groups["alpha"].status, sync.members("alpha")) == ("updated", {"UCY"})
    assert "Ada (ada@acme.example)" in message(second, "deactivated_account")
    assert sync.run().groups["alpha"].status == "unchanged"


@pytest.mark.parametrize("others", ["team_members: [PTEAM]", "always: [bo@acme.example]"])
def test_a_group_is_not_written_without_the_one_who_is_on_call(sources: Sync, others: str) -> None:
    """Her account has just been deactivated, and a group of a team, or of `always`, alone helps nobody."""
    sources.configure(config(f"schedules: [SADA], {others}"))
    sources.run(dry_run=True)
    sources.sandbox.world.accounts["UADA"].deleted = True

    assert sources.run().groups["alpha"].status == "failed"
    assert sources.members("alpha") == {"UPIA"}


def test_a_deactivated_member_id_of_slack_accounts_causes_no_write_at_every_run(sync: Sync) -> None:
    sync.sandbox.world.accounts["UOLD"] = Account(name="Old Ada", deleted=True)
    sync.configure(config("schedules: [SADA, SDEE]", top="slack_accounts: {ada@acme.example: UOLD}"))
    for _ in range(2):
        sync.run()
        assert sync.members("alpha") == {"UDEE"}
    sync.sandbox.requests.clear()

    assert "deactivated_account" in codes(sync.run())
    assert sync.writes() == []
