"""The check of one killed Celery worker: 40 groups change in one run, and one of two workers dies meanwhile."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
import yaml

from scripts.airflow_api import AirflowApi
from scripts.compose_stack import Handoff, Stack, StackError, docker

DAG_ID = "oncall_sync"
GROUPS = 40
ENOUGH = 10  # groups that are right when the worker is killed
HEARTBEAT = 15 * 60  # seconds, of the config
IN_CONTAINER = "/opt/check"
READERS = ("init", "apiserver", "scheduler", "dag-processor", "triggerer", "worker")
OLD = "U0LEAVING"
HANDOFF = Handoff("PS00000", "PP00001", "team-0-oncall", "U00001")


def prepare(stack: Stack, folder: Path) -> None:
    """A world and a config of 40 groups, and a Compose file that mounts both."""
    (folder / "world.yaml").write_text(yaml.safe_dump(world()))
    (folder / "oncall_sync.yaml").write_text(yaml.safe_dump({"groups": config()}))
    mount = {"volumes": [f"{folder}:{IN_CONTAINER}:ro"]}
    listen = ["--host", "0.0.0.0", "--port", "9000"]  # noqa: S104 - inside its container
    serve = {"command": ["python", "-m", "sandbox", *listen, "--world", f"{IN_CONTAINER}/world.yaml"]}
    services: dict[str, Any] = {f"airflow-{each}": mount for each in READERS} | {"sandbox": mount | serve}
    (folder / "kill.yaml").write_text(yaml.safe_dump({"services": services}))
    stack.add(folder / "kill.yaml")
    stack.set(ONCALL_SYNC_CONFIG=f"{IN_CONTAINER}/oncall_sync.yaml")


def world() -> dict[str, Any]:
    since = "2024-01-01T00:00:00Z"
    numbers = range(GROUPS)
    return {
        "pagerduty": {"token": "sandbox-pagerduty-key"},
        "slack": {"token": "xoxb-sandbox-slack-token"},
        "people": {f"PP{n:05}": {"name": f"Person {n}", "email": f"p{n}@acme.example"} for n in numbers},
        "schedules": {
            f"PS{n:05}": {"name": f"Schedule {n}", "rotation": {"people": [f"PP{n:05}"], "every": "1w", "since": since}}
            for n in numbers
        },
        "policies": {"PALL": {"name": "All", "levels": [[f"PS{n:05}" for n in numbers]]}},
        "accounts": {
            OLD: {"name": "Leaving", "email": "leaving@acme.example"},
            **{f"U{n:05}": {"name": f"Person {n}", "email": f"p{n}@acme.example"} for n in numbers},
        },
        "user_groups": {
            f"S{n:05}": {"handle": f"team-{n}-oncall", "name": f"Team {n}", "members": [OLD]} for n in numbers
        },
    }


def config() -> dict[str, Any]:
    return {f"team-{n}-oncall": {"schedules": [f"PS{n:05}"]} for n in range(GROUPS)}


def check(stack: Stack, api: AirflowApi, sandbox: str, say: Callable[[str], None]) -> None:
    """The unpaused Dag starts its first run by itself, which has all 40 groups to change."""
    killed_at: float | None = None
    since = time.monotonic()
    while (right := _right(sandbox)) < GROUPS:
        if killed_at is None and right >= ENOUGH:
            victim, *_ = stack.containers("airflow-worker")
            docker("kill", "--signal", "KILL", victim)
            killed_at = time.monotonic()
            say(f"{right} of {GROUPS} groups are right; one of two workers is killed (signal 9)")
        if time.monotonic() - (killed_at or since) > HEARTBEAT:
            raise StackError(f"a heartbeat later only {right} of {GROUPS} groups are right")
        time.sleep(0.5)
    if killed_at is None:
        raise StackError("all groups were right before a worker could be killed")
    say(f"all {GROUPS} are right {time.monotonic() - killed_at:.0f} s after that; none was empty or wrong on the way")
    _only_right_writes(sandbox, say)
    tried = [task for run in api.runs(DAG_ID) for task in api.tasks(DAG_ID, run["dag_run_id"])]
    again = sorted(f"{task['task_id']}[{task['map_index']}]" for task in tried if task["try_number"] > 1)
    say(f"runs: {[(run['run_type'], run['state']) for run in api.runs(DAG_ID)]}; tried again: {', '.join(again)}")


def _right(sandbox: str) -> int:
    """How many groups hold who is on call; raises for one that holds anything but that or its members of before."""
    shown = requests.get(f"{sandbox}/groups", timeout=10).json()
    found = 0
    for number in range(GROUPS):
        members = [member["id"] for member in shown[f"team-{number}-oncall"]]
        if members not in ([OLD], [f"U{number:05}"]):
            raise StackError(f"@team-{number}-oncall holds {members}")
        found += members != [OLD]
    return found


def _only_right_writes(sandbox: str, say: Callable[[str], None]) -> None:
    received = requests.get(f"{sandbox}/requests", timeout=10).json()
    writes = [each["params"] for each in received if each["endpoint"] == "usergroups.users.update"]
    wrong = [each for each in writes if each["users"] != each["usergroup"].replace("S", "U", 1)]
    if wrong:
        raise StackError(f"wrong writes: {json.dumps(wrong)}")
    say(f"{len(writes)} writes were received, all of them right")
