"""Waiting inside a task is bounded: a worker is not for sleeping."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused
from oncall_sync.transport import BUDGET, WaitBudget


class Slept(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def slept() -> Slept:
    return Slept()


def answers(*faults: Exception | None) -> Callable[[], str]:
    coming = iter(faults)

    def ask() -> str:
        fault = next(coming)
        if fault:
            raise fault
        return "answer"

    return ask


BROKEN = BrokenAnswer("Slack", "broke off", code="slack_broken_answer")


def test_a_task_sleeps_as_long_as_the_server_asks(slept: Slept) -> None:
    WaitBudget(60, slept).requested(30, "Slack users.list")
    assert slept == [30]


def test_the_waits_of_a_task_together_stay_within_its_budget(slept: Slept) -> None:
    budget = WaitBudget(60, slept)
    budget.requested(30, "Slack users.list")
    budget.requested(30, "Slack users.list")
    with pytest.raises(RateLimited):
        budget.requested(1, "Slack users.list")
    assert slept == [30, 30]


def test_a_wait_beyond_the_budget_is_left_to_airflow_with_the_servers_number(slept: Slept) -> None:
    with pytest.raises(RateLimited) as limited:
        WaitBudget(60, slept).requested(61, "Slack users.list")
    assert slept == []
    assert limited.value.retry_after == 61
    assert str(limited.value) == (
        "Slack users.list: too many requests; the server asks to wait 61 s, more than this task may sleep. "
        "Airflow tries again after that time."
    )


def test_a_refused_wait_does_not_use_up_the_budget(slept: Slept) -> None:
    budget = WaitBudget(60, slept)
    with pytest.raises(RateLimited):
        budget.requested(61, "Slack users.list")
    budget.requested(60, "Slack users.list")
    assert slept == [60]


def test_a_task_sleeps_for_a_minute_at_most() -> None:
    assert WaitBudget().left == BUDGET == 60


def test_a_whole_answer_is_asked_for_once(slept: Slept) -> None:
    assert WaitBudget(60, slept).ask_again(answers(None)) == "answer"
    assert slept == []


def test_a_broken_answer_is_asked_for_again_a_moment_later(slept: Slept) -> None:
    assert WaitBudget(60, slept).ask_again(answers(BROKEN, BROKEN, None)) == "answer"
    assert slept == [0.5, 1.0]


def test_an_answer_that_breaks_three_times_is_raised(slept: Slept) -> None:
    ask = answers(BROKEN, BROKEN, BROKEN, None)
    with pytest.raises(BrokenAnswer):
        WaitBudget(60, slept).ask_again(ask)
    assert ask() == "answer"  # a fourth one was not asked for


@pytest.mark.parametrize(
    "fault",
    [
        Refused("Slack", "refuses", code="invalid_auth"),
        PassingFault("Slack", "cannot be reached", code="slack_down"),
    ],
)
def test_only_a_broken_answer_is_asked_for_again_at_once(fault: Exception, slept: Slept) -> None:
    with pytest.raises(type(fault)):
        WaitBudget(60, slept).ask_again(answers(fault, None))
    assert slept == []


def limited(wait: float | None) -> RateLimited:
    return RateLimited("Slack users.list", "asks to wait", code="rate_limited", retry_after=wait)


@pytest.mark.parametrize(("wait", "seconds"), [(5, 5), (None, 1)])
def test_a_rate_limit_is_waited_out_and_asked_again(wait: float | None, seconds: float, slept: Slept) -> None:
    assert WaitBudget(60, slept).ask_again(answers(limited(wait), None)) == "answer"
    assert slept == [seconds]


def test_a_rate_limit_is_asked_again_as_often_as_the_budget_lasts(slept: Slept) -> None:
    assert WaitBudget(60, slept).ask_again(answers(*[limited(12)] * 5, None)) == "answer"
    assert slept == [12] * 5


def test_a_rate_limit_beyond_the_budget_is_raised_with_the_servers_number_and_not_asked_again(slept: Slept) -> None:
    ask = answers(limited(40), limited(40), None)
    with pytest.raises(RateLimited, match=r"Slack users\.list") as raised:
        WaitBudget(60, slept).ask_again(ask)
    assert raised.value.retry_after == 40
    assert slept == [40]
    assert ask() == "answer"  # a third one was not asked for


def test_rate_limits_use_up_none_of_the_attempts_for_broken_answers(slept: Slept) -> None:
    faults = (BROKEN, limited(2), BROKEN, limited(2), None)
    assert WaitBudget(60, slept).ask_again(answers(*faults)) == "answer"
    assert slept == [0.5, 2, 1.0, 2]


def test_no_wait_of_zero_seconds_is_asked_for_over_and_over(slept: Slept) -> None:
    with pytest.raises(RateLimited):
        WaitBudget(3, slept).ask_again(answers(*[limited(0)] * 9))
    assert slept == [1, 1, 1]
