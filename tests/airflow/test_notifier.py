"""mention_on_call in other Dags: tasks run in workers and callbacks of Dags in a Dag processor, as in production."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from sandbox import Channel
from tests.airflow import dag_processor
from tests.airflow.scene import Scene
from tests.airflow.workers import Ended

NOTIFIER = "oncall_sync.notifier"
ALERTS = '"platform-oncall", channel="#data-alerts"'
DAG = """
from airflow.sdk import dag, task

from oncall_sync.notifier import mention_on_call

@dag({options})
def {name}():
    for task_id in {tasks}:
        @task(task_id=task_id)
        def fail():
            raise RuntimeError("no more rows")
        fail()

{name}()
"""


@pytest.fixture
def synced(scene: Scene) -> Scene:
    """After a run of the sync, which remembers the IDs of its groups."""
    scene.world.slack.scopes.append("chat:write")
    scene.world.channels["CALERTS"] = Channel(name="data-alerts")
    scene.run()
    scene.sandbox.requests.clear()
    return scene


class Pipelines:
    """A Dag that fails: `of_task` mentions the group when a task fails, `of_dag` when a run does.

    name: one that Airflow has not seen before, because it keeps the first version of a Dag for half a minute.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def of_task(self, mention: str = ALERTS, tasks: tuple[str, ...] = ("load",), more: str = "") -> Path:
        return self._write(f'default_args={{"on_failure_callback": [mention_on_call({mention})]}}{more}', tasks)

    def of_dag(self) -> Path:
        return self._write(f"on_failure_callback=[mention_on_call({ALERTS})]", ("load",))

    def _write(self, options: str, tasks: tuple[str, ...]) -> Path:
        file = self.folder / "pipeline.py"
        file.write_text(DAG.format(name=self.name, options=f"schedule=None, {options}", tasks=tasks))
        return file


@pytest.fixture
def pipelines(tmp_path: Path, request: pytest.FixtureRequest) -> Pipelines:
    return Pipelines(tmp_path, f"pipeline_{sha256(request.node.name.encode()).hexdigest()[:8]}")


def posted(scene: Scene) -> list[str]:
    return [message["text"] for message in scene.world.messages]


def failed_as_it_did(ended: Ended) -> bool:
    """The task failed by its own error, which is the only one with a traceback."""
    traces = [entry["error_detail"][0]["exc_value"] for entry in ended.logs["load"] if "error_detail" in entry]
    return (ended.state, ended.states["load"], traces) == ("failed", "failed", ["no more rows"])


def test_a_failed_task_mentions_the_group_by_the_id_that_the_sync_remembers(
    synced: Scene, pipelines: Pipelines
) -> None:
    ended = synced.trigger(pipelines.of_task())

    assert failed_as_it_did(ended)
    (text,) = posted(synced)
    assert text.startswith(f"<!subteam^SPLAT> {pipelines.name}, task load failed (<http")
    assert text.endswith("/tasks/load?try_number=1|log>)")
    (request,) = synced.sandbox.requests  # usergroups.list was not needed
    assert request.endpoint == "chat.postMessage"
    assert request.params.keys() == {"channel", "text", "unfurl_links"}, "a user or an icon needs another scope"
    assert request.params["channel"] == "#data-alerts"
    assert ended.levels("load", NOTIFIER) == []


def test_what_slack_refuses_is_one_line_in_the_log_and_the_failure_stays_the_failure(
    synced: Scene, pipelines: Pipelines
) -> None:
    synced.world.channels["CALERTS"].is_member = False
    ended = synced.trigger(pipelines.of_task())

    assert failed_as_it_did(ended)
    assert posted(synced) == []
    ((level, line),) = ended.levels("load", NOTIFIER)
    assert level == "error"
    assert line.startswith("The message to #data-alerts was not posted. Slack channel #data-alerts: ")
    assert "\n" not in line


def test_text_channel_and_handle_are_templates(synced: Scene, pipelines: Pipelines) -> None:
    mention = '"{{ params.team }}-oncall", channel="#{{ params.to }}", text="{{ ti.task_id }} of {{ dag.dag_id }}: see"'
    synced.trigger(pipelines.of_task(mention, more=', params={"team": "storage", "to": "data-alerts"}'))

    assert posted(synced) == [f"<!subteam^SSTOR> load of {pipelines.name}: see"]


def test_a_failed_run_mentions_the_group_without_asking_the_state_store_that_cannot_be_asked_there(
    synced: Scene, pipelines: Pipelines
) -> None:
    ended = synced.trigger(pipelines.of_dag())

    assert ended.state == "failed"
    (text,) = posted(synced)
    assert text.startswith(f"<!subteam^SPLAT> {pipelines.name}, task load failed (<http")
    assert [request.endpoint for request in synced.sandbox.requests] == ["usergroups.list", "chat.postMessage"]
    assert [entry["level"] for entry in ended.logs["dag"] if entry["level"] in {"warning", "error"}] == []


def test_tasks_that_were_lost_with_their_worker_are_each_named_in_a_message(
    synced: Scene, pipelines: Pipelines
) -> None:
    """The Dag processor runs all their callbacks in one process, on one and the same notifier."""
    tasks = ("extract", "load", "tell")
    synced.call(dag_processor.lose_tasks, pipelines.of_task(tasks=tasks), synced.environ)

    named = [text.partition(" failed")[0] for text in posted(synced)]
    assert named == [f"<!subteam^SPLAT> {pipelines.name}, task {task}" for task in tasks]
