"""With a whole Airflow: what is killed loses no change, and nothing is written twice."""

from __future__ import annotations

import psutil
import pytest

from sandbox import Fault
from tests.live.scene import DAG_ID, Scene

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]


def test_a_handoff_while_the_triggerer_is_dead_arrives_once_there_is_another(scene: Scene) -> None:
    handed_off = scene.hand_off(4, ahead=3)
    kill(scene.processes("triggerer"))
    scene.until(handed_off)
    scene.start("triggerer")
    scene.arrives(4)
    assert scene.written() == [("group-4", "U00013")]


def test_a_task_killed_while_it_reads_or_writes_is_tried_again_and_the_group_written_once(scene: Scene) -> None:
    stall(scene, "usergroups.list")
    stall(scene, "usergroups.users.update")
    scene.override(5)
    kill([scene.stalled("plan_updates", "usergroups.list")])
    kill([scene.stalled("update_groups", "usergroups.users.update")])
    scene.arrives(5)
    assert scene.written() == [("group-5", "U00016")]
    (run,) = [run for run in scene.runs() if run["run_type"] == "asset_triggered"][:1]
    tries = {task["task_id"]: task["try_number"] for task in scene.tasks(run["dag_run_id"])}
    assert (tries["plan_updates"], tries["update_groups"], run["state"]) == (2, 2, "success")


def test_a_run_ended_between_reading_and_writing_is_followed_by_another_which_writes_once(scene: Scene) -> None:
    stall(scene, "usergroups.list")
    scene.override(6)
    scene.stalled("plan_updates", "usergroups.list")
    ended = scene.runs()[0]["dag_run_id"]
    scene.live.api.ask("PATCH", f"dags/{DAG_ID}/dagRuns/{ended}", {"state": "failed"})
    scene.arrives(6, patience=100)  # the watcher asks again after a minute
    assert scene.written() == [("group-6", "U00019")]
    assert scene.live.api.returned(DAG_ID, ended, "report") is None


def stall(scene: Scene, endpoint: str) -> None:
    """The next request comes to nothing, and keeps whoever asks waiting."""
    scene.sandbox.faults.add(Fault(endpoint=endpoint, kind="drop", delay=60))


def kill(processes: list[psutil.Process]) -> None:
    assert processes
    for process in processes:
        process.kill()  # signal 9
