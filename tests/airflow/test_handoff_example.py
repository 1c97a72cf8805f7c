"""A Dag of somebody else's that follows one group's asset: docs/examples/platform_handoff_dag.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from scripts.airflow_home import ROOT
from tests.airflow import other_dags, tampering, workers
from tests.airflow.described import Described, describe
from tests.airflow.scene import CONFIG, Call, Scene
from tests.airflow.workers import Ended

EXAMPLE = ROOT / "docs" / "examples" / "platform_handoff_dag.py"
DAG_ID = "platform_handoff"


@pytest.fixture
def synced(scene: Scene) -> Scene:
    """Every group is as it should be."""
    scene.run_stepwise()
    return scene


@pytest.fixture(scope="module")
def described(call: Call) -> Described:
    found: Described = call(describe, EXAMPLE, {})
    return found


def test_the_example_is_scheduled_on_the_asset_of_one_group_alone(described: Described) -> None:
    assert (described.errors, described.connections, described.statements) == ({}, [], [])
    assert described.dag_id == DAG_ID
    assert described.assets == [("slack_usergroup_platform-oncall", "x-oncall://slack/usergroup/platform-oncall")]
    assert (described.schedule, described.interval) == (None, None)


def test_the_example_is_no_dag_of_the_project(call: Call) -> None:
    assert not list((ROOT / "dags").rglob("*handoff*"))


@pytest.fixture
def listening(synced: Scene) -> Iterator[Scene]:
    """With the example switched on."""
    synced.call(other_dags.switch, EXAMPLE, True)
    yield synced
    synced.call(other_dags.switch, EXAMPLE, False)


def test_it_runs_for_a_handoff_of_its_group_and_names_who_came_and_went(listening: Scene) -> None:
    listening.hand_off("PPLAT", "PCY")
    ran = listening.run_stepwise()
    assert ran.next_run_is_due, "of the example: the sync itself asked for none"
    assert ran.wakes == []

    ended: Ended = listening.call(workers.trigger, EXAMPLE, {}, ran.run_id)

    assert ended.state == "success"
    assert ended.returned["tell"] == {"added": ["Cy"], "removed": ["Ada"], "members": ["Cy"]}
    assert "@platform-oncall (SPLAT): {'added': ['Cy'], 'removed': ['Ada'], 'members': ['Cy']}" in ended.log("tell")


def test_it_runs_for_no_other_group_and_for_no_run_without_a_change(listening: Scene) -> None:
    assert not listening.run_stepwise().next_run_is_due
    listening.hand_off("PSTOR", "PCY")

    ran = listening.run_stepwise()

    assert ran.statuses()["storage-oncall"] == "updated"
    assert not ran.next_run_is_due


def test_it_runs_for_a_group_that_is_disabled_too(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(CONFIG.replace("[PPLAT]", "[PPLAT], when_empty: disable"))
    scene.run_stepwise()
    scene.world.schedules["PPLAT"].shifts.clear()
    scene.run_stepwise()  # emptiness counts when two runs in a row have seen it, a minute apart
    scene.call(tampering.empty_for, timedelta(minutes=1))
    ran = scene.run_stepwise()
    assert [event.extra["action"] for event in ran.changed] == ["disable"]

    ended: Ended = scene.call(workers.trigger, EXAMPLE, {}, ran.run_id)

    assert ended.returned["tell"] == {"added": [], "removed": [], "members": ["Ada"]}


def test_of_two_handoffs_close_together_it_tells_the_newest(listening: Scene) -> None:
    """Airflow makes one run of both, and the first of the two triggers it."""
    listening.hand_off("PPLAT", "PCY")
    first = listening.run_stepwise()
    listening.hand_off("PPLAT", "PDEE")
    listening.run_stepwise()

    ended: Ended = listening.call(workers.trigger, EXAMPLE, {}, first.run_id)

    assert ended.returned["tell"] == {"added": ["Dee"], "removed": ["Cy"], "members": ["Dee"]}
