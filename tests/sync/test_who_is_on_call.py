"""From PagerDuty's answer to the members of a group: the right people, and only these."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox import Account, Override
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

RIGHT: dict[str, tuple[str, str, set[str]]] = {
    "one schedule": ("schedules: [SADA]", "", {"UADA"}),
    "the union of several": ("schedules: [SADA, SBO, SCY]", "", {"UADA", "UBO", "UCY"}),
    "a schedule on two policies": ("schedules: [SADA, SPAIR]", "", {"UADA", "UBO"}),
    "a schedule on no policy": ("schedules: [SLOOSE]", "", {"UCY"}),
    "several people at once": ("schedules: [SPAIR]", "", {"UADA", "UBO"}),
    "several people at once, on no policy": ("schedules: [SLOOSEPAIR]", "", {"UADA", "UCY"}),
    "an email in mixed case": ("schedules: [SDEE]", "", {"UDEE"}),
    "slack_accounts by address": (
        "schedules: [SADA]",
        "slack_accounts: {Ada@acme.example: pia@acme.example}",
        {"UPIA"},
    ),
    "slack_accounts by member ID": ("schedules: [SADA]", "slack_accounts: {ada@acme.example: UQUINN}", {"UQUINN"}),
    "slack_accounts by domain": ("schedules: [SADA]", 'slack_accounts: {"@acme.example": "@acme.io"}', {"UIO"}),
    "always beside who is on call": ("schedules: [SADA], always: [pia@acme.example]", "", {"UADA", "UPIA"}),
    "always with nobody on call": ("schedules: [SEMPTY], always: [pia@acme.example]", "", {"UPIA"}),
    "always alone": ("always: [pia@acme.example, dee@acme.example]", "", {"UPIA", "UDEE"}),
    "always by slack_accounts": (
        "schedules: [SADA], always: [bo@acme.example]",
        "slack_accounts: {bo@acme.example: UQUINN}",
        {"UADA", "UQUINN"},
    ),
    "never wins over on call": ("schedules: [SADA, SBO], never: [ADA@acme.example]", "", {"UBO"}),
    "never wins over always": ("schedules: [SADA], always: [bo@acme.example], never: [bo@acme.example]", "", {"UADA"}),
    "never wins over fallback": (
        "schedules: [SEMPTY], fallback: [bo@acme.example, cy@acme.example], never: [bo@acme.example]",
        "",
        {"UCY"},
    ),
    "fallback when nobody is on call": ("schedules: [SEMPTY], fallback: [dee@acme.example]", "", {"UDEE"}),
    "fallback when all on call are never": (
        "schedules: [SADA], never: [ada@acme.example], fallback: [dee@acme.example]",
        "",
        {"UDEE"},
    ),
    "fallback together with always": (
        "schedules: [SEMPTY], always: [pia@acme.example], fallback: [dee@acme.example]",
        "",
        {"UPIA", "UDEE"},
    ),
    "no fallback while somebody is on call": ("schedules: [SADA], fallback: [dee@acme.example]", "", {"UADA"}),
    "defaults": ("schedules: [SADA]", "defaults: {always: [pia@acme.example]}", {"UADA", "UPIA"}),
    "a group's own value instead of the default": (
        "schedules: [SADA], always: []",
        "defaults: {always: [pia@acme.example]}",
        {"UADA"},
    ),
    "one person for several reasons": ("schedules: [SADA, SPAIR], always: [ada@acme.example]", "", {"UADA", "UBO"}),
}


@pytest.mark.parametrize(("alpha", "top", "members"), RIGHT.values(), ids=RIGHT)
def test_a_group_becomes_equal_to_who_the_config_means(sync: Sync, alpha: str, top: str, members: set[str]) -> None:
    sync.sandbox.world.accounts["UIO"] = Account(name="Ada", email="ada@acme.io")
    sync.sandbox.world.group("alpha").members = ["UCY"] if members == {"UPIA"} else ["UPIA"]
    sync.configure(f"placeholders: [noop@example.org]\n{top}\ngroups: {{alpha: {{{alpha}}}}}\n")

    report = sync.run()

    assert sync.members("alpha") == members
    assert report.groups["alpha"].status == "updated"
    assert {member.slack_id for member in report.groups["alpha"].members} == members


@pytest.mark.parametrize("schedule", ["SADA", "SLOOSE", "SPAIR", "SLOOSEPAIR"])
def test_at_the_instant_of_a_handoff_only_the_incoming_person_is_in_the_group(sync: Sync, schedule: str) -> None:
    sync.configure(config(f"schedules: [{schedule}]"))
    hand_over(sync.sandbox.world, schedule, "PDEE", NOON)

    sync.run()

    assert sync.members("alpha") == {"UDEE"}


def test_an_override_is_followed_in_both_directions(sync: Sync) -> None:
    sync.sandbox.world.schedules["SADA"].overrides = [Override(person="PDEE", start=NOON, end=NOON + HOUR)]
    sync.run()
    assert sync.members("alpha") == {"UDEE"}

    sync.now = NOON + HOUR
    sync.run()
    assert sync.members("alpha") == {"UADA"}


def test_nobody_is_lost_behind_the_first_hundred_rows(sync: Sync) -> None:
    everybody = crowd(sync.sandbox.world, 230)
    sync.sandbox.world.rate_limits.off()
    sync.configure(config(f"schedules: [{', '.join(f'S{n:04}' for n in range(230))}]"))

    sync.run()

    assert sync.members("alpha") == set(everybody)


def test_the_report_says_until_when_and_where_from(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA, SBO], always: [pia@acme.example]"))
    hand_over(sync.sandbox.world, "SADA", "PCY", NOON + HOUR)

    members = {member.name: member for member in sync.run().groups["alpha"].members}

    assert (members["Ada"].until, members["Ada"].via) == (NOON + HOUR, ("SADA",))
    assert (members["Bo"].until, members["Bo"].via) == (None, ("SBO",))
    assert members["Pia"].via == ("always",)


def test_who_was_taken_out_is_named(sync: Sync) -> None:
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)

    report = sync.run()

    assert report.groups["alpha"].removed == ("UADA",)
    assert report.names["UADA"] == "Ada"


def test_a_group_is_verified_at_the_time_of_the_last_run_in_which_it_was_right(sync: Sync) -> None:
    sync.run()
    sync.now += timedelta(minutes=15)
    assert sync.run().groups["alpha"].verified_at == NOON + timedelta(minutes=15)
    sync.configure(config("schedules: [SNOPE]"))
    sync.now += timedelta(minutes=15)

    report = sync.run()

    assert report.groups["alpha"].verified_at == NOON + timedelta(minutes=15)
    assert report.groups["alpha"].failing_since == NOON + timedelta(minutes=30)
