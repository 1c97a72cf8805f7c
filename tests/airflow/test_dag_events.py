"""What other Dags get: an asset event for each group that really changed, and for no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox import Fault
from scripts.airflow_home import ROOT
from tests.airflow import other_dags
from tests.airflow.scene import CONFIG, Scene

EXAMPLE = ROOT / "docs" / "examples" / "platform_handoff_dag.py"
GROUPS = ["platform-leads", "platform-oncall", "storage-oncall"]


def test_each_group_that_changed_has_one_event_of_its_own_asset(scene: Scene) -> None:
    events = sorted(scene.run().changed, key=lambda event: event.asset)
    assert [(event.asset, event.uri, event.task, event.aliases) for event in events] == [
        (
            f"slack_usergroup_{handle}",
            f"x-oncall://slack/usergroup/{handle}",
            f"update_groups @{handle}",
            ["slack_usergroups"],
        )
        for handle in GROUPS
    ]
    assert events[0].extra == {
        "handle": "platform-leads",
        "id": "SLEAD",
        "action": "update",
        "added": [],
        "removed": ["UPIA"],
        "members": ["UCY"],
        "names": {"UCY": "Cy"},
    }


def test_a_run_that_changes_nothing_emits_no_event(scene: Scene) -> None:
    assert scene.run(dry_run=True).changed == []
    assert len(scene.run().changed) == 3
    assert scene.run().changed == []


def test_a_write_that_slack_refused_has_no_event_and_the_others_have_theirs(scene: Scene) -> None:
    scene.sandbox.faults.add(
        Fault(endpoint="usergroups.users.update", error="permission_denied", match={"usergroup": "SLEAD"}, times=None)
    )
    ran = scene.run()
    assert ran.state == "failed"
    assert sorted(event.extra["handle"] for event in ran.changed) == ["platform-oncall", "storage-oncall"]


def test_a_group_that_is_created_has_an_event_with_its_new_id(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(CONFIG.replace("[PSTOR]", "[PSTOR], create_if_missing: true"))
    scene.world.group("storage-oncall").handle = "elsewhere"
    ran = scene.run()
    (event,) = [event for event in ran.changed if event.extra["handle"] == "storage-oncall"]
    assert (event.asset, event.task) == ("slack_usergroup_storage-oncall", "update_groups @storage-oncall")
    assert (event.extra["action"], event.extra["id"]) == ("create", ran.report["groups"]["storage-oncall"]["id"])


@pytest.fixture
def listening(scene: Scene) -> Iterator[Scene]:
    """All groups are right, and the example of a Dag that follows one of them is switched on."""
    scene.run()
    scene.call(other_dags.switch, EXAMPLE, True)
    yield scene
    scene.call(other_dags.switch, EXAMPLE, False)


def test_the_example_runs_for_a_handoff_of_its_group_and_names_who_came_and_went(listening: Scene) -> None:
    listening.hand_off("PPLAT", "PCY")
    ran = listening.run()
    assert ran.next_run_is_due, "of the example: the sync itself asked for none"
    assert ran.wakes == []

    ended = listening.trigger(EXAMPLE, events_of=ran.run_id)

    assert ended.state == "success"
    assert ended.returned["tell"] == {"added": ["Cy"], "removed": ["Ada"], "members": ["Cy"]}
    assert "@platform-oncall (SPLAT): {'added': ['Cy'], 'removed': ['Ada'], 'members': ['Cy']}" in ended.log("tell")
