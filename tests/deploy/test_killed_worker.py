"""A Celery worker is killed in the middle of a run: the other one finishes the work, and writes nothing wrong."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from sandbox import grid
from tests.deploy.test_compose_file import ROOT

GROUPS = 40
OUTSIDER = "UX00000"  # in each group of the world before the first run
HEARTBEAT = 15 * 60  # seconds, by default: the longest that a change may take
PATIENCE = 1200  # seconds in which two busy cores start everything
MOUNT = "/opt/check"
READ_THE_CONFIG = ("init", "apiserver", "scheduler", "dag-processor", "triggerer", "worker")

pytestmark = [pytest.mark.docker, pytest.mark.timeout(2 * PATIENCE + HEARTBEAT)]


class Stack:
    """docker-compose.yaml with two Celery workers, and a sandbox of 40 groups with one person on call for each."""

    def __init__(self, folder: Path, env_file: Path) -> None:
        self._environ = os.environ | {
            "COMPOSE_PROJECT_NAME": f"oncall-kill-{os.getpid()}",
            "COMPOSE_FILE": f"{ROOT / 'docker-compose.yaml'}{os.pathsep}{folder / 'kill.yaml'}",
            "COMPOSE_PROFILES": "celery,sandbox",
            "COMPOSE_PROGRESS": "quiet",
            "AIRFLOW_EXECUTOR": "CeleryExecutor",
            "AIRFLOW_PORT": "0",  # any free one
            "SANDBOX_PORT": "0",
            "ONCALL_SYNC_CONFIG": f"{MOUNT}/oncall_sync.yaml",
        }
        self._env_file = env_file
        self.sandbox = ""

    def compose(self, *words: str) -> str:
        command = ["docker", "compose", "--env-file", str(self._env_file), *words]
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, f"`docker compose {' '.join(words)}` failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """The scheduler comes last: with it the first run begins."""
        self.compose("build", "--quiet")
        wait = ("up", "--detach", "--wait", "--wait-timeout", str(PATIENCE))
        self.compose(*wait, "--scale", "airflow-worker=2", "airflow-worker", "airflow-dag-processor", "sandbox")
        self.sandbox = f"http://{self.compose('port', 'sandbox', '9000').strip()}/_sandbox"
        self.compose("up", "--detach", "--no-recreate", "--scale", "airflow-worker=2")

    def kill_a_worker(self) -> None:
        victim, _ = self.compose("ps", "--quiet", "airflow-worker").split()
        subprocess.run(["docker", "kill", "--signal", "KILL", victim], check=True, capture_output=True)  # noqa: S603, S607

    def right(self) -> int:
        """How many groups hold who is on call. The others must hold the member that they had before."""
        groups = requests.get(f"{self.sandbox}/groups", timeout=10).json()
        members = {handle: [member["id"] for member in shown] for handle, shown in groups.items()}
        for number in range(GROUPS):
            assert members[f"group-{number:03d}"] in ([OUTSIDER], [f"U{number:05d}"])
        return sum(each != [OUTSIDER] for each in members.values())

    def writes(self) -> list[dict[str, Any]]:
        received = requests.get(f"{self.sandbox}/requests", timeout=10).json()
        return [each["params"] for each in received if each["endpoint"] == "usergroups.users.update"]


@pytest.fixture
def stack(tmp_path: Path, env_file: Path, needs_docker: None) -> Iterator[Stack]:
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)  # the containers' user reads the world and the config
    world = grid(groups=GROUPS, schedules_per_group=1, people_per_schedule=1)
    (tmp_path / "world.yaml").write_text(world.model_dump_json())
    config = {group.handle: {"schedules": [f"PS{n:05d}"]} for n, group in enumerate(world.user_groups.values())}
    (tmp_path / "oncall_sync.yaml").write_text(yaml.safe_dump({"groups": config}))
    mount = {"volumes": [f"{tmp_path}:{MOUNT}:ro"]}
    serve = ["python", "-m", "sandbox", "--host", "0.0.0.0", "--port", "9000", "--world", f"{MOUNT}/world.yaml"]  # noqa: S104
    services: dict[str, Any] = {f"airflow-{each}": mount for each in READ_THE_CONFIG}
    services["sandbox"] = mount | {"command": serve}
    (tmp_path / "kill.yaml").write_text(yaml.safe_dump({"services": services}))
    stack = Stack(tmp_path, env_file)
    try:
        stack.start()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")


def test_a_killed_worker_loses_no_change_and_the_watcher_goes_on(stack: Stack) -> None:
    wait(lambda: stack.right() >= 10, PATIENCE)
    stack.kill_a_worker()
    assert stack.right() < GROUPS, "all was written before a worker could be killed"

    wait(lambda: stack.right() == GROUPS, HEARTBEAT)
    for write in stack.writes():
        assert write["users"] == write["usergroup"].replace("S", "U", 1)

    now = datetime.now(UTC).replace(microsecond=0)
    override = {"person": "PU00001", "start": now.isoformat(), "end": (now + timedelta(hours=1)).isoformat()}
    requests.post(f"{stack.sandbox}/schedules/PS00000/overrides", json=override, timeout=10).raise_for_status()
    wait(lambda: {"usergroup": "S00000", "users": "U00001"}.items() <= stack.writes()[-1].items(), HEARTBEAT / 3)


def wait(done: Any, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not done():
        assert time.monotonic() < deadline, f"waited {patience:.0f} seconds in vain"
        time.sleep(0.5)
