"""The six tasks in order, in this process and without Airflow: what tasks/sync.py does, against a sandbox.

Values go through JSON from step to step, as they do through XCom. A task that meets a passing fault is tried again
`tries` times in all and told when it is the last; what cannot pass ends it at once. Nothing ever really sleeps.
What happens meanwhile in the world stands in `before`; a run can be killed there too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from oncall_sync import steps
from oncall_sync.config.file import glance, stops_writes
from oncall_sync.errors import InvalidUsers, PassingFault, SyncError
from oncall_sync.memory import Memory
from oncall_sync.models import Change, Event, Model, Plan, Problem, Reading, Report, RunResults, SlackId, to_json
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.pagerduty.events import PagerDutyEvents
from oncall_sync.parameters import MISTAKES, Parameters
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.web_client import SlackClient, retry_handlers
from oncall_sync.steps.rechecks import recheck
from oncall_sync.transport import BUDGET, WaitBudget
from oncall_sync.watcher import fingerprint
from sandbox import Request, Sandbox
from tests.sync.worlds import NOON

M = TypeVar("M", bound=Model)
Task = Literal["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates", "update_groups", "report"]
TASKS: tuple[Task, ...] = get_args(Task)
READING = TASKS[:4]  # where one of them fails, so does the run
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
class Begun:
    """A run that has begun. left: what its tasks left behind, by task and, for `report`, as in Run."""

    asked: dict[str, Any]
    backfill_for: datetime | None
    started: datetime
    scheduled: bool
    left: dict[str, Any] = field(default_factory=lambda: {"writes": False})

    @property
    def reading(self) -> Reading | None:
        return self.left.get("fetch_schedules")

    @property
    def plan(self) -> Plan | None:
        return self.left.get("plan_updates")

    @property
    def changes(self) -> list[Change]:
        """One for each mapped task."""
        planned = self.plan.groups.values() if self.plan and self.left["writes"] else ()
        return [through_json(group.change) for group in planned if group.change]

    def asks_to_write(self, stopped: bool) -> None:
        """As far as is known before the config was read. Raises ConfigMistake."""
        if not self.reading:
            request = Parameters.of(self.asked, self.backfill_for, False)
            self.left["writes"] = request.plan_only(not stopped) is None

    def as_it_ended(self) -> RunResults:
        names = {"fetch_schedules": "reading", "resolve_emails": "people", "look_up_slack_ids": "ids"}
        names["plan_updates"] = "plan"
        left = {names.get(key, key): value for key, value in self.left.items() if key != "report"}
        return RunResults(started=self.started, scheduled=self.scheduled, for_some=bool(self.asked["groups"]), **left)


@dataclass
class Sync:
    """`report = sync.run(dry_run=True)`; what it asked for is in `sync.sandbox`, how it waited in `sync.slept`.

    before: what happens just before a task begins, once. events: the extras of the asset events, of all runs.
    wants_next: the last run asked for a next one, through the asset. xcoms: what the tasks returned, of all runs.
    """

    sandbox: Sandbox
    config: Path
    now: datetime = NOON
    tries: int = 2
    budget: float = BUDGET
    timeout: float = 5.0  # of Slack's client, in seconds
    store: DictStore = field(default_factory=DictStore)
    slept: list[float] = field(default_factory=list)
    plan: dict[str, Any] | None = None
    late: timedelta = timedelta()  # between the plan and the writes
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
        budget = self._budget()
        client = SlackClient(
            token="xoxb-sandbox-slack-token",
            base_url=self.sandbox.slack_url,
            timeout=self.timeout,  # urllib takes fractions
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
        begun = self.begin(backfill_for, scheduled, **params)
        for task in TASKS:
            if task not in READING or not begun.left.get("problems"):
                self._reaches(task)
                self.do(task, begun)
            if task == "plan_updates" and cleared:
                begun.started += timedelta(hours=1)
        return begun.left["report"]  # type: ignore[no-any-return]

    def begin(self, backfill_for: datetime | None = None, scheduled: bool = False, **params: Any) -> Begun:
        asked = {"dry_run": False, "groups": [], "as_of": None, "accept_shrink": [], **params}
        self.wants_next = False
        return Begun(asked, backfill_for, self.now, scheduled)

    def do(self, task: Task, begun: Begun) -> None:
        """One task of the run, from what those before left behind; a cleared or killed one may be done once more."""
        if task in READING:
            self._read(task, begun)
        elif task == "report":
            self._report(begun)
        else:
            self.wants_next |= bool(begun.left["writes"] and begun.plan and begun.plan.urgent)
            for change in begun.changes:
                self.update(change, begun)

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

    def _read(self, task: Task, begun: Begun) -> None:
        """A task up to the plan; where it fails, so does the run."""
        left = begun.left
        try:
            begun.asks_to_write(stops_writes(self.config))
            left[task] = self._task(lambda last_try: self._step(task, begun, last_try))
        except SyncError as error:
            left["problems"] = (Problem.of(error),)
            left["writes"] &= error.code not in MISTAKES
            left["configured"] = tuple(
                h for h in glance(self.config).handles if not begun.asked["groups"] or h in begun.asked["groups"]
            )
        if begun.reading:
            left["writes"] = begun.reading.plan_only is None
        self.plan = to_json(begun.plan) if begun.plan else None

    def _step(self, task: Task, begun: Begun, last_try: bool) -> Model:
        memory, now, left = Memory(self.store), self.now, begun.left
        if task == "fetch_schedules":
            request = Parameters.of(begun.asked, begun.backfill_for, last_try)
            return steps.fetch_schedules(request, memory, self.pagerduty, now, begun.started)
        reading = left["fetch_schedules"]
        if task == "resolve_emails":
            return steps.resolve_emails(reading, memory=memory, connect=self.pagerduty, now=now, last_try=last_try)
        people = left["resolve_emails"]
        if task == "look_up_slack_ids":
            return steps.look_up_slack_ids(
                reading, people, memory=memory, connect=self.slack, now=now, last_try=last_try
            )
        ids = left["look_up_slack_ids"]
        return steps.plan_updates(reading, people, ids, memory=memory, connect=self.slack, now=now)

    def update(self, change: Change, begun: Begun) -> None:
        """One mapped task; what it leaves behind is in `left`, however it ends."""
        left = begun.left
        now = self.now + self.late
        if why := steps.lapsed(
            change, begun.started, now, fingerprint.overtaken(Memory(self.store), change.as_of, now)
        ):
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

    def _report(self, begun: Begun) -> None:
        run, memory = begun.as_it_ended(), Memory(self.store)
        run = replace(run, overtaken=fingerprint.overtaken(memory, run.as_of, self.now))
        result = steps.report(run, memory, self.now, lambda news: steps.announce(news, memory, self.slack))
        result = steps.alert(
            result, run, memory, self.now, connect_slack=self.slack, connect_events=self.pagerduty_events
        )
        recheck(run, memory, self.slack, self.now)
        self.wants_next |= bool(run.writes and result.counts["superseded"])
        self.xcoms.append(json.dumps(result.model_dump(mode="json")))
        begun.left["report"] = result

    def _task(self, step: Callable[[bool], Any]) -> Any:
        for number in range(1, self.tries + 1):
            try:
                result = through_json(step(number == self.tries))
            except PassingFault as fault:
                if number == self.tries:
                    raise
                self.until_next_try(fault)
            else:
                self.xcoms.append(json.dumps(to_json(result)))
                return result
        raise AssertionError("a task is tried at least once")


def through_json(value: M) -> M:
    return type(value).model_validate(json.loads(json.dumps(to_json(value))))
