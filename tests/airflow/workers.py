"""Runs of other Dags: their tasks in workers, their callbacks in a Dag processor.

Both are processes of their own, started by Airflow's own code; only the API that they talk to is not a server.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.airflow.dag_processor import Log, entries, process_callbacks
from tests.airflow.in_airflow import step
from tests.airflow.other_dags import BUNDLE, dags_in, started


@dataclass(frozen=True)
class Ended:
    """How a run ended. states, returned: by task. logs: what workers and the Dag processor wrote, by task or "dag".

    waits: seconds until each next try, as Airflow stored them; they take no time here.
    """

    run_id: str
    state: str
    states: dict[str, str]
    returned: dict[str, Any]
    waits: list[float]
    logs: dict[str, Log] = field(repr=False)

    def log(self, of: str) -> str:
        return "\n".join(str(entry["event"]) for entry in self.logs[of])

    def levels(self, of: str, logger: str) -> list[tuple[str, str]]:
        """The entries of one logger: level and text."""
        return [(entry["level"], entry["event"]) for entry in self.logs[of] if entry.get("logger") == logger]


def trigger(
    file: Path, environ: dict[str, str], events_of: str | None, logical_date: datetime | None, conf: dict[str, Any]
) -> Ended:
    """One run of the file's Dag by hand; events_of: the run whose asset events trigger it."""
    with started(file, environ, events_of, logical_date, conf) as dag_run:
        return _finish(dag_run, file)


def backfill(file: Path, environ: dict[str, str], day: datetime) -> Ended:
    """What `airflow backfill create` makes of this day, on which the Dag has no run yet."""
    from airflow.models.backfill import Backfill, ReprocessBehavior, _create_backfill
    from airflow.models.dagrun import DagRun
    from sqlalchemy import delete, select

    with dags_in(file, environ) as (dag, session):
        session.execute(delete(DagRun).where(DagRun.dag_id == dag.dag_id))
        session.commit()
        made = _create_backfill(
            dag_id=dag.dag_id,
            from_date=day,
            to_date=day,
            max_active_runs=1,
            reverse=False,
            dag_run_conf={},
            triggering_user_name=None,
            reprocess_behavior=ReprocessBehavior.NONE,
        )
        dag_run = session.scalars(select(DagRun).where(DagRun.backfill_id == made.id)).one()
        dag_run.state, dag_run.start_date, dag_run.dag = "running", datetime.now(UTC), dag
        session.commit()
        ended = _finish(dag_run, file)
        session.get_one(Backfill, made.id).completed_at = datetime.now(UTC)
        return ended


def _finish(dag_run: Any, file: Path) -> Ended:
    """Runs the tasks, and then the callbacks of the Dag."""
    from airflow.models.xcom import XComModel
    from sqlalchemy import inspect, select

    session, run_id = inspect(dag_run).session, dag_run.run_id
    logs: dict[str, Log] = {}

    def work(ti: Any) -> None:
        logs[ti.task_id] = _work(ti, file, session)

    waits, callback = step(dag_run, session, work)
    if callback:
        logs["dag"] = process_callbacks(file, [callback])
    session.expire_all()
    xcoms = session.scalars(select(XComModel).where(XComModel.run_id == run_id, XComModel.key == "return_value")).all()
    return Ended(
        run_id=run_id,
        state=str(dag_run.state),
        states={ti.task_id: str(ti.state) for ti in dag_run.task_instances},
        returned={xcom.task_id: XComModel.deserialize_value(xcom) for xcom in xcoms},
        waits=[wait for of_task in waits.values() for wait in of_task],
        logs=logs,
    )


def _work(ti: Any, file: Path, session: Any) -> Log:
    """One try of a task, in a worker: the process that reads the Dag file again and has Airflow's state store."""
    from airflow.executors.workloads import BundleInfo, ExecuteTask
    from airflow.sdk.execution_time import supervisor

    supervisor.MIN_HEARTBEAT_INTERVAL = 0.1  # type: ignore[assignment]  # or its end is noticed seconds late
    ti.state = "queued"
    session.commit()
    work = ExecuteTask.make(ti, dag_rel_path=Path(file.name), bundle_info=BundleInfo(name=BUNDLE))
    path = f"{ti.id}-{ti.try_number}.log"
    supervisor.supervise_task(
        ti=work.ti,  # type: ignore[arg-type]  # as the executors do
        bundle_info=work.bundle_info,
        dag_rel_path=work.dag_rel_path,
        token="",
        client=supervisor.InProcessTestSupervisor._api_client(dag=object()),
        log_path=path,
    )
    return entries(Path(os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"]) / path)
