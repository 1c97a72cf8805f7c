"""The Dag oncall_history as Airflow imports it, backfills it and runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import Fault, World
from scripts.airflow_home import ROOT
from tests.airflow import kept, workers
from tests.airflow.described import Described, describe
from tests.airflow.scene import CONFIG, Call, Scene, small_world
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


def backfill(scene: Scene, first: datetime, last: datetime) -> list[Ended]:
    ended: list[Ended] = scene.call(workers.backfill, FILE, scene.environ, first, last)
    return ended


def bounds(shift: dict[str, Any]) -> tuple[str, datetime | None, datetime | None]:
    start, end = (datetime.fromisoformat(shift[key]) if shift[key] else None for key in ("start", "end"))
    return shift["person"], start, end


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def described(call: Call) -> Described:
    found: Described = call(describe, FILE, {"ONCALL_SYNC_CONFIG": ""})
    return found


def test_importing_it_asks_nothing_of_the_network_or_the_database(described: Described) -> None:
    assert (described.errors, described.connections, described.statements) == ({}, [], [])


def test_it_runs_each_day_for_the_day_before_and_not_for_days_gone_by(described: Described) -> None:
    assert described.dag_id == "oncall_history"
    assert (described.schedule, described.interval) == ("0 0 * * *", DAY)
    assert described.assets == []
    assert described.catchup is False


def test_its_one_task_is_retried_as_the_server_says_and_bounded_in_time(described: Described) -> None:
    ((name, settings),) = described.tasks.items()
    assert name == "fetch_shifts"
    assert 1 <= settings["retries"] <= 5
    assert settings["retries"] * settings["retry_delay"] >= 50 * 60, "no later run reads this day"
    assert settings["retry_policy"] == "ServerSaysWhen"
    assert 0 < settings["execution_timeout"] <= 600
    assert settings["owner"] not in {"", "airflow"}


def test_a_backfill_of_a_month_takes_one_worker_at_a_time_from_the_sync(described: Described) -> None:
    assert described.tasks["fetch_shifts"]["max_active_tis_per_dag"] == 1


def test_its_page_says_how_to_ask_and_the_page_of_the_sync_points_there(described: Described, call: Call) -> None:
    assert "airflow backfill create --dag-id oncall_history --from-date" in described.doc_md
    assert "*Backfill* with both dates that Tuesday's" in described.doc_md
    sync: Described = call(describe, ROOT / "dags" / "oncall_sync_dag.py", {"ONCALL_SYNC_CONFIG": ""})
    assert "oncall_history" in sync.doc_md


# ── its runs ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backfill_of_one_day_is_one_run_that_returns_the_shifts_of_that_day(scene: Scene) -> None:
    """As the page says: --from-date 2026-11-17 --to-date 2026-11-17."""
    (ended,) = backfill(scene, TUESDAY, TUESDAY)

    assert ended.state == "success"
    history = ended.returned["fetch_shifts"]
    assert datetime.fromisoformat(history["since"]) == TUESDAY
    assert datetime.fromisoformat(history["until"]) == TUESDAY + DAY
    half_past_two, nine, long_ago = TUESDAY + 2.5 * HOUR, TUESDAY + 9 * HOUR, datetime(2020, 1, 1, tzinfo=UTC)
    assert [bounds(shift) for shift in history["groups"]["platform-oncall"]] == [
        ("PADA", long_ago, half_past_two),
        ("PDEE", half_past_two, nine),
        ("PBO", nine, TUESDAY + DAY + HOUR),
    ]
    assert [bounds(shift) for shift in history["rotations"]["PSTOR"]] == [("PBO", long_ago, TUESDAY + 20 * DAY)]
    assert history["names"] == {"PADA": "Ada", "PBO": "Bo", "PCY": "Cy", "PDEE": "Dee"}
    assert history["problems"] == []


def test_a_run_by_hand_tells_the_last_whole_day(scene: Scene) -> None:
    before = midnight(0)
    ended: Ended = scene.call(workers.trigger, FILE, scene.environ)
    after = midnight(0)

    history = ended.returned["fetch_shifts"]
    assert datetime.fromisoformat(history["until"]) in {before, after}
    assert datetime.fromisoformat(history["until"]) - datetime.fromisoformat(history["since"]) == DAY


def test_a_run_by_hand_for_a_moment_tells_the_day_of_it(scene: Scene) -> None:
    """Airflow's own data interval would be the day before."""
    ended: Ended = scene.call(workers.trigger, FILE, scene.environ, None, TUESDAY + 3 * HOUR)

    history = ended.returned["fetch_shifts"]
    assert datetime.fromisoformat(history["since"]) == TUESDAY
    assert datetime.fromisoformat(history["until"]) == TUESDAY + DAY


def test_the_log_shows_a_table_of_the_day(scene: Scene) -> None:
    (ended,) = backfill(scene, TUESDAY, TUESDAY)

    log = ended.log("fetch_shifts")
    day = f"{TUESDAY:%Y-%m-%d}"
    assert f"@platform-oncall   Dee (PPLAT)   {day} 02:30:00   {day} 09:00:00" in log
    assert f"From {day} 00:00:00 to {TUESDAY + DAY:%Y-%m-%d} 00:00:00, all times UTC." in log
    assert log.count("PDEE") == 0, "the JSON is not shown beside it"


def test_neither_an_email_nor_a_token_is_in_what_it_leaves_behind(scene: Scene) -> None:
    (ended,) = backfill(scene, TUESDAY, TUESDAY)

    kept = json.dumps(ended.returned) + str(ended.logs)
    assert "@acme.example" not in kept
    assert scene.world.pagerduty.token not in kept


def test_what_the_sync_remembers_is_as_it_was(scene: Scene) -> None:
    scene.run_stepwise()
    before = scene.call(kept.remembered)
    backfill(scene, TUESDAY, TUESDAY)

    assert scene.call(kept.remembered) == before
    assert before


def test_a_long_wait_is_waited_for_too_because_no_later_run_reads_this_day(scene: Scene) -> None:
    scene.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=429, headers={"ratelimit-reset": "3500"}))

    (ended,) = backfill(scene, TUESDAY, TUESDAY)

    assert (ended.state, ended.waits) == ("success", [3501])
