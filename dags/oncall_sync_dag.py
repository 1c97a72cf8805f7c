"""
### Who is on call in PagerDuty, as Slack user groups

This Dag makes each configured Slack user group equal to the people who are on call. It runs seconds after a handoff
or an override, every `heartbeat` of `oncall_sync.yaml`, and whenever you trigger it. If you were paged about it:

1. **Open the failed run's `report` task and read its log.** The table lists failed groups first; below it each
   problem says what to do. A failed group keeps its members, and all other groups were synced.
2. **If `report` says that another task failed**, that task's log gives the reason in one line. Rate limits, 5xx and
   time-outs were retried already, so the cause is a key, a scope, a permission or the config.
3. **After the fix** trigger the Dag, or wait for the next run. Each run starts from the present, so there is nothing
   to catch up. Clearing an old run is harmless: its plan is outdated and skipped as `superseded`.

| To … | trigger with |
| --- | --- |
| see what a run would do | `dry_run` |
| sync some groups only | `groups` |
| ask who would be on call at another time (never writes) | `as_of` |
| accept a plan that `report` refused as `shrink` | `accept_shrink` |

Do not backfill this Dag: `oncall_history` answers who was on call in the past, exactly and with far fewer requests. A
backfill here plans for its logical date and never writes, and while it lasts only the heartbeat starts other runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import AssetOrTimeSchedule, DeltaTriggerTimetable, Param, TriggerRule, dag, task

from oncall_sync.assets import NEXT_RUN, PAGERDUTY_ONCALL, SLACK_USERGROUPS
from oncall_sync.config.load import config_path, glance
from oncall_sync.on_airflow import tasks
from oncall_sync.on_airflow.retry import ServerSaysWhen
from oncall_sync.on_airflow.trigger import watched_pagerduty

configured = glance(config_path())


def handles(description: str) -> Param:
    """A list of groups, chosen from those in the config; others are refused in the run, with a near miss."""
    return Param([], type="array", items={"type": "string"}, examples=list(configured.handles), description=description)


PARAMS = {
    "dry_run": Param(False, type="boolean", description="Plan and report, write nothing."),
    "groups": handles("Only these groups; all when empty."),
    "as_of": Param(
        None,
        type=["null", "string"],
        format="date-time",
        description="Who would be on call then? Never writes. Empty: now.",
    ),
    "accept_shrink": handles("Groups that may lose more than half of their members in this run."),
}


@dag(
    schedule=AssetOrTimeSchedule(
        timetable=DeltaTriggerTimetable(configured.heartbeat),
        assets=[watched_pagerduty(configured.poll)],
    ),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=10),  # beyond that the next run is the retry
    max_consecutive_failed_dag_runs=0,  # one bad group must not make Airflow pause the sync of all others
    rerun_with_latest_version=True,  # or a cleared run uses an old config from a versioned bundle
    default_args={
        "owner": "oncall-sync",
        "retries": 3,
        "retry_delay": timedelta(seconds=10),
        "retry_policy": ServerSaysWhen(),
        "execution_timeout": timedelta(minutes=4),
        "show_return_value_in_logs": False,  # 500 groups would be 650 KB of JSON per run
    },
    params=PARAMS,
    tags=["on-call", "pagerduty", "slack"],
    doc_md=__doc__,
)
def oncall_sync() -> None:
    memory = {"inlets": [PAGERDUTY_ONCALL]}  # an inlet gives a task the asset's state store
    fetch = task(tasks.fetch_schedules).override(**memory)
    resolve = task(tasks.resolve_emails).override(**memory)
    look_up = task(tasks.look_up_slack_ids).override(**memory)
    plan = task(tasks.plan_updates).override(**memory, outlets=[NEXT_RUN])
    update = task(tasks.update_groups).override(
        **memory, outlets=[SLACK_USERGROUPS], map_index_template="@{{ handle }}", max_active_tis_per_dagrun=4
    )
    report = task(tasks.report).override(**memory, outlets=[NEXT_RUN], trigger_rule=TriggerRule.ALL_DONE)

    reading = fetch()
    people = resolve(reading)
    ids = look_up(reading, people)
    update.expand(change=plan(reading, people, ids)) >> report()


oncall_sync()
