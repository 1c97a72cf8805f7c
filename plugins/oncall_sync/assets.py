"""The assets that the sync watches and remembers with. Defined here and nowhere else.

Another Dag names them by `Asset.ref(name="pagerduty_oncall")`: a second plain Asset(...) would redefine them.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

PAGERDUTY_ONCALL = Asset(
    name="pagerduty_oncall",
    uri="x-oncall://pagerduty/oncall",
    group="oncall_sync",
)

# An alias emits only what a task adds to it, where a plain outlet would emit after every run.
NEXT_RUN = AssetAlias(name="oncall_sync_next_run", group="oncall_sync")
