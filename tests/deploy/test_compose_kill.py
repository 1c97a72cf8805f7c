"""The world of `make stack ARGS="celery --kill"`: 40 groups, each with one person on call who is not in it yet."""

from __future__ import annotations

from pathlib import Path

import yaml

from oncall_sync.config.load import read
from sandbox import World
from scripts import compose_kill


def test_the_world_can_be_served(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text(yaml.safe_dump(compose_kill.world()))
    world = World.load(file)
    assert {tuple(group.members) for group in world.user_groups.values()} == {(compose_kill.OLD,)}
    assert len(world.user_groups) == 40


def test_the_config_has_the_worlds_groups_and_no_mistake() -> None:
    loaded = read(yaml.safe_dump({"groups": compose_kill.config()}))
    assert loaded.mistakes == ()
    assert loaded.config
    handles = {group["handle"] for group in compose_kill.world()["user_groups"].values()}
    assert set(loaded.config.groups) == handles
