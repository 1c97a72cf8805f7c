"""What the sync remembers in Airflow, and what the tests change behind its back: in the Airflow process."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from typing import Any

from tests.airflow.ran import DAG_ID


def remembered() -> dict[str, Any]:
    """All of the asset state store."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return {row.key: json.loads(row.value) for row in session.scalars(select(AssetStateStoreModel)).all()}


def forget() -> None:
    """Empty the asset state store: what one test made the sync remember is not the next one's."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    with create_session() as session:
        session.execute(delete(AssetStateStoreModel))


def end_runs() -> None:
    """Runs of the sync that other tests stopped in the middle."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(DagRun).where(DagRun.dag_id == DAG_ID, DagRun.state == "running").values(state="failed"))


def no_poll_since(age: timedelta) -> None:
    """As if runs had gone on for so long, and the watcher had not polled since."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        row = session.scalars(select(AssetStateStoreModel).where(AssetStateStoreModel.key == "watch.0")).one()
        watch = json.loads(row.value)
        row.value = json.dumps({**watch, "since": (datetime.fromisoformat(watch["since"]) - age).isoformat()})


def age_plan(run_id: str, age: timedelta) -> None:
    """Make the planned changes older than they are, as if the run had been held up since."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query = XComModel.get_many(run_id=run_id, dag_ids=DAG_ID, task_ids="plan_updates", key="return_value")
        planned: Any = session.scalars(query).one()
        changes = copy.deepcopy(XComModel.deserialize_value(planned))
        for change in changes:
            change["expires_at"] = (datetime.fromisoformat(change["expires_at"]) - age).isoformat()
        planned.value = changes
