"""What runs inside the tests' one Airflow process: pytest itself never imports Airflow's core.

The functions are called by name from conftest.py. Airflow reads its settings at import, so every import of it
waits until `start` has said where its home is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.airflow.parsed import overhear
from tests.airflow.ran import DAG_ID, Ran, Waits, collect, dag_run_of, printed

IDLE_ROUNDS = 5  # of the scheduler's loop without anything to run: then the run is stuck


def start(home: Path) -> None:
    """Configure Airflow and make its tables; what this process prints goes to a file of the home."""
    from scripts import airflow_home

    airflow_home.configure(os.environ, home)
    os.environ["AIRFLOW__LOGGING__COLORED_CONSOLE_LOG"] = "False"
    os.environ["AIRFLOW__CORE__HOSTNAME_CALLABLE"] = "socket.gethostname"  # the default asks a name server
    sys.addaudithook(overhear)
    log = os.open(printed(), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    airflow_home.migrate(home)


def run(
    environ: dict[str, str],
    conf: dict[str, Any],
    backfill_for: datetime | None = None,
    stop_before: str | None = None,
    begun_by: str = "manual",
) -> Ran:
    """Like `dag.test()`, which knows neither backfills nor pauses; waits before a next try take no time.

    begun_by: the run type, where it is no backfill.
    """
    from airflow.utils.session import create_session

    os.environ.update(environ)
    since = printed().stat().st_size
    kind = "backfill" if backfill_for else begun_by
    dated = backfill_for or (datetime.now(UTC) if kind == "scheduled" else None)
    interval = (dated, dated) if dated else None
    with create_session() as session:
        made = new_run(_scheduled_dag(), kind, session, logical_date=dated, data_interval=interval, conf=conf)
        run_id = str(made.run_id)
    return _go_on(run_id, since, stop_before)


def new_run(dag: Any, kind: str, session: Any, **given: Any) -> Any:
    """A run of the Dag that has begun, of which nothing ran yet. given: what else create_dagrun takes."""
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    now = datetime.now(UTC)
    return dag.create_dagrun(
        run_id=f"{kind}__{now.isoformat()}",
        run_after=now,
        run_type=DagRunType(kind),
        state="running",
        triggered_by=DagRunTriggeredByType.TEST,
        start_date=now,
        session=session,
        **given,
    )


def resume(run_id: str) -> Ran:
    return _go_on(run_id, printed().stat().st_size)


def clear_and_resume(run_id: str, task_ids: set[str]) -> Ran:
    """Airflow's own clearing; then the start that the scheduler gives a queued run."""
    from airflow.models.taskinstance import clear_task_instances
    from airflow.utils.session import create_session

    with create_session() as session:
        made = dag_run_of(run_id, session)
        clear_task_instances([ti for ti in made.task_instances if ti.task_id in task_ids], session)
        made.state, made.start_date = "running", datetime.now(UTC)
    return resume(run_id)


def step(dag_run: Any, session: Any, work: Callable[[Any], None], stop_before: str | None = None) -> tuple[Waits, Any]:
    """Does what can be done until the run ends, or until it comes to `stop_before`.

    work: one try of a task instance. Returns the waits that were skipped, and the Dag's callback if there is one.
    """
    waits: Waits = {}
    idle, callback = 0, None
    while dag_run.state == "running":
        session.expire_all()
        ready, callback = dag_run.update_state(session=session, execute_callbacks=False)
        session.commit()
        if any(ti.task_id == stop_before for ti in ready):
            break
        for ti in ready:
            ti.try_number += 1
            work(ti)
        idle = 0 if ready or _skip_waits(dag_run, waits, session) else idle + 1
        if idle > IDLE_ROUNDS:
            raise RuntimeError(f"the run {dag_run.run_id} does not go on")
    return waits, callback


def _skip_waits(dag_run: Any, waits: Waits, session: Any) -> bool:
    session.expire_all()
    waiting = dag_run.get_task_instances(state=["up_for_retry"], session=session)
    for ti in waiting:
        ti.task = dag_run.dag.get_task(ti.task_id)
        wait = ti.next_retry_datetime() - ti.end_date
        waits.setdefault((ti.task_id, ti.map_index), []).append(wait.total_seconds())
        ti.end_date -= wait
    session.commit()
    return bool(waiting)


def _go_on(run_id: str, since: int, stop_before: str | None = None) -> Ran:
    """The tasks of the sync, in this process. since: where its log begins in what this process printed."""
    from airflow.sdk.definitions.dag import _run_task
    from airflow.utils.session import create_session

    from scripts.one_run import load_dag

    dag = load_dag()  # for each run: Airflow writes its parameters into the Dag, which is a worker's own otherwise
    with create_session() as session:
        dag_run = dag_run_of(run_id, session)
        dag_run.dag = _scheduled_dag()

        def work(ti: Any) -> None:
            ti.state = "scheduled"
            session.commit()
            _run_task(ti=ti, task=dag.task_dict[ti.task_id])

        waits, _ = step(dag_run, session, work, stop_before)
    return collect(run_id, since, waits)


@cache
def _scheduled_dag() -> Any:
    """The Dag as the scheduler reads it from the database, where it is put first, as `dag.test()` does."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
    from airflow.models.dag import DagModel
    from airflow.models.dagbag import DBDagBag
    from airflow.utils.session import create_session

    bundles = DagBundlesManager()
    bundles.sync_bundles_to_db()
    (bundle,) = bundles.get_all_dag_bundles()
    bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
    sync_bag_to_db(bag, bundle.name, bundle.version)
    with create_session() as session:
        session.get_one(DagModel, DAG_ID).is_paused = False
        return DBDagBag().get_latest_version_of_dag(DAG_ID, session=session)
