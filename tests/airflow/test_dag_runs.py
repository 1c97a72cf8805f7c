"""A first run, a second one and a handoff, through Airflow's own `dag.test()`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.airflow.ran import Ran
from tests.airflow.scene import Scene

EARLIER = ["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates"]
REPORT_KEYS = ["as_of", "writes", "plan_only", "config", "heartbeat", "team"]
REPORT_KEYS += ["groups", "names", "problems", "counts", "requests"]
GROUP_KEYS = ["id", "status", "verified_at", "failing_since", "members", "added", "removed", "problems"]


@pytest.fixture(scope="module")
def scene(open_scene: Callable[..., Scene]) -> Scene:
    return open_scene()


@pytest.fixture(scope="module")
def first(scene: Scene) -> Ran:
    return scene.run()


@pytest.fixture(scope="module")
def after_first(scene: Scene, first: Ran) -> tuple[dict[str, list[str]], list[str]]:
    """The members of all groups and the writes, as the first run left them."""
    return scene.members(), scene.writes()


@pytest.fixture(scope="module")
def second(scene: Scene, after_first: object) -> Ran:
    scene.sandbox.requests.clear()
    return scene.run()


@pytest.fixture(scope="module")
def writes_of_second(scene: Scene, second: Ran) -> list[str]:
    return scene.writes()


@pytest.fixture(scope="module")
def handed_off(scene: Scene, writes_of_second: object) -> Ran:
    """Cy takes over platform from Ada."""
    scene.hand_off("PPLAT", "PCY")
    scene.sandbox.requests.clear()
    return scene.run()


def test_the_first_run_gives_every_group_who_is_on_call(
    first: Ran, after_first: tuple[dict[str, list[str]], list[str]]
) -> None:
    members, writes = after_first
    assert first.state == "success"
    assert first.statuses() == dict.fromkeys(["platform-leads", "platform-oncall", "storage-oncall"], "updated")
    assert (members["platform-oncall"], members["storage-oncall"], members["platform-leads"]) == (
        ["UADA"],
        ["UBO"],
        ["UCY"],
    )
    assert sorted(writes) == ["SLEAD", "SPLAT", "SSTOR"]


def test_groups_outside_the_config_stay_as_they_are(after_first: tuple[dict[str, list[str]], list[str]]) -> None:
    members, _ = after_first
    assert members["design"] == ["UDEE", "UPIA"]
    assert members["everyone"] == ["UADA"]


def test_every_write_is_a_task_of_its_own_named_after_its_group(first: Ran) -> None:
    groups = ["update_groups @platform-leads", "update_groups @platform-oncall", "update_groups @storage-oncall"]
    assert first.tasks == dict.fromkeys([*EARLIER, *groups, "report"], "success")


def test_the_report_has_the_shape_that_others_rely_on(first: Ran) -> None:
    assert list(first.report) == REPORT_KEYS
    assert all(list(group) == GROUP_KEYS for group in first.report["groups"].values())
    leads = first.report["groups"]["platform-leads"]
    (cy,) = leads["members"]
    assert (cy["slack_id"], cy["name"], cy["via"]) == ("UCY", "Cy", ["PLEAD"])
    assert cy["until"].endswith("Z")
    assert (leads["id"], leads["added"], leads["removed"], leads["failing_since"]) == ("SLEAD", [], ["UPIA"], None)
    assert leads["verified_at"] >= first.report["as_of"]


def test_a_full_run_that_writes_says_how_things_are_now(first: Ran, second: Ran) -> None:
    assert first.xcoms["report", "state"] == first.report
    assert second.xcoms["report", "state"] == second.report


def test_the_second_run_writes_nothing_and_skips_the_writing_task(second: Ran, writes_of_second: list[str]) -> None:
    assert second.state == "success"
    assert second.tasks == {**dict.fromkeys([*EARLIER, "report"], "success"), "update_groups": "skipped"}
    assert set(second.statuses().values()) == {"unchanged"}
    assert writes_of_second == []


def test_a_handoff_is_one_write_and_names_who_left(scene: Scene, handed_off: Ran) -> None:
    assert scene.writes() == ["SPLAT"]
    assert scene.members()["platform-oncall"] == ["UCY"]
    assert handed_off.state == "success"
    assert handed_off.tasks["update_groups @platform-oncall"] == "success"
    group = handed_off.report["groups"]["platform-oncall"]
    assert (group["status"], group["added"], group["removed"]) == ("updated", ["UCY"], ["UADA"])
    assert handed_off.report["names"]["UADA"] == "Ada"
    assert handed_off.statuses()["storage-oncall"] == "unchanged"


def test_the_table_in_the_log_of_report_names_groups_and_people(handed_off: Ran) -> None:
    assert "@platform-oncall   updated     - Ada" in handed_off.log
    assert "+ Cy (PPLAT)" in handed_off.log
    assert "1 updated, 2 unchanged" in handed_off.log
