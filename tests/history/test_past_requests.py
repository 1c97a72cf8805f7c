"""What a history costs, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox import Rotation, Sandbox, World, grid
from tests.history.past import DAY, NEXT_DAY, Past, true, turns_of
from tests.sync.driver import Sync

BEGAN = datetime(2026, 2, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def of(past: Past, world: World, sandbox: Sandbox) -> Past:
    """The same config file and clock, with another world."""
    world.clock = past.world.clock
    return Past(Sync(sandbox, past.sync.config, now=past.sync.now))


def one_group(past: Past, schedules: int) -> None:
    past.configure(f"all: {{schedules: [{', '.join(f'PS{n:05d}' for n in range(schedules))}]}}")


@pytest.mark.parametrize(
    ("schedules", "hours", "rows", "requests"),
    [(100, 24, 100, 1), (10, 1, 240, 3), (250, 24, 250, 3)],
)
def test_a_day_is_one_request_per_hundred_rows(
    past: Past, schedules: int, hours: int, rows: int, requests: int
) -> None:
    """250: an address holds 200 IDs, so 200 schedules are asked for at once, and then 50."""
    world = grid(groups=1, schedules_per_group=schedules)
    for schedule in world.schedules.values():
        schedule.rotation[0].every, schedule.rotation[0].since = timedelta(hours=hours), BEGAN
    with Sandbox(world) as sandbox:
        big = of(past, world, sandbox)
        one_group(past, schedules)

        history = big.read(DAY + SECOND, NEXT_DAY - SECOND)  # at midnight itself two shifts touch

        assert sum(map(len, history.rotations.values())) == rows
        assert sandbox.count("pagerduty") == history.requests == requests
        assert {request.endpoint for request in sandbox.requests} == {"GET /oncalls"}


def test_more_than_ten_thousand_rows_are_complete_and_exact(past: Past) -> None:
    """PagerDuty shows no more than 10,000 rows of one question: then it is asked about fewer schedules at once."""
    span = timedelta(days=3)
    world = grid(groups=1, schedules_per_group=3)
    world.hand_off_every(60)
    with Sandbox(world) as sandbox:
        big = of(past, world, sandbox)
        one_group(past, 3)

        history = big.read(DAY, DAY + span)

    assert history.problems == ()
    assert sum(map(len, history.rotations.values())) > 10_000
    for schedule in world.schedules:
        assert turns_of(history.rotations[schedule]) == true(world, schedule, DAY, DAY + span), schedule


def test_a_schedule_that_alone_has_more_than_ten_thousand_rows_is_read_by_itself(past: Past) -> None:
    every = timedelta(seconds=10)
    past.world.schedules["SADA"].shifts = []
    past.world.schedules["SADA"].rotation = [Rotation(people=["PADA", "PBO"], every=every, since=BEGAN)]
    past.configure("all: {schedules: [SADA, SBO]}")
    until = DAY + 10_100 * every

    history = past.read(DAY, until)

    assert len(history.rotations["SADA"]) == 10_100
    assert turns_of(history.rotations["SADA"]) == true(past.world, "SADA", DAY, until)
    assert turns_of(history.rotations["SBO"]) == true(past.world, "SBO", DAY, until)
    assert past.sandbox.count("pagerduty", "GET /schedules/{id}") == 1


def test_a_rotation_on_no_policy_costs_one_request_of_its_own_and_one_for_whom_only_it_names(past: Past) -> None:
    """Only /oncalls shows emails, which `never` and placeholders go by."""
    past.configure("all: {schedules: [SADA, SCY, SLOOSE]}")
    assert past.read().requests == past.sandbox.count("pagerduty") == 2

    past.sandbox.requests.clear()
    past.configure("all: {schedules: [SADA, SBO, SLOOSE]}")
    assert past.read().requests == past.sandbox.count("pagerduty") == 3
    assert past.sandbox.requests[-1].params == {"id": "PCY"}


def test_the_whole_span_is_asked_for_in_whole_seconds_of_utc(past: Past) -> None:
    past.configure("all: {schedules: [SADA, SLOOSE, SLOOSEPAIR]}")
    past.read()

    asked = [request.params for request in past.sandbox.requests if "since" in request.params]
    assert {(params["since"], params["until"], params["time_zone"]) for params in asked} == {
        ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "UTC")
    }


def test_what_the_sync_remembers_saves_requests(past: Past) -> None:
    past.configure("all: {schedules: [SLOOSEPAIR]}")
    past.sync.run()
    past.sandbox.requests.clear()

    assert past.read().requests == 2
    assert [request.endpoint for request in past.sandbox.requests] == ["GET /oncalls", "GET /v3/schedules/{id}"]


def test_slack_is_never_asked_and_nothing_is_remembered_for_the_sync_to_find(past: Past) -> None:
    past.configure("all: {schedules: [SADA, SLOOSE, SPAIR, SLOOSEPAIR, SEMPTY, SGONE]}")
    past.read()
    assert past.sync.store == {}
    assert past.sandbox.count("slack") == 0
    assert {request.method for request in past.sandbox.requests} == {"GET"}

    past.sync.run()
    remembered = dict(past.sync.store)
    past.configure("all: {schedules: [SADA, SBO, SLOOSEPAIR, SPAIR]}")
    past.read()
    assert dict(past.sync.store) == remembered
