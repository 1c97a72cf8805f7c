"""With a whole Airflow: what changes in PagerDuty, or in the config, is in Slack within seconds."""

from __future__ import annotations

import pytest

from tests.live.scene import HANDLES, Scene, config, wait

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]


def test_a_handoff_and_an_override_are_written_once_each_and_no_other_group_is(scene: Scene) -> None:
    handed_off = scene.hand_off(1, ahead=16)
    scene.override(0)
    scene.arrives(0)
    scene.until(handed_off)
    scene.arrives(1)
    assert sorted(scene.written()) == [("group-0", "U00001"), ("group-1", "U00004")]  # in one run or in two


def test_an_edit_of_the_config_takes_effect_within_a_minute(scene: Scene) -> None:
    new = len(HANDLES) - 1
    scene.sandbox.world.user_groups[f"S{new:05d}"].members = ["UX00000"]
    scene.changes.append(f"S{new:05d}")
    (scene.home / "oncall_sync.yaml").write_text(config(len(HANDLES)))
    scene.arrives(new, patience=30)  # its poll is every five seconds, where the usual one is every thirty
    assert scene.written() == [("group-10", "U00030")]


def test_the_example_that_listens_to_one_groups_asset_runs_for_its_changes_and_no_others(scene: Scene) -> None:
    scene.live.api.unpause("platform_handoff")
    scene.override(2)
    scene.arrives(2)
    scene.rest()
    scene.override(3)
    scene.arrives(3)
    wait(lambda: any(run["state"] == "success" for run in scene.live.api.runs("platform_handoff")), 40, "the example")
    (run,) = scene.live.api.runs("platform_handoff")
    told = scene.live.api.returned("platform_handoff", run["dag_run_id"], "tell")
    assert told == {"added": ["Person 10"], "removed": ["Person 9"], "members": ["Person 10"]}
    assert scene.written() == [("group-2", "U00007"), ("platform-oncall", "U00010")]
