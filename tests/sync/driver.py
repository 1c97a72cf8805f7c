"""A run of the six steps (oncall_sync.flow) against a sandbox; nothing ever really sleeps.

What happens meanwhile in the world stands in `before`; a run can be killed there too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from oncall_sync import flow
from oncall_sync.errors import PassingFault
from oncall_sync.flow import TASKS, Task, through_json
from oncall_sync.memory import Memory
from oncall_sync.models import Change, Event, Model, Report, SlackId, to_json
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.pagerduty.events import PagerDutyEvents
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.web_client import SlackClient, retry_handlers
from oncall_sync.steps.services import Services
from oncall_sync.transport import BUDGET, WaitBudget
from sandbox import Request, Sandbox
from tests.sync.worlds import NOON

__all__ = ["TASKS", "DictStore", "Killed", "Run", "Sync", "Task", "through_json"]

QUIET = logging.Logger("slack_sdk", logging.CRITICAL)
WRITES = ("usergroups.users.update", "usergroups.enable", "usergroups.disable", "usergroups.create")


class Killed(Exception):
    """Raised out of `before`: the run ends there, as by signal 9 or its time-out; nothing reports of it."""


class DictStore(dict[str, Any]):
    """Airflow's state store of an asset, as far as Memory uses it; holds JSON, as the real one does."""

    def set(self, key: str, value: Any) -> None:
        self[key] = json.loads(json.dumps(value))

    def delete(self, key: str) -> None:
        self.pop(key, None)


class Run(flow.Run):
    """A run that can be asked which of its tasks have ended."""

    def has_ended(self, task: Task) -> bool:
        results = self.results
        if task == "update_groups":
            return bool(results.plan) and not self.open_changes
        if task == "report":
            return self.report is not None
        kept = {"fetch_schedules": results.reading, "resolve_emails": results.people, "look_up_slack_ids": results.ids}
        return bool(results.problems) or kept.get(task, results.plan) is not None

    @property
    def open_changes(self) -> list[Change]:
        ended = {*self.results.outcomes, *self.results.failures, *self.results.superseded}
        return [change for change in self.changes if change.handle not in ended]


@dataclass
class Sync:
    """`report = sync.run(dry_run=True)`; what it asked for is in `sync.sandbox`, how it waited in `sync.slept`.

    before: what happens just before a task begins, once. late: between the plan and the writes. events: the extras of
    the asset events, of all runs. wants_next: the last run asked for a next one, through the asset. xcoms: what the
    tasks returned, of all runs.
    """

    sandbox: Sandbox
    config: Path
    now: datetime = NOON
    tries: int = 2
    budget: float = BUDGET
    timeout: float = 5.0  # of Slack's client, in seconds
    store: DictStore = field(default_factory=DictStore)
    slept: list[float] = field(default_factory=list)
    late: timedelta = timedelta()
    while_asleep: Callable[[], None] = lambda: None
    before: dict[Task, Callable[[], object]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    wants_next: bool = False
    xcoms: list[str] = field(default_factory=list)
    until_next_try: Callable[[PassingFault], None] = lambda _: None

    def configure(self, text: str) -> None:
        self.config.write_text(text, encoding="utf-8")

    def pagerduty(self, connection_id: str) -> PagerDutyApi:
        return PagerDutyApi("sandbox-pagerduty-key", self.sandbox.pagerduty_url, self._budget())

    def slack(self, connection_id: str) -> SlackApi:
        client = SlackClient(
            token="xoxb-sandbox-slack-token",
            base_url=self.sandbox.slack_url,
            timeout=self.timeout,  # urllib takes fractions
            retry_handlers=retry_handlers(),
            logger=QUIET,
        )
        return SlackApi(client, self._budget())

    def pagerduty_events(self, connection_id: str) -> PagerDutyEvents:
        return PagerDutyEvents(self.sandbox.world.pagerduty.integration_key, self.sandbox.events_url)

    def services(self) -> Services:
        return Services(Memory(self.store), self.pagerduty, self.slack, self.pagerduty_events, lambda: self.now)

    def run(
        self, backfill_for: datetime | None = None, cleared: bool = False, scheduled: bool = False, **params: Any
    ) -> Report:
        """One run of the Dag. cleared: update_groups ran only after somebody had cleared the run.

        scheduled: Airflow's scheduler began it, for the heartbeat or the watcher. Raises Killed.
        """
        run = self.begin(backfill_for, scheduled, **params)
        for task in TASKS:
            if not (task in flow.BEFORE_WRITES and run.results.problems):
                self.before.pop(task, lambda: None)()
                self.do(task, run)
            if task == "plan_updates" and cleared:
                run.results = replace(run.results, started=self.now + timedelta(hours=1))
        assert run.report
        return run.report

    def begin(self, backfill_for: datetime | None = None, scheduled: bool = False, **params: Any) -> Run:
        asked = {"dry_run": False, "groups": [], "as_of": None, "accept_shrink": [], **params}
        self.wants_next = False
        return Run(
            asked,
            self.services,
            self.now,
            backfill_for,
            scheduled,
            self.tries,
            wait=self.until_next_try,
            events=self.events,
        )

    def do(self, task: Task, run: Run) -> None:
        """One task of the run, from what those before left behind; a cleared or killed one may be done once more."""
        if task == "update_groups":
            self.wants_next |= bool(run.results.writes and run.results.plan and run.results.plan.urgent)
            for change in run.changes:
                self.update(change, run)
            return
        run.do(task)
        results, report = run.results, run.report
        left = {"resolve_emails": results.people, "look_up_slack_ids": results.ids, "plan_updates": results.plan}
        self._keep(left.get(task, report if task == "report" else results.reading))
        self.wants_next |= bool(report and results.writes and report.counts["superseded"])

    def update(self, change: Change, run: Run) -> None:
        """One mapped task, `late` after the plan."""
        began, self.now = self.now, self.now + self.late
        run.update(change)
        self.now = began
        self._keep(run.results.outcomes.get(change.handle))

    def members(self, handle: str) -> set[SlackId]:
        return set(self.sandbox.world.group(handle).members)

    def writes(self) -> list[Request]:
        return [request for request in self.sandbox.requests if request.endpoint in WRITES]

    def _keep(self, result: Model | None) -> None:
        self.xcoms += [json.dumps(to_json(result))] if result else []

    def _budget(self) -> WaitBudget:
        return WaitBudget(self.budget, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_asleep()
