"""The six tasks of `oncall_sync`, in their order."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.observability import stats

from oncall_sync import steps
from oncall_sync.config.values import printable
from oncall_sync.models import Change, Event, People, Reading, Report, SlackIds, to_json
from oncall_sync.on_airflow import results
from oncall_sync.on_airflow.connections import pagerduty, pagerduty_events, slack
from oncall_sync.on_airflow.context import (
    Json,
    ask_for_next_run,
    explained,
    last_try,
    leave,
    memory_of,
    now,
    request_of,
    tell,
    writes,
)
from oncall_sync.on_airflow.metrics import metrics
from oncall_sync.steps.rechecks import recheck
from oncall_sync.terminal.tables import render
from oncall_sync.watcher import fingerprint

log = logging.getLogger(__name__)


def fetch_schedules() -> Json:
    context = get_current_context()
    with explained(context):
        reading = steps.fetch_schedules(
            request_of(context), memory_of(context), pagerduty, now(), context["dag_run"].start_date
        )
        return to_json(reading)


def resolve_emails(reading: Json) -> Json:
    context = get_current_context()
    with explained(context):
        people = steps.resolve_emails(
            Reading.model_validate(reading),
            memory=memory_of(context),
            connect=pagerduty,
            now=now(),
            last_try=last_try(context),
        )
        return to_json(people)


def look_up_slack_ids(reading: Json, people: Json) -> Json:
    context = get_current_context()
    with explained(context):
        ids = steps.look_up_slack_ids(
            Reading.model_validate(reading),
            People.model_validate(people),
            memory=memory_of(context),
            connect=slack,
            now=now(),
            last_try=last_try(context),
        )
        return to_json(ids)


def plan_updates(reading: Json, people: Json, ids: Json) -> list[Json]:
    """The changes to write, one mapped task each; the whole plan is for `report`, under the key `plan`."""
    context = get_current_context()
    read = Reading.model_validate(reading)
    with explained(context):
        plan = steps.plan_updates(
            read,
            People.model_validate(people),
            SlackIds.model_validate(ids),
            memory=memory_of(context),
            connect=slack,
            now=now(),
        )
    context["ti"].xcom_push(key="plan", value=to_json(plan))
    if read.plan_only:
        return []
    if plan.urgent:
        ask_for_next_run(context)
    return [to_json(group.change) for group in plan.groups.values() if group.change]


def update_groups(change: Json) -> Json:
    context: Any = get_current_context()
    planned = Change.model_validate(change)
    context["handle"] = planned.handle  # for map_index_template
    overtaken = fingerprint.overtaken(memory_of(context), planned.as_of, now())
    why = steps.lapsed(planned, context["dag_run"].start_date, now(), overtaken)
    if why:
        leave(context, {"superseded": why})
        raise AirflowSkipException(f"@{planned.handle}: superseded, {why}")
    with explained(context):
        outcome = steps.update_group(planned, slack, now)
    event = Event.of(planned, outcome.members, outcome.created)
    if event.added or event.removed or event.action != "update":
        tell(context, event)
    return to_json(outcome)


def report() -> Json:
    """Prints the table, returns the JSON, and fails the run if anything failed, after every group was served."""
    context = get_current_context()
    run, memory = results.run_of(context, writes(context)), memory_of(context)
    run = replace(run, overtaken=fingerprint.overtaken(memory, run.as_of, now()))
    result = steps.report(run, memory, now(), lambda news: steps.announce(news, memory, slack))
    result = steps.alert(result, run, memory, now(), connect_slack=slack, connect_events=pagerduty_events)
    value = result.model_dump(mode="json")
    log.info("\n%s", render(value))
    if run.is_the_present:
        context["ti"].xcom_push(key="state", value=value)
    recheck(run, memory, slack, now())
    if run.writes and result.counts["superseded"]:
        ask_for_next_run(context)
    if run.about_all:
        _measure(result)
    failure = _failure(result)
    if failure:
        leave(context, value)
        raise AirflowFailException(failure)  # not retried: a second try would show the same
    return value


def _measure(result: Report) -> None:
    """To Airflow's StatsD or OpenTelemetry, where its config names one."""
    for metric in metrics(result, now()):
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
