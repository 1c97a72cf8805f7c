"""Other Dags than the sync's, in the Airflow process: as the scheduler gets them, and runs of theirs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.airflow.in_airflow import _scheduled_dag, new_run

BUNDLE = "dags-folder"


@contextmanager
def dags_in(file: Path, environ: dict[str, str]) -> Iterator[tuple[Any, Any]]:
    """The Dag of a file as the scheduler gets it, and a session; the file's folder is the only bundle meanwhile."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db
    from airflow.models.dagbag import DBDagBag
    from airflow.utils.session import create_session

    _scheduled_dag()  # all of them use the asset of the sync, which Airflow must have seen
    setting = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
    classpath = "airflow.dag_processing.bundles.local.LocalDagBundle"
    bundles = [{"name": BUNDLE, "classpath": classpath, "kwargs": {"path": str(file.parent)}}]
    os.environ.update(environ | {setting: json.dumps(bundles)})
    try:
        DagBundlesManager().sync_bundles_to_db()
        bag = BundleDagBag(dag_folder=file, bundle_path=file.parent, bundle_name=BUNDLE)
        if bag.import_errors:
            raise RuntimeError(str(bag.import_errors))
        sync_bag_to_db(bag, BUNDLE, None)
        with create_session() as session:
            yield DBDagBag().get_latest_version_of_dag(next(iter(bag.dags)), session=session), session
    finally:
        del os.environ[setting]


@contextmanager
def started(
    file: Path,
    environ: dict[str, str],
    events_of: str | None = None,
    logical_date: datetime | None = None,
    conf: dict[str, Any] | None = None,
) -> Iterator[Any]:
    """A run of the file's Dag, of which nothing ran yet; with the data interval that Airflow gives it."""
    kind = "asset_triggered" if events_of else "manual"
    with dags_in(file, environ) as (dag, session):
        interval = logical_date and dag.timetable.infer_manual_data_interval(run_after=logical_date)
        made = new_run(dag, kind, session, logical_date=logical_date, data_interval=interval, conf=conf)
        if events_of:
            made.consumed_asset_events.extend(_events_of(events_of, session))
        session.commit()
        made.dag = dag
        yield made


def switch(file: Path, on: bool) -> None:
    """Whether the Dag of a file that Airflow has read is unpaused."""
    from airflow.models.dag import DagModel

    with dags_in(file, {}) as (dag, session):
        session.get_one(DagModel, dag.dag_id).is_paused = not on


def _events_of(run_id: str, session: Any) -> list[Any]:
    from airflow.models.asset import AssetEvent
    from sqlalchemy import select

    return list(session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run_id)).all())
