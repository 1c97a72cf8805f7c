"""No token is in anything that Airflow keeps: database (XComs, rendered fields, asset state), logs, files.

Nor does a name forge a line of a log.
"""

from __future__ import annotations

import pytest

from sandbox import Fault
from tests.airflow.ran import all_that_airflow_keeps
from tests.airflow.scene import Scene


def fine(scene: Scene) -> None:
    """A run in which nothing goes wrong."""


def wrong_key(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(service="pagerduty", status=401, times=None))


def missing_scope(scene: Scene) -> None:
    scene.world.slack.scopes.remove("usergroups:write")


def wrong_token(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(service="slack", error="invalid_auth", times=None))


def forged_names(scene: Scene) -> None:
    for key in scene.world.people:
        person, account = scene.world.people[key], scene.world.accounts[f"U{key[1:]}"]
        person.name = account.name = "Ada\n2026-03-02 12:00:00 ERROR forged"


def rate_limited(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=429, headers={"ratelimit-reset": "200"}))


@pytest.mark.parametrize("mishap", [fine, wrong_key, missing_scope, wrong_token, rate_limited, forged_names])
def test_no_token_is_in_anything_that_airflow_keeps(scene: Scene, mishap: object) -> None:
    assert callable(mishap)
    mishap(scene)
    ran = scene.run_stepwise()
    kept = scene.call(all_that_airflow_keeps)
    for searched in ("report", "rendered_task_instance_fields", "asset_state_store", ran.run_id, "[DAG TEST]"):
        assert searched in kept, "the search must see what it searches"
    assert scene.world.pagerduty.token not in kept
    assert scene.world.slack.token not in kept
    assert [line for line in ran.log.splitlines() if line.startswith("2026-03-02 12:00:00")] == []
