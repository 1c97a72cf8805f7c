"""The watcher while PagerDuty is down, slow, rate limiting or refuses: it waits, says so once, and goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox import Fault
from tests.sync.watching import MINUTE, POLL, Watching
from tests.sync.worlds import NOON, hand_over

TROUBLES: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "429 with ratelimit-reset": {"status": 429, "headers": {"ratelimit-reset": "3"}},
    "401": {"status": 401},
    "no connection": {"kind": "drop"},
    "JSON of another shape": {"status": 200, "body": '{"oncalls": null}'},
}
TEN_MINUTES = 10 * MINUTE


def trouble(calm: Watching, **fault: Any) -> None:
    calm.sync.sandbox.faults.add(Fault.model_validate({"service": "pagerduty", "times": None, **fault}))


@pytest.fixture(params=TROUBLES)
def troubled(calm: Watching, request: pytest.FixtureRequest) -> Watching:
    """PagerDuty is in trouble; meanwhile Dee takes over from Ada."""
    trouble(calm, **TROUBLES[request.param])
    hand_over(calm.world, "SADA", "PDEE", NOON + MINUTE)
    return calm


def test_in_trouble_it_polls_as_usual_wakes_nobody_and_logs_its_begin_and_its_end_and_then_sees_the_change(
    troubled: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "oncall_sync")

    troubled.until(NOON + TEN_MINUTES)

    assert troubled.wakes == []
    assert troubled.polls == [NOON + n * POLL for n in range(1, 21)]
    assert len(troubled.asked()) == len(troubled.polls), "the next poll is the repeat"
    assert troubled.sync.slept == []

    troubled.sync.sandbox.faults.clear()
    troubled.pass_by(POLL)

    assert [at for at, _ in troubled.wakes] == [NOON + TEN_MINUTES + POLL]
    assert troubled.sync.members("alpha") == {"UDEE"}
    began, over = (record.getMessage() for record in caplog.records if record.name == "oncall_sync.watcher.poll")
    assert began.startswith("PagerDuty cannot be read")
    assert "the next try is at 12:01:00." in began
    assert over == "PagerDuty can be read again."
    assert "\n" not in began
    assert troubled.world.pagerduty.token not in caplog.text


def test_a_slow_answer_counts_as_none(calm: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall_sync.pagerduty.http.TIMEOUT", (1, 0.02))
    trouble(calm, kind="slow", delay=0.08)
    calm.override("SADA", "PDEE")

    calm.until(NOON + 2 * MINUTE)

    assert calm.wakes == []
    assert len(calm.asked()) == len(calm.polls) == 4


# ── how long it waits ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "asked", "waits"),
    [
        ("ratelimit-reset", 5, 30),
        ("Retry-After", 200, 200),
        ("ratelimit-reset", 86_400, 600),
    ],
)
def test_it_waits_as_long_as_it_is_asked_to_but_no_less_than_usual_and_ten_minutes_at_most(
    calm: Watching, header: str, asked: object, waits: int
) -> None:
    trouble(calm, status=429, headers={header: str(asked)})

    turn = calm.look()

    assert calm.watcher.due == calm.sync.now + timedelta(seconds=waits)
    assert turn.next == calm.sync.now + min(timedelta(seconds=waits), POLL)


# ── runs meanwhile ───────────────────────────────────────────────────────────────────────────────────────


def test_what_was_asked_before_the_trouble_is_asked_again_right_after_it(calm: Watching) -> None:
    """The runs that it woke failed for the same trouble; it does not wait for its next time."""
    calm.runs = False
    calm.override("SADA", "PDEE")
    calm.pass_by(4 * MINUTE)
    assert calm.asks() == [0, 1, 3]
    trouble(calm, status=500)
    calm.pass_by(MINUTE)
    calm.sync.sandbox.faults.clear()

    calm.pass_by(POLL)

    assert calm.asks() == [0, 1, 3, 5]


def test_a_pagerduty_that_comes_and_goes_wakes_no_more_often_than_one_that_is_well(calm: Watching) -> None:
    """Every second poll fails; the one change is settled by nobody."""
    calm.runs = False
    calm.override("SADA", "PDEE", minutes=600)
    for _ in range(31):
        calm.pass_by(POLL)
        trouble(calm, status=500)
        calm.pass_by(POLL)
        calm.sync.sandbox.faults.clear()

    assert calm.asks() == [0, 1, 3, 7, 15, 30]


def test_after_a_moment_of_trouble_nothing_is_asked_sooner(calm: Watching) -> None:
    calm.runs = False
    calm.override("SADA", "PDEE")
    calm.pass_by(4 * MINUTE)
    trouble(calm, status=500)
    calm.pass_by(POLL)
    calm.sync.sandbox.faults.clear()

    calm.pass_by(5 * MINUTE)

    assert calm.asks() == [0, 1, 3, 7]


def test_trouble_of_another_kind_is_logged_too_and_each_line_names_the_time_of_the_next_try(
    calm: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever fixes the first must learn of the second."""
    caplog.set_level("INFO", "oncall_sync")
    for fault in ({"status": 500}, {"status": 401}, {"status": 429, "headers": {"ratelimit-reset": "90"}}):
        trouble(calm, **fault)
        calm.pass_by(MINUTE)
        calm.sync.sandbox.faults.clear()
    calm.pass_by(2 * MINUTE)

    *began, over = (record.getMessage() for record in caplog.records)
    assert [line.partition("the next try is at ")[2][:9] for line in began] == ["12:01:00.", "12:02:00.", "12:04:00."]
    assert over == "PagerDuty can be read again."


def test_trouble_that_concerns_one_schedule_alone_does_not_stop_the_others(calm: Watching) -> None:
    trouble(calm, status=404, match=lambda request: "SADA" in request.params.get("schedule_ids[]", []))
    calm.override("SBO", "PDEE")

    calm.pass_by(POLL)

    assert calm.sync.members("beta") == {"UDEE"}


def test_a_key_that_may_read_nothing_any_more_wakes_the_dag_once_whose_report_says_so(calm: Watching) -> None:
    """403 may concern single schedules, and those that cannot be read are left to the heartbeat."""
    trouble(calm, status=403)
    calm.pass_by(TEN_MINUTES)
    assert calm.asks() == [0]
    assert calm.reports[0].counts["failed"] == 3
    calm.sync.sandbox.faults.clear()
    calm.run()
    calm.override("SADA", "PDEE")

    calm.pass_by(POLL)

    assert calm.sync.members("alpha") == {"UDEE"}
