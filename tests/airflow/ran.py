"""How a run of the Dag ended, collected in the Airflow process and read by the tests."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DAG_ID = "oncall_sync"
Waits = dict[tuple[str, int], list[float]]  # by task and map index


@dataclass(frozen=True)
class Changed:
    """An asset event of a user group. aliases: those through which it was emitted."""

    asset: str
    uri: str
    extra: dict[str, Any]
    task: str
    aliases: list[str]


@dataclass(frozen=True)
class Ran:
    """How a run ended. Tasks are named as Airflow shows them: `report`, `update_groups @platform-oncall`.

    seconds: how long each task took.
    waits: seconds until the next try, as Airflow stored them, for each try that failed.
    wakes: the tasks that asked for a next run, through an event of the asset that the Dag is scheduled on.
    next_run_is_due: Airflow will begin one as soon as this one has ended.
    changed: the events of the user groups' assets, as other Dags get them.
    """

    run_id: str
    state: str
    tasks: dict[str, str]
    xcoms: dict[tuple[str, str], Any]
    waits: dict[str, list[float]]
    seconds: dict[str, float]
    wakes: list[str]
    next_run_is_due: bool
    changed: list[Changed]
    log: str = field(repr=False)

    @property
    def report(self) -> dict[str, Any]:
        value: dict[str, Any] = self.xcoms["report", "return_value"]
        return value

    def statuses(self) -> dict[str, str]:
        return {handle: group["status"] for handle, group in self.report["groups"].items()}


def collect(run_id: str, since: int, waits: Waits) -> Ran:
    from airflow.models.asset import AssetEvent
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from scripts.one_run import task_name

    with create_session() as session:
        found = dag_run_of(run_id, session)
        names = {(ti.task_id, ti.map_index): task_name(ti) for ti in found.task_instances}
        xcoms = session.scalars(select(XComModel).where(XComModel.run_id == run_id)).all()
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run_id)).all()
        return Ran(
            run_id=run_id,
            state=str(found.state),
            tasks={names[ti.task_id, ti.map_index]: str(ti.state) for ti in found.task_instances},
            xcoms={(names[x.task_id, x.map_index], x.key): XComModel.deserialize_value(x) for x in xcoms},
            waits={names[task]: seconds for task, seconds in waits.items()},
            seconds={names[ti.task_id, ti.map_index]: ti.duration or 0.0 for ti in found.task_instances},
            wakes=[str(event.source_task_id) for event in events if event.asset.name == "pagerduty_oncall"],
            next_run_is_due=_next_run_is_due(session),
            changed=[
                Changed(
                    asset=event.asset.name,
                    uri=event.asset.uri,
                    extra=event.extra,
                    task=names[event.source_task_id, event.source_map_index],
                    aliases=[alias.name for alias in event.source_aliases],
                )
                for event in events
                if event.asset.name != "pagerduty_oncall"
            ],
            log=printed().read_bytes()[since:].decode(errors="replace"),
        )


def dag_run_of(run_id: str, session: Any) -> Any:
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    return session.scalars(select(DagRun).where(DagRun.run_id == run_id)).one()


def printed() -> Path:
    """What this process printed: the logs of all tasks among it."""
    return _home() / "printed.log"


def all_that_airflow_keeps() -> str:
    """Its whole database as SQL, and every file of its home."""
    with sqlite3.connect(_home() / "airflow.db") as database:
        kept = "\n".join(database.iterdump())
    texts = (path.read_text(errors="replace") for path in _home().rglob("*") if path.is_file() and path.suffix != ".db")
    return "\n".join([kept, *texts])


def _next_run_is_due(session: Any) -> bool:
    """Takes the request away as well, as the scheduler does when it begins the run."""
    from airflow.models.asset import AssetDagRunQueue
    from sqlalchemy import select

    queued = session.scalars(select(AssetDagRunQueue)).all()
    for each in queued:
        session.delete(each)
    return bool(queued)


def _home() -> Path:
    return Path(os.environ["AIRFLOW_HOME"])
