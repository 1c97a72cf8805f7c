"""Policies and teams, in any mix with schedules, `always` and `never`: from PagerDuty's answer to a group's members."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox import UserGroup
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, config, hand_over, hundred_groups

RIGHT: dict[str, tuple[str, set[str]]] = {
    "level 1 of a policy": ("escalation_policies: [PESC]", {"UADA", "UDEE"}),
    "another level": ("escalation_policies: [{id: PESC, levels: [2]}]", {"UADA", "UBO"}),
    "several levels": ("escalation_policies: [{id: PESC, levels: [1, 2]}]", {"UADA", "UBO", "UDEE"}),
    "all levels": ("escalation_policies: [{id: PESC, levels: all}]", {"UADA", "UBO", "UDEE"}),
    "several policies": ("escalation_policies: [PESC, {id: POLICY2, levels: [1]}]", {"UADA", "UBO", "UDEE"}),
    "a team": ("team_members: [PTEAM]", {"UBO", "UDEE"}),
    "a schedule, a policy and a team": (
        "schedules: [SCY], escalation_policies: [{id: PESC, levels: [2]}], team_members: [PTEAM]",
        {"UCY", "UADA", "UBO", "UDEE"},
    ),
    "a schedule that a policy has too": ("schedules: [SADA], escalation_policies: [PESC]", {"UADA", "UDEE"}),
    "always and never beside all of them": (
        "schedules: [SCY], escalation_policies: [PESC], team_members: [PTEAM], always: [quinn@acme.example], "
        "never: [dee@acme.example, cy@acme.example]",
        {"UADA", "UBO", "UQUINN"},
    ),
    "an empty schedule beside a team, and a fallback": (
        "schedules: [SEMPTY], team_members: [PTEAM], fallback: [cy@acme.example]",
        {"UBO", "UDEE", "UCY"},
    ),
    "a placeholder on a policy": (
        "escalation_policies: [PGAP], fallback: [cy@acme.example]",
        {"UCY"},
    ),
}


@pytest.mark.parametrize(("alpha", "members"), RIGHT.values(), ids=RIGHT)
def test_a_group_becomes_equal_to_who_the_config_means(sources: Sync, alpha: str, members: set[str]) -> None:
    sync = sources
    sync.configure(config(alpha))

    report = sync.run()

    assert sync.members("alpha") == members
    assert report.groups["alpha"].status == "updated"
    sync.sandbox.requests.clear()
    assert sync.run().groups["alpha"].status == "unchanged"
    assert sync.writes() == []


def test_the_report_says_by_which_level_or_team_somebody_is_a_member(sources: Sync) -> None:
    sync = sources
    sync.configure(
        config(
            "schedules: [SADA], escalation_policies: [{id: PESC, levels: [1, 2]}, {id: POLICY2, levels: all}], "
            "team_members: [PTEAM]"
        )
    )
    hand_over(sync.sandbox.world, "SADA", "PCY", NOON + HOUR)

    members = {member.name: member for member in sync.run().groups["alpha"].members}

    assert members["Ada"].via == ("SADA", "PESC level 1", "PESC level 2", "POLICY2 all levels")
    assert members["Bo"].via == ("PESC level 2", "POLICY2 all levels", "team PTEAM")
    assert (members["Dee"].via, members["Dee"].until) == (("PESC level 1", "team PTEAM"), None)


def test_a_policy_of_which_several_groups_ask_for_different_levels_is_read_once(sources: Sync) -> None:
    sync = sources
    sync.sandbox.world.user_groups["SGMORE"] = UserGroup(handle="more", members=["UPIA"])
    sync.configure(config("escalation_policies: [PESC]") + "  more: {escalation_policies: [{id: PESC, levels: all}]}\n")

    report = sync.run()

    assert sync.members("alpha") == {"UADA", "UDEE"}
    assert sync.members("more") == {"UADA", "UBO", "UDEE"}
    assert report.requests["pagerduty"] == 2


def test_a_handoff_on_a_policy_is_followed(sources: Sync) -> None:
    sync = sources
    sync.configure(config("escalation_policies: [PESC]"))
    hand_over(sync.sandbox.world, "SADA", "PCY", NOON + HOUR)
    sync.run()

    sync.now = NOON + HOUR
    sync.run()

    assert sync.members("alpha") == {"UCY", "UDEE"}


def test_who_comes_into_a_team_or_leaves_it_is_followed_by_the_next_run(sources: Sync) -> None:
    sync = sources
    sync.configure(config("team_members: [PTEAM]"))
    sync.run()

    sync.sandbox.world.teams["PTEAM"].members = ["PDEE", "PCY"]
    sync.run()

    assert sync.members("alpha") == {"UDEE", "UCY"}


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hundred_groups_of_schedules_policies_and_teams_cost_the_batches_and_one_request_per_team(sync: Sync) -> None:
    sync.configure(hundred_groups(sync.sandbox.world))
    sync.sandbox.world.rate_limits.off()
    assert sync.run().counts["updated"] == 100
    sync.sandbox.requests.clear()

    report = sync.run()

    assert report.counts["unchanged"] == 100
    # Schedules and policies, each with and without an overlap.
    assert Counter(request.endpoint for request in sync.sandbox.requests) == {
        "GET /oncalls": 4,
        "GET /teams/{id}/members": 4,
        "usergroups.list": 1,
    }
    assert report.requests == {"pagerduty": 8, "slack": 1}
