"""The trigger that watches PagerDuty, as Airflow keeps it in the database and runs it in the triggerer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox import Fault
from tests.airflow import triggering
from tests.airflow.scene import CONFIG, Call, Scene
from tests.airflow.triggering import Watched

PATIENCE = 5.0  # seconds for an event that must come
CHANGED = [{"why": "who is on call changed: PPLAT"}]


@pytest.fixture
def settled(scene: Scene) -> Scene:
    """All groups are right, and a run has stored what the watcher compares with."""
    assert scene.run().state == "success"
    scene.sandbox.requests.clear()
    return scene


def watch(scene: Scene, events: int = 1, seconds: float = PATIENCE, failing: int = 0) -> Watched:
    watched: Watched = scene.call(triggering.watch, scene.environ, events, seconds, failing)
    assert watched.ended == "", "a watcher never ends by itself"
    return watched


# ── what Airflow keeps of it ─────────────────────────────────────────────────────────────────────────────


def triggers(call: Call, tmp_path: Path, config: str) -> list[tuple[str, dict[str, Any], int]]:
    file = tmp_path / "oncall_sync.yaml"
    file.write_text(config)
    found: list[tuple[str, dict[str, Any], int]] = call(
        triggering.watchers_of_the_dag, {"ONCALL_SYNC_CONFIG": str(file)}
    )
    return found


def test_the_watcher_has_the_configs_poll_and_nothing_secret_and_with_poll_off_there_is_none(
    call: Call, tmp_path: Path
) -> None:
    """Airflow's hash of a trigger depends on its arguments; and everybody who sees the Dag sees them."""
    ((classpath, arguments, _),) = triggers(call, tmp_path, "poll: 45s" + CONFIG)
    assert (classpath, arguments) == ("oncall_sync.on_airflow.trigger.OnCallTrigger", {"poll": 45})
    assert triggers(call, tmp_path, "poll: off" + CONFIG) == []


@pytest.mark.parametrize("edited", [CONFIG, CONFIG + "# edited", CONFIG.replace("15m", "20m")])
def test_every_parse_and_every_edit_gives_the_same_trigger(call: Call, tmp_path: Path, edited: str) -> None:
    """Airflow would replace another one, and after an edit the first parse would have none at all."""
    assert triggers(call, tmp_path, CONFIG) == triggers(call, tmp_path, edited)


# ── what it does in the triggerer ────────────────────────────────────────────────────────────────────────


def test_before_the_first_run_it_wakes_the_dag_at_once(scene: Scene) -> None:
    assert watch(scene).events == [{"why": "no run has served all groups yet"}]


def test_a_change_is_an_event_and_the_run_that_it_wakes_settles_it(settled: Scene) -> None:
    settled.hand_off("PPLAT", "PCY")
    assert watch(settled).events == CHANGED
    assert settled.run().statuses()["platform-oncall"] == "updated"
    assert watch(settled, seconds=0.5).events == []


def test_a_slow_answer_of_pagerduty_holds_up_nobody_else_in_the_triggerer(settled: Scene) -> None:
    settled.sandbox.faults.add(Fault(endpoint="GET /oncalls", kind="slow", delay=0.6))
    settled.hand_off("PPLAT", "PCY")
    watched = watch(settled)
    assert watched.events == CHANGED
    assert watched.longest < 0.3


def test_whatever_fails_it_lives_on_says_so_once_and_wakes_the_dag_when_it_can(settled: Scene) -> None:
    settled.hand_off("PPLAT", "PCY")
    watched = watch(settled, failing=3)
    assert watched.events == CHANGED
    (error,) = [text for level, text in watched.logged if level == "ERROR"]
    assert "RuntimeError" in error


def test_pagerduty_being_down_makes_it_wait_and_no_token_is_logged(settled: Scene) -> None:
    settled.sandbox.faults.add(Fault(service="pagerduty", status=401, times=None))
    settled.hand_off("PPLAT", "PCY")
    watched = watch(settled, seconds=0.5)
    assert watched.events == []
    assert [level for level, _ in watched.logged] == ["WARNING"]
    assert settled.world.pagerduty.token not in str(watched.logged)
