"""One Airflow for all tests of this folder: scheduler, Dag processor, triggerer and API server, as in `make ui`."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox import Sandbox
from scripts.airflow_home import ROOT
from scripts.live import airflow, free_port
from tests.live.scene import DAG_ID, HANDLES, Scene, config, new_world, wait

# How soon the triggers of a dead triggerer are another's. The Dag processor keeps its own time, every 30 seconds.
QUICK = {
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",  # seconds; by default 30
}


def dags_folder(parent: Path) -> Path:
    """The project's own Dags, and the example as if somebody had copied it there."""
    folder = parent / "dags"
    folder.mkdir()
    for file in [*(ROOT / "dags").glob("*.py"), *(ROOT / "docs" / "examples").glob("*_dag.py")]:
        shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="session")
def shared_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("live")
    (home / "logs").mkdir()
    file = home / "oncall_sync.yaml"
    file.write_text(config(len(HANDLES) - 1))  # the last one comes in a test
    changed = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder(home)),
        "ONCALL_SYNC_CONFIG": str(file),
        "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}",
    }
    with (
        ExitStack() as kept,
        Sandbox(new_world()) as sandbox,
        airflow(home, free_port(), sandbox, QUICK | changed) as live,
    ):
        scene = Scene(live, sandbox, home, kept)
        wait(lambda: live.api.unpause(DAG_ID), 60, "Airflow to read the Dag")
        wait(lambda: any(run["state"] == "success" for run in scene.runs()), 90, "the first run")
        yield scene
        scene.mark = 0
        scene.rest()
        written = Counter(each.params["usergroup"] for each in scene.writes())
        assert written == Counter(scene.changes), "written twice, or without a change"


@pytest.fixture
def scene(shared_scene: Scene) -> Iterator[Scene]:
    """At rest, with everything right."""
    shared_scene.rest()
    shared_scene.mark = len(shared_scene.sandbox.requests)
    yield shared_scene
    shared_scene.sandbox.faults.clear()
