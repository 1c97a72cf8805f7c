"""
### Who was on call when

Each day this Dag reads PagerDuty's shifts of the day before, for every schedule, policy level and group in the
config. Teams have no shifts and are left out. It writes nothing to Slack or elsewhere; its task's log has a table,
and its XCom the same.

**Who was on call last Tuesday at 03:00?** Open the run whose data interval begins on that Tuesday (Airflow labels it
with the day after) and read the log of `fetch_shifts`. If there is no such run, unpause the Dag and trigger it here:
*Backfill* with both dates that Tuesday's, or *Single Run* with any time of that day as its logical date. Or

    airflow backfill create --dag-id oncall_history --from-date 2026-11-17 --to-date 2026-11-17

Shifts have their true bounds, so the first of a day may begin before it and the last may end after it. The groups are
those of today's config. Overrides count as PagerDuty has them now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import CronDataIntervalTimetable, dag, task

from oncall_sync.assets import PAGERDUTY_ONCALL
from oncall_sync.on_airflow.other_tasks import fetch_shifts
from oncall_sync.on_airflow.retry import ServerSaysWhen


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1),
    catchup=False,
    default_args={
        "owner": "oncall-sync",
        "retries": 5,
        "retry_delay": timedelta(minutes=10),  # no later run reads this day: an outage at midnight must pass first
        "retry_policy": ServerSaysWhen(longest=timedelta(hours=1)),
        "execution_timeout": timedelta(minutes=10),
        "show_return_value_in_logs": False,  # the log has the table
        "max_active_tis_per_dag": 1,  # a backfill of a month leaves the workers, and PagerDuty, to the sync
    },
    tags=["on-call", "pagerduty"],
    doc_md=__doc__,
)
def oncall_history() -> None:
    task(fetch_shifts).override(inlets=[PAGERDUTY_ONCALL])()


oncall_history()
