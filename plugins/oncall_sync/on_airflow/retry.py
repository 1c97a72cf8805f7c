"""When Airflow tries a task again, and after how long.

The clients have already repeated the request within a bounded time (transport.py); this decides what comes after that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import RetryDecision, RetryPolicy

from oncall_sync.errors import ConfigMistake, PassingFault, Refused

if TYPE_CHECKING:
    from airflow.sdk import Context


class ServerSaysWhen(RetryPolicy):
    """Waits as long as the server asked to, passes passing faults, and fails at once on what cannot pass.

    It never goes beyond the task's `retries`, nor waits longer than `longest`: the next run is then the retry.
    For any other error the settings of the task hold.
    """

    def __init__(self, longest: timedelta = timedelta(minutes=5)) -> None:  # half of the sync's time-out
        self.longest = longest

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        if isinstance(exception, Refused | ConfigMistake):
            return RetryDecision.fail(reason=str(exception))
        if not isinstance(exception, PassingFault):
            return RetryDecision.default()
        if exception.retry_after is None:
            return RetryDecision.retry(reason=str(exception))
        # One second more: the server counts in whole seconds, and early is another 429.
        delay = timedelta(seconds=exception.retry_after + 1)
        if delay > self.longest:
            return RetryDecision.fail(reason=f"{exception} That is the next run's task.")
        return RetryDecision.retry(delay=delay, reason=str(exception))
