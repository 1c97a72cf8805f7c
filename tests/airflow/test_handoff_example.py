"""A Dag of somebody else's that follows one group's asset: docs/examples/platform_handoff_dag.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.airflow_home import ROOT
from tests.airflow import other_dags, workers
from tests.airflow.described import Described, describe
from tests.airflow.scene import Call, Scene
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
