"""The six tasks, one module each, in the order in which the data moves, and that of `oncall_restore`.

None of them knows Airflow.
"""

from oncall_sync.steps.alert import alert
from oncall_sync.steps.announce import announce
from oncall_sync.steps.fetch_schedules import fetch_schedules
from oncall_sync.steps.look_up_slack_ids import look_up_slack_ids, recheck
from oncall_sync.steps.plan_updates import plan_updates
from oncall_sync.steps.report import report
from oncall_sync.steps.resolve_emails import resolve_emails
from oncall_sync.steps.restore import change_to_undo, refuse_in_vain, restore
from oncall_sync.steps.update_groups import StillInvalid, superseded, update_group

__all__ = [
    "StillInvalid",
    "alert",
    "announce",
    "change_to_undo",
    "fetch_schedules",
    "look_up_slack_ids",
    "plan_updates",
    "recheck",
    "refuse_in_vain",
    "report",
    "resolve_emails",
    "restore",
    "superseded",
    "update_group",
]
