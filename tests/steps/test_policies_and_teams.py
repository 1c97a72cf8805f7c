"""Escalation policies and teams, read with few requests: which people each has, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox import Fault, Policy, Sandbox, Schedule, Team
from tests.builders import source_of
from tests.steps.reading import Reader, asked, people, problem
from tests.sync.driver import Sync


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    """PESC: level 1 Ada by her schedule and Dee directly, level 2 Ada and Bo by a shift-based one, level 3 Cy."""
    sync.sandbox.world.policies["PESC"] = Policy(levels=[["SADA", "PDEE"], ["SPAIR"], ["SCY"]])
    sync.sandbox.world.teams = {"PTEAM": Team(members=["PBO", "PNORA"]), "PNOBODY": Team()}
    return sync.sandbox


def answer(sandbox: Sandbox, endpoint: str, body: str, times: int | None = None) -> None:
    fault = Fault(endpoint=endpoint, status=200, body=body, content_type="application/json", times=times)
    sandbox.faults.add(fault)


# ── who is on call by a policy ───────────────────────────────────────────────────────────────────────────

LEVELS = {
    "policy:PESC:1": ["PADA", "PDEE"],
    "policy:PESC:2": ["PADA", "PBO"],
    "policy:PESC:3": ["PCY"],
    "policy:PESC:all": ["PADA", "PBO", "PCY", "PDEE"],
}


def test_levels_of_one_policy_and_all_of_them_are_read_at_once_and_kept_apart(read: Reader, sandbox: Sandbox) -> None:
    found = read(*LEVELS)

    assert {source: people(found, source) for source in LEVELS} == LEVELS
    assert asked(sandbox) == ["GET /oncalls"]


def test_a_person_whom_a_policy_names_is_on_call_without_a_beginning_and_an_end(read: Reader, sandbox: Sandbox) -> None:
    shifts = read("policy:PESC:1").rotations[source_of("policy:PESC:1")].shifts

    assert [(shift.start, shift.end) for shift in shifts if shift.person == "PDEE"] == [(None, None)]


def test_a_schedule_that_is_asked_for_directly_and_by_a_policy_gives_both_its_people(
    read: Reader, sandbox: Sandbox
) -> None:
    found = read("SADA", "policy:PESC:1")

    assert (people(found, "SADA"), people(found, "policy:PESC:1")) == (["PADA"], ["PADA", "PDEE"])
    assert asked(sandbox) == ["GET /oncalls"] * 2


def test_rows_of_other_policies_that_use_the_same_schedule_are_not_the_policy_s(read: Reader, sandbox: Sandbox) -> None:
    sandbox.world.policies["POTHER"] = Policy(levels=[["SDEE"], ["SADA"]])

    assert people(read("policy:POTHER:2"), "policy:POTHER:2") == ["PADA"]


@pytest.mark.parametrize("level", ['"1"', "null", "{}"])
def test_a_row_that_does_not_say_its_level_makes_the_policy_unreadable(
    read: Reader, sandbox: Sandbox, level: str
) -> None:
    body = (
        f'{{"more": false, "oncalls": [{{"escalation_policy": {{"id": "PESC"}}, "escalation_level": {level}, '
        '"schedule": null, "user": {"id": "PADA", "type": "user", "name": "Ada"}, "start": null, "end": null}]}'
    )
    answer(sandbox, "GET /oncalls", body)

    assert problem(read("policy:PESC:1"), "policy:PESC:1").code == "unknown_kind"


# ── policies of which nobody is on call ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "path"), [("v2", "GET /schedules/{id}"), ("v3", "GET /v3/schedules/{id}")])
def test_a_level_with_an_empty_schedule_is_empty_once_the_schedule_says_so(
    read: Reader, sandbox: Sandbox, kind: str, path: str
) -> None:
    sandbox.world.schedules["SNONE"] = Schedule.model_validate({"kind": kind})
    sandbox.world.policies["PESC"].levels[0] = ["SNONE"]

    found = read("policy:PESC:1")

    assert people(found, "policy:PESC:1") == []
    assert Counter(asked(sandbox))["GET /escalation_policies/{id}"] == Counter(asked(sandbox))[path] == 1


def test_whom_the_policy_and_its_schedules_name_counts_although_oncalls_is_empty(
    read: Reader, sandbox: Sandbox
) -> None:
    """As a page that is out of date might be."""
    answer(sandbox, "GET /oncalls", '{"oncalls": [], "more": false, "total": 0}', times=1)

    assert people(read("policy:PESC:all"), "policy:PESC:all") == LEVELS["policy:PESC:all"]


WRONG: dict[str, tuple[str, str, str]] = {
    "unknown": ("PNOPE level 1", "pagerduty_not_found", "Check the ID in the config"),
    "hidden from the key": ("PHIDDEN level 1", "pagerduty_forbidden", "escalation_policies.read"),
    "a level without a target": ("PESC level 4", "no_targets", "nobody and no schedule is its target"),
    "a level that does not exist": ("PESC level 5", "no_targets", "the number of the policy's levels is 4"),
    "a policy without levels": ("PNONE all levels", "no_targets", "the number of the policy's levels is 0"),
    "a schedule hidden from the key": ("PSECRET level 1", "pagerduty_forbidden", "could not be read"),
}


@pytest.mark.parametrize(("source", "code", "words"), WRONG.values(), ids=WRONG)
def test_a_policy_that_can_page_nobody_or_cannot_be_read_has_a_problem_and_is_not_empty(
    read: Reader, sandbox: Sandbox, source: str, code: str, words: str
) -> None:
    sandbox.world.policies["PESC"].levels.append([])
    sandbox.world.policies |= {
        "PHIDDEN": Policy(levels=[["SADA"]]),
        "PNONE": Policy(levels=[]),
        "PSECRET": Policy(levels=[["SEMPTY", "SBO"]]),
    }
    sandbox.world.pagerduty.forbidden = ["PHIDDEN", "SBO"]
    policy, level = source.split(maxsplit=1)[0], source.rsplit(maxsplit=1)[-1].replace("levels", "all")

    found = read("policy:PESC:1", f"policy:{policy}:{level}", "SCY")

    wrong = problem(found, f"policy:{policy}:{level}")
    assert wrong.code == code
    assert wrong.message.startswith(f"PagerDuty escalation policy {source}")
    assert words in wrong.message
    assert (people(found, "policy:PESC:1"), people(found, "SCY")) == (["PADA", "PDEE"], ["PCY"])


@pytest.mark.parametrize("target", ['{"id": "PX", "type": "robot"}', '{"id": "PX"}', "null"])
def test_a_target_of_an_unknown_kind_is_reported_and_not_dropped(read: Reader, sandbox: Sandbox, target: str) -> None:
    sandbox.world.policies["PESC"].levels[0] = ["SEMPTY"]
    body = f'{{"escalation_policy": {{"name": "P", "escalation_rules": [{{"targets": [{target}]}}]}}}}'
    answer(sandbox, "GET /escalation_policies/{id}", body)

    assert problem(read("policy:PESC:1"), "policy:PESC:1").code == "unknown_kind"


# ── teams ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_team_has_all_its_members_with_their_emails_for_one_request(read: Reader, sandbox: Sandbox) -> None:
    found = read("team:PTEAM")

    assert people(found, "team:PTEAM") == ["PBO", "PNORA"]
    assert found.people["PNORA"].email == "nora@acme.example"
    assert asked(sandbox) == ["GET /teams/{id}/members"]


def test_a_team_of_nobody_is_empty_and_not_unreadable(read: Reader, sandbox: Sandbox) -> None:
    assert people(read("team:PNOBODY"), "team:PNOBODY") == []


ROBOT = '{"members": [{"user": {"id": "PX", "type": "robot"}}], "more": false}'
NOT_A_USER = '{"members": [{"role": "manager"}], "more": false}'
TEAMS: dict[str, tuple[str, dict[str, Any], tuple[str, str]]] = {
    "unknown": ("PNOPE", {}, ("pagerduty_not_found", "Check the ID in the config")),
    "hidden from the key": ("PHIDDEN", {}, ("pagerduty_forbidden", "teams.read")),
    "a plan without teams": ("PTEAM", {"status": 402}, ("pagerduty_plan", "plan lacks this ability")),
    "a member of an unknown kind": ("PTEAM", {"status": 200, "body": ROBOT}, ("unknown_kind", "robot")),
    "a member without a user": ("PTEAM", {"status": 200, "body": NOT_A_USER}, ("unknown_kind", "'user'")),
    "down": ("PTEAM", {"status": 503, "times": None}, ("pagerduty_down", "503")),
}


@pytest.mark.parametrize(("team", "fault", "wrong"), TEAMS.values(), ids=TEAMS)
def test_a_team_that_cannot_be_read_has_a_problem_and_the_others_people(
    read: Reader, sandbox: Sandbox, team: str, fault: dict[str, Any], wrong: tuple[str, str]
) -> None:
    sandbox.world.teams["PHIDDEN"] = Team(members=["PADA"])
    sandbox.world.pagerduty.forbidden = ["PHIDDEN"]
    if fault:
        where = {"endpoint": "GET /teams/{id}/members", "match": {"id": team}, "content_type": "application/json"}
        sandbox.faults.add(Fault.model_validate({**where, **fault}))

    found = read("SADA", "policy:PESC:1", f"team:{team}", "team:PNOBODY")

    code, words = wrong
    assert problem(found, f"team:{team}").code == code
    assert problem(found, f"team:{team}").message.startswith(f"PagerDuty team {team} could not be read")
    assert words in problem(found, f"team:{team}").message
    assert (people(found, "SADA"), people(found, "policy:PESC:1")) == (["PADA"], ["PADA", "PDEE"])
    assert people(found, "team:PNOBODY") == []


def test_a_batch_of_policies_that_is_down_leaves_schedules_and_teams(read: Reader, sandbox: Sandbox) -> None:
    policies = Fault(
        endpoint="GET /oncalls",
        match=lambda request: "escalation_policy_ids[]" in request.params,
        status=503,
        times=None,
    )
    sandbox.faults.add(policies)

    found = read("SADA", "policy:PESC:1", "policy:PESC:all", "team:PTEAM")

    assert {problem(found, source).code for source in ("policy:PESC:1", "policy:PESC:all")} == {"pagerduty_down"}
    assert (people(found, "SADA"), people(found, "team:PTEAM")) == (["PADA"], ["PBO", "PNORA"])
