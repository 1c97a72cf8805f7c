"""Who belongs in a group whose people come from escalation policies and teams, beside schedules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oncall_sync.rules.plan import plan_group
from tests.builders import AT, HOUR, Situation, slack_ids

MIXED = {"PDAY": ["ada"], "policy:PESC123:1": ["bo"], "policy:PESC456:all": ["cy", "dan"], "team:PTEAM01": ["eve"]}
EVERYBODY = slack_ids("ada", "bo", "cy", "dan", "eve")


def members(situation: Situation) -> tuple[str, ...]:
    return tuple(sorted(situation.roster().members))


def codes(situation: Situation) -> list[tuple[str, str]]:
    return [(problem.level, problem.code) for problem in situation.plan().problems]


def test_a_group_holds_the_union_of_schedules_policies_and_teams() -> None:
    assert members(Situation(on_call=MIXED)) == EVERYBODY


def test_each_member_says_where_they_come_from() -> None:
    found = Situation(on_call=MIXED | {"policy:PESC456:all": ["bo", "dan"]}).roster().members

    assert {member.name: member.via for member in found.values()} == {
        "Ada": ("PDAY",),
        "Bo": ("PESC123 level 1", "PESC456 all levels"),
        "Dan": ("PESC456 all levels",),
        "Eve": ("team PTEAM01",),
    }


def test_who_comes_from_several_sources_is_one_member_for_as_long_as_the_last_of_them() -> None:
    on_call: dict[str, Any] = {"PDAY": [("ada", AT + HOUR)], "policy:PESC123:2": [("ada", AT + 2 * HOUR)]}
    assert Situation(on_call=on_call).roster().members["UADA"].until == AT + 2 * HOUR
    assert Situation(on_call=on_call | {"team:PTEAM01": ["ada"]}).roster().members["UADA"].until is None


def test_always_joins_and_never_wins_over_every_source() -> None:
    situation = Situation(on_call=MIXED, options={"always": ["flo"], "never": ["bo", "dan", "eve"]})
    assert members(situation) == slack_ids("ada", "cy", "flo")


def test_members_of_a_team_are_no_fallback_while_nobody_is_on_call() -> None:
    situation = Situation(on_call={"PDAY": [], "team:PTEAM01": ["eve"]}, options={"fallback": ["bo"]})
    assert members(situation) == slack_ids("bo", "eve")


def test_members_of_a_team_do_not_stand_for_somebody_on_call_who_cannot_be_reached() -> None:
    situation = Situation(on_call={"PDAY": ["ada"], "team:PTEAM01": ["eve"]}, no_account=["ada"], members=["cy"])
    assert situation.plan().status == "failed"
    assert ("error", "nobody_reachable") in codes(situation)


def test_a_write_is_for_those_on_call_and_not_for_the_team_beside_them() -> None:
    plan = Situation(on_call={"PDAY": ["ada"], "team:PTEAM01": ["eve"]}, options={"always": ["flo"]}).plan()

    assert plan.change
    assert plan.change.members == slack_ids("ada", "eve", "flo")
    assert plan.change.on_call == slack_ids("ada")


@pytest.mark.parametrize(
    ("situation", "name"),
    [
        (Situation(on_call={"team:PTEAM01": ["eve"]}), "eve"),
        (Situation(on_call={"PDAY": [], "team:PTEAM01": ["eve"]}, options={"fallback": ["bo"]}), "bo"),
    ],
)
def test_without_anybody_on_call_it_is_for_the_fallback_and_without_rotations_for_the_team(
    situation: Situation, name: str
) -> None:
    change = situation.plan().change
    assert change
    assert change.on_call == slack_ids(name)


def test_a_team_is_not_on_call() -> None:
    on_call = Situation(on_call=MIXED).roster().on_call
    assert sorted(person.name for person in on_call.values()) == ["Ada", "Bo", "Cy", "Dan"]


@pytest.mark.parametrize("order", [1, -1])
def test_who_is_on_call_has_been_since_the_first_of_their_shifts(order: int) -> None:
    shifts: list[Any] = [("ada", AT - HOUR, AT + HOUR), ("ada", AT - 2 * HOUR, AT + 2 * HOUR)]
    first, second = shifts[::order]
    (ada,) = Situation(on_call={"PDAY": [first], "PNIGHT": [second]}).roster().on_call.values()
    assert (ada.since, ada.until) == (AT - 2 * HOUR, AT + 2 * HOUR)


@pytest.mark.parametrize("order", [1, -1])
def test_who_is_on_call_without_a_beginning_always_has_been_whatever_shifts_they_have_besides(order: int) -> None:
    shifts: list[Any] = [("ada", AT - HOUR, AT + HOUR), "ada"]
    first, second = shifts[::order]
    (ada,) = Situation(on_call={"PDAY": [first], "PNIGHT": [second]}).roster().on_call.values()
    assert (ada.since, ada.until) == (None, None)


# ── teams of nobody ──────────────────────────────────────────────────────────────────────────────────────


def test_a_team_of_nobody_keeps_the_members_and_is_told() -> None:
    situation = Situation(on_call={"team:PTEAM01": []}, members=["ada"])

    assert situation.plan().status == "nobody_on_call"
    assert situation.plan().change is None
    assert [(p.level, p.code, p.message) for p in situation.plan().problems] == [
        ("info", "nobody_on_call", "@oncall: nobody is in team PTEAM01; the group keeps its members."),
        (
            "warning",
            "empty_team",
            "PagerDuty team PTEAM01 has no members. Put people into it in PagerDuty, or take it out of the config.",
        ),
    ]


def test_beside_somebody_on_call_a_team_of_nobody_is_told_too() -> None:
    situation = Situation(on_call={"PDAY": ["ada"], "team:PTEAM01": []}, members=["bo"])

    assert situation.plan().status == "would_update"
    assert codes(situation) == [("warning", "empty_team")]


def test_a_team_that_could_not_be_read_is_not_a_team_of_nobody() -> None:
    situation = Situation(on_call={"team:PTEAM01": []}, broken=["team:PTEAM01"], members=["ada"])

    assert situation.plan().status == "failed"
    assert codes(situation) == [("error", "pagerduty_down")]


def test_a_group_of_expired_entries_alone_names_nobody_and_keeps_its_members() -> None:
    situation = Situation(on_call={}, options={"always": ["ada"]}, members=["bo"])
    group = situation.group()
    expired = group.always[0].model_copy(update={"until": AT})
    plan = plan_group(replace(situation.inputs(), group=group.model_copy(update={"always": (expired,)})))

    assert plan.status == "nobody_on_call"
    assert "@oncall: every entry under `always` has expired; the group keeps its members." in [
        problem.message for problem in plan.problems
    ]


# ── what could not be read ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("broken", list(MIXED))
def test_whichever_source_cannot_be_read_nobody_leaves_and_the_others_join(broken: str) -> None:
    situation = Situation(on_call=MIXED | {broken: []}, broken=[broken], members=["flo", "gil"])
    others = {name for source, names in MIXED.items() if source != broken for name in names}
    plan = situation.plan()

    assert plan.status == "failed"
    assert plan.change
    assert set(plan.change.members) == set(slack_ids("flo", "gil", *others))


def test_where_no_source_can_be_read_the_group_stays_exactly_as_it_is() -> None:
    situation = Situation(on_call=MIXED, broken=list(MIXED), members=["flo"], options={"always": ["hal"]})

    assert situation.plan().change is None
    assert situation.plan().status == "failed"


def test_one_problem_of_a_person_is_told_once_however_many_shifts_they_have() -> None:
    twice: dict[str, Any] = {"PDAY": [("ada", AT - HOUR, AT), ("ada", AT, AT + HOUR)]}
    situation = Situation(on_call=twice, deleted=["ada"], options={"overlap": {"after": "30m"}})
    assert [problem.code for problem in situation.roster().problems] == ["deleted_user"]
