"""Who was on call by a policy, level by level; teams take no turns and are left out."""

from __future__ import annotations

from sandbox import Policy, Team
from tests.history.past import DAY, HOUR, NEXT_DAY, Past, shift, turns_of


def with_policy(past: Past) -> None:
    """PESC: level 1 Ada, then Bo, and Dee directly; level 2 Cy."""
    past.schedule("SONE", shifts=[shift("PADA", DAY - HOUR, DAY + HOUR), shift("PBO", DAY + HOUR, NEXT_DAY + HOUR)])
    past.schedule("STWO", shifts=[shift("PCY", DAY, NEXT_DAY)])
    past.world.policies["PESC"] = Policy(levels=[["SONE", "PDEE"], ["STWO"]])


def test_the_shifts_of_a_policy_are_kept_by_level(past: Past) -> None:
    with_policy(past)
    past.configure("all: {escalation_policies: [{id: PESC, levels: [1, 2]}]}")

    history = past.read()

    assert history.rotations.keys() == {"PESC level 1", "PESC level 2"}
    assert [(each.person, each.via) for each in history.groups["all"]] == [
        ("PDEE", "PESC level 1"),
        ("PADA", "PESC level 1"),
        ("PCY", "PESC level 2"),
        ("PBO", "PESC level 1"),
    ]
    assert turns_of(history.rotations["PESC level 1"]) == [
        ("PDEE", None, None),
        ("PADA", DAY - HOUR, DAY + HOUR),
        ("PBO", DAY + HOUR, NEXT_DAY + HOUR),
    ]


def test_a_team_has_no_shifts_and_costs_no_request(past: Past) -> None:
    past.world.teams["PTEAM"] = Team(members=["PADA"])
    past.configure(
        """all: {schedules: [SBO], team_members: [PTEAM]}
        team: {team_members: [PTEAM]}"""
    )

    history = past.read()

    assert history.rotations.keys() == {"SBO"}
    assert [each.person for each in history.groups["all"]] == ["PBO"]
    assert history.groups["team"] == ()
    assert history.requests == 1


def test_an_overlap_makes_nobody_s_shift_longer(past: Past) -> None:
    with_policy(past)
    past.configure("all: {schedules: [SONE], overlap: {before: 1h, after: 1h}}")

    history = past.read()

    assert turns_of(history.rotations["SONE"]) == [
        ("PADA", DAY - HOUR, DAY + HOUR),
        ("PBO", DAY + HOUR, NEXT_DAY + HOUR),
    ]
    assert history.requests == 1
