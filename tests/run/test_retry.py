"""When Airflow tries a task again, and after how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction, RetryDecision

from oncall_sync.errors import BrokenAnswer, ConfigMistake, InvalidUsers, PassingFault, RateLimited, Refused
from oncall_sync.on_airflow.retry import ServerSaysWhen


def decide(error: BaseException, policy: ServerSaysWhen | None = None) -> RetryDecision:
    return (policy or ServerSaysWhen()).evaluate(error, try_number=1, max_tries=3)


@pytest.mark.parametrize(
    "error",
    [
        Refused("Slack", "refuses (missing_scope)", code="missing_scope", remedy="Add the scope."),
        InvalidUsers("@oncall", "Slack refuses the members", code="invalid_users"),
        ConfigMistake("Run parameter as_of", "is not a date", code="as_of"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_cannot_pass_fails_at_once_and_says_what_to_do(error: Exception) -> None:
    decision = decide(error)
    assert decision.action is RetryAction.FAIL
    assert decision.reason == str(error)


@pytest.mark.parametrize("seconds", [0, 20, 299])
def test_a_rate_limited_task_is_tried_again_when_the_server_said_and_not_a_second_earlier(seconds: float) -> None:
    decision = decide(RateLimited("Slack", "asks to wait", code="rate_limited", retry_after=seconds))
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay is not None
    assert timedelta(seconds=seconds) < decision.retry_delay <= timedelta(seconds=seconds + 1)


def test_a_server_that_is_down_may_say_when_as_well() -> None:
    decision = decide(PassingFault("PagerDuty", "answers 503", code="pagerduty_down", retry_after=7))
    assert decision.retry_delay == timedelta(seconds=8)


LONGEST = [(ServerSaysWhen(), 300), (ServerSaysWhen(longest=timedelta(hours=1)), 3600)]


@pytest.mark.parametrize(("policy", "seconds"), LONGEST, ids=["half a run of the sync", "what the Dag says"])
def test_a_wait_longer_than_that_is_left_to_the_next_run(policy: ServerSaysWhen, seconds: float) -> None:
    asked = RateLimited("Slack", "asks to wait", code="rate_limited", retry_after=seconds - 1)
    assert decide(asked, policy).action is RetryAction.RETRY
    decision = decide(RateLimited("Slack", "asks to wait", code="rate_limited", retry_after=seconds), policy)
    assert decision.action is RetryAction.FAIL
    assert "next run" in (decision.reason or "")


@pytest.mark.parametrize("kind", [PassingFault, BrokenAnswer, RateLimited])
def test_a_passing_fault_without_a_number_is_tried_again_after_the_tasks_own_delay(kind: type[PassingFault]) -> None:
    decision = decide(kind("PagerDuty", "cannot be reached", code="pagerduty_down"))
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay is None


def test_an_unknown_error_is_left_to_the_tasks_own_settings() -> None:
    assert decide(KeyError("x")).action is RetryAction.DEFAULT
