"""mention_on_call in Dags of others: who is mentioned, where, and that nothing that Slack says adds to the failure.

Tasks run in workers and callbacks of Dags in a Dag processor, as in production; see other_dags.py.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sandbox import Channel, Fault
from tests.airflow import dag_processor, workers
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
def scene(open_scene: Callable[..., Scene]) -> Scene:
    made = open_scene()
    made.world.slack.scopes.append("chat:write")
    made.world.channels["CALERTS"] = Channel(name="data-alerts")
    return made


@pytest.fixture
def synced(scene: Scene) -> Scene:
    """After a run of the sync, which remembers the IDs of its groups."""
    scene.run_stepwise()
    scene.sandbox.requests.clear()
    return scene


class Pipelines:
    """A Dag that fails: `of_task` mentions somebody when a task fails, `of_dag` when a run does.

    name: one that Airflow has not seen before, because it keeps the first version of a Dag for half a minute.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    def of_task(self, mention: str = ALERTS, **more: Any) -> Path:
        return self._write(f'default_args={{"on_failure_callback": [mention_on_call({mention})]}}', **more)

    def of_dag(self, mention: str = ALERTS, **more: Any) -> Path:
        return self._write(f"on_failure_callback=[mention_on_call({mention})]", **more)

    def _write(self, *options: str, tasks: tuple[str, ...] = ("load",), more: str = "") -> Path:
        file = self.folder / "pipeline.py"
        listed = ", ".join(filter(None, ["schedule=None", *options, more]))
        file.write_text(DAG.format(name=self.name, options=listed, tasks=tasks))
        return file


@pytest.fixture
def pipelines(tmp_path: Path, request: pytest.FixtureRequest) -> Pipelines:
    return Pipelines(tmp_path, f"pipeline_{sha256(request.node.name.encode()).hexdigest()[:8]}")


def run(scene: Scene, file: Path, **environ: str) -> Ended:
    ended: Ended = scene.call(workers.trigger, file, scene.environ | environ)
    return ended


def asked(scene: Scene) -> list[str]:
    return [request.endpoint for request in scene.sandbox.requests]


def posted(scene: Scene) -> list[str]:
    return [message["text"] for message in scene.world.messages]


def failed_as_it_did(ended: Ended, task: str = "load") -> bool:
    """The task failed by its own error, which is the only one with a traceback."""
    traces = [entry["error_detail"][0]["exc_value"] for entry in ended.logs[task] if "error_detail" in entry]
    return (ended.state, ended.states[task], traces) == ("failed", "failed", ["no more rows"])


# ── who is mentioned ─────────────────────────────────────────────────────────────────────────────────────


def test_a_failed_task_mentions_the_group_by_the_id_that_the_sync_remembers(
    synced: Scene, pipelines: Pipelines
) -> None:
    ended = run(synced, pipelines.of_task())

    assert failed_as_it_did(ended)
    (text,) = posted(synced)
    assert text.startswith(f"<!subteam^SPLAT> {pipelines.name}, task load failed (<http")
    assert text.endswith("/tasks/load?try_number=1|log>)")
    assert asked(synced) == ["chat.postMessage"], "usergroups.list was not needed"
    assert ended.levels("load", NOTIFIER) == []


def test_the_message_names_neither_a_user_nor_an_icon_which_would_need_another_scope(
    synced: Scene, pipelines: Pipelines
) -> None:
    run(synced, pipelines.of_task())

    (request,) = synced.sandbox.requests
    assert request.params.keys() == {"channel", "text", "unfurl_links"}
    assert request.params["channel"] == "#data-alerts"


@pytest.mark.parametrize("handle", ["platform-oncall", "@platform-oncall", "@Platform-OnCall"])
def test_where_nothing_is_remembered_slacks_list_is_asked_once(scene: Scene, pipelines: Pipelines, handle: str) -> None:
    ended = run(scene, pipelines.of_task(f'"{handle}", channel="CALERTS"'))

    assert failed_as_it_did(ended)
    assert asked(scene) == ["usergroups.list", "chat.postMessage"]
    assert posted(scene)[0].startswith("<!subteam^SPLAT> ")


def test_an_unknown_handle_is_posted_as_it_is_with_a_warning(synced: Scene, pipelines: Pipelines) -> None:
    ended = run(synced, pipelines.of_task('"platform-onkall", channel="#data-alerts"'))

    assert failed_as_it_did(ended)
    assert posted(synced)[0].startswith(f"@platform-onkall {pipelines.name}, task load failed")
    warning = "Slack has no user group @platform-onkall: the message names it, and notifies nobody."
    assert ended.levels("load", NOTIFIER) == [("warning", warning)]


