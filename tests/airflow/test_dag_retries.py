"""When Airflow tries again: after the wait that the server asked for, as Airflow itself stores it."""

from __future__ import annotations

import pytest

from sandbox import Fault
from tests.airflow.scene import Scene

LONGER_THAN_A_TASK_SLEEPS = 120
LONGER_THAN_A_RUN_LASTS = 900


@pytest.mark.parametrize(
    ("endpoint", "header", "task"),
    [
        ("usergroups.users.update", "Retry-After", "update_groups @platform-leads"),
        ("GET /oncalls", "ratelimit-reset", "fetch_schedules"),
    ],
)
def test_the_wait_that_the_server_asked_for_is_the_delay_that_airflow_stores(
    scene: Scene, endpoint: str, header: str, task: str
) -> None:
    scene.sandbox.faults.add(Fault(endpoint=endpoint, status=429, headers={header: str(LONGER_THAN_A_TASK_SLEEPS)}))
    ran = scene.run()
    assert ran.waits == {task: [LONGER_THAN_A_TASK_SLEEPS + 1]}
    assert ran.state == "success"


def test_a_wait_longer_than_the_run_fails_the_task_at_once_and_is_left_to_the_next_run(scene: Scene) -> None:
    asked = {"Retry-After": str(LONGER_THAN_A_RUN_LASTS)}
    scene.sandbox.faults.add(Fault(endpoint="usergroups.list", status=429, headers=asked, times=None))
    ran = scene.run()
    assert (ran.state, ran.waits, ran.tasks["plan_updates"]) == ("failed", {}, "failed")
    assert ran.report["problems"][0]["code"] == "rate_limited"


def test_a_fault_without_a_wait_of_the_servers_is_tried_again_after_the_seconds_of_the_dag(scene: Scene) -> None:
    scene.sandbox.faults.add(
        Fault(endpoint="usergroups.users.update", error="internal_error", match={"usergroup": "SPLAT"}, times=3)
    )
    ran = scene.run()
    assert (ran.state, ran.waits) == ("success", {"update_groups @platform-oncall": [10]})
    assert scene.members()["platform-oncall"] == ["UADA"]
