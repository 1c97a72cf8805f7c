"""The six tasks in order, in this process and without Airflow: what tasks.py does, against a sandbox.

Values go through JSON from step to step, as they do through XCom. A task that meets a passing fault is tried again
`tries` times in all and told when it is the last; what cannot pass ends it at once. Nothing ever really sleeps.
What happens meanwhile in the world stands in `before`; a run can be killed there too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from slack_sdk import WebClient

from oncall_sync import steps
from oncall_sync.clients.pagerduty_api import PagerDutyApi
from oncall_sync.clients.pagerduty_events import PagerDutyEvents
from oncall_sync.clients.slack_api import SlackApi, retry_handlers
from oncall_sync.clients.waiting import WaitBudget
from oncall_sync.config.file import glance, stops_writes
from oncall_sync.errors import InvalidUsers, PassingFault, SyncError
from oncall_sync.memory import Memory
from oncall_sync.models import Change, Event, Model, Problem, Report, SlackId, to_json
from oncall_sync.run import Run
from oncall_sync.run_request import MISTAKES, RunRequest
from oncall_sync.steps.rechecks import recheck
from sandbox import Request, Sandbox
from tests.sync.worlds import NOON

M = TypeVar("M", bound=Model)
Task = Literal["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates", "update_groups", "report"]
TASKS: tuple[Task, ...] = get_args(Task)
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


@dataclass
class Sync:
    """`report = sync.run(dry_run=True)`; what it asked for is in `sync.sandbox`, how it waited in `sync.slept`.

    before: what happens just before a task begins, once. events: the extras of the asset events, of all runs.
    wants_next: the last run asked for a next one, through the asset.
    """

    sandbox: Sandbox
    config: Path
    now: datetime = NOON
    tries: int = 2
    budget: float = 60.0
    store: DictStore = field(default_factory=DictStore)
    slept: list[float] = field(default_factory=list)
    plan: dict[str, Any] | None = None
    late: timedelta = timedelta()  # between the plan and the writes
    while_asleep: Callable[[], None] = lambda: None
    before: dict[Task, Callable[[], object]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    wants_next: bool = False

    def configure(self, text: str) -> None:
        self.config.write_text(text, encoding="utf-8")

    def pagerduty(self, connection_id: str) -> PagerDutyApi:
        return PagerDutyApi("sandbox-pagerduty-key", self.sandbox.pagerduty_url, self._budget())

    def slack(self, connection_id: str) -> SlackApi:
        budget = self._budget()
        client = WebClient(
            token="xoxb-sandbox-slack-token",
            base_url=self.sandbox.slack_url,
            timeout=5,
            retry_handlers=retry_handlers(),
            logger=QUIET,
        )
        return SlackApi(client, budget)

    def pagerduty_events(self, connection_id: str) -> PagerDutyEvents:
        return PagerDutyEvents(self.sandbox.world.pagerduty.integration_key, self.sandbox.events_url)

    def run(
        self, backfill_for: datetime | None = None, cleared: bool = False, scheduled: bool = False, **params: Any
    ) -> Report:
        """One run of the Dag. cleared: update_groups ran only after somebody had cleared the run.

        scheduled: Airflow's scheduler began it, for the heartbeat or the watcher. Raises Killed.
        """
        asked = {"dry_run": False, "groups": [], "as_of": None, "accept_shrink": [], **params}
        left: dict[str, Any] = {"writes": False, "for_some": bool(asked["groups"])}
        started, self.wants_next = self.now, False
        try:
            left["writes"] = RunRequest.of(asked, backfill_for, False).plan_only(not stops_writes(self.config)) is None
            self._until_the_plan(asked, backfill_for, left)
        except SyncError as error:
            left["problems"] = (Problem.of(error),)
            left["writes"] &= error.code not in MISTAKES
            left["configured"] = tuple(
                h for h in glance(self.config).handles if not asked["groups"] or h in asked["groups"]
            )
        if left.get("reading"):
            left["writes"] = left["reading"].plan_only is None
        self.plan = to_json(left["plan"]) if "plan" in left else None
        self._reaches("update_groups")
        if "plan" in left and left["writes"]:
            self.wants_next = left["plan"].urgent
            started += timedelta(hours=1) if cleared else timedelta()
            for group in left["plan"].groups.values():
                if group.change:
                    self._update(through_json(group.change), started, left)
        self._reaches("report")
        run, memory = Run(started=started, scheduled=scheduled, **left), Memory(self.store)
        result = steps.report(run, memory, self.now, lambda news: steps.announce(news, memory, self.slack))
        result = steps.alert(
            result, run, memory, self.now, connect_slack=self.slack, connect_events=self.pagerduty_events
        )
        recheck(run, memory, self.slack, self.now)
        self.wants_next |= bool(run.writes and result.counts["superseded"])
        json.dumps(result.model_dump(mode="json"))
        return result

    def members(self, handle: str) -> set[SlackId]:
        return set(self.sandbox.world.group(handle).members)

    def writes(self) -> list[Request]:
        return [request for request in self.sandbox.requests if request.endpoint in WRITES]

    def _budget(self) -> WaitBudget:
        return WaitBudget(self.budget, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_asleep()

    def _reaches(self, task: Task) -> None:
        self.before.pop(task, lambda: None)()

    def _until_the_plan(self, asked: dict[str, Any], backfill_for: datetime | None, left: dict[str, Any]) -> None:
        memory, now = Memory(self.store), self.now

        def fetch(last_try: bool) -> Model:
            request = RunRequest.of(asked, backfill_for, last_try)
            return steps.fetch_schedules(request, memory, self.pagerduty, now, now)

        def resolve(last_try: bool) -> Model:
            return steps.resolve_emails(reading, memory=memory, connect=self.pagerduty, now=now, last_try=last_try)

        def look_up(last_try: bool) -> Model:
            return steps.look_up_slack_ids(
                reading, people, memory=memory, connect=self.slack, now=now, last_try=last_try
            )

        self._reaches("fetch_schedules")
        reading = left["reading"] = self._task(fetch)
        self._reaches("resolve_emails")
        people = left["people"] = self._task(resolve)
        self._reaches("look_up_slack_ids")
        ids = left["ids"] = self._task(look_up)
        self._reaches("plan_updates")
        left["plan"] = self._task(
            lambda _: steps.plan_updates(reading, people, ids, memory=memory, connect=self.slack, now=now)
        )

    def _update(self, change: Change, started: datetime, left: dict[str, Any]) -> None:
        """One mapped task; what it leaves behind goes into `left`, however it ends."""
        if why := steps.lapsed(change, started, self.now + self.late):
            left.setdefault("superseded", {})[change.handle] = why
            return
        try:
            outcome = self._task(lambda _: steps.update_group(change, self.slack, lambda: self.now))
            left.setdefault("outcomes", {})[change.handle] = outcome
            left.setdefault("looked_up", {}).update(outcome.looked_up)
            event = Event.of(change, outcome.members, outcome.created)
            if event.added or event.removed or event.action != "update":
                self.events.append(event)
        except SyncError as error:
            left.setdefault("failures", {})[change.handle] = Problem.of(error)
            if isinstance(error, InvalidUsers):
                left.setdefault("looked_up", {}).update(error.looked_up)

    def _task(self, step: Callable[[bool], Any]) -> Any:
        for number in range(1, self.tries + 1):
            try:
                return through_json(step(number == self.tries))
            except PassingFault:
                if number == self.tries:
                    raise
        raise AssertionError("a task is tried at least once")


def through_json(value: M) -> M:
    return type(value).model_validate(json.loads(json.dumps(to_json(value))))
