"""
### What will go wrong, seen in daylight

Each morning (07:20 UTC), and whenever you trigger it, this Dag looks 14 days ahead and lists what to fix, the worst
first. It asks PagerDuty and Slack, and writes nothing to either. The list is in the log of its task, below the names
behind the IDs of `oncall_sync.yaml`; the task's XCom has the same as JSON.

- **The config**: every mistake, entries of `always` and `never` that end, and contradictions.
- **PagerDuty**: every schedule, policy (each level) and team exists, and this key may read it.
- **Slack**: the token's scopes; every handle and channel; the permission to edit user groups, tested by an update
  without a field, which changes nothing.
- **People**: everybody on call in these days, in a team, or under `always` and `fallback`, has a Slack account that
  may join a group.
- **Coverage**: when nobody is on call, or only placeholders, and who stands in.

An `error` is wrong now, or will be when that person is needed: fix it now; the run fails. Fix a `warning` soon. An
`info` is for your information. After the fix trigger the Dag again, or run `make check ONLINE=1`, which shows the
same in a terminal.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from oncall_sync.assets import PAGERDUTY_ONCALL
from oncall_sync.on_airflow.other_tasks import check_everything
from oncall_sync.on_airflow.retry import ServerSaysWhen


@dag(
    schedule=CronTriggerTimetable("20 7 * * *", timezone="UTC"),  # not on the hour, when everybody hands over
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    max_consecutive_failed_dag_runs=0,  # it is meant to fail until somebody fixes the cause
    default_args={
        "owner": "oncall-sync",
        "retries": 3,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": ServerSaysWhen(),
        "execution_timeout": timedelta(minutes=10),
        "show_return_value_in_logs": False,  # the log has the list
    },
    tags=["on-call", "pagerduty", "slack"],
    doc_md=__doc__,
)
def oncall_check() -> None:
    task(check_everything).override(inlets=[PAGERDUTY_ONCALL])()


oncall_check()
