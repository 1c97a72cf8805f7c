"""The watcher in Airflow's triggerer: wakes the Dag through the asset `pagerduty_oncall`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

from airflow.sdk import Asset, AssetWatcher
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from oncall_sync.assets import PAGERDUTY_ONCALL
from oncall_sync.memory import Memory, Store
from oncall_sync.on_airflow.connections import pagerduty
from oncall_sync.watcher.poll import LOOK_AT_CONFIG, Look, Watcher

log = logging.getLogger(__name__)


class OnCallTrigger(BaseEventTrigger):
    """Emits an event whenever the Dag should run. Its payload decides nothing: the run reads PagerDuty itself.

    poll: seconds between two polls. Nothing else is an argument: where an edit of the config makes another trigger,
    Airflow 3.3.2 removes the old one and starts the new one only after the Dag is parsed once more.
    """

    def __init__(self, poll: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's
        self.poll = poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "oncall_sync.on_airflow.trigger.OnCallTrigger", {"poll": self.poll}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        store = cast("Store", self.asset_state_store)  # given by the triggerer before this is called
        watcher = Watcher(timedelta(seconds=self.poll), Memory(store), partial(pagerduty, hurried=True))
        failing = False
        while True:
            try:
                # In a thread: the client waits, and other triggers share this loop.
                look = await asyncio.to_thread(watcher.look, datetime.now(UTC))
                failing = False
            except Exception as error:  # a dead watcher wakes nobody, and the cause may pass
                if not failing:
                    log.exception("The watcher failed and goes on. %s", type(error).__name__)
                failing, look = True, Look(None, datetime.now(UTC) + min(watcher.poll, LOOK_AT_CONFIG))
            if look.wake:
                yield TriggerEvent({"why": look.wake})
            await asyncio.sleep(min(look.next - datetime.now(UTC), LOOK_AT_CONFIG).total_seconds())


def watched_pagerduty(poll: timedelta | None) -> Asset:
    """The asset behind PAGERDUTY_ONCALL, with its watcher; without one where `poll` is None."""
    watcher = poll and AssetWatcher(name="pagerduty", trigger=OnCallTrigger(poll=poll.total_seconds()))
    return Asset(
        name=PAGERDUTY_ONCALL.name,
        uri="x-oncall://pagerduty/oncall",
        group="oncall_sync",
        watchers=[watcher] if watcher else [],
    )
