"""The Dag file as Airflow imports it, described in the Airflow process and read by the tests."""

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

DAG_ID = "oncall_sync"
OVERHEARD: list[str] = []  # the audit events of connections, all of this process


@dataclass(frozen=True)
class Parsed:
    """What came of importing the Dag file. dag: see `_described`; None when the import failed.

    serialised: as the scheduler gets it. connections, statements: what was asked of the network and of Airflow's
    database meanwhile.
    """

    errors: dict[str, str]
    dag: dict[str, Any] | None
    serialised: str
    connections: list[str]
    statements: list[str]


def parse(environ: dict[str, str]) -> Parsed:
    """Import the Dag file anew, as the Dag processor does every half minute."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    from scripts.airflow_home import ROOT

    os.environ.update(environ)
    with _watched() as (connections, statements):
        bag = DagBag(ROOT / "dags" / "oncall_sync_dag.py")
        asked = [*connections]
    dag = bag.dags.get(DAG_ID)
    return Parsed(
        errors={Path(file).name: error for file, error in bag.import_errors.items()},
        dag=_described(dag) if dag else None,
        serialised=json.dumps(DagSerialization.to_dict(dag), default=str) if dag else "",
        connections=asked,
        statements=statements,
    )


def refusal(parameters: dict[str, Any]) -> str | None:
    """What Airflow says to who triggers a run with these parameters; None when it takes them."""
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
    """The Dag's settings in plain values; times in seconds."""
    plain = ("dag_id", "catchup", "max_active_runs", "max_consecutive_failed_dag_runs", "rerun_with_latest_version")
    return {
        **{name: getattr(dag, name) for name in plain},
        "dagrun_timeout": dag.dagrun_timeout.total_seconds(),
        "tags": dag.tags,
        "doc_md": dag.doc_md,
        "params": {name: dag.params.get_param(name).serialize() for name in dag.params},
        "heartbeat": dag.timetable.timetable.delta.total_seconds(),
        "watched": [(asset.name, asset.uri) for asset in dag.timetable.asset_condition.objects],
        "tasks": {task.task_id: _task_described(task) for task in dag.topological_sort()},
    }


def _task_described(task: Any) -> dict[str, Any]:
    return {
        "owner": task.owner,
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "retry_policy": type(task.partial_kwargs["retry_policy"] if task.is_mapped else task.retry_policy).__name__,
        "execution_timeout": task.execution_timeout.total_seconds(),
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
