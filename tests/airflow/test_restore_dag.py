"""The Dag oncall_restore as Airflow runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scripts.airflow_home import ROOT
from tests.airflow import in_airflow, other_dags, ran, tampering
from tests.airflow.scene import CONFIG, Scene

FILE = ROOT / "dags" / "oncall_restore_dag.py"
SYNC = ROOT / "dags" / "oncall_sync_dag.py"
TASK = "restore_group"


@pytest.fixture
def handed_off(scene: Scene) -> Scene:
    """Somebody gave platform to Dee by mistake, and the sync followed; then its writes were switched off."""
    scene.call(tampering.end_runs)
    scene.run()
    scene.hand_off("PPLAT", "PDEE")
    scene.run()
    scene.config.write_text("writes: false\n" + CONFIG)
    return scene


def test_one_command_puts_back_who_was_in_the_group_before_and_tells_its_asset(handed_off: Scene) -> None:
    ended = handed_off.trigger(FILE, group="@platform-oncall")

    assert ended.state == "success"
    assert handed_off.members()["platform-oncall"] == ["UADA"]
    assert "@platform-oncall (SPLAT) has: Dee; it had: Ada" in ended.log(TASK)
    (event,) = handed_off.call(ran.collect, ended.run_id, 0, {}).changed
    assert (event.asset, event.aliases) == ("slack_usergroup_platform-oncall", ["slack_usergroups"])
    assert event.extra == ended.returned[TASK]
    assert (event.extra["added"], event.extra["removed"]) == (["UADA"], ["UDEE"])


@pytest.fixture
def paused(handed_off: Scene) -> Iterator[Scene]:
    """The sync is, with a run that stopped before its report."""
    handed_off.config.write_text(CONFIG)
    handed_off.run(stop_before="report")
    handed_off.call(other_dags.switch, SYNC, False)
    yield handed_off
    handed_off.call(other_dags.switch, SYNC, True)


def test_pausing_the_sync_is_enough_although_a_run_of_it_is_not_over(paused: Scene) -> None:
    assert paused.trigger(FILE, group="platform-oncall").state == "success"
    assert paused.members()["platform-oncall"] == ["UADA"]


def test_a_run_of_the_sync_that_is_under_way_is_waited_for(handed_off: Scene) -> None:
    under_way = handed_off.run(stop_before="report")
    ended = handed_off.trigger(FILE, group="platform-oncall")
    assert (ended.state, len(ended.waits)) == ("failed", 5)
    assert "a run of oncall_sync is under way, and may still write." in ended.log(TASK)

    handed_off.call(in_airflow.resume, under_way.run_id)

    assert handed_off.trigger(FILE, group="platform-oncall").state == "success"


def test_while_the_sync_would_take_it_back_it_fails_at_once_and_writes_nothing(handed_off: Scene) -> None:
    handed_off.config.write_text(CONFIG)
    ended = handed_off.trigger(FILE, group="platform-oncall")
    assert (ended.state, ended.waits) == ("failed", [])
    assert handed_off.members()["platform-oncall"] == ["UDEE"]
    assert "@platform-oncall: is not restored: the next run of oncall_sync would take it back." in ended.log(TASK)


@pytest.mark.parametrize(
    ("conf", "reason"),
    [
        ({}, "Run parameter group: '' is not the handle of a Slack user group."),
        ({"group": "platform-oncall", "run_id": "x"}, "Run parameter run_id: there is no such parameter."),
        ({"group": "nobody-knows"}, "@nobody-knows: is not restored: Airflow keeps no change of it."),
    ],
)
def test_a_mistake_in_the_parameters_is_one_line_of_the_log(
    handed_off: Scene, conf: dict[str, Any], reason: str
) -> None:
    ended = handed_off.trigger(FILE, **conf)
    assert (ended.state, ended.waits) == ("failed", [])
    assert reason in ended.log(TASK)
    assert handed_off.members()["platform-oncall"] == ["UDEE"]
