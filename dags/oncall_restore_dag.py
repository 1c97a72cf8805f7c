"""
### Put a user group back as it was before a change

For the day on which the config or PagerDuty is wrong and people have to be reachable before it is mended. It runs only
when somebody triggers it. One run undoes one change of one group: its newest, or that of the run named by `run`. Run
twice, it undoes itself.

1. **Stop the sync**, or its next run takes this back: pause `oncall_sync`, or write `writes: false` into the config, or
   take the group out of it.
2. **Trigger this** with `group`. The log of `restore_group` shows who was in the group, and who is again.
3. Mend what was wrong, and turn the sync on again. It then says `hand_edit` of this group once, if it changes it.

It refuses while the sync would take it back, to empty a group, and to edit one that is disabled or that somebody else
manages.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import Param, dag, task

from oncall_sync.assets import SLACK_USERGROUPS
from oncall_sync.config.file import config_path, glance
from oncall_sync.on_airflow.other_tasks import restore_group
from oncall_sync.on_airflow.retry import ServerSaysWhen

PARAMS = {
    "group": Param("", type="string", examples=list(glance(config_path()).handles), description="Its handle."),
    "run": Param("", type="string", description="The run of oncall_sync whose change is undone. Empty: the newest."),
}


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1),
    is_paused_upon_creation=False,  # nothing runs it but a person, who should not need two commands
    max_active_runs=1,
    default_args={
        "owner": "oncall-sync",
        "retries": 5,
        "retry_delay": timedelta(seconds=15),  # a run of the sync that is under way ends meanwhile
        "retry_policy": ServerSaysWhen(),
        "execution_timeout": timedelta(minutes=4),
    },
    params=PARAMS,
    tags=["on-call", "slack"],
    doc_md=__doc__,
)
def oncall_restore() -> None:
    task(restore_group).override(outlets=[SLACK_USERGROUPS])()


oncall_restore()
