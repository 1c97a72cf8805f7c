"""With a whole Airflow: PagerDuty is down, and then limits the rate, for a while."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox import Fault
from tests.live.scene import POLL, Scene, wait

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

WAIT = 4  # seconds, which a 429 asks for


def test_an_outage_wakes_nobody_and_what_changed_meanwhile_is_right_within_one_poll_of_its_end(scene: Scene) -> None:
    runs, triggerer = len(scene.runs()), scene.processes("triggerer")
    outage(scene, Fault(service="pagerduty", status=500, times=None), polls=3)
    scene.override(7)
    outage(scene, Fault(service="pagerduty", status=429, headers={"ratelimit-reset": f"{WAIT}"}, times=None), polls=2)
    scene.sandbox.faults.clear()
    over = datetime.now(UTC)
    assert len(scene.runs()) == runs
    scene.arrives(7)
    assert scene.written() == [("group-7", "U00022")]
    (asked,) = [each.at for each in scene.requests("GET /oncalls") if each.status == 200][:1]
    assert (asked - over).total_seconds() < POLL + WAIT + 1
    assert len(scene.runs()) == runs + 1
    assert all(process.is_running() for process in triggerer)


def outage(scene: Scene, fault: Fault, polls: int) -> None:
    """Until the watcher has met the fault so often; it asks once for each poll."""
    scene.sandbox.faults.clear()
    scene.sandbox.faults.add(fault)
    begun = datetime.now(UTC)

    def met() -> list[datetime]:
        return [each.at for each in scene.requests("GET /oncalls") if each.status == fault.status]

    wait(lambda: len(met()) >= polls, 60, f"{polls} polls")
    assert (met()[-1] - begun).total_seconds() > (polls - 1) * (POLL - 1)
