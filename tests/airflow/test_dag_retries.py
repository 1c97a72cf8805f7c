"""When Airflow tries again: after the wait that the server asked for, as Airflow itself stores it."""

from __future__ import annotations

from sandbox import Fault
from tests.airflow.scene import Scene

LONGER_THAN_A_TASK_SLEEPS = 120
LONGER_THAN_A_RUN_LASTS = 900


def too_many(endpoint: str, header: str, seconds: int, times: int | None = 1) -> Fault:
    return Fault(endpoint=endpoint, status=429, headers={header: str(seconds)}, times=times)


def test_slacks_retry_after_is_the_delay_that_airflow_stores(scene: Scene) -> None:
    scene.sandbox.faults.add(too_many("usergroups.users.update", "Retry-After", LONGER_THAN_A_TASK_SLEEPS))
    ran = scene.run_stepwise()
    assert ran.waits == {"update_groups @platform-leads": [LONGER_THAN_A_TASK_SLEEPS + 1]}
    assert ran.state == "success"
    assert set(ran.statuses().values()) == {"updated"}


def test_pagerdutys_ratelimit_reset_is_the_delay_that_airflow_stores(scene: Scene) -> None:
    scene.sandbox.faults.add(too_many("GET /oncalls", "ratelimit-reset", LONGER_THAN_A_TASK_SLEEPS))
    ran = scene.run_stepwise()
    assert ran.waits == {"fetch_schedules": [LONGER_THAN_A_TASK_SLEEPS + 1]}
    assert ran.state == "success"


def test_a_wait_longer_than_the_run_fails_the_task_at_once_and_is_left_to_the_next_run(scene: Scene) -> None:
    scene.sandbox.faults.add(too_many("usergroups.list", "Retry-After", LONGER_THAN_A_RUN_LASTS, times=None))
    ran = scene.run_stepwise()
    assert ran.waits == {}
    assert ran.state == "failed"
    assert ran.tasks["plan_updates"] == "failed"
    assert ran.report["problems"][0]["code"] == "rate_limited"


def test_a_fault_without_a_wait_of_the_servers_is_tried_again_after_the_seconds_of_the_dag(scene: Scene) -> None:
    scene.sandbox.faults.add(
        Fault(endpoint="usergroups.users.update", error="internal_error", match={"usergroup": "SPLAT"}, times=3)
    )
    ran = scene.run_stepwise()
    assert ran.waits == {"update_groups @platform-oncall": [10]}
    assert ran.state == "success"
    assert scene.members()["platform-oncall"] == ["UADA"]
