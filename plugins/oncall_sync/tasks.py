"""The tasks as Airflow runs them: context in, a step of `steps/` (or the history), plain JSON out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Context, get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time.context import InletEventsAccessors
from airflow.sdk.observability import stats

from oncall_sync import history, left_behind, preflight, steps, watch
from oncall_sync.assets import NEXT_RUN, PAGERDUTY_ONCALL, SLACK_USERGROUPS, usergroup_asset
from oncall_sync.config.file import config_path, stops_writes
from oncall_sync.config.values import printable
from oncall_sync.connections import pagerduty, pagerduty_events, slack
from oncall_sync.errors import ConfigMistake, InvalidUsers, PassingFault, SyncError
from oncall_sync.memory import Memory, ReadOnly
from oncall_sync.metrics import metrics
from oncall_sync.models import Change, Event, People, Problem, Reading, Report, SlackIds, to_json
from oncall_sync.preflight.to_do import render_to_do
from oncall_sync.run_request import RunRequest, handles_of, refuse_unknown
from oncall_sync.steps.rechecks import recheck
from oncall_sync.table import render, render_shifts

log = logging.getLogger(__name__)

Json = Any  # what an XCom holds; while the Dag is wired, the promise of it
SYNC = "oncall_sync"
MOST_CHANGES = 1000  # of one group, among which that of a run is looked for


def fetch_schedules() -> Json:
    context = get_current_context()
    with _explained(context):
        reading = steps.fetch_schedules(
            request_of(context), _memory(context), pagerduty, _now(), context["dag_run"].start_date
        )
        return to_json(reading)


def resolve_emails(reading: Json) -> Json:
    context = get_current_context()
    with _explained(context):
        people = steps.resolve_emails(
            Reading.model_validate(reading),
            memory=_memory(context),
            connect=pagerduty,
            now=_now(),
            last_try=last_try(context),
        )
        return to_json(people)


def look_up_slack_ids(reading: Json, people: Json) -> Json:
    context = get_current_context()
    with _explained(context):
        ids = steps.look_up_slack_ids(
            Reading.model_validate(reading),
            People.model_validate(people),
            memory=_memory(context),
            connect=slack,
            now=_now(),
            last_try=last_try(context),
        )
        return to_json(ids)


def plan_updates(reading: Json, people: Json, ids: Json) -> list[Json]:
    """The changes to write, one mapped task each; the whole plan is for `report`, under the key `plan`."""
    context = get_current_context()
    read = Reading.model_validate(reading)
    with _explained(context):
        plan = steps.plan_updates(
            read,
            People.model_validate(people),
            SlackIds.model_validate(ids),
            memory=_memory(context),
            connect=slack,
            now=_now(),
        )
    context["ti"].xcom_push(key="plan", value=to_json(plan))
    if read.plan_only:
        return []
    if plan.urgent:
        _ask_for_next_run(context)
    return [to_json(group.change) for group in plan.groups.values() if group.change]


def update_groups(change: Json) -> Json:
    context: Any = get_current_context()
    planned = Change.model_validate(change)
    context["handle"] = planned.handle  # for map_index_template
    overtaken = watch.overtaken(_memory(context), planned.as_of, _now())
    why = steps.lapsed(planned, context["dag_run"].start_date, _now(), overtaken)
    if why:
        _leave(context, {"superseded": why})
        raise AirflowSkipException(f"@{planned.handle}: superseded, {why}")
    with _explained(context):
        outcome = steps.update_group(planned, slack, _now)
    event = Event.of(planned, outcome.members, outcome.created)
    if event.added or event.removed or event.action != "update":
        _tell(context, event)
    return to_json(outcome)


def report() -> Json:
    """Prints the table, returns the JSON, and fails the run if anything failed, after every group was served."""
    context = get_current_context()
    run, memory = left_behind.run_of(context, _writes(context)), _memory(context)
    run = replace(run, overtaken=watch.overtaken(memory, run.as_of, _now()))
    result = steps.report(run, memory, _now(), lambda news: steps.announce(news, memory, slack))
    result = steps.alert(result, run, memory, _now(), connect_slack=slack, connect_events=pagerduty_events)
    value = result.model_dump(mode="json")
    log.info("\n%s", render(value))
    if run.is_the_present:
        context["ti"].xcom_push(key="state", value=value)
    recheck(run, memory, slack, _now())
    if run.writes and result.counts["superseded"]:
        _ask_for_next_run(context)
    if run.about_all:
        _measure(result)
    failure = _failure(result)
    if failure:
        _leave(context, value)
        raise AirflowFailException(failure)  # not retried: a second try would show the same
    return value


def fetch_shifts() -> Json:
    """The task of `oncall_history`: who was on call during the run's data interval."""
    context = get_current_context()
    since, until = _span(context["dag_run"])
    memory = ReadOnly(context["asset_state_store"][PAGERDUTY_ONCALL])
    with _explained(context):
        value = history.fetch_shifts(since, until, memory, pagerduty, _now()).model_dump(mode="json")
    log.info("\n%s", render_shifts(value))
    return value


