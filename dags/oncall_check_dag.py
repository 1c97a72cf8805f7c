"""
### What will go wrong, found in daylight

Each morning (07:20 UTC), and whenever it is triggered, this Dag looks at the 14 days to come and lists what to mend,
the worst first. It asks PagerDuty and Slack, and writes nothing to either. The list is in the log of its task, below
what each ID in `oncall_sync.yaml` stands for; the task's XCom has the same as JSON.

- **The config**: every mistake; entries of `always` and `never` that end; what contradicts itself.
- **PagerDuty**: every schedule, policy (each level) and team exists, and this key may read it.
- **Slack**: the token's scopes; whether it may edit user groups (tried by an update that names no field, so changes
  nothing); every handle and channel.
- **People**: everybody on call in these days, in a team, or under `always` and `fallback`, has a Slack account that a
  group takes.
- **Coverage**: when nobody is on call, or only placeholders, and who stands in.

A run fails if anything on the list is an `error`: something that is wrong now, or will be when somebody is needed. A
`warning` is to be mended too, an `info` only to be known. Mended it? Trigger the Dag again, or run
`make check ONLINE=1`, which tells the same in a terminal.
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
    max_consecutive_failed_dag_runs=0,  # to fail until it is mended is what it is for
    default_args={
        "owner": "oncall-sync",
        "retries": 3,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": ServerSaysWhen(),
        "execution_timeout": timedelta(minutes=10),
        "show_return_value_in_logs": False,  # the list says it
    },
    tags=["on-call", "pagerduty", "slack"],
    doc_md=__doc__,
)
def oncall_check() -> None:
    task(check_everything).override(inlets=[PAGERDUTY_ONCALL])()


oncall_check()
