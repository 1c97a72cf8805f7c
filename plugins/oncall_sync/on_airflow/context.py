"""What the tasks need of Airflow's context."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Context

from oncall_sync.assets import NEXT_RUN, PAGERDUTY_ONCALL, SLACK_USERGROUPS, usergroup_asset
from oncall_sync.config.file import config_path, stops_writes
from oncall_sync.errors import InvalidUsers, SyncError
from oncall_sync.memory import Memory
from oncall_sync.models import Event, Problem, to_json
from oncall_sync.parameters import Parameters

log = logging.getLogger(__name__)

Json = Any  # what an XCom holds; while the Dag is wired, the promise of it


def request_of(context: Context) -> Parameters:
    run = context["dag_run"]
    backfill_for = run.logical_date if run.run_type == "backfill" else None
    return Parameters.of(context["params"], backfill_for, last_try(context))


def last_try(context: Context) -> bool:
    """Airflow will not run this task again by itself, whatever happens."""
    ti = context["ti"]
    return bool(ti.try_number > ti.max_tries)


def writes(context: Context) -> bool:
    """What the run was asked for, where fetch_schedules did not come so far as to say it."""
    try:
        return request_of(context).plan_only(writes=not stops_writes(config_path())) is None
    except SyncError:
        return False


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def memory_of(context: Context) -> Memory:
    """The task must have PAGERDUTY_ONCALL among its inlets."""
    return Memory(context["asset_state_store"][PAGERDUTY_ONCALL])


def ask_for_next_run(context: Context) -> None:
    """Through the asset that the Dag is scheduled on: the next run begins as soon as this one has ended."""
    context["outlet_events"][NEXT_RUN].add(PAGERDUTY_ONCALL)  # type: ignore[arg-type]  # takes a reference too


def leave(context: Context, value: Json) -> None:
    """For `report`, by a task that does not succeed: an XCom pushed before raising survives."""
    context["ti"].xcom_push(key="return_value", value=value)


@contextmanager
def explained(context: Context) -> Iterator[None]:
    """An error of the sync is logged in one line, and left for `report` in place of a result."""
    try:
        yield
    except SyncError as error:
        log.error("%s", error)
        looked_up = error.looked_up if isinstance(error, InvalidUsers) else {}
        leave(context, {"problem": to_json(Problem.of(error)), "looked_up": looked_up})
        raise


def tell(context: Any, event: Event) -> None:
    extra = event.model_dump(mode="json")
    context["outlet_events"][SLACK_USERGROUPS].add(usergroup_asset(event.handle), extra=extra)
