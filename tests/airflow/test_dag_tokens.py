"""No token is in anything that Airflow keeps: database (XComs, rendered fields, asset state), logs, files.

Nor is what the alerts use: the integration key, and the watchdog's address. Nor does a name forge a line of a log.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sandbox import Channel, Fault
from tests.airflow.ran import all_that_airflow_keeps
from tests.airflow.scene import CONFIG, Scene, small_world

ALERTS = "alerts: {{slack: CALERTS, pagerduty: pagerduty_events_default, heartbeat_url: '{}'}}"


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


def nobody_takes_alerts(scene: Scene) -> None:
    scene.world.group("platform-leads").handle = "elsewhere"
    scene.sandbox.faults.add(Fault(service="events", status=500, times=None))


def watchdog_down(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(service="watchdog", status=500, times=None))


MISHAPS = [
    fine,
    wrong_key,
    missing_scope,
    wrong_token,
    rate_limited,
    forged_names,
    nobody_takes_alerts,
    watchdog_down,
]


@pytest.mark.parametrize("mishap", MISHAPS)
def test_no_token_is_in_anything_that_airflow_keeps(
    open_scene: Callable[..., Scene], mishap: Callable[[Scene], None]
) -> None:
    world = small_world(datetime.now(UTC))
    world.slack.scopes.append("chat:write")
    world.channels["CALERTS"] = Channel(name="alerts")
    scene = open_scene(world=world)
    scene.config.write_text(ALERTS.format(scene.sandbox.heartbeat_url) + CONFIG)
    mishap(scene)
    ran = scene.run()
    kept = scene.call(all_that_airflow_keeps)
    for searched in ("report", "rendered_task_instance_fields", "asset_state_store", ran.run_id, "[DAG TEST]"):
        assert searched in kept, "the search must see what it searches"
    secrets = [world.pagerduty.token, world.slack.token, world.pagerduty.integration_key, "sandbox-heartbeat-secret"]
    assert [secret for secret in secrets if secret in kept] == []
    assert [line for line in ran.log.splitlines() if line.startswith("2026-03-02 12:00:00")] == []
    alerted = {service: scene.sandbox.count(service) for service in ("events", "watchdog")}
    assert any(alerted.values()), "each run alerts, or calls the watchdog"
