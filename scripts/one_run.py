"""One run of the Dag in this process, by Airflow's own `dag.test()`: no scheduler, no API server.

`make run` starts `python -m scripts.one_run PARAMETERS RESULT TERMINAL` in the environment of `airflow_home.configure`.
RESULT is the file for how the run ended, TERMINAL an open file that shows each task and its seconds.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

from airflow.dag_processing.dagbag import DagBag
from airflow.listeners import hookimpl
from airflow.models.xcom import XComModel
from airflow.sdk import DAG
from airflow.sdk.listener import get_listener_manager
from airflow.utils.session import create_session

from oncall_sync.config.load import config_path, glance
from oncall_sync.errors import SyncError
from oncall_sync.on_airflow.connections import slack
from scripts import airflow_home

DAG_ID = "oncall_sync"
MOST_LOOKUPS = 30  # Slack allows 100 users.info a minute

Json = dict[str, Any]


class BrokenDagError(Exception):
    """There is no Dag to run. The message names each broken file and its error."""


def main(parameters: str, result: str, terminal: str) -> None:
    try:
        airflow_home.migrate(Path(os.environ["AIRFLOW_HOME"]))
        with os.fdopen(int(terminal), "w") as shown:
            ended = run_once(json.loads(parameters), Watch(shown))
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        ended = {"stopped": f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}"}
    Path(result).write_text(json.dumps(ended))


class Watch:
    """Airflow calls this listener as tasks begin and end. errors: of the tasks that failed for good."""

    def __init__(self, terminal: TextIO) -> None:
        self.errors: dict[str, str] = {}
        self._terminal = terminal
        self._since = 0.0

    @hookimpl
    def on_task_instance_running(self, task_instance: Any) -> None:
        self._since = time.monotonic()
        print(f"  {task_name(task_instance)} ...", end="", file=self._terminal, flush=True)

    @hookimpl
    def on_task_instance_success(self, task_instance: Any) -> None:
        self.errors.pop(task_name(task_instance), None)
        remark = "" if task_instance.state == "success" else task_instance.state
        line = f"\r\x1b[K  {task_name(task_instance):<40} {time.monotonic() - self._since:5.1f} s  {remark}"
        print(line, file=self._terminal, flush=True)

    on_task_instance_skipped = on_task_instance_success

    @hookimpl
    def on_task_instance_failed(self, task_instance: Any, error: object) -> None:
        """Also called before a retry, which removes the error if it succeeds."""
        self.on_task_instance_success(task_instance)
        self.errors[task_name(task_instance)] = str(error) or type(error).__name__


def task_name(task_instance: Any) -> str:
    """`fetch_schedules`, or `update_groups @platform-oncall` for a mapped one."""
    if task_instance.map_index is None or task_instance.map_index < 0:
        return str(task_instance.task_id)
    return f"{task_instance.task_id} {task_instance.rendered_map_index or task_instance.map_index}"


def run_once(parameters: Json, watch: Watch) -> Json:
    """Run all tasks, one after the other; a retry waits as long as the Dag says.

    {"succeeded": true, "report": {…} | null, "errors": {"fetch_schedules": "Connection …"}}
    """
    get_listener_manager().add_listener(watch)
    run = load_dag().test(logical_date=None, run_conf=parameters)
    report = _report(run.run_id)
    if report:
        _name_unknown_members(report)
    return {"succeeded": run.state == "success", "report": report, "errors": watch.errors}


def load_dag() -> DAG:
    bag = DagBag()
    if DAG_ID in bag.dags:
        return bag.dags[DAG_ID]
    errors = [f"{file}: {error.strip().splitlines()[-1]}" for file, error in bag.import_errors.items()]
    raise BrokenDagError("; ".join(errors) or f"no file in {bag.dag_folder} defines the Dag {DAG_ID}")


def _report(run_id: str) -> Json | None:
    """What the task `report` returned: the JSON of `models.Report`."""
    with create_session() as session:
        query = XComModel.get_many(run_id=run_id, dag_ids=DAG_ID, task_ids="report", key="return_value")
        returned = session.scalars(query).first()
        return None if returned is None else XComModel.deserialize_value(returned)


def _name_unknown_members(report: Json) -> None:
    """Put in the names of members that the sync never looked up, because a person added them in Slack."""
    groups = report["groups"].values()
    members = [member for group in groups for member in group["members"]]
    unknown = {member["slack_id"] for member in members if member["name"] == member["slack_id"]}
    unknown |= {slack_id for group in groups for slack_id in group["removed"]}
    try:
        api = slack(glance(config_path()).connections.slack)
        for slack_id in sorted(unknown - report["names"].keys())[:MOST_LOOKUPS]:
            if account := api.account_by_id(slack_id):
                report["names"][slack_id] = account.name
    except SyncError as error:
        print(f"names: {error}")
    for member in members:
        member["name"] = report["names"].get(member["slack_id"], member["name"])


if __name__ == "__main__":
    main(*sys.argv[1:])
