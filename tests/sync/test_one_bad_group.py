"""What is wrong with one group stops that group alone, says what to do, and removes nobody.

In these tests `alpha` is the group with something wrong, `beta` is right, `late` is out of date (Cy will be its member)
and `design` is in no config; see worlds.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Fault, Sandbox
from tests.sync.checks import Spoil, as_it_is, message, only_alpha_is_affected, run_at
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE
from tests.sync.worlds import NOON, config, crowd


def edits(**fields: Any) -> Spoil:
    """The Slack group of @alpha has these fields."""

    def spoil(sandbox: Sandbox) -> None:
        for name, value in fields.items():
            setattr(sandbox.world.group("alpha"), name, value)

    return spoil


def answers(endpoint: str, **fault: Any) -> Spoil:
    return lambda sandbox: sandbox.faults.add(Fault(endpoint=endpoint, times=None, **fault))


def slack_refuses(error: str) -> Spoil:
    return answers("usergroups.users.update", match={"usergroup": "SGALPHA"}, error=error)


def forbid(*ids: str) -> Spoil:
    return lambda sandbox: sandbox.world.pagerduty.forbidden.extend(ids)


def first_level(*targets: str) -> Spoil:
    """Of the policy PESC."""
    return lambda sandbox: sandbox.world.policies.update(
        PESC=sandbox.world.policies["PESC"].model_copy(update={"levels": [[*targets]]})
    )


def team(*members: str) -> Spoil:
    return lambda sandbox: setattr(sandbox.world.teams["PTEAM"], "members", [*members])


ADA, POLICY, TEAM = "schedules: [SADA]", "escalation_policies: [PESC]", "team_members: [PTEAM]"
NO_TEAMS = '{"error": {"message": "Account does not have the abilities: teams", "code": 2014}}'
WRONG: dict[str, tuple[str, Spoil, str, list[str]]] = {
    # a source in PagerDuty
    "an unknown schedule": ("schedules: [SNOPE]", as_it_is, "pagerduty_not_found", ["SNOPE", "Check the ID"]),
    "and an empty one": ("schedules: [SNOPE, SEMPTY]", as_it_is, "pagerduty_not_found", ["SNOPE"]),
    "a hidden schedule": (ADA, forbid("SADA"), "pagerduty_forbidden", ["SADA", "read-only account key"]),
    "an unknown policy": ("escalation_policies: [PNOPE]", as_it_is, "pagerduty_not_found", ["Check the ID"]),
    "a hidden policy": (POLICY, forbid("PESC"), "pagerduty_forbidden", ["escalation_policies.read"]),
    "a policy without targets": (POLICY, first_level(), "no_targets", ["PESC level 1: it can page nobody"]),
    "a level that does not exist": (
        "escalation_policies: [{id: PESC, levels: [3]}]",
        as_it_is,
        "no_targets",
        ["the number of the policy's levels is 2"],
    ),
    "a hidden schedule behind a level": (
        POLICY,
        lambda sandbox: (first_level("SDEE")(sandbox), forbid("SDEE")(sandbox)),
        "pagerduty_forbidden",
        ["PESC level 1 could not be read"],
    ),
    "an unknown team": ("team_members: [PNOPE]", as_it_is, "pagerduty_not_found", ["PagerDuty team PNOPE"]),
    "a hidden team": (TEAM, forbid("PTEAM"), "pagerduty_forbidden", ["teams.read"]),
    "a plan without teams": (
        TEAM,
        answers("GET /teams/{id}/members", status=402, body=NO_TEAMS),
        "pagerduty_plan",
        ["the abilities: teams"],
    ),
    # nobody who can be reached
    "only a user without Slack": (
        "schedules: [SNORA]",
        as_it_is,
        "nobody_reachable",
        ["@alpha", "stays as it is", "give the group a fallback"],
    ),
    "only a deleted PagerDuty user": ("schedules: [SGONE]", as_it_is, "nobody_reachable", ["stays as it is"]),
    "a fallback without Slack either": (
        "schedules: [SNORA], fallback: [also.nobody@acme.example]",
        as_it_is,
        "nobody_reachable",
        ["nor anybody of its fallback"],
    ),
    "a level of a deleted user": (POLICY, first_level("PGONE"), "deleted_user", ["Gone (PGONE)"]),
    "a team of people without Slack": (TEAM, team("PNORA"), "no_slack_account", ["Nora (nora@acme.example) is in"]),
    # the group in Slack
    "no group with the pinned ID": (f"{ADA}, id: S0NOPE", as_it_is, "no_such_group", ["S0NOPE", "Correct `id`"]),
    "managed by an identity provider": (ADA, edits(is_idp_group=True), "managed_group", ["identity provider"]),
    "locked": (ADA, edits(is_membership_locked=True), "managed_group", ["@alpha", "locked"]),
    "org-level": (ADA, edits(is_org_level=True), "managed_group", ["@alpha", "organization"]),
    "of another workspace": (ADA, edits(is_external=True), "managed_group", ["from outside"]),
    "all admins, kept by Slack itself": (
        f"{ADA}, create_if_missing: true",
        edits(auto_type="admin"),
        "managed_group",
        ["take the group out of the config"],
    ),
    "disabled by a person": (ADA, edits(disabled=True), "disabled_group", ["Enable it there"]),
    "edits limited to admins": (
        ADA,
        slack_refuses("permission_denied"),
        "permission_denied",
        ["@alpha", "user token", "let everyone edit user groups"],
    ),
    "deleted between plan and write": (ADA, slack_refuses("no_such_subteam"), "no_such_subteam", ["@alpha", "the id"]),
    "too many for Slack": (
        ADA,
        slack_refuses("subteam_max_users_exceeded"),
        "subteam_max_users_exceeded",
        ["fewer people"],
    ),
    "no paid plan": (ADA, slack_refuses("paid_teams_only"), "paid_teams_only", ["@alpha", "paid"]),
    # the config
    "more members than max_members": (
        "schedules: [SADA, SCY], max_members: 1",
        as_it_is,
        "max_members",
        ["2 members", "max_members is 1", "raise max_members"],
    ),
    "a mistake": (
        "schedule: [SADA]",
        as_it_is,
        "config_mistake",
        ["oncall_sync.yaml:4", "groups.alpha.schedule", "did you mean schedules?"],
    ),
}


@pytest.mark.parametrize(("alpha", "spoil", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_one_group_stops_that_group_alone_and_says_what_to_do(
    sources: Sync, alpha: str, spoil: Spoil, code: str, words: list[str]
) -> None:
    sources.configure(config(alpha))
    spoil(sources.sandbox)

    report = sources.run()

    text = message(report, code)
    assert [word for word in words if word not in text] == []
    assert (report.groups["alpha"].status, report.groups["alpha"].failing_since) == ("failed", NOON)
    assert [member.slack_id for member in report.groups["alpha"].members] in ([], ["UPIA"])
    only_alpha_is_affected(sources, report)


@pytest.mark.parametrize(
    ("alpha", "spoil", "words"),
    [
        (POLICY, first_level("SEMPTY"), "nobody is on call for PESC level 1"),
        (TEAM, team(), "nobody is in team PTEAM"),
    ],
    ids=["a level with an empty schedule", "a team of nobody"],
)
def test_a_source_of_nobody_is_no_failure_and_removes_nobody(
    sources: Sync, alpha: str, spoil: Spoil, words: str
) -> None:
    sources.configure(config(alpha))
    spoil(sources.sandbox)

    report = sources.run()

    assert words in message(report, "nobody_on_call")
    assert report.groups["alpha"].status == "nobody_on_call"
    only_alpha_is_affected(sources, report)


def test_a_handle_that_slack_does_not_have_is_answered_with_the_nearest_one(sync: Sync) -> None:
    sync.configure(config(handle="alhpa"))

    report = sync.run()

    text = message(report, "no_such_group", "alhpa")
    assert "Did you mean @alpha?" in text
    assert "Create it in Slack, or correct the handle" in text
    only_alpha_is_affected(sync, report)


def test_two_entries_that_mean_the_same_slack_group_stop_both_of_them_alone(sync: Sync) -> None:
    sync.configure(config() + "  other: {schedules: [SDEE], id: SGALPHA}\n")

    report = sync.run()

    assert {report.groups[handle].status for handle in ("alpha", "other")} == {"failed"}
    assert "Keep one of them" in message(report, "same_group")
    only_alpha_is_affected(sync, report)


def test_a_group_that_is_right_again_fails_no_longer(sync: Sync) -> None:
    sync.configure(config("schedules: [SNOPE]"))
    sync.run()
    sync.configure(config())

    alpha = run_at(sync, NOON + MINUTE).groups["alpha"]

    assert (alpha.failing_since, alpha.verified_at) == (None, NOON + MINUTE)


# ── the brake: a mistyped ID must not wipe a large group ─────────────────────────────────────────────────


def test_a_plan_that_removes_most_of_a_group_waits_until_a_run_accepts_it(sync: Sync) -> None:
    everybody = crowd(sync.sandbox.world, 20)
    sync.sandbox.world.group("alpha").members = everybody

    for report in (sync.run(), sync.run(accept_shrink=["beta"])):
        assert report.groups["alpha"].status == "failed"
        assert "from 20 to 1 members" in message(report, "shrink")
        assert 'accept_shrink ["alpha"]' in message(report, "shrink")
    assert (sync.members("alpha"), sync.members("late")) == ({*everybody}, {"UCY"})

    assert sync.run(accept_shrink=["@alpha"]).groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UADA"}


def test_to_accept_it_for_a_group_that_is_not_in_the_config_stops_the_run(sync: Sync) -> None:
    report = sync.run(accept_shrink=["alhpa"])

    assert [(p.code, "Did you mean @alpha?" in p.message) for p in report.problems] == [("unknown_group", True)]
    assert sync.writes() == []
