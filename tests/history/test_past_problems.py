"""What could not be read is a problem, and the rest is complete; what passes by itself is left to Airflow's retries."""

from __future__ import annotations

import pytest

from oncall_sync.errors import PassingFault
from sandbox import Fault
from tests.history.past import Past, true, turns_of


def test_a_rotation_that_cannot_be_read_is_one_problem_and_the_others_are_complete(past: Past) -> None:
    past.configure(
        """both: {schedules: [SNOPE, SDEE]}
        fine: {schedules: [SBO, SCY]}
        unknown: {schedules: [SNOPE]}"""
    )

    history = past.read()

    assert [problem.code for problem in history.problems] == ["pagerduty_not_found"]
    assert "SNOPE" in history.problems[0].message
    assert history.rotations["SNOPE"] == ()
    for other in ("SDEE", "SBO", "SCY"):
        assert turns_of(history.rotations[other]) == true(past.world, other)
    assert [each.person for each in history.groups["both"]] == ["PDEE"]


def test_a_group_with_a_mistake_in_the_config_is_a_problem_and_the_others_are_complete(past: Past) -> None:
    past.configure("wrong: {schedule: [SADA]}\nfine: {schedules: [SBO]}")

    history = past.read()

    assert [problem.code for problem in history.problems] == ["config_mistake"]
    assert "groups.wrong.schedule: unknown key, did you mean schedules?" in history.problems[0].message
    assert history.groups.keys() == {"fine"}
    assert turns_of(history.groups["fine"]) == true(past.world, "SBO")


def test_a_person_whom_pagerduty_does_not_show_has_their_id_and_is_a_problem(past: Past) -> None:
    """Whether they are a placeholder, or under `never`, cannot be known then."""
    past.configure("all: {schedules: [SLOOSEPAIR]}")
    past.sandbox.faults.add(Fault(endpoint="GET /users/{id}", match={"id": "PADA"}, status=403, times=None))

    history = past.read()

    assert {each.person for each in history.groups["all"]} == {"PADA", "PCY"}
    assert [problem.code for problem in history.problems] == ["pagerduty_forbidden"]


ENDPOINTS = {
    "the rotations on policies": "GET /oncalls",
    "a rotation on no policy": "GET /schedules/{id}",
    "a shift-based rotation on no policy": "GET /v3/schedules/{id}",
    "a person": "GET /users/{id}",
}


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_a_fault_that_passes_is_raised_for_airflow_to_try_again(past: Past, endpoint: str) -> None:
    """Half a history would be taken for a whole one."""
    past.configure("all: {schedules: [SADA, SLOOSE, SLOOSEPAIR]}")
    past.sandbox.faults.add(Fault.model_validate({"endpoint": endpoint, "status": 500, "times": None}))

    with pytest.raises(PassingFault):
        past.read()

    past.sandbox.faults.clear()
    assert past.read().problems == ()


def test_with_a_config_that_cannot_be_used_the_last_usable_one_serves_and_that_is_a_problem(past: Past) -> None:
    past.sync.run()
    good = past.read()
    past.sync.configure("groups: [")

    history = past.read()

    assert [problem.code for problem in history.problems] == ["config_unusable"]
    assert (history.rotations, history.groups, history.config) == (good.rotations, good.groups, good.config)
    assert past.sync.run().problems[0].code == "config_unusable", "the history did not change what is remembered"
