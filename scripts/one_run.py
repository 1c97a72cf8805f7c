"""One run of the Dag in this process, through Airflow's own `dag.test()`: no scheduler, no API server.

Import it only after `airflow_home.configure`: it imports Airflow.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.listeners import hookimpl
from airflow.models.xcom import XComModel
from airflow.sdk import DAG
from airflow.sdk.listener import get_listener_manager
from airflow.utils.session import create_session

from oncall_sync.config.file import config_path, glance
from oncall_sync.errors import SyncError
from oncall_sync.on_airflow.connections import slack

DAG_ID = "oncall_sync"
MOST_STRANGERS = 30  # Slack allows 100 users.info a minute


class BrokenDagError(Exception):
    """There is no Dag to run. The message names each broken file and its error."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the report (its JSON: `models.Report`), None if it came to none."""

    succeeded: bool
    report: dict[str, Any] | None
    errors: dict[str, str]  # {"fetch_schedules": "Connection pagerduty_default: …"}, tasks that failed for good


class Watch:
    """Airflow calls this listener as tasks begin and end, within `dag.test()` too."""

    def __init__(self, started: Callable[[str], None], ended: Callable[[str, float, str], None]) -> None:
        self.errors: dict[str, str] = {}
        self._started, self._ended = started, ended
        self._since = 0.0

    @hookimpl
    def on_task_instance_running(self, task_instance: Any) -> None:
        self._since = time.monotonic()
        self._started(task_name(task_instance))

    @hookimpl
    def on_task_instance_success(self, task_instance: Any) -> None:
        self.errors.pop(task_name(task_instance), None)
        self._end(task_instance, "")

    @hookimpl
    def on_task_instance_skipped(self, task_instance: Any) -> None:
        self._end(task_instance, "skipped")

    @hookimpl
    def on_task_instance_failed(self, task_instance: Any, error: object) -> None:
        """Also called before a retry, which then takes the error back if it succeeds."""
        self.errors[task_name(task_instance)] = str(error) or type(error).__name__
        again = task_instance.state == "up_for_retry"
        self._end(task_instance, "will be tried again" if again else "failed")

    def _end(self, task_instance: Any, remark: str) -> None:
        self._ended(task_name(task_instance), time.monotonic() - self._since, remark)


def task_name(task_instance: Any) -> str:
    """`fetch_schedules`, or `update_groups @platform-oncall` for a mapped one."""
    if task_instance.map_index is None or task_instance.map_index < 0:
        return str(task_instance.task_id)
    return f"{task_instance.task_id} {task_instance.rendered_map_index or task_instance.map_index}"


def load_dag() -> DAG:
    bag = DagBag()
    if DAG_ID in bag.dags:
        return bag.dags[DAG_ID]
    errors = [f"{file}: {_last_line(error)}" for file, error in bag.import_errors.items()]
    raise BrokenDagError("; ".join(errors) or f"no file in {bag.dag_folder} defines the Dag {DAG_ID}")


def _last_line(traceback: str) -> str:
    return traceback.strip().splitlines()[-1]


def run_once(parameters: dict[str, Any], watch: Watch) -> Outcome:
    """Run all tasks, one after the other; a retry waits as long as the Dag says."""
    get_listener_manager().add_listener(watch)
    run = load_dag().test(logical_date=None, run_conf=parameters)
    return Outcome(run.state == "success", _report(run.run_id), watch.errors)


def name_strangers(report: dict[str, Any]) -> None:
    """Gives names to those whom the sync never looked up, because somebody else put them into a group."""
    members = [member for group in report["groups"].values() for member in group["members"]]
    strangers = {member["slack_id"] for member in members if member["name"] == member["slack_id"]}
    strangers |= {slack_id for group in report["groups"].values() for slack_id in group["removed"]}
    try:
        api = slack(glance(config_path()).connections.slack)
        for slack_id in sorted(strangers - report["names"].keys())[:MOST_STRANGERS]:
            if account := api.account_by_id(slack_id):
                report["names"][slack_id] = account.name
    except SyncError as error:
        print(f"names: {error}")
    for member in members:
        member["name"] = report["names"].get(member["slack_id"], member["name"])


def _report(run_id: str) -> dict[str, Any] | None:
    with create_session() as session:
        found = session.scalars(
            XComModel.get_many(run_id=run_id, dag_ids=DAG_ID, task_ids="report", key="return_value")
        ).first()
        return None if found is None else XComModel.deserialize_value(found)