def test_a_disabled_group_is_not_mentioned(scene: Scene, pipelines: Pipelines) -> None:
    scene.world.group("platform-oncall").disabled = True

    ended = run(scene, pipelines.of_task())

    assert posted(scene)[0].startswith(f"@platform-oncall {pipelines.name}, task load failed")
    assert [level for level, _ in ended.levels("load", NOTIFIER)] == ["warning"]


def test_where_slacks_list_may_not_be_read_the_message_is_posted_all_the_same(
    scene: Scene, pipelines: Pipelines
) -> None:
    scene.world.slack.scopes.remove("usergroups:read")
    ended = run(scene, pipelines.of_task())

    assert posted(scene)[0].startswith(f"@platform-oncall {pipelines.name}")
    levels = ended.levels("load", NOTIFIER)
    assert {level for level, _ in levels} == {"warning"}
    assert "Add the scope usergroups:read" in levels[0][1]


# ── what cannot be posted ────────────────────────────────────────────────────────────────────────────────

REFUSED: dict[str, tuple[Callable[[Scene], Any], str, str]] = {
    "without chat:write": (
        lambda scene: scene.world.slack.scopes.remove("chat:write"),
        "#data-alerts",
        "Add the scope chat:write",
    ),
    "channel not found": (lambda scene: None, "#data-allerts", "Check the channel's ID or name"),
    "not in the channel": (
        lambda scene: setattr(scene.world.channels["CALERTS"], "is_member", False),
        "#data-alerts",
        "Invite the app to the channel",
    ),
    "a wrong token": (
        lambda scene: setattr(scene.world.slack, "token", "xoxb-token-of-the-tests-renewed"),
        "#data-alerts",
        "Put a valid bot or user token",
    ),
    "Slack is down": (
        lambda scene: scene.sandbox.faults.add(Fault(service="slack", status=503, times=None)),
        "#data-alerts",
        "Slack answers 503",
    ),
    "Slack asks to wait": (
        lambda scene: scene.sandbox.faults.add(
            Fault(service="slack", status=429, headers={"retry-after": "600"}, times=None)
        ),
        "#data-alerts",
        "wait 600 s",
    ),
}


@pytest.mark.parametrize(("spoil", "channel", "said"), REFUSED.values(), ids=REFUSED)
def test_what_slack_refuses_is_one_line_in_the_log_and_the_failure_stays_the_failure(
    synced: Scene, pipelines: Pipelines, spoil: Callable[[Scene], Any], channel: str, said: str
) -> None:
    token = synced.world.slack.token
    environ = synced.environ
    spoil(synced)
    ended: Ended = synced.call(workers.trigger, pipelines.of_task(f'"platform-oncall", channel="{channel}"'), environ)

    assert failed_as_it_did(ended)
    assert posted(synced) == []
    ((level, line),) = ended.levels("load", NOTIFIER)
    assert level == "error"
    assert line.startswith(f"The message to {channel} was not posted. Slack channel {channel}: ")
    assert said in line
    assert "\n" not in line
    assert token not in str(ended.logs)


# ── the text ─────────────────────────────────────────────────────────────────────────────────────────────


def test_text_channel_and_handle_are_templates(synced: Scene, pipelines: Pipelines) -> None:
    mention = '"{{ params.team }}-oncall", channel="#{{ params.to }}", text="{{ ti.task_id }} of {{ dag.dag_id }}: see"'
    run(synced, pipelines.of_task(mention, more='params={"team": "storage", "to": "data-alerts"}'))

    assert posted(synced) == [f"<!subteam^SSTOR> load of {pipelines.name}: see"]


# ── where the Dag processor runs it ──────────────────────────────────────────────────────────────────────


def test_a_failed_run_mentions_the_group_without_asking_the_state_store_that_cannot_be_asked_there(
    synced: Scene, pipelines: Pipelines
) -> None:
    ended = run(synced, pipelines.of_dag())

    assert ended.state == "failed"
    (text,) = posted(synced)
    assert text.startswith(f"<!subteam^SPLAT> {pipelines.name}, task load failed (<http")
    assert asked(synced) == ["usergroups.list", "chat.postMessage"]
    assert [entry["level"] for entry in ended.logs["dag"] if entry["level"] in {"warning", "error"}] == []


@pytest.mark.parametrize("tasks", [("load",), ("extract", "load", "tell")], ids=["one", "three"])
def test_tasks_that_were_lost_with_their_worker_are_each_told_by_their_name(
    synced: Scene, pipelines: Pipelines, tasks: tuple[str, ...]
) -> None:
    """The Dag processor runs all their callbacks in one process, on one and the same notifier."""
    synced.call(dag_processor.lose_tasks, pipelines.of_task(tasks=tasks), synced.environ)

    named = [text.partition(" failed")[0] for text in posted(synced)]
    assert named == [f"<!subteam^SPLAT> {pipelines.name}, task {task}" for task in tasks]
