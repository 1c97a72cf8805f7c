"""What the tasks need of Airflow's context, and what they leave in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from airflow.sdk import Context

from oncall_sync.assets import NEXT_RUN, PAGERDUTY_ONCALL, SLACK_USERGROUPS, usergroup_asset
from oncall_sync.errors import SyncError
from oncall_sync.flow import attempt
from oncall_sync.memory import Memory, ReadOnly
from oncall_sync.models import Event, Problem, to_json
from oncall_sync.on_airflow.connections import pagerduty, pagerduty_events, slack
from oncall_sync.steps import StillInvalid
from oncall_sync.steps.services import Services

log = logging.getLogger(__name__)

Json = Any  # what an XCom holds; while the Dag is wired, the promise of it
T = TypeVar("T")


def services_of(context: Context, *, read_only: bool = False) -> Services:
    """The task must have PAGERDUTY_ONCALL among its inlets. read_only: it may not write to memory."""
    store = context["asset_state_store"][PAGERDUTY_ONCALL]
    return Services(ReadOnly(store) if read_only else Memory(store), pagerduty, slack, pagerduty_events, now)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def tried(context: Context, step: Callable[[Services], T]) -> T:
    """The result of the step; an error of the sync is logged, stored for `report`, and raised."""
    with explained(context):
        return attempt(step, services_of(context), last_try=last_try(context))


def last_try(context: Context) -> bool:
    """Airflow will not run this task again by itself, whatever happens."""
    ti = context["ti"]
    return bool(ti.try_number > ti.max_tries)


def backfill_for(context: Context) -> datetime | None:
    """The logical date of a backfill; other runs are about the present, whatever theirs is."""
    run = context["dag_run"]
    return run.logical_date if run.run_type == "backfill" else None


def ask_for_next_run(context: Context) -> None:
    """Through the asset that the Dag is scheduled on: the next run begins as soon as this one has ended."""
    context["outlet_events"][NEXT_RUN].add(PAGERDUTY_ONCALL)  # type: ignore[arg-type]  # takes a reference too


def leave(context: Context, value: Json) -> None:
    """For `report`, by a task that does not succeed: an XCom pushed before raising survives."""
    context["ti"].xcom_push(key="return_value", value=value)


@contextmanager
def explained(context: Context) -> Iterator[None]:
    """Logs an error of the sync in one line, and leaves it for `report` in place of a result."""
    try:
        yield
    except SyncError as error:
        log.error("%s", error)
        looked_up = error.looked_up if isinstance(error, StillInvalid) else {}
        accounts = {address: to_json(account) for address, account in looked_up.items()}
        leave(context, {"problem": to_json(Problem.of(error)), "looked_up": accounts})
        raise


def emit(context: Any, event: Event) -> None:
    extra = event.model_dump(mode="json")
    context["outlet_events"][SLACK_USERGROUPS].add(usergroup_asset(event.handle), extra=extra)
