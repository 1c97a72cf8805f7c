"""For other Dags: a message that mentions a synced group when something fails.

from oncall_sync.notifier import mention_on_call

default_args={"on_failure_callback": [mention_on_call("platform-oncall", channel="#data-alerts")]}
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy
from typing import Any

from airflow.sdk import BaseNotifier, Context
from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.sdk.execution_time.context import AssetStateStoreAccessors

from oncall_sync.assets import PAGERDUTY_ONCALL
from oncall_sync.errors import SyncError
from oncall_sync.memory import Memory
from oncall_sync.on_airflow.connections import slack
from oncall_sync.rules.targets import by_handle
from oncall_sync.slack.client import SlackApi
from oncall_sync.state import load_states

log = logging.getLogger(__name__)

# A Dag's own callback may know of no task; Airflow's templates take nothing undefined.
TEXT = (
    "{{ dag.dag_id }}{% if ti is defined %}, task {{ ti.task_id }}{% endif %} failed"
    "{% if ti is defined and ti.log_url is defined %} (<{{ ti.log_url | replace('&', '&amp;') }}|log>){% endif %}"
)


def mention_on_call(
    handle: str, *, channel: str, text: str = TEXT, slack_conn_id: str = "slack_api_default"
) -> MentionOnCall:
    """For `on_failure_callback` of a task or a Dag: posts "@handle text", which notifies who is on call.

    channel: ID, or #name, of one that the app may post to (scope chat:write). text: a template, as in operators.
    """
    return MentionOnCall(handle, channel, text, slack_conn_id)


class MentionOnCall(BaseNotifier):
    """See mention_on_call. The provider's SlackNotifier always needs the scope chat:write.customize; this does not."""

    template_fields: Sequence[str] = ("handle", "channel", "text")

    def __init__(self, handle: str, channel: str, text: str, slack_conn_id: str) -> None:
        super().__init__()
        self.handle, self.channel, self.text, self.slack_conn_id = handle, channel, text, slack_conn_id

    def __call__(self, *args: Any) -> None:
        """With a copy: Airflow renders the fields in place, and several tasks may fail with one notifier."""
        super(MentionOnCall, copy(self)).__call__(*args)

    def notify(self, context: Context) -> None:
        """Never raises what Slack says: what is to be seen is the failure that this is about."""
        try:
            api, handle = slack(self.slack_conn_id, hurried=True), self.handle.removeprefix("@").lower()
            group_id = _remembered(handle, context) or _listed(handle, api)
            if not group_id:
                log.warning("Slack has no user group @%s: the message names it, and notifies nobody.", handle)
            mention = f"<!subteam^{group_id}>" if group_id else f"@{handle}"
            api.post(self.channel, f"{mention} {self.text}")
        except SyncError as error:
            log.error("The message to %s was not posted. %s", self.channel, error)


def _remembered(handle: str, context: Context) -> str | None:
    """The group's ID, as the sync knows it by.

    Only in a task's own process, which has its bundle: the Dag processor, where callbacks of Dags and of lost tasks
    run, cannot ask the state store, and would wait for its answer for ever.
    """
    if not hasattr(context.get("ti"), "bundle_instance"):
        return None
    try:
        states = load_states(Memory(AssetStateStoreAccessors([PAGERDUTY_ONCALL])))
    except AirflowRuntimeError:  # the API server does not give it: the message must go out all the same
        return None
    return states[handle].id if handle in states else None


def _listed(handle: str, api: SlackApi) -> str | None:
    """Where nothing is remembered; needs the scope usergroups:read."""
    try:
        group = by_handle(handle, api.user_groups())
    except SyncError as error:
        log.warning("Slack's user groups cannot be read. %s", error)
        return None
    return group.id if group and not group.disabled else None
