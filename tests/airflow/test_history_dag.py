"""The Dag oncall_history as Airflow backfills it and runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Fault, World
from scripts.airflow_home import ROOT
from tests.airflow import tampering, workers
from tests.airflow.scene import CONFIG, Scene, small_world
from tests.airflow.workers import Ended

FILE = ROOT / "dags" / "oncall_history_dag.py"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def midnight(days_ago: int) -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - days_ago * DAY


TUESDAY = midnight(6)


@pytest.fixture
def scene(open_scene: Callable[..., Scene]) -> Scene:
    return open_scene(CONFIG, in_shifts())


def in_shifts() -> World:
    """Platform changes hands at half past two and at nine; storage is on no policy; the leads are Cy's all month."""
    world = small_world(datetime.now(UTC))
    half_past_two, nine = TUESDAY + 2.5 * HOUR, TUESDAY + 9 * HOUR
    first = world.schedules["PPLAT"].shifts[0]
    world.schedules["PPLAT"].shifts = [
        first.model_copy(update={"end": half_past_two}),
        first.model_copy(update={"person": "PDEE", "start": half_past_two, "end": nine}),
        first.model_copy(update={"person": "PBO", "start": nine, "end": TUESDAY + DAY + HOUR}),
        first.model_copy(update={"person": "PADA", "start": TUESDAY + DAY + HOUR, "end": None}),
    ]
    world.policies["PESC"].levels[0].remove("PSTOR")
    world.schedules["PSTOR"].shifts[0].end = TUESDAY + 20 * DAY
    return world


def backfill(scene: Scene) -> Ended:
    ended: Ended = scene.call(workers.backfill, FILE, scene.environ, TUESDAY)
    return ended


def span(ended: Ended) -> tuple[datetime, datetime]:
    history = ended.returned["fetch_shifts"]
    return datetime.fromisoformat(history["since"]), datetime.fromisoformat(history["until"])


def bounds(shift: dict[str, Any]) -> tuple[str, datetime | None, datetime | None]:
    start, end = (datetime.fromisoformat(shift[key]) if shift[key] else None for key in ("start", "end"))
    return shift["person"], start, end


def test_a_backfill_of_one_day_is_one_run_that_returns_and_shows_the_shifts_of_that_day(scene: Scene) -> None:
    """As the page says: --from-date 2026-11-17 --to-date 2026-11-17."""
    scene.run()
    remembered = scene.call(tampering.remembered)
    ended = backfill(scene)

    assert ended.state == "success"
    history = ended.returned["fetch_shifts"]
    assert span(ended) == (TUESDAY, TUESDAY + DAY)
    half_past_two, nine, long_ago = TUESDAY + 2.5 * HOUR, TUESDAY + 9 * HOUR, datetime(2020, 1, 1, tzinfo=UTC)
    assert [bounds(shift) for shift in history["groups"]["platform-oncall"]] == [
        ("PADA", long_ago, half_past_two),
        ("PDEE", half_past_two, nine),
        ("PBO", nine, TUESDAY + DAY + HOUR),
    ]
    assert [bounds(shift) for shift in history["rotations"]["PSTOR"]] == [("PBO", long_ago, TUESDAY + 20 * DAY)]
    assert history["names"] == {"PADA": "Ada", "PBO": "Bo", "PCY": "Cy", "PDEE": "Dee"}
    assert history["problems"] == []

    log, day = ended.log("fetch_shifts"), f"{TUESDAY:%Y-%m-%d}"
    assert f"@platform-oncall   Dee (PPLAT)   {day} 02:30:00   {day} 09:00:00" in log
    assert log.count("PDEE") == 0, "the JSON is not shown beside it"
    texts = json.dumps(ended.returned) + str(ended.logs)
    assert "@acme.example" not in texts
    assert scene.world.pagerduty.token not in texts
    assert scene.call(tampering.remembered) == remembered != {}


def test_a_run_by_hand_tells_the_last_whole_day(scene: Scene) -> None:
    before = midnight(0)
    since, until = span(scene.trigger(FILE))
    assert until in {before, midnight(0)}
    assert until - since == DAY


def test_a_run_by_hand_for_a_moment_tells_the_day_of_it(scene: Scene) -> None:
    """Airflow's own data interval would be the day before."""
    assert span(scene.trigger(FILE, logical_date=TUESDAY + 3 * HOUR)) == (TUESDAY, TUESDAY + DAY)


def test_a_long_wait_is_waited_for_too_because_no_later_run_reads_this_day(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=429, headers={"ratelimit-reset": "3500"}))
    ended = backfill(scene)
    assert (ended.state, ended.waits) == ("success", [3501])
