"""Waits and repeats inside a task are bounded: a worker is not for sleeping."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused
from oncall_sync.transport import BUDGET, WaitBudget

BROKEN = BrokenAnswer("Slack", "broke off", code="slack_broken_answer")


def answers(*faults: Exception | None) -> Callable[[], str]:
    coming = iter(faults)

    def ask() -> str:
        fault = next(coming)
        if fault:
            raise fault
        return "answer"

    return ask


def limited(wait: float | None) -> RateLimited:
    return RateLimited("Slack users.list", "asks to wait", code="rate_limited", retry_after=wait)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([], []),
        ([BROKEN, BROKEN], [0.5, 1.0]),
        ([limited(5)], [5]),
        ([limited(None)], [1]),
        ([limited(0)], [1]),
        ([limited(12)] * 5, [12] * 5),
        ([BROKEN, limited(2), BROKEN, limited(2)], [0.5, 2, 1.0, 2]),
    ],
    ids=[
        "a whole answer is asked for once",
        "a broken one a moment later",
        "a rate limit for as long as the server asks",
        "or a second, if it does not say",
        "and never without a pause",
        "as often as the budget lasts",
        "it uses up no attempt for a broken answer",
    ],
)
def test_what_passes_is_asked_for_again(slept: list[float], faults: list[Exception], waits: list[float]) -> None:
    assert WaitBudget(60, slept.append).retry(answers(*faults, None)) == "answer"
    assert slept == waits


def test_an_answer_that_breaks_three_times_is_raised_and_not_asked_for_again(slept: list[float]) -> None:
    ask = answers(BROKEN, BROKEN, BROKEN, None)
    with pytest.raises(BrokenAnswer):
        WaitBudget(60, slept.append).retry(ask)
    assert ask() == "answer"


@pytest.mark.parametrize(
    "fault",
    [Refused("Slack", "refuses", code="invalid_auth"), PassingFault("Slack", "cannot be reached", code="slack_down")],
)
def test_only_a_broken_answer_is_asked_for_again_at_once(slept: list[float], fault: Exception) -> None:
    with pytest.raises(type(fault)):
        WaitBudget(60, slept.append).retry(answers(fault, None))
    assert slept == []


def test_a_wait_beyond_the_budget_of_the_task_is_left_to_airflow_with_the_servers_number(slept: list[float]) -> None:
    budget, ask = WaitBudget(60, slept.append), answers(limited(40), limited(40), None)

    with pytest.raises(RateLimited) as raised:
        budget.retry(ask)

    assert raised.value.retry_after == 40
    assert str(raised.value) == (
        "Slack users.list: too many requests; the server asks to wait 40 s, more than this task may sleep. "
        "Airflow tries again after that time."
    )
    assert (slept, budget.left) == ([40], 20), "a wait that is refused uses up nothing"
    assert ask() == "answer"


def test_a_task_sleeps_for_a_minute_at_most() -> None:
    assert WaitBudget().left == BUDGET == 60
