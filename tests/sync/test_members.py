"""From PagerDuty's answers and the config to the members of a group: the right people, and nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sandbox import Account, Override
from tests.sync.checks import codes, message, run_at
from tests.sync.driver import Sync
from tests.sync.watching import SECOND
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

MEMBERS: dict[str, tuple[str, str, set[str]]] = {
    "several schedules, one of them on two policies": ("schedules: [SADA, SPAIR, SCY]", "", {"UADA", "UBO", "UCY"}),
    "a schedule on no policy": ("schedules: [SLOOSE]", "", {"UCY"}),
    "several people on call at once, on no policy": ("schedules: [SLOOSEPAIR]", "", {"UADA", "UCY"}),
    "an email in mixed case": ("schedules: [SDEE]", "", {"UDEE"}),
    "another level of a policy": ("escalation_policies: [{id: PESC, levels: [2]}]", "", {"UADA", "UBO"}),
    "all levels of a policy": ("escalation_policies: [{id: PESC, levels: all}]", "", {"UADA", "UBO", "UDEE"}),
    "several policies": ("escalation_policies: [PESC, {id: POLICY2, levels: [1]}]", "", {"UADA", "UBO", "UDEE"}),
    "a team": ("team_members: [PTEAM]", "", {"UBO", "UDEE"}),
    "every kind of source, always, and never before all of them": (
        "schedules: [SCY], escalation_policies: [PESC], team_members: [PTEAM], always: [quinn@acme.example, "
        "cy@acme.example], never: [dee@acme.example, CY@acme.example]",
        "",
        {"UADA", "UBO", "UQUINN"},
    ),
    "always without any source": ("always: [quinn@acme.example, dee@acme.example]", "", {"UQUINN", "UDEE"}),
    "a fallback while nobody is on call": (
        "schedules: [SEMPTY], team_members: [PTEAM], fallback: [cy@acme.example]",
        "",
        {"UBO", "UDEE", "UCY"},
    ),
    "a fallback while only a placeholder is on call": (
        "escalation_policies: [PGAP], fallback: [cy@acme.example]",
        "",
        {"UCY"},
    ),
    "a fallback while nobody on call can be reached": ("schedules: [SNORA], fallback: [cy@acme.example]", "", {"UCY"}),
    "slack_accounts by address": (
        "schedules: [SADA]",
        "slack_accounts: {Ada@acme.example: quinn@acme.example}",
        {"UQUINN"},
    ),
    "slack_accounts by member ID": ("schedules: [SADA]", "slack_accounts: {ada@acme.example: UQUINN}", {"UQUINN"}),
    "slack_accounts by domain": ("schedules: [SADA]", 'slack_accounts: {"@acme.example": "@acme.io"}', {"UIO"}),
    "a default": ("schedules: [SADA]", "defaults: {always: [quinn@acme.example]}", {"UADA", "UQUINN"}),
    "a value of the group's own": (
        "schedules: [SADA], always: []",
        "defaults: {always: [quinn@acme.example]}",
        {"UADA"},
    ),
}


@pytest.mark.parametrize(("alpha", "top", "members"), MEMBERS.values(), ids=MEMBERS)
def test_a_group_gets_exactly_the_people_whom_its_config_names(
    sources: Sync, alpha: str, top: str, members: set[str]
) -> None:
    sources.sandbox.world.accounts["UIO"] = Account(name="Ada", email="ada@acme.io")
    sources.configure(f"placeholders: [noop@example.org]\n{top}\ngroups: {{alpha: {{{alpha}}}}}\n")

    report = sources.run()

    assert sources.members("alpha") == members
    assert report.groups["alpha"].status == "updated"
    assert {member.slack_id for member in report.groups["alpha"].members} == members
    sources.sandbox.requests.clear()
    assert sources.run().groups["alpha"].status == "unchanged"
    assert sources.writes() == []


@pytest.mark.parametrize("source", ["schedules: [SADA]", "schedules: [SLOOSE]", "escalation_policies: [PESC]"])
def test_at_the_instant_of_a_handoff_only_the_incoming_person_is_a_member(sources: Sync, source: str) -> None:
    sources.configure(config(f"{source}, never: [dee@acme.example]"))
    for schedule in ("SADA", "SLOOSE"):
        hand_over(sources.sandbox.world, schedule, "PBO", NOON)

    sources.run()

    assert sources.members("alpha") == {"UBO"}


def test_an_override_is_followed_when_it_begins_and_when_it_ends(sync: Sync) -> None:
    sync.sandbox.world.schedules["SADA"].overrides = [Override(person="PDEE", start=NOON, end=NOON + HOUR)]
    sync.run()
    assert sync.members("alpha") == {"UDEE"}

    report = run_at(sync, NOON + HOUR)

    assert sync.members("alpha") == {"UADA"}
    assert (report.groups["alpha"].removed, report.names["UDEE"]) == (("UDEE",), "Dee")


def test_a_team_is_followed_when_people_join_and_leave(sources: Sync) -> None:
    sources.configure(config("team_members: [PTEAM]"))
    sources.run()
    sources.sandbox.world.teams["PTEAM"].members = ["PDEE", "PCY"]

    sources.run()

    assert sources.members("alpha") == {"UDEE", "UCY"}


def test_a_group_of_more_people_than_a_page_of_pagerduty_has_rows_gets_all_of_them(sync: Sync) -> None:
    everybody = crowd(sync.sandbox.world, 230)
    sync.sandbox.world.rate_limits.off()
    sync.configure(config(f"schedules: [{', '.join(f'S{n:04}' for n in range(230))}]"))

    sync.run()

    assert sync.members("alpha") == set(everybody)


def test_the_report_says_until_when_and_by_which_sources_somebody_is_a_member(sources: Sync) -> None:
    levels = "{id: PESC, levels: [1, 2]}, {id: POLICY2, levels: all}"
    alpha = f"schedules: [SADA], escalation_policies: [{levels}], team_members: [PTEAM], always: [quinn@acme.example]"
    sources.configure(config(alpha))
    for schedule in ("SADA", "SCY"):
        hand_over(sources.sandbox.world, schedule, "PDEE", NOON + HOUR)

    groups = sources.run().groups
    members = {member.name: member for member in groups["alpha"].members}

    assert {name: member.via for name, member in members.items()} == {
        "Ada": ("SADA", "PESC level 1", "PESC level 2", "POLICY2 all levels"),
        "Bo": ("PESC level 2", "POLICY2 all levels", "team PTEAM"),
        "Dee": ("PESC level 1", "team PTEAM"),
        "Quinn": ("always",),
    }
    assert members["Ada"].until is None, "on another level she stays"
    assert [member.until for member in groups["late"].members] == [NOON + HOUR]


# ── entries of `always` and `never` that end ─────────────────────────────────────────────────────────────

SHADOWING = "{email: dee@acme.example, until: 2026-03-02, reason: shadowing}"


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2026-03-02", NOON + 12 * HOUR),
        ("'2026-03-02T13:30:00+01:00'", NOON + HOUR / 2),
    ],
    ids=["a date: to the end of that day in UTC", "a time: to that second"],
)
def test_an_entry_counts_until_its_end(sync: Sync, until: str, end: datetime) -> None:
    entry = f"[{{email: dee@acme.example, until: {until}}}]"
    sync.configure(
        f"groups: {{alpha: {{schedules: [SADA], always: {entry}}}, beta: {{schedules: [SBO, SDEE], never: {entry}}}}}"
    )
    run_at(sync, end - SECOND)
    assert (sync.members("alpha"), sync.members("beta")) == ({"UADA", "UDEE"}, {"UBO"})

    run_at(sync, end)
    assert (sync.members("alpha"), sync.members("beta")) == ({"UADA"}, {"UBO", "UDEE"})


@pytest.mark.parametrize("kind", ["always", "never"])
def test_an_expired_entry_is_reported_once_by_a_run_that_writes(sync: Sync, kind: str) -> None:
    sync.configure(config(f"schedules: [SADA], {kind}: [{SHADOWING}]"))
    assert "expired" not in codes(sync.run())
    sync.now += timedelta(days=1)

    assert "expired" in codes(sync.run(dry_run=True))
    assert message(sync.run(), "expired") == (
        f"dee@acme.example under `{kind}` was until 2026-03-02 (shadowing) and is ignored. Take it out of the config."
    )
    sync.sandbox.world.slack.token = "another"
    assert sync.run().groups["alpha"].status == "failed"
    sync.sandbox.world.slack.token = "xoxb-sandbox-slack-token"
    assert "expired" not in codes(sync.run())
