"""What is wrong with a policy or a team costs its group alone, is told, and removes nobody.

In every test here `alpha` is the group with something wrong, `beta` is right already, `late` is out of date (its new
member is Cy) and `design` is in no config; see worlds.py.
"""

from __future__ import annotations

import pytest

from sandbox import Fault, Sandbox
from tests.sync.checks import BEFORE, Spoil, said, served_all_but_alpha
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE
from tests.sync.worlds import config


def forbid(*ids: str) -> Spoil:
    return lambda sandbox: sandbox.world.pagerduty.forbidden.extend(ids)


def levels(*targets: list[str]) -> Spoil:
    def change(sandbox: Sandbox) -> None:
        sandbox.world.policies["PESC"].levels = list(targets)

    return change


def team(*members: str) -> Spoil:
    def change(sandbox: Sandbox) -> None:
        sandbox.world.teams["PTEAM"].members = list(members)

    return change


def without_teams(sandbox: Sandbox) -> None:
    body = '{"error": {"message": "Account does not have the abilities: teams", "code": 2014}}'
    sandbox.faults.add(Fault(endpoint="GET /teams/{id}/members", status=402, body=body, times=None))


def nothing(sandbox: Sandbox) -> None:
    """The config alone is wrong."""


POLICY, TEAM = "escalation_policies: [PESC]", "team_members: [PTEAM]"
WRONG: dict[str, tuple[str, Spoil, str, str]] = {
    "a policy without targets": (POLICY, levels([]), "no_targets", "PESC level 1 can page nobody"),
    "a level that does not exist": (
        "escalation_policies: [{id: PESC, levels: [3]}]",
        nothing,
        "no_targets",
        "the number of the policy's levels is 2",
    ),
    "an unknown policy": ("escalation_policies: [PNOPE]", nothing, "pagerduty_not_found", "Check the ID in the config"),
    "a policy hidden from the key": (POLICY, forbid("PESC"), "pagerduty_forbidden", "escalation_policies.read"),
    "a level with an empty schedule": (
        POLICY,
        levels(["SEMPTY"]),
        "nobody_on_call",
        "nobody is on call for PESC level 1",
    ),
    "a level with a schedule hidden from the key": (
        "escalation_policies: [{id: PESC, levels: [1]}]",
        lambda sandbox: (levels(["SDEE"])(sandbox), forbid("SDEE")(sandbox))[0],
        "pagerduty_forbidden",
        "PESC level 1 could not be read",
    ),
    "a level of a deleted user": (POLICY, levels(["PGONE"]), "deleted_user", "Gone (PGONE)"),
    "a level of somebody without an account": (
        POLICY,
        levels(["PNORA"]),
        "no_slack_account",
        "is on call for PESC level 1",
    ),
    "a team of nobody": (TEAM, team(), "empty_team", "PagerDuty team PTEAM has no members"),
    "a team of deleted people": (TEAM, team("PGONE"), "deleted_user", "Gone (PGONE)"),
    "a team of people without accounts": (
        TEAM,
        team("PNORA"),
        "no_slack_account",
        "Nora (nora@acme.example) is in team PTEAM",
    ),
    "an unknown team": ("team_members: [PNOPE]", nothing, "pagerduty_not_found", "PagerDuty team PNOPE"),
    "a team hidden from the key": (TEAM, forbid("PTEAM"), "pagerduty_forbidden", "teams.read"),
    "a plan without teams": (TEAM, without_teams, "pagerduty_plan", "the abilities: teams"),
}


@pytest.mark.parametrize(("alpha", "spoil", "code", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_source_is_told_and_removes_nobody(
    sources: Sync, alpha: str, spoil: Spoil, code: str, message: str
) -> None:
    sync = sources
    sync.configure(config(alpha))
    spoil(sync.sandbox)

    report = sync.run()

    assert message in said(report, code)
    assert report.groups["alpha"].status == ("nobody_on_call" if code in {"nobody_on_call", "empty_team"} else "failed")
    served_all_but_alpha(sync, report)


UNREADABLE = ["escalation_policies: [PNOPE]", "team_members: [PNOPE]", "schedules: [SNOPE]"]
READABLE = ["escalation_policies: [PESC]", "team_members: [PTEAM]", "schedules: [SADA]"]


@pytest.mark.parametrize("wrong", range(3))
def test_beside_a_source_that_cannot_be_read_people_of_the_others_join_and_nobody_leaves(
    sources: Sync, wrong: int
) -> None:
    sync = sources
    keys = [UNREADABLE[n] if n == wrong else READABLE[n] for n in range(3)]
    sync.configure(config(", ".join(keys)))

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert report.groups["alpha"].removed == ()
    assert sync.members("alpha") >= {"UPIA", "UDEE"}
    assert sync.members("design") == BEFORE["design"]


@pytest.mark.parametrize(
    "endpoint", ["GET /escalation_policies/{id}", "GET /schedules/{id}", "GET /teams/{id}/members"]
)
def test_an_outage_of_a_source_is_no_emptiness(sources: Sync, endpoint: str) -> None:
    sync = sources
    levels(["SEMPTY"])(sync.sandbox)
    sync.configure(
        config("escalation_policies: [PESC], team_members: [PTEAM], when_empty: disable, fallback: [cy@acme.example]")
    )
    sync.sandbox.faults.add(Fault(endpoint=endpoint, status=503, times=None))

    for _ in range(3):
        sync.now += MINUTE
        report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert "UPIA" in sync.members("alpha")
    assert not sync.sandbox.world.group("alpha").disabled


def test_a_team_beside_somebody_whom_slack_refuses_is_not_written_without_them(sources: Sync) -> None:
    """Ada is on call, and her account has just been deactivated: a group without anybody on call helps nobody."""
    sync = sources
    sync.configure(config("schedules: [SADA], team_members: [PTEAM]"))
    sync.run()
    sync.sandbox.world.accounts["UADA"].deleted = True
    sync.sandbox.world.group("alpha").members = ["UPIA"]

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UPIA"}
