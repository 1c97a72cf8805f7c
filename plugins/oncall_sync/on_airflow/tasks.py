"""The six tasks of `oncall_sync`, in their order: XComs in, a step, an XCom out."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.observability import stats

from oncall_sync import flow, steps
from oncall_sync.errors import printable
from oncall_sync.models import Change, People, Reading, Report, SlackIds, to_json
from oncall_sync.on_airflow.context import Json, ask_for_next_run, backfill_for, emit, leave, now, services_of, tried
from oncall_sync.on_airflow.metrics import metrics
from oncall_sync.on_airflow.results import results_of, without_changes
from oncall_sync.parameters import Parameters
from oncall_sync.steps.services import Services
from oncall_sync.terminal.tables import render

log = logging.getLogger(__name__)


def fetch_schedules() -> Json:
    context = get_current_context()

    def step(services: Services) -> Reading:
        asked = Parameters.of(context["params"], backfill_for(context))
        return steps.fetch_schedules(asked, services, context["dag_run"].start_date)

    return to_json(tried(context, step))


def resolve_emails(reading: Json) -> Json:
    read = Reading.model_validate(reading)
    return to_json(tried(get_current_context(), lambda services: steps.resolve_emails(read, services)))


def look_up_slack_ids(reading: Json, people: Json) -> Json:
    read, emails = Reading.model_validate(reading), People.model_validate(people)
    return to_json(tried(get_current_context(), lambda services: steps.look_up_slack_ids(read, emails, services)))


def plan_updates(reading: Json, people: Json, ids: Json) -> list[Json]:
    """The changes to write, one mapped task each; the plan without them is for `report`, under the key `plan`."""
    context = get_current_context()
    read, emails = Reading.model_validate(reading), People.model_validate(people)
    accounts = SlackIds.model_validate(ids)
    plan = tried(context, lambda services: steps.plan_updates(read, emails, accounts, services))
    context["ti"].xcom_push(key="plan", value=without_changes(plan))
    if read.plan_only:
        return []
    if plan.urgent:
        ask_for_next_run(context)
    return [to_json(group.change) for group in plan.groups.values() if group.change]


def update_groups(change: Json) -> Json:
    context: Any = get_current_context()
    planned = Change.model_validate(change)
    context["handle"] = planned.handle  # for map_index_template
    started = context["dag_run"].start_date
    try:
        outcome, event = tried(context, lambda services: flow.write_group(planned, services, started))
    except flow.Superseded as why:
        leave(context, {"superseded": str(why)})
        raise AirflowSkipException(f"@{planned.handle}: superseded, {why}") from None
    if event:
        emit(context, event)
    return to_json(outcome)


def report() -> Json:
    """Prints the table, returns the JSON, and fails the run if anything failed, after every group was served."""
    context = get_current_context()
    services = services_of(context)
    results = flow.with_later_run(results_of(context), services)
    result = flow.finish(results, services)
    value = result.model_dump(mode="json")
    log.info("\n%s", render(value))
    if results.is_current_state:
        context["ti"].xcom_push(key="state", value=value)
    steps.recheck(results, services)
    if results.writes and result.counts["superseded"]:
        ask_for_next_run(context)
    if results.covers_all_groups:
        _measure(result)
    if failure := _failure(result):
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
