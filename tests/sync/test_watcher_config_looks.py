"""The config is looked at twice a minute, also while it is not time to read PagerDuty; and that wakes no more often."""

from __future__ import annotations

import pytest

from sandbox import Fault
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, POLL, SECOND, Watching
from tests.sync.worlds import HOUR, NOON, config

LIMITED = Fault(service="pagerduty", status=429, headers={"ratelimit-reset": "600"}, times=None)
LESS_AND_LESS_OFTEN = [0, 1, 3, 7, 15, 30]  # minutes


@pytest.fixture
def seldom(sync: Sync) -> Watching:
    """PagerDuty is read every ten minutes."""
    sync.configure(config(top="poll: 10m"))
    return Watching(sync).settled()


@pytest.fixture
def limited(calm: Watching) -> Watching:
    """PagerDuty has just asked to wait for ten minutes."""
    calm.sync.sandbox.faults.add(LIMITED)
    calm.look()
    calm.forget()
    return calm


def edit(watching: Watching) -> None:
    text = watching.sync.config.read_text(encoding="utf-8")
    watching.sync.configure(text.replace("schedules: [SADA]", "schedules: [SDEE]"))


@pytest.mark.parametrize("seconds", [0, 59])
def test_with_a_long_poll_an_edit_wakes_within_half_a_minute(seldom: Watching, seconds: int) -> None:
    seldom.pass_by(seconds * SECOND)
    edit(seldom)

    seldom.pass_by(POLL)

    assert [why for _, why in seldom.wakes] == ["the config was edited"]
    assert seldom.sync.members("alpha") == {"UDEE"}
    assert seldom.polls == [], "the run read PagerDuty, the watcher did not"


@pytest.mark.parametrize("seconds", [0, 59])
def test_while_pagerduty_makes_it_wait_an_edit_wakes_within_half_a_minute_and_it_is_not_asked(
    limited: Watching, seconds: int
) -> None:
    limited.runs = False
    limited.pass_by(seconds * SECOND)
    edit(limited)

    limited.pass_by(POLL)

    assert [why for _, why in limited.wakes] == ["the config was edited"]
    assert limited.asked() == []


def test_it_asks_again_when_pagerduty_said_and_then_sees_the_change(limited: Watching) -> None:
    limited.override("SADA", "PDEE")
    limited.pass_by(600 * SECOND - SECOND)
    assert (limited.asked(), limited.wakes) == ([], [])
    limited.sync.sandbox.faults.clear()

    limited.pass_by(SECOND)

    assert limited.polls == [NOON + 600 * SECOND]
    assert limited.sync.members("alpha") == {"UDEE"}


def test_with_a_long_poll_pagerduty_is_read_no_more_often_than_the_config_says(seldom: Watching) -> None:
    seldom.until(NOON + HOUR)

    assert seldom.polls == [NOON + n * 10 * MINUTE for n in range(1, 7)]
    assert len(seldom.asked()) == 6
    assert seldom.looks == [NOON + n * POLL for n in range(1, 121)]


def test_the_end_of_a_shift_is_read_a_second_after_it_however_long_the_poll_is(sync: Sync) -> None:
    sync.configure(config(top="poll: 1h"))
    seldom = Watching(sync)
    seldom.override("SADA", "PDEE", minutes=7)
    seldom.settled().pass_by(10 * MINUTE)

    assert seldom.polls == [NOON + 7 * MINUTE + SECOND]
    assert sync.members("alpha") == {"UADA"}


def test_without_an_edit_a_look_at_the_config_says_nothing(seldom: Watching) -> None:
    seldom.runs = False
    seldom.override("SADA", "PDEE")

    seldom.pass_by(9 * MINUTE)

    assert seldom.wakes == []


@pytest.mark.parametrize("poll", ["30s", "1h"])
def test_an_edit_that_no_run_settles_wakes_less_and_less_often_however_often_pagerduty_is_read(
    sync: Sync, poll: str
) -> None:
    sync.configure(config(top=f"poll: {poll}"))
    watching = Watching(sync).settled()
    edit(watching)
    watching.runs = False

    watching.pass_by(40 * MINUTE)

    assert len(watching.wakes) <= len(LESS_AND_LESS_OFTEN)
