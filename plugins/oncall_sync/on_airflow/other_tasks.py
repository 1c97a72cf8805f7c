"""The tasks of the other Dags, one each: `oncall_history`, `oncall_check`, `oncall_restore`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.execution_time.context import InletEventsAccessors

from oncall_sync import forecast, history, steps
from oncall_sync.assets import usergroup_asset
from oncall_sync.errors import ConfigMistake, PassingFault, printable
from oncall_sync.on_airflow.context import Json, emit, explained, last_try, leave, now, services_of
from oncall_sync.parameters import handles_of, refuse_unknown
from oncall_sync.terminal.findings import render_to_do
from oncall_sync.terminal.tables import render_shifts

log = logging.getLogger(__name__)

SYNC = "oncall_sync"
MOST_CHANGES = 1000  # of one group, among which that of a run is looked for


def fetch_shifts() -> Json:
    """The task of `oncall_history`: who was on call during the run's data interval."""
    context = get_current_context()
    since, until = _span(context["dag_run"])
    services = services_of(context, read_only=True)
    with explained(context):
        value = history.fetch_shifts(since, until, services).model_dump(mode="json")
    log.info("\n%s", render_shifts(value))
    return value


def check_everything() -> Json:
    """The task of `oncall_check`: what will go wrong. Shows the list and leaves it behind, however it ends."""
    context = get_current_context()
    todo = forecast.check(services_of(context, read_only=True))
    value = todo.model_dump(mode="json")
    log.info("\n%s", render_to_do(todo))
    if not todo.errors:
        return value
    leave(context, value)
    if todo.passing and not last_try(context):
        raise PassingFault("oncall_check", f"not all could be checked ({todo.passing[0]})", code="unchecked")
    raise AirflowFailException(printable(" ".join(todo.errors)))  # not retried: a second try would show the same


def restore_group() -> Json:
    """The task of `oncall_restore`."""
    context = get_current_context()
    params, ti = context["params"], context["ti"]
    with explained(context):
        refuse_unknown(params, ("group", "run"))
        (handle,) = handles_of([params["group"]])
        paused = ti.get_dag(SYNC).is_paused
        steps.refuse_in_vain(handle, paused=paused, writing=_may_write(ti, paused))
        undone = steps.change_to_undo(handle, params["run"], _changes_of(handle))
        event = steps.restore(undone, services_of(context, read_only=True))
    if event:
        emit(context, event)
    return event and event.model_dump(mode="json")


def _may_write(ti: Any, paused: bool) -> bool:
    """Of a paused Dag no further task begins, but those that a worker has, or is about to get, go on."""
    if paused:
        return bool(ti.get_ti_count(SYNC, task_ids=["update_groups"], states=["queued", "running"]))
    return bool(ti.get_dr_count(SYNC, states=["running"]))


def _changes_of(handle: str) -> Iterator[tuple[str | None, Any]]:
    """Each run that changed the group, and what its asset event says, the newest first."""
    try:
        asset = usergroup_asset(handle)
    except ValueError as error:
        raise ConfigMistake("Run parameter group", str(error), code="unknown_group") from None
    for event in InletEventsAccessors([asset])[asset].ascending(False).limit(MOST_CHANGES):
        yield event.source_run_id, event.extra


def _span(run: Any) -> tuple[datetime, datetime]:
    """For a run by hand the UTC day of its logical date; without one, yesterday.

    Airflow's interval would be the day before that date: not what a person means who types it in.
    """
    if run.data_interval_start and run.run_type != "manual":
        return run.data_interval_start, run.data_interval_end
    day = (run.logical_date or now() - timedelta(days=1)).astimezone(UTC)
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(days=1)
