"""The Dag of any file, described in the Airflow process and read by the tests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.airflow.parsed import _task_described, _watched


@dataclass(frozen=True)
class Described:
    """The one Dag of a file as Airflow imports it. connections, statements: what that asked of network and database.

    schedule: a cron expression, where there is one; interval: the length of a run's data interval.
    """

    errors: dict[str, str]
    connections: list[str]
    statements: list[str]
    dag_id: str
    schedule: str | None
    interval: timedelta | None
    assets: list[tuple[str, str]]
    catchup: bool
    doc_md: str
    tasks: dict[str, dict[str, Any]]


def describe(file: Path, environ: dict[str, str]) -> Described:
    from airflow.dag_processing.dagbag import DagBag

    os.environ.update(environ)
    with _watched() as (connections, statements):
        bag = DagBag(file)
        asked = [*connections]
    (dag,) = bag.dags.values()
    condition: Any = dag.timetable.asset_condition
    return Described(
        errors={str(path): error for path, error in bag.import_errors.items()},
        connections=asked,
        statements=statements,
        dag_id=dag.dag_id,
        schedule=getattr(dag.timetable, "expression", None),
        interval=_interval(dag),
        assets=[(asset.name, asset.uri) for asset in condition.objects] if condition else [],
        catchup=dag.catchup,
        doc_md=dag.doc_md or "",
        tasks={
            task.task_id: _task_described(task) | {"max_active_tis_per_dag": task.max_active_tis_per_dag}
            for task in dag.tasks
            if task.retry_policy
        },
    )


def _interval(dag: Any) -> timedelta | None:
    from airflow.serialization.encoders import coerce_to_core_timetable

    timetable = coerce_to_core_timetable(dag.timetable)
    if not timetable.periodic:
        return None
    interval = timetable.infer_manual_data_interval(run_after=datetime.now(UTC))
    return timedelta(seconds=(interval.end - interval.start).total_seconds())
