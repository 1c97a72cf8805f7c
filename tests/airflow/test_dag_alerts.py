"""The report of the real Dag alerts, and shows neither the integration key nor the heartbeat's address to anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sandbox import Channel, Fault
from tests.airflow.ran import all_that_airflow_keeps
from tests.airflow.scene import CONFIG, Scene, small_world

ALERTS = "alerts: {slack: CALERTS, pagerduty: pagerduty_events_default, heartbeat_url: 'URL'}"


def test_two_failed_runs_are_one_alert_and_a_good_one_ends_it_and_calls_the_watchdog(
    open_scene: Callable[..., Scene],
) -> None:
    world = small_world(datetime.now(UTC))
    world.slack.scopes.append("chat:write")
    world.channels["CALERTS"] = Channel(name="alerts")
    scene = open_scene(CONFIG, world)
    scene.config.write_text(ALERTS.replace("URL", scene.sandbox.heartbeat_url) + CONFIG)
    world.group("platform-leads").handle = "elsewhere"
    scene.sandbox.faults.add(Fault(service="events", status=500))
    down, failed = scene.run(), scene.run()
    world.group("elsewhere").handle = "platform-leads"
    scene.sandbox.faults.add(Fault(service="watchdog", status=500))
    good = scene.run()

    assert [ran.state for ran in (down, failed, good)] == ["failed", "failed", "success"]
    assert [[p["code"] for p in ran.report["problems"]] for ran in (down, failed, good)] == [
        ["not_alerted"],
        [],
        ["not_alerted"],
    ]
    assert [m["text"].partition(" @")[0].partition(",")[0] for m in world.messages] == ["*Problem:*", "*Over"]
    assert [event["event_action"] for event in world.events] == ["trigger", "resolve"]
    assert scene.sandbox.count("watchdog") == 1
    kept = scene.call(all_that_airflow_keeps)
    assert "CALERTS" in kept, "the search must see what it searches"
    assert world.pagerduty.integration_key not in kept
    assert "sandbox-heartbeat-secret" not in kept
