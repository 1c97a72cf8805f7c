"""The six steps in order, as plain Python: one process, no Airflow.

    fetch_schedules ─> resolve_emails ─> look_up_slack_ids ─> plan_updates ─> update_groups ─> report

Airflow's tasks (on_airflow/tasks.py) call `attempt`, `write_group`, `leave_problem` and `finish` one by one; the tests
and the benchmarks call `Run`, which goes through all of them. Both leave the same behind for `report`: RunResults.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args

from oncall_sync import journal, steps
from oncall_sync.config.load import config_path, glance, stops_writes
from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.models import (
    Change,
    Event,
    Model,
    Outcome,
    People,
    Problem,
    Reading,
    Report,
    RunResults,
    SlackIds,
    to_json,
)
from oncall_sync.parameters import MISTAKES, Parameters, handles_of
from oncall_sync.steps.services import Services
from oncall_sync.transport import Faults

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Task = Literal["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates", "update_groups", "report"]
TASKS: tuple[Task, ...] = get_args(Task)
BEFORE_WRITES = TASKS[:4]  # if one of them fails, so does the run


class Superseded(Exception):
    """A write that comes too late; its text says why. It is skipped, not failed."""


def attempt(step: Callable[[Services], T], services: Services, *, last_try: bool) -> T:
    """One try of a step. A passing fault that it noted is raised, unless nothing will try again.

    On the last try the result counts, although something in it could not be read.
    """
    tried = replace(services, faults=Faults())
    result = step(tried)
    if tried.faults.noted and not last_try:
        raise max(tried.faults.noted, key=lambda fault: fault.retry_after or 0)
    return result


def write_group(change: Change, services: Services, run_started: datetime | None) -> tuple[Outcome, Event | None]:
    """One change, and the asset event that it causes. Raises Superseded, Refused, PassingFault."""
    later_run = journal.later_run(services.memory, change.as_of, services.now())
    if why := steps.superseded(change, run_started, services.now(), later_run):
        raise Superseded(why)
    outcome = steps.update_group(change, services)
    event = Event.of(change, outcome.members, outcome.created)
    return outcome, event if event.added or event.removed or event.action != "update" else None


def with_later_run(results: RunResults, services: Services) -> RunResults:
    """Notes whether another run has read PagerDuty later."""
    return replace(results, later_run=journal.later_run(services.memory, results.as_of, services.now()))


def finish(results: RunResults, services: Services) -> Report:
    """The report, after the groups' states are saved, handoffs are announced and alerts are sent."""
    return steps.alert(steps.report(results, services), results, services)


def may_write(params: Mapping[str, Any], backfill_for: datetime | None) -> bool:
    """What the run was asked for, where fetch_schedules did not get as far as to say it."""
    try:
        return Parameters.of(params, backfill_for).plan_only(writes=not stops_writes(config_path())) is None
    except SyncError:
        return False


def failed_early(results: RunResults, problems: tuple[Problem, ...], params: Mapping[str, Any]) -> RunResults:
    """The same results, after a task before the writes failed. A run that was asked for in the wrong words writes
    nothing."""
    if results.reading:
        return replace(results, problems=problems)
    asked = handles_of(params.get("groups"))
    return replace(
        results,
        problems=problems,
        writes=results.writes and not {problem.code for problem in problems} & MISTAKES,
        configured=tuple(handle for handle in glance(config_path()).handles if not asked or handle in asked),
    )


@dataclass
class Run:
    """One run, task by task; `results` is what they have left behind so far.

    params: as of the Dag run. services: called for each task, which has a process of its own in Airflow. tries: of
    each task; `wait` is called between two. events: the extras of the asset events. Results go through JSON.
    """

    params: Mapping[str, Any]
    services: Callable[[], Services]
    started: datetime
    backfill_for: datetime | None = None
    scheduled: bool = False
    tries: int = 1
    wait: Callable[[PassingFault], None] = lambda fault: None
    events: list[Event] = field(default_factory=list)
    results: RunResults = field(init=False)
    report: Report | None = None

    def __post_init__(self) -> None:
        asked = may_write(self.params, self.backfill_for)
        self.results = RunResults(
            writes=asked,
            started=self.started,
            scheduled=self.scheduled,
            for_some=bool(handles_of(self.params.get("groups"))),
        )

    def all(self) -> Report:
        for task in TASKS[:-1]:
            self.do(task)
        return self.close()

    def do(self, task: Task) -> None:
        """One task, from what those before left behind; a cleared or killed one may be done once more."""
        if task == "report":
            self.close()
        elif task == "update_groups":
            for change in self.changes:
                self.update(change)
        elif not self.results.problems:
            self._read(task)

    def close(self) -> Report:
        """The task `report`."""
        services = self.services()
        results = with_later_run(self.results, services)
        self.report = finish(results, services)
        steps.recheck(results, services)
        return self.report

    @property
    def changes(self) -> list[Change]:
        """One for each mapped task."""
        planned = self.results.plan.groups.values() if self.results.plan and self.results.writes else ()
        return [through_json(group.change) for group in planned if group.change]

    def update(self, change: Change) -> None:
        """One mapped task; what it leaves behind is in `results`, however it ends."""
        left, handle = self.results, change.handle
        try:
            outcome, event = self._tried(lambda services: write_group(change, services, left.started))
        except Superseded as why:
            self.results = replace(left, superseded={**left.superseded, handle: str(why)})
        except SyncError as error:
            looked_up = error.looked_up if isinstance(error, steps.StillInvalid) else {}
            failures = {**left.failures, handle: Problem.of(error)}
            self.results = replace(left, failures=failures, looked_up={**left.looked_up, **looked_up})
        else:
            self.events += [event] if event else []
            outcomes = {**left.outcomes, handle: through_json(outcome)}
            self.results = replace(left, outcomes=outcomes, looked_up={**left.looked_up, **outcome.looked_up})

    def _read(self, task: Task) -> None:
        """A task before the writes; where it fails, so does the run."""
        try:
            self.results = self._read_once(task)
        except SyncError as error:
            self.results = failed_early(self.results, (Problem.of(error),), self.params)

    def _read_once(self, task: Task) -> RunResults:
        results, tried = self.results, self._tried
        match task, results.reading, results.people, results.ids:
            case "fetch_schedules", *_:
                asked = Parameters.of(self.params, self.backfill_for)
                reading = tried(lambda services: steps.fetch_schedules(asked, services, results.started))
                return replace(results, reading=through_json(reading), writes=reading.plan_only is None)
            case "resolve_emails", Reading() as read, _, _:
                return replace(results, people=through_json(tried(lambda s: steps.resolve_emails(read, s))))
            case "look_up_slack_ids", Reading() as read, People() as people, _:
                return replace(results, ids=through_json(tried(lambda s: steps.look_up_slack_ids(read, people, s))))
            case "plan_updates", Reading() as read, People() as people, SlackIds() as ids:
                return replace(results, plan=through_json(tried(lambda s: steps.plan_updates(read, people, ids, s))))
        raise ValueError(f"{task} needs what the tasks before it leave behind")

    def _tried(self, step: Callable[[Services], T]) -> T:
        for _ in range(self.tries - 1):
            try:
                return attempt(step, self.services(), last_try=False)
            except PassingFault as fault:
                self.wait(fault)
        return attempt(step, self.services(), last_try=True)


def through_json(value: M) -> M:
    """As XCom does it."""
    return type(value).model_validate(json.loads(json.dumps(to_json(value))))
