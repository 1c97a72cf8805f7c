"""The assets that the sync watches and remembers with, and those that it emits. Defined here and nowhere else."""

from __future__ import annotations

import re

from airflow.sdk import Asset, AssetAlias

from oncall_sync.config.fields import HANDLE

# For everybody but the Dag that is scheduled on it (trigger.py): a second plain Asset(...) would take its watcher away.
PAGERDUTY_ONCALL = Asset.ref(name="pagerduty_oncall")

# An alias emits only what a task adds to it, where a plain outlet would emit after every run.
NEXT_RUN = AssetAlias(name="oncall_sync_next_run", group="oncall_sync")

# One event for each group that really changed; usergroup_asset says of which asset.
SLACK_USERGROUPS = AssetAlias(name="slack_usergroups", group="oncall_sync")


def usergroup_asset(handle: str) -> Asset:
    """The asset of one Slack user group, for other Dags to be scheduled on: it changes when the group's members do.

    The extra of its events: see models.Event. Raises ValueError for what is no handle.
    """
    name = handle.removeprefix("@").lower()
    if not re.fullmatch(HANDLE, name):
        raise ValueError(f"'{handle}' is not the handle of a Slack user group")
    return Asset(name=f"slack_usergroup_{name}", uri=f"x-oncall://slack/usergroup/{name}", group="oncall_sync")