def check_everything() -> Json:
    """The task of `oncall_check`: what will go wrong. Shows the list and leaves it behind, however it ends."""
    context = get_current_context()
    memory = ReadOnly(context["asset_state_store"][PAGERDUTY_ONCALL])
    found = preflight.check(memory, pagerduty, slack, pagerduty_events, _now())
    value = found.model_dump(mode="json")
    log.info("\n%s", render_to_do(found))
    if not found.errors:
        return value
    _leave(context, value)
    if found.passing and not last_try(context):
        raise PassingFault("oncall_check", f"not all could be checked ({found.passing[0]})", code="unchecked")
    raise AirflowFailException(printable(" ".join(found.errors)))  # not retried: a second try would show the same


def restore_group() -> Json:
    """The task of `oncall_restore`."""
    context = get_current_context()
    params, ti = context["params"], context["ti"]
    with _explained(context):
        refuse_unknown(params, ("group", "run"))
        (handle,) = handles_of([params["group"]])
        under_way = ti.get_dr_count(SYNC, states=["running"])
        steps.refuse_in_vain(handle, paused=ti.get_dag(SYNC).is_paused, running=bool(under_way))
        undone = steps.change_to_undo(handle, params["run"], _changes_of(handle))
        event = steps.restore(undone, slack, _now)
    if event:
        _tell(context, event)
    return event and event.model_dump(mode="json")


def _changes_of(handle: str) -> Iterator[tuple[str | None, Any]]:
    """Each run that changed the group, and what its asset event says, the newest first."""
    try:
        asset = usergroup_asset(handle)
    except ValueError as error:
        raise ConfigMistake("Run parameter group", str(error), code="unknown_group") from None
    for event in InletEventsAccessors([asset])[asset].ascending(False).limit(MOST_CHANGES):
        yield event.source_run_id, event.extra


def _tell(context: Any, event: Event) -> None:
    extra = event.model_dump(mode="json")
    context["outlet_events"][SLACK_USERGROUPS].add(usergroup_asset(event.handle), extra=extra)


def _span(run: Any) -> tuple[datetime, datetime]:
    """For a run by hand the UTC day of its logical date; without one, yesterday.

    Airflow's interval would be the day before that date: not what somebody means who types it in.
    """
    if run.data_interval_start and run.run_type != "manual":
        return run.data_interval_start, run.data_interval_end
    day = (run.logical_date or _now() - timedelta(days=1)).astimezone(UTC)
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(days=1)


def request_of(context: Context) -> RunRequest:
    run = context["dag_run"]
    backfill_for = run.logical_date if run.run_type == "backfill" else None
    return RunRequest.of(context["params"], backfill_for, last_try(context))


def last_try(context: Context) -> bool:
    """Airflow will not run this task again by itself, whatever happens."""
    ti = context["ti"]
    return bool(ti.try_number > ti.max_tries)


def _writes(context: Context) -> bool:
    """What the run was asked for, where fetch_schedules did not come so far as to say it."""
    try:
        return request_of(context).plan_only(writes=not stops_writes(config_path())) is None
    except SyncError:
        return False


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _memory(context: Context) -> Memory:
    """The task must have PAGERDUTY_ONCALL among its inlets."""
    return Memory(context["asset_state_store"][PAGERDUTY_ONCALL])


def _ask_for_next_run(context: Context) -> None:
    """Through the asset that the Dag is scheduled on: the next run begins as soon as this one has ended."""
    context["outlet_events"][NEXT_RUN].add(PAGERDUTY_ONCALL)  # type: ignore[arg-type]  # takes a reference too


def _leave(context: Context, value: Json) -> None:
    """For `report`, by a task that does not succeed: an XCom pushed before raising survives."""
    context["ti"].xcom_push(key="return_value", value=value)


@contextmanager
def _explained(context: Context) -> Iterator[None]:
    """An error of the sync is logged in one line, and left for `report` in place of a result."""
    try:
        yield
    except SyncError as error:
        log.error("%s", error)
        looked_up = error.looked_up if isinstance(error, InvalidUsers) else {}
        _leave(context, {"problem": to_json(Problem.of(error)), "looked_up": looked_up})
        raise


def _measure(result: Report) -> None:
    """To Airflow's StatsD or OpenTelemetry, where its config names one."""
    for metric in metrics(result, _now()):
        tags = {"group": metric.group} if metric.group else None
        if metric.kind == "gauge":
            stats.gauge(metric.name, metric.value, tags=tags)
        else:
            stats.timing(metric.name, timedelta(seconds=metric.value), tags=tags)


def _failure(result: Report) -> str:
    """One line for who reads the log of a failed run; empty when nothing failed."""
    errors = [problem.message for problem in result.problems if problem.level == "error"]
    failed = [f"@{handle}" for handle, group in result.groups.items() if group.status == "failed"]
    if failed:
        errors.append(f"{len(failed)} of {len(result.groups)} groups failed: {', '.join(failed[:20])}")
    return printable(" ".join(errors))
