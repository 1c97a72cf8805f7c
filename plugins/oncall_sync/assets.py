"""The assets that the sync watches and remembers with, and those that it emits. Defined here and nowhere else."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, AssetAlias, AssetWatcher

from oncall_sync.trigger import OnCallTrigger

# For everybody but the Dag that is scheduled on it: a second plain Asset(...) would take its watcher away.
PAGERDUTY_ONCALL = Asset.ref(name="pagerduty_oncall")

# An alias emits only what a task adds to it, where a plain outlet would emit after every run.
NEXT_RUN = AssetAlias(name="oncall_sync_next_run", group="oncall_sync")

# One event for each group that really changed; usergroup_asset says of which asset.
SLACK_USERGROUPS = AssetAlias(name="slack_usergroups", group="oncall_sync")


def watched_pagerduty(poll: timedelta | None) -> Asset:
    """The asset behind PAGERDUTY_ONCALL, with its watcher; without one where `poll` is None."""
    trigger = poll and OnCallTrigger(poll=poll.total_seconds())
    return Asset(
        name=PAGERDUTY_ONCALL.name,
        uri="x-oncall://pagerduty/oncall",
        group="oncall_sync",
        watchers=[AssetWatcher(name="pagerduty", trigger=trigger)] if trigger else [],
    )


def usergroup_asset(handle: str) -> Asset:
    """The asset of one Slack user group, for other Dags to be scheduled on: it changes when the group's members do.

    The extra of its events: see models.Event.
    """
    name = handle.removeprefix("@")
    return Asset(name=f"slack_usergroup_{name}", uri=f"x-oncall://slack/usergroup/{name}", group="oncall_sync")
