"""What the tests change behind the sync's back, in the Airflow process."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from typing import Any

from tests.airflow.ran import DAG_ID


def forget() -> None:
    """Empty the asset state store: what one test made the sync remember is not the next one's."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    with create_session() as session:
        session.execute(delete(AssetStateStoreModel))


def end_runs() -> None:
    """Runs of the sync that other tests left in the middle."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        session.execute(update(DagRun).where(DagRun.dag_id == DAG_ID, DagRun.state == "running").values(state="failed"))


def put_tasks(run_id: str, task_id: str, state: str) -> None:
    """As if the scheduler or a worker had brought the task's instances so far."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import update

    these = (TaskInstance.run_id == run_id, TaskInstance.task_id == task_id)
    with create_session() as session:
        session.execute(update(TaskInstance).where(*these).values(state=state))


def no_poll_since(age: timedelta) -> None:
    """As if runs had gone on for so long, and the watcher had not polled since."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        kept = session.scalars(select(AssetStateStoreModel).where(AssetStateStoreModel.key == "watch.0")).one()
        known = json.loads(kept.value)
        kept.value = json.dumps({**known, "since": (datetime.fromisoformat(known["since"]) - age).isoformat()})


def empty_for(age: timedelta) -> None:
    """As if nobody had been on call since so long before."""
    from airflow.models.asset_state_store import AssetStateStoreModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        kept = session.scalars(select(AssetStateStoreModel).where(AssetStateStoreModel.key == "groups.0")).one()
        groups = json.loads(kept.value)
        for group in groups.values():
            if since := group.get("empty_since"):
                group["empty_since"] = (datetime.fromisoformat(since) - age).isoformat()
        kept.value = json.dumps(groups)


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


def allow_writes(most: int) -> int:
    """Set how many writes a run may plan; returns what it was."""
    from oncall_sync.rules import plan

    before, plan.MOST_WRITES = plan.MOST_WRITES, most
    return before
