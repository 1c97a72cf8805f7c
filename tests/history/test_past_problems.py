"""What could not be read is told, and the rest is complete; what passes by itself is left to Airflow's retries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.errors import ConfigMistake, PassingFault, RateLimited, Refused
from sandbox import Fault, Sandbox
from tests.history.past import Past, told, true

UNREADABLE: dict[str, tuple[str, Callable[[Sandbox], Any], str]] = {
    "unknown": ("SNOPE", lambda sandbox: None, "pagerduty_not_found"),
    "forbidden": ("SADA", lambda sandbox: sandbox.world.pagerduty.forbidden.append("SADA"), "pagerduty_forbidden"),
    "of another kind": (
        "SLOOSE",
        lambda sandbox: sandbox.faults.add(
            Fault(endpoint="GET /schedules/{id}", status=200, body='{"schedule": {"final_schedule": []}}', times=None)
        ),
        "unknown_kind",
    ),
}


@pytest.mark.parametrize(("schedule", "spoil", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_rotation_that_cannot_be_read_is_a_problem_and_the_others_are_complete(
    past: Past, schedule: str, spoil: Callable[[Sandbox], Any], code: str
) -> None:
    spoil(past.sandbox)
    past.configure(
        f"""spoilt: {{schedules: [{schedule}, SDEE]}}
        fine: {{schedules: [SBO, SCY]}}"""
    )

    history = past.read()

    assert [problem.code for problem in history.problems] == [code]
    assert schedule in history.problems[0].message
    assert history.rotations[schedule] == ()
    for other in ("SDEE", "SBO", "SCY"):
        assert told(history.rotations[other]) == true(past.world, other)
    assert [each.person for each in history.groups["spoilt"]] == ["PDEE"]
    assert {each.person for each in history.groups["fine"]} == {"PBO", "PCY"}


def test_a_bad_id_of_several_groups_is_one_problem(past: Past) -> None:
    past.configure("one: {schedules: [SNOPE]}\ntwo: {schedules: [SNOPE, SADA]}")

    assert len(past.read().problems) == 1


def test_a_group_with_a_mistake_in_the_config_is_a_problem_and_the_others_are_complete(past: Past) -> None:
    past.configure("wrong: {schedule: [SADA]}\nfine: {schedules: [SBO]}")

    history = past.read()

    assert [problem.code for problem in history.problems] == ["config_mistake"]
    assert "groups.wrong.schedule: unknown key, did you mean schedules?" in history.problems[0].message
    assert history.groups.keys() == {"fine"}
    assert told(history.groups["fine"]) == true(past.world, "SBO")


def test_a_person_whom_pagerduty_will_not_show_is_told_by_id_and_is_a_problem(past: Past) -> None:
    """Whether they are a placeholder, or under `never`, cannot be known then."""
    past.configure("all: {schedules: [SLOOSEPAIR]}")
    past.sandbox.faults.add(Fault(endpoint="GET /users/{id}", match={"id": "PADA"}, status=403, times=None))

    history = past.read()

    assert {each.person for each in history.groups["all"]} == {"PADA", "PCY"}
    assert [problem.code for problem in history.problems] == ["pagerduty_forbidden"]


PASSING: dict[str, tuple[dict[str, Any], type[PassingFault]]] = {
    "500": ({"status": 500}, PassingFault),
    "429": ({"status": 429, "headers": {"ratelimit-reset": "300"}}, RateLimited),
    "dropped": ({"kind": "drop"}, PassingFault),
    "truncated": ({"kind": "truncate"}, PassingFault),
}
ENDPOINTS = {
    "the rotations on policies": "GET /oncalls",
    "a rotation on no policy": "GET /schedules/{id}",
    "a shift-based rotation on no policy": "GET /v3/schedules/{id}",
    "a person": "GET /users/{id}",
}


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
@pytest.mark.parametrize(("fault", "error"), PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_raised_for_airflow_to_try_again(
    past: Past, endpoint: str, fault: dict[str, Any], error: type[PassingFault]
) -> None:
    """Half a history would be taken for a whole one."""
    past.configure("all: {schedules: [SADA, SLOOSE, SLOOSEPAIR]}")
    past.sandbox.faults.add(Fault.model_validate({"endpoint": endpoint, "times": None, **fault}))

    with pytest.raises(error):
        past.read()

    past.sandbox.faults.clear()
    assert past.read().problems == ()


def test_a_wait_that_the_server_asks_for_is_told_to_airflow(past: Past) -> None:
    too_many = {"endpoint": "GET /oncalls", "status": 429, "headers": {"ratelimit-reset": "300"}, "times": None}
    past.sandbox.faults.add(Fault.model_validate(too_many))

    with pytest.raises(RateLimited) as limited:
        past.read()

    assert limited.value.retry_after == 300


def test_a_wrong_key_fails_at_once(past: Past) -> None:
    past.world.pagerduty.token = "another"

    with pytest.raises(Refused) as refused:
        past.read()

    assert refused.value.code == "pagerduty_auth"
    assert past.sandbox.count("pagerduty") == 1


def test_a_config_that_cannot_be_used_fails_where_none_is_remembered(past: Past) -> None:
    past.sync.configure("groups: [")

    with pytest.raises(ConfigMistake, match="make check"):
        past.read()

    assert past.sandbox.requests == []


def test_with_a_config_that_cannot_be_used_the_remembered_one_serves_and_it_is_said(past: Past) -> None:
    past.sync.run()
    good = past.read()
    past.sync.configure("groups: [")

    history = past.read()

    assert [problem.code for problem in history.problems] == ["config_unusable"]
    assert (history.rotations, history.groups, history.config) == (good.rotations, good.groups, good.config)
    assert past.sync.run().problems[0].code == "config_unusable", "the history did not change what is remembered"
