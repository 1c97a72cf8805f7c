"""The report of the real Dag tells a handoff in the group's channel and keeps the channel's topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sandbox import Channel
from tests.airflow.scene import CONFIG, Scene, small_world


def test_a_handoff_is_told_and_in_the_topic_and_a_channel_without_the_app_fails_no_run(
    open_scene: Callable[..., Scene],
) -> None:
    world = small_world(datetime.now(UTC))
    world.slack.scopes += ["chat:write", "channels:read", "channels:write.topic"]
    world.channels |= {"CTEAM": Channel(name="team", topic="Be nice"), "COUT": Channel(name="out", is_member=False)}
    keys = {"PPLAT]}": "PPLAT], announce: CTEAM, topic: CTEAM}", "PSTOR]}": "PSTOR], announce: COUT}"}
    config = CONFIG
    for old, new in keys.items():
        config = config.replace(old, new)
    scene = open_scene(config, world)
    first = scene.run()
    quiet = list(world.messages)
    scene.hand_off("PPLAT", "PCY")
    scene.hand_off("PSTOR", "PDEE")
    ran = scene.run()

    assert (first.state, ran.state) == ("success", "success")
    assert quiet == []
    assert [(m["channel"], m["text"]) for m in world.messages] == [
        ("CTEAM", "@platform-oncall: Cy took over from Ada.")
    ]
    assert [each["topic"] for each in world.topics] == ["On call: Ada | Be nice", "On call: Cy | Be nice"]
    (problem,) = ran.report["groups"]["storage-oncall"]["problems"]
    assert (problem["level"], problem["code"]) == ("warning", "not_announced")
    assert "Invite the app to the channel" in ran.log
