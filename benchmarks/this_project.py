"""This project without Airflow: the flow of the Dag (oncall_sync.flow) in one process, which really waits."""

from __future__ import annotations

import json
import os
import time
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.worlds import write_config
from oncall_sync.errors import PassingFault
from oncall_sync.flow import Run
from oncall_sync.memory import Memory
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.pagerduty.events import PagerDutyEvents
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.web_client import SlackClient, retry_handlers
from oncall_sync.steps.services import Services
from oncall_sync.transport import BUDGET, WaitBudget
from sandbox import Sandbox

TRIES, RETRY_DELAY = 4, 10  # of a task, and seconds between two of them: as in dags/oncall_sync_dag.py
PARAMS = {"dry_run": False, "groups": [], "as_of": None, "accept_shrink": []}


class Store(dict[str, Any]):
    """Stands in for Airflow's state store; holds JSON, as the real one does."""

    def set(self, key: str, value: Any) -> None:
        self[key] = json.loads(json.dumps(value))

    def delete(self, key: str) -> None:
        self.pop(key, None)


@dataclass
class ThisProject:
    """config: the file that it writes and reads. store: what it remembers.

    minute: in seconds, where time is scaled down. Its own waits are scaled too; a server's already are.
    """

    sandbox: Sandbox
    config: Path
    store: Store = field(default_factory=Store)
    minute: float = 60

    def sync(self) -> int:
        """Runs until no run asks for another: one run writes 150 groups at most. Returns how many writes failed."""
        write_config(self.sandbox.world, self.config)
        os.environ["ONCALL_SYNC_CONFIG"] = str(self.config)
        failed = 0
        while True:
            run = Run(PARAMS, self._services, started=_now(), tries=TRIES, wait=self._wait)
            failed += run.all().counts["failed"]
            if not (run.results.plan and run.results.plan.urgent):
                return failed

    def again(self) -> ThisProject:
        """Another one that remembers the same."""
        return replace(self, store=deepcopy(self.store))

    def _services(self) -> Services:
        sandbox, world, budget = self.sandbox, self.sandbox.world, BUDGET * self.minute / 60
        slack = SlackClient(token=world.slack.token, base_url=sandbox.slack_url, retry_handlers=retry_handlers())
        return Services(
            Memory(self.store),
            lambda _: PagerDutyApi(world.pagerduty.token, sandbox.pagerduty_url, WaitBudget(budget)),
            lambda _: SlackApi(slack, WaitBudget(budget)),
            lambda _: PagerDutyEvents(world.pagerduty.integration_key, sandbox.events_url),
            _now,
        )

    def _wait(self, fault: PassingFault) -> None:
        """Between two tries of a task."""
        time.sleep(RETRY_DELAY * self.minute / 60 if fault.retry_after is None else fault.retry_after)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
