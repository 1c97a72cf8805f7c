"""When Airflow tries a task again, and after how long.

The clients have already asked again within a bounded time (waiting.py); this decides what comes after that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import RetryDecision, RetryPolicy

from oncall_sync.errors import ConfigMistake, PassingFault, Refused

if TYPE_CHECKING:
    from airflow.sdk import Context

LONGEST = timedelta(minutes=5)  # half of the Dag run's time-out: after a longer wait the next run is the retry


class ServerSaysWhen(RetryPolicy):
    """Waits as long as the server asked to, passes passing faults, and fails at once on what cannot pass.

    It never goes beyond the task's `retries`. Anything unknown is left to the task's own settings.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        if isinstance(exception, Refused | ConfigMistake):
            return RetryDecision.fail(reason=str(exception))
        if isinstance(exception, PassingFault) and exception.retry_after is not None:
            # One second more: the server counts in whole seconds, and early is another 429.
            delay = timedelta(seconds=exception.retry_after + 1)
            if delay > LONGEST:
                return RetryDecision.fail(reason=f"{exception} That is the next run's task.")
            return RetryDecision.retry(delay=delay, reason=str(exception))
        if isinstance(exception, PassingFault):
            return RetryDecision.retry(reason=str(exception))
        return RetryDecision.default()
