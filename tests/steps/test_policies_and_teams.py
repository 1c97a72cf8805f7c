"""Escalation policies and teams, read with few requests: which people each source has, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.models import Problem
from oncall_sync.pagerduty.rotations import Rotations, Window
from oncall_sync.steps.fetch_schedules import read_sources
from sandbox import Fault, Override, Policy, Sandbox, Schedule, Team
from tests.builders import source_of
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, crowd

Read = Callable[..., Rotations]


@pytest.fixture
def read(sync: Sync) -> Read:
    """`read("policy:PESC:1", "team:PT")` at noon."""

    def read(*sources: str, last_try: bool = False) -> Rotations:
        found = Rotations(Window(NOON))
        read_sources(sync.pagerduty(""), [*map(source_of, sources)], found, last_try, rows={})
        return found

    return read


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    """PESC: level 1 Ada by her schedule and Dee directly, level 2 Ada and Bo by a shift-based one, level 3 Cy."""
    sync.sandbox.world.policies["PESC"] = Policy(levels=[["SADA", "PDEE"], ["SPAIR"], ["SCY"]])
    sync.sandbox.world.teams = {"PTEAM": Team(members=["PBO", "PNORA"]), "PNOBODY": Team()}
    return sync.sandbox


def people(found: Rotations, source: str) -> list[str]:
    """By ID, sorted; a source that could not be read fails the test."""
    rotation = found.rotations[source_of(source)]
    assert rotation.problem is None
    return sorted(shift.person for shift in rotation.shifts)


def problem(found: Rotations, source: str) -> Problem:
    wrong = found.rotations[source_of(source)].problem
    assert wrong
    return wrong


def asked(sandbox: Sandbox) -> Counter[str]:
    return Counter(request.endpoint for request in sandbox.requests)


# ── who is on call by a policy ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "who"),
    [
        ("policy:PESC:1", ["PADA", "PDEE"]),
        ("policy:PESC:2", ["PADA", "PBO"]),
        ("policy:PESC:3", ["PCY"]),
        ("policy:PESC:all", ["PADA", "PBO", "PCY", "PDEE"]),
    ],
)
def test_a_level_has_the_people_whom_it_names_and_those_of_its_schedules(
    read: Read, sandbox: Sandbox, source: str, who: list[str]
) -> None:
    assert people(read(source), source) == who
    assert asked(sandbox) == {"GET /oncalls": 1}


def test_levels_of_one_policy_and_all_of_them_are_asked_for_at_once_and_told_apart(
    read: Read, sandbox: Sandbox
) -> None:
    sources = ("policy:PESC:3", "policy:PESC:all", "policy:PESC:1")

    found = read(*sources)

    assert [len(people(found, source)) for source in sources] == [1, 4, 2]
    assert asked(sandbox) == {"GET /oncalls": 1}


def test_a_person_who_is_called_directly_is_on_call_without_a_beginning_and_an_end(
    read: Read, sandbox: Sandbox
) -> None:
    (dee,) = [s for s in read("policy:PESC:1").rotations[source_of("policy:PESC:1")].shifts if s.person == "PDEE"]
    assert (dee.start, dee.end) == (None, None)


def test_a_schedule_that_is_asked_for_directly_and_by_a_policy_gives_both_its_people(
    read: Read, sandbox: Sandbox
) -> None:
    found = read("SADA", "policy:PESC:1")

    assert people(found, "SADA") == ["PADA"]
    assert people(found, "policy:PESC:1") == ["PADA", "PDEE"]
    assert asked(sandbox) == {"GET /oncalls": 2}


def test_rows_of_other_policies_that_use_the_same_schedule_are_not_the_policy_s(read: Read, sandbox: Sandbox) -> None:
    sandbox.world.policies["POTHER"] = Policy(levels=[["SDEE"], ["SADA"]])

    assert people(read("policy:POTHER:2"), "policy:POTHER:2") == ["PADA"]


def test_an_override_counts_for_a_policy_too(read: Read, sandbox: Sandbox) -> None:
    sandbox.world.schedules["SADA"].overrides = [Override(person="PCY", start=NOON, end=NOON + HOUR)]

    assert people(read("policy:PESC:1"), "policy:PESC:1") == ["PCY", "PDEE"]


def test_more_rows_than_a_page_of_policies_come_in_pages(read: Read, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 130)
    sandbox.world.policies |= {f"PX{n:03}": Policy(levels=[[f"S{n:04}"]]) for n in range(130)}

    found = read(*(f"policy:PX{n:03}:1" for n in range(130)))

    assert all(people(found, f"policy:PX{n:03}:1") == [f"P{n:04}"] for n in range(130))
    assert asked(sandbox) == {"GET /oncalls": 2}


# ── policies of which nobody is on call ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "path"), [("v2", "GET /schedules/{id}"), ("v3", "GET /v3/schedules/{id}")])
def test_a_level_with_an_empty_schedule_is_empty_once_the_schedule_says_so(
    read: Read, sandbox: Sandbox, kind: str, path: str
) -> None:
    sandbox.world.schedules["SNONE"] = Schedule.model_validate({"kind": kind})
    sandbox.world.policies["PESC"].levels[0] = ["SNONE"]

    found = read("policy:PESC:1")

    assert people(found, "policy:PESC:1") == []
    assert asked(sandbox)["GET /escalation_policies/{id}"] == asked(sandbox)[path] == 1


WRONG: dict[str, tuple[str, str, str]] = {
    "unknown": ("policy:PNOPE:1", "pagerduty_not_found", "Check the ID in the config"),
    "hidden from the key": ("policy:PHIDDEN:1", "pagerduty_forbidden", "escalation_policies.read"),
    "a level without a target": ("policy:PESC:4", "no_targets", "nobody and no schedule is its target"),
    "a level that does not exist": ("policy:PESC:5", "no_targets", "the number of the policy's levels is 4"),
    "a policy without levels": ("policy:PNONE:all", "no_targets", "the number of the policy's levels is 0"),
    "a schedule hidden from the key": ("policy:PSECRET:1", "pagerduty_forbidden", "could not be read"),
}


@pytest.mark.parametrize(("source", "code", "said"), WRONG.values(), ids=WRONG)
def test_a_policy_that_can_page_nobody_or_cannot_be_read_has_a_problem_and_is_not_empty(
    read: Read, sandbox: Sandbox, source: str, code: str, said: str
) -> None:
    sandbox.world.policies["PESC"].levels.append([])
    sandbox.world.policies |= {
        "PHIDDEN": Policy(levels=[["SADA"]]),
        "PNONE": Policy(levels=[]),
        "PSECRET": Policy(levels=[["SBO"]]),
    }
    sandbox.world.pagerduty.forbidden = ["PHIDDEN", "SBO"]

    found = read("policy:PESC:1", source, "SCY")

    wrong = problem(found, source)
    assert wrong.code == code
    assert wrong.message.startswith(f"{source_of(source).in_words} ")
    assert said in wrong.message
    assert people(found, "policy:PESC:1") == ["PADA", "PDEE"]
    assert people(found, "SCY") == ["PCY"]


def test_of_a_level_whose_schedules_are_read_one_by_one_one_unreadable_makes_the_whole_unread(
    read: Read, sandbox: Sandbox
) -> None:
    sandbox.world.policies["PESC"].levels[0] = ["SEMPTY", "SBO"]
    sandbox.world.pagerduty.forbidden = ["SBO"]

    assert problem(read("policy:PESC:1"), "policy:PESC:1").code == "pagerduty_forbidden"


def test_whom_a_policy_turns_out_to_call_after_all_is_found(read: Read, sandbox: Sandbox) -> None:
    """/oncalls says nothing, as a page that is out of date might; the policy and its schedule do."""
    body = '{"oncalls": [], "more": false, "total": 0}'
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body, content_type="application/json"))

    assert people(read("policy:PESC:all"), "policy:PESC:all") == ["PADA", "PBO", "PCY", "PDEE"]


@pytest.mark.parametrize("level", ['"1"', "null", "{}"])
def test_a_row_that_does_not_say_its_level_makes_the_policy_unread(read: Read, sandbox: Sandbox, level: str) -> None:
    body = (
        f'{{"more": false, "oncalls": [{{"escalation_policy": {{"id": "PESC"}}, "escalation_level": {level}, '
        '"schedule": null, "user": {"id": "PADA", "type": "user", "name": "Ada"}, "start": null, "end": null}]}'
    )
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body, content_type="application/json"))

    assert problem(read("policy:PESC:1"), "policy:PESC:1").code == "unknown_kind"


@pytest.mark.parametrize("target", ['{"id": "PX", "type": "robot"}', '{"id": "PX"}', "null"])
def test_a_target_of_an_unknown_kind_is_reported_and_not_dropped(read: Read, sandbox: Sandbox, target: str) -> None:
    sandbox.world.policies["PESC"].levels[0] = ["SEMPTY"]
    body = f'{{"escalation_policy": {{"name": "P", "escalation_rules": [{{"targets": [{target}]}}]}}}}'
    fault = Fault(endpoint="GET /escalation_policies/{id}", status=200, body=body, content_type="application/json")
    sandbox.faults.add(fault)

    assert problem(read("policy:PESC:1"), "policy:PESC:1").code == "unknown_kind"


def test_a_deleted_user_who_is_called_directly_is_told_as_such(read: Read, sandbox: Sandbox) -> None:
    sandbox.world.policies["PESC"].levels[0] = ["PGONE"]

    found = read("policy:PESC:1")

    assert people(found, "policy:PESC:1") == ["PGONE"]
    assert found.people["PGONE"].deleted


# ── teams ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_team_has_all_its_members_with_their_emails_for_one_request(read: Read, sandbox: Sandbox) -> None:
    found = read("team:PTEAM")

    assert people(found, "team:PTEAM") == ["PBO", "PNORA"]
    assert found.people["PNORA"].email == "nora@acme.example"
    assert asked(sandbox) == {"GET /teams/{id}/members": 1}


def test_a_large_team_comes_in_pages(read: Read, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 230)
    sandbox.world.teams["PTEAM"].members = [f"P{n:04}" for n in range(230)]

    assert len(people(read("team:PTEAM"), "team:PTEAM")) == 230
    assert asked(sandbox) == {"GET /teams/{id}/members": 3}


@pytest.mark.parametrize("kind", ["backwards", "again"])
def test_members_who_moved_between_two_pages_are_read_anew(read: Read, sandbox: Sandbox, kind: str) -> None:
    """Whoever was on neither page would lose their place."""
    crowd(sandbox.world, 120)
    sandbox.world.teams["PTEAM"].members = [f"P{n:04}" for n in range(120)]
    moved = {"endpoint": "GET /teams/{id}/members", "kind": kind, "after": kind == "again", "times": 1}
    sandbox.faults.add(Fault.model_validate(moved))

    assert len(people(read("team:PTEAM"), "team:PTEAM")) == 120


def test_members_of_whom_each_comes_twice_do_not_hide_those_behind_them(read: Read, sandbox: Sandbox) -> None:
    """The next page is asked for by the number of rows that came."""
    crowd(sandbox.world, 120)
    sandbox.world.teams["PTEAM"].members = [f"P{n:04}" for n in range(120)]
    sandbox.faults.add(Fault(endpoint="GET /teams/{id}/members", kind="twice", times=None))

    wrong = problem(read("SADA", "team:PTEAM", last_try=True), "team:PTEAM")

    assert (wrong.code, wrong.passing) == ("pagerduty_broken_answer", True)


def test_a_member_who_left_while_the_pages_were_read_costs_nobody_their_place(read: Read, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 120)
    team = sandbox.world.teams["PTEAM"]
    team.members = [f"P{n:04}" for n in range(120)]
    leaves = iter([False, True])
    sandbox.faults.add(Fault(match=lambda _: bool(next(leaves, False) and team.members.pop(0)) and False))

    assert people(read("team:PTEAM"), "team:PTEAM") == team.members == [f"P{n:04}" for n in range(1, 120)]


def test_a_team_of_nobody_is_empty_and_not_unread(read: Read, sandbox: Sandbox) -> None:
    assert people(read("team:PNOBODY"), "team:PNOBODY") == []


def test_a_deleted_member_is_told_as_such(read: Read, sandbox: Sandbox) -> None:
    sandbox.world.teams["PTEAM"].members.append("PGONE")

    assert read("team:PTEAM").people["PGONE"].deleted


ROBOT = '{"members": [{"user": {"id": "PX", "type": "robot"}}], "more": false}'
NOT_A_USER = '{"members": [{"role": "manager"}], "more": false}'
TEAMS: dict[str, tuple[str, dict[str, Any], tuple[str, str]]] = {
    "unknown": ("PNOPE", {}, ("pagerduty_not_found", "Check the ID in the config")),
    "hidden from the key": ("PHIDDEN", {}, ("pagerduty_forbidden", "teams.read")),
    "a plan without teams": ("PTEAM", {"status": 402}, ("pagerduty_plan", "plan lacks this ability")),
    "a member of an unknown kind": ("PTEAM", {"status": 200, "body": ROBOT}, ("unknown_kind", "robot")),
    "a member without a user": ("PTEAM", {"status": 200, "body": NOT_A_USER}, ("unknown_kind", "does not know")),
}


@pytest.mark.parametrize(("team", "fault", "told"), TEAMS.values(), ids=TEAMS)
def test_a_team_that_cannot_be_read_has_a_problem_and_the_others_people(
    read: Read, sandbox: Sandbox, team: str, fault: dict[str, Any], told: tuple[str, str]
) -> None:
    sandbox.world.teams["PHIDDEN"] = Team(members=["PADA"])
    sandbox.world.pagerduty.forbidden = ["PHIDDEN"]
    if fault:
        where = {"endpoint": "GET /teams/{id}/members", "match": {"id": team}, "content_type": "application/json"}
        sandbox.faults.add(Fault.model_validate({**where, **fault}))

    found = read("SADA", f"team:{team}", "team:PNOBODY")

    wrong = problem(found, f"team:{team}")
    assert wrong.code == told[0]
    assert wrong.message.startswith(f"PagerDuty team {team} could not be read")
    assert told[1] in wrong.message
    assert people(found, "SADA") == ["PADA"]
    assert people(found, "team:PNOBODY") == []


def test_on_the_last_try_a_team_that_is_down_leaves_the_others(read: Read, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(endpoint="GET /teams/{id}/members", status=503, times=None))

    found = read("SADA", "policy:PESC:1", "team:PTEAM", last_try=True)

    assert problem(found, "team:PTEAM").code == "pagerduty_down"
    assert people(found, "policy:PESC:1") == ["PADA", "PDEE"]


def test_on_the_last_try_a_batch_of_policies_that_is_down_leaves_schedules_and_teams(
    read: Read, sandbox: Sandbox
) -> None:
    policies = Fault(
        endpoint="GET /oncalls",
        match=lambda request: "escalation_policy_ids[]" in request.params,
        status=503,
        times=None,
    )
    sandbox.faults.add(policies)

    found = read("SADA", "policy:PESC:1", "policy:PESC:all", "team:PTEAM", last_try=True)

    assert problem(found, "policy:PESC:1").code == problem(found, "policy:PESC:all").code == "pagerduty_down"
    assert people(found, "SADA") == ["PADA"]
    assert people(found, "team:PTEAM") == ["PBO", "PNORA"]


def test_a_policy_that_makes_pagerduty_refuse_its_batch_is_found_by_halving(read: Read, sandbox: Sandbox) -> None:
    refuses = {"endpoint": "GET /oncalls", "match": {"escalation_policy_ids[]": "PNOPE"}, "status": 400, "times": None}
    sandbox.faults.add(Fault.model_validate(refuses))

    found = read("policy:PESC:1", "policy:PNOPE:1", "policy:POLICY2:1")

    assert people(found, "policy:PESC:1") == ["PADA", "PDEE"]
    assert people(found, "policy:POLICY2:1") == ["PADA", "PBO"]
    assert problem(found, "policy:PNOPE:1").code == "pagerduty_not_found"
