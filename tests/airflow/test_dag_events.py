"""What other Dags are told: an asset event for each group that really changed, and for no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox import Fault
from tests.airflow.ran import Changed, Ran
from tests.airflow.scene import CONFIG, Scene

GROUPS = ["platform-leads", "platform-oncall", "storage-oncall"]


@pytest.fixture(scope="module")
def scene(open_scene: Callable[..., Scene]) -> Scene:
    return open_scene()


@pytest.fixture(scope="module")
def first(scene: Scene) -> Ran:
    return scene.run()


@pytest.fixture(scope="module")
def second(scene: Scene, first: Ran) -> Ran:
    return scene.run_stepwise()


@pytest.fixture(scope="module")
def handed_off(scene: Scene, second: Ran) -> Ran:
    scene.hand_off("PPLAT", "PCY")
    return scene.run()


def of(ran: Ran, handle: str) -> Changed:
    (found,) = [event for event in ran.changed if event.extra["handle"] == handle]
    return found


def test_each_group_that_changed_has_one_event_of_its_own_asset(first: Ran) -> None:
    told = sorted((event.asset, event.uri) for event in first.changed)
    assert told == [(f"slack_usergroup_{name}", f"x-oncall://slack/usergroup/{name}") for name in GROUPS]


def test_it_comes_from_the_task_of_the_group_through_the_alias(first: Ran) -> None:
    assert {event.extra["handle"]: event.task for event in first.changed} == {
        handle: f"update_groups @{handle}" for handle in GROUPS
    }
    assert [event.aliases for event in first.changed] == [["slack_usergroups"]] * 3


def test_its_extra_says_who_came_who_left_and_who_is_in_the_group_now(first: Ran) -> None:
    assert of(first, "platform-leads").extra == {
        "handle": "platform-leads",
        "id": "SLEAD",
        "action": "update",
        "added": [],
        "removed": ["UPIA"],
        "members": ["UCY"],
        "names": {"UCY": "Cy"},
    }


def test_a_run_that_changes_nothing_tells_nothing(second: Ran) -> None:
    assert second.changed == []


@pytest.mark.parametrize("asked", [{"dry_run": True}, {"as_of": "2026-11-23T09:00:00Z"}])
def test_a_run_that_only_plans_tells_nothing(open_scene: Callable[..., Scene], asked: dict[str, Any]) -> None:
    ran = open_scene().run_stepwise(**asked)
    assert set(ran.statuses().values()) == {"would_update"}
    assert ran.changed == []


def test_a_write_that_slack_refused_is_not_told_and_the_others_are(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene()
    scene.sandbox.faults.add(
        Fault(endpoint="usergroups.users.update", error="permission_denied", match={"usergroup": "SLEAD"}, times=None)
    )
    ran = scene.run_stepwise()
    assert ran.state == "failed"
    assert sorted(event.extra["handle"] for event in ran.changed) == ["platform-oncall", "storage-oncall"]


def test_a_group_that_is_created_is_told_with_its_new_id_and_mapped_like_all_others(
    open_scene: Callable[..., Scene],
) -> None:
    scene = open_scene(CONFIG.replace("[PSTOR]", "[PSTOR], create_if_missing: true"))
    scene.world.group("storage-oncall").handle = "elsewhere"
    ran = scene.run_stepwise()
    event, group = of(ran, "storage-oncall"), ran.report["groups"]["storage-oncall"]
    assert (event.asset, event.task) == ("slack_usergroup_storage-oncall", "update_groups @storage-oncall")
    assert (event.extra["action"], event.extra["id"], event.extra["removed"]) == ("create", group["id"], [])
    assert scene.world.user_groups[group["id"]].members == event.extra["added"]
    assert ran.state == "success"
