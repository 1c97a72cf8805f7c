"""
### Put a user group back as it was before a change

Use this when the config or PagerDuty is wrong and people must be reachable before it is fixed. It runs only when
somebody triggers it. One run undoes one change of one group: the newest, or that of the run named by `run`. Run
twice, it undoes itself.

1. **Stop the sync**, or its next run undoes the restore: pause `oncall_sync`, or write `writes: false` into the
   config, or remove the group from it.
2. **Trigger this** with `group`. The log of `restore_group` shows the members before and after.
3. Fix the cause, and start the sync again. If it changes this group, it reports `hand_edit` once.

It refuses while the sync would undo the restore. It also refuses to empty a group, and to edit one that is disabled
or managed elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import Param, dag, task

from oncall_sync.assets import PAGERDUTY_ONCALL, SLACK_USERGROUPS
from oncall_sync.config.load import config_path, glance
from oncall_sync.on_airflow.other_tasks import restore_group
from oncall_sync.on_airflow.retry import ServerSaysWhen

PARAMS = {
    "group": Param("", type="string", examples=list(glance(config_path()).handles), description="Its handle."),
    "run": Param("", type="string", description="The run of oncall_sync whose change is undone. Empty: the newest."),
}


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    is_paused_upon_creation=False,  # only a person runs it, and should not need two commands
    max_active_runs=1,
    default_args={
        "owner": "oncall-sync",
        "retries": 5,
        "retry_delay": timedelta(seconds=15),  # a run of the sync that is still active ends meanwhile
        "retry_policy": ServerSaysWhen(),
        "execution_timeout": timedelta(minutes=4),
    },
    params=PARAMS,
    tags=["on-call", "slack"],
    doc_md=__doc__,
)
def oncall_restore() -> None:
    task(restore_group).override(inlets=[PAGERDUTY_ONCALL], outlets=[SLACK_USERGROUPS])()


oncall_restore()
