"""Runs that Airflow's scheduler began say when the watcher does not poll."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.airflow import tampering
from tests.airflow.ran import Ran
from tests.airflow.scene import CONFIG, Scene


def warned(ran: Ran) -> list[str]:
    assert ran.state == "success", "a warning fails nothing"
    return [problem["code"] for problem in ran.report["problems"]]


@pytest.mark.parametrize(("begun_by", "says"), [("scheduled", True), ("asset_triggered", True), ("manual", False)])
def test_a_run_that_somebody_began_says_nothing_and_the_others_warn(scene: Scene, begun_by: str, says: bool) -> None:
    scene.run_stepwise()
    scene.call(tampering.no_poll_since, timedelta(minutes=2))
    ran = scene.run_stepwise(begun_by=begun_by)
    assert warned(ran) == (["watcher_silent"] if says else [])
    assert ("The watcher has not read PagerDuty since" in ran.log) is says


def test_right_after_the_first_run_it_has_time_to_begin(scene: Scene) -> None:
    scene.run_stepwise()
    assert warned(scene.run_stepwise(begun_by="scheduled")) == []


def test_with_poll_off_there_is_no_watcher_that_could_be_silent(scene: Scene) -> None:
    scene.config.write_text("poll: off" + CONFIG)
    scene.run_stepwise()
    scene.call(tampering.no_poll_since, timedelta(hours=2))
    assert warned(scene.run_stepwise(begun_by="scheduled")) == []
