"""Runs whenever the members of @platform-oncall change, or it is disabled or enabled.

Copy it into `dags/` and make it yours: here nothing of it runs by itself. `usergroup_asset("handle")` is the asset of
that one group: the Dag runs for its changes and for no other group's.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from airflow.sdk import dag, task

from oncall_sync.assets import usergroup_asset

PLATFORM = usergroup_asset("platform-oncall")


@dag(schedule=[PLATFORM], start_date=datetime(2026, 1, 1), catchup=False, tags=["on-call", "example"])
def platform_handoff() -> None:
    @task(inlets=[PLATFORM])
    def tell(inlet_events: Any) -> dict[str, list[str]]:
        """The newest event, not the triggering one: several that come close together are one run."""
        change = inlet_events[PLATFORM][-1].extra
        names = {key: [change["names"].get(m, m) for m in change[key]] for key in ("added", "removed", "members")}
        logging.getLogger(__name__).info("@%s (%s): %s", change["handle"], change["id"], names)
        return names

    tell()


platform_handoff()
