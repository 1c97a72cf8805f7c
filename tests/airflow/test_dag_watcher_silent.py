"""Runs that Airflow's scheduler began say when the watcher does not poll."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.airflow import tampering
from tests.airflow.ran import Ran
from tests.airflow.scene import Scene


def warned(ran: Ran) -> list[str]:
    assert ran.state == "success", "a warning fails nothing"
    return [problem["code"] for problem in ran.report["problems"]]


@pytest.mark.parametrize(("begun_by", "says"), [("scheduled", True), ("asset_triggered", True), ("manual", False)])
def test_a_run_that_somebody_began_says_nothing_and_the_others_warn(scene: Scene, begun_by: str, says: bool) -> None:
    scene.run_stepwise()
    scene.call(tampering.no_poll_since, timedelta(minutes=2))
    ran = scene.run_stepwise(begun_by=begun_by)
    assert warned(ran) == (["watcher_silent"] if says else [])
    assert ("The watcher has not looked at PagerDuty since" in ran.log) is says
