"""Dag files as Airflow imports them, described in the Airflow process and read by the tests."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import refuse

OVERHEARD: list[str] = []  # the audit events of connections, all of this process


@dataclass(frozen=True)
class Parsed:
    """What came of importing a Dag file. dag: see `_described`; empty when the import failed.

    serialised: as the scheduler gets it. connections, statements: what was asked of the network and of Airflow's
    database meanwhile.
    """

    errors: dict[str, str]
    dag: dict[str, Any]
    serialised: str
    connections: list[str]
    statements: list[str]


def parse(file: Path, environ: dict[str, str]) -> Parsed:
    """Import the file, as the Dag processor does every half minute."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    os.environ.update(environ)
    with _watched() as (connections, statements):
        bag = DagBag(file)
        asked = [*connections]
    dag = next(iter(bag.dags.values()), None)
    return Parsed(
        errors={Path(file).name: error for file, error in bag.import_errors.items()},
        dag=_described(dag) if dag else {},
        serialised=json.dumps(DagSerialization.to_dict(dag), default=str) if dag else "",
        connections=asked,
        statements=statements,
    )


def refusal(parameters: dict[str, Any]) -> str | None:
    """What Airflow says to who triggers a run of the sync with these parameters; None when it takes them."""
    from airflow.sdk.exceptions import ParamValidationError

    from scripts.one_run import load_dag

    asked = copy.deepcopy(load_dag().params)
    try:
        asked.update(parameters)
        asked.validate()
    except ParamValidationError as error:
        return str(error)
    return None


def _described(dag: Any) -> dict[str, Any]:
    """The Dag's settings in plain values; times in seconds. schedule: a cron expression, where there is one."""
    plain = ("dag_id", "catchup", "max_active_runs", "max_consecutive_failed_dag_runs", "rerun_with_latest_version")
    timetable = dag.timetable
    beside_assets = getattr(timetable, "timetable", None)
    return {
        **{name: getattr(dag, name) for name in plain},
        "dagrun_timeout": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
        "tags": dag.tags,
        "doc_md": dag.doc_md,
        "params": {name: dag.params.get_param(name).serialize() for name in dag.params},
        "schedule": getattr(timetable, "expression", None),
        "heartbeat": beside_assets and beside_assets.delta.total_seconds(),
        "assets": [(a.name, a.uri) for a in timetable.asset_condition.objects] if timetable.asset_condition else [],
        "tasks": {task.task_id: _task_described(task) for task in dag.topological_sort()},
    }


def _task_described(task: Any) -> dict[str, Any]:
    policy = task.partial_kwargs.get("retry_policy") if task.is_mapped else task.retry_policy
    return {
        "owner": task.owner,
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "retry_policy": type(policy).__name__,
        "execution_timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
        "max_active_tis_per_dag": task.max_active_tis_per_dag,
        "mapped": task.is_mapped,
        "after": set(task.upstream_task_ids),
    }


def overhear(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: keeps who is connected to, and lets nothing leave the machine."""
    if event not in {"socket.connect", "socket.getaddrinfo", "sqlite3.connect"}:
        return
    OVERHEARD.append(f"{event} {arguments}")
    address = arguments[1] if event == "socket.connect" else arguments
    if event.startswith("socket") and isinstance(address, tuple):
        refuse(address[0])


@contextmanager
def _watched() -> Iterator[tuple[list[str], list[str]]]:
    from airflow import settings
    from sqlalchemy import event

    statements: list[str] = []

    def executed(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        statements.append(statement)

    event.listen(settings.engine, "before_cursor_execute", executed)
    OVERHEARD.clear()
    yield OVERHEARD, statements
    event.remove(settings.engine, "before_cursor_execute", executed)
