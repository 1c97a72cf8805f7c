"""The tasks as Airflow runs them: context in, a step of `steps/` (or the history, or the preflight), plain JSON out.

sync           the six of `oncall_sync`
left_behind    what they leave for the last of them, `report`, whole or not
others         those of the other Dags
context        what they need of Airflow's context
"""

from oncall_sync.tasks.others import check_everything, fetch_shifts, restore_group
from oncall_sync.tasks.sync import (
    fetch_schedules,
    look_up_slack_ids,
    plan_updates,
    report,
    resolve_emails,
    update_groups,
)

__all__ = [
    "check_everything",
    "fetch_schedules",
    "fetch_shifts",
    "look_up_slack_ids",
    "plan_updates",
    "report",
    "resolve_emails",
    "restore_group",
    "update_groups",
]
