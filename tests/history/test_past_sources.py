"""Who was on call by a policy, level by level; teams take no turns and are left out."""

from __future__ import annotations

from sandbox import Policy, Team
from tests.history.past import DAY, HOUR, NEXT_DAY, Past, shift, told


def with_policy(past: Past) -> None:
    """PESC: level 1 Ada, then Bo, and Dee directly; level 2 Cy."""
    past.schedule("SONE", shifts=[shift("PADA", DAY - HOUR, DAY + HOUR), shift("PBO", DAY + HOUR, NEXT_DAY + HOUR)])
    past.schedule("STWO", shifts=[shift("PCY", DAY, NEXT_DAY)])
    past.world.policies["PESC"] = Policy(levels=[["SONE", "PDEE"], ["STWO"]])


def test_the_shifts_of_a_policy_are_told_by_level(past: Past) -> None:
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
    assert told(history.rotations["PESC level 1"]) == [
        ("PDEE", None, None),
        ("PADA", DAY - HOUR, DAY + HOUR),
        ("PBO", DAY + HOUR, NEXT_DAY + HOUR),
    ]


def test_all_levels_are_one_rotation_that_tells_each_shift_once(past: Past) -> None:
    with_policy(past)
    past.world.policies["PESC"].levels[1].append("SONE")
    past.configure("all: {escalation_policies: [{id: PESC, levels: all}]}")

    assert [each.person for each in past.read().rotations["PESC all levels"]] == ["PDEE", "PADA", "PCY", "PBO"]


def test_a_policy_with_a_schedule_of_the_same_group_is_read_with_one_request_each(past: Past) -> None:
    with_policy(past)
    past.configure("all: {schedules: [SONE], escalation_policies: [PESC]}")

    history = past.read()

    assert told(history.rotations["SONE"]) == told(history.rotations["PESC level 1"])[1:]
    assert history.requests == 2


def test_a_policy_of_which_nobody_was_on_call_is_there_and_empty(past: Past) -> None:
    past.world.policies["PESC"] = Policy(levels=[["SEMPTY"]])
    past.configure("all: {escalation_policies: [PESC]}")

    history = past.read()

    assert (history.rotations, history.problems) == ({"PESC level 1": ()}, ())


def test_a_level_that_does_not_exist_is_a_problem_and_the_others_are_complete(past: Past) -> None:
    with_policy(past)
    past.configure("all: {escalation_policies: [{id: PESC, levels: [2, 3]}]}")

    history = past.read()

    assert [problem.code for problem in history.problems] == ["no_targets"]
    assert [each.person for each in history.groups["all"]] == ["PCY"]


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

    assert told(history.rotations["SONE"]) == [
        ("PADA", DAY - HOUR, DAY + HOUR),
        ("PBO", DAY + HOUR, NEXT_DAY + HOUR),
    ]
    assert history.requests == 1
