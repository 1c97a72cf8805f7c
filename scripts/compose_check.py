"""Brings docker-compose.yaml up on the sandbox, lets the Dag sync, sees a handoff arrive, and takes everything down.

default  LocalExecutor; the connections come from .env
celery   the same on two Celery workers; with --kill one of them is killed in the middle of a run with 40 changed groups
sandbox  `docker compose --profile sandbox up`, nothing else

It needs Docker with Compose 2.20.2 or later, has ports, keys and volumes of its own, and leaves nothing but the image.
Exit code: 0 all was well, 1 something was not, 2 wrong options.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from scripts import compose_kill
from scripts.airflow_api import AirflowApi
from scripts.compose_stack import Handoff, Stack, StackError

DAG_ID = "oncall_sync"
WAIT = 600.0  # seconds for a run; two busy cores
HANDOFF = 300.0  # seconds for a handoff, of which the watcher's poll takes up to 30

Groups = dict[str, set[str]]


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of `finally`, as Ctrl-C
    with tempfile.TemporaryDirectory(prefix="oncall-check-") as folder:
        Path(folder).chmod(0o755)  # the containers' user reads a config there
        stack = Stack(options.profile, Path(folder))
        if options.kill:
            compose_kill.prepare(stack, Path(folder))
        try:
            _check(stack, options)
        except (StackError, requests.RequestException) as error:
            say(f"NOT WELL: {error}")
            say(stack.story())
            return 1
        finally:
            say("taking the stack down")
            stack.down()
            left = stack.left_behind()
            say(f"left behind: {', '.join(left) or 'nothing'}")
    say("all is well")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make stack", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("profile", nargs="?", choices=("default", "celery", "sandbox"), default="default")
    parser.add_argument("--kill", action="store_true", help="celery: kill a worker in the middle of a run")
    options = parser.parse_args(arguments)
    if options.kill and options.profile != "celery":
        parser.error("--kill is for celery")
    return options


def _check(stack: Stack, options: argparse.Namespace) -> None:
    say(f"bringing up {stack.name}, profile {options.profile}; the first time this builds the image")
    say(f"all healthy after {stack.up(workers=2):.0f} s: http://127.0.0.1:{stack.airflow_port}")
    api = AirflowApi(f"http://127.0.0.1:{stack.airflow_port}", seconds=60)
    api.log_in("admin", stack.password)
    sandbox = f"http://127.0.0.1:{stack.sandbox_port}/_sandbox"
    wait_for("Airflow to read the Dag", lambda: api.unpause(DAG_ID), WAIT)
    if errors := api.import_errors():
        raise StackError(f"Airflow cannot load {errors}")
    if options.kill:
        compose_kill.check(stack, api, sandbox, say)
        _hand_off(api, sandbox, compose_kill.HANDOFF)
    else:
        _sync(api, sandbox)
        _hand_off(api, sandbox, Handoff("P9SFCKV", "PGUS001", "platform-leads", "U0GUS0001"))


def _sync(api: AirflowApi, sandbox: str) -> None:
    """One run over the REST API; what it reports and what the fake Slack holds are the same."""
    before = groups(sandbox)
    run_id = api.trigger(DAG_ID)
    wait_for(f"run {run_id}", lambda: _state(api, run_id) in {"success", "failed"}, WAIT)
    told = api.returned(DAG_ID, run_id, "report")
    if _state(api, run_id) != "success" or not told:
        raise StackError(f"run {run_id} is {_state(api, run_id)} and reports {told}")
    now = groups(sandbox)
    for handle, group in told["groups"].items():
        wanted = {member["slack_id"] for member in group["members"]}
        if now[handle] != wanted or not wanted:
            raise StackError(f"@{handle} has {now[handle]} and should have {wanted}")
    changed = [handle for handle in told["groups"] if now[handle] != before[handle]]
    say(f"run {run_id}: success, {told['counts']}; changed since the start: {', '.join(sorted(changed))}")


def _hand_off(api: AirflowApi, sandbox: str, new: Handoff) -> None:
    """Somebody takes over in PagerDuty; nobody triggers anything."""
    now = datetime.now(UTC).replace(microsecond=0)
    override = {"person": new.person, "start": now.isoformat(), "end": (now + timedelta(hours=1)).isoformat()}
    requests.post(f"{sandbox}/schedules/{new.schedule}/overrides", json=override, timeout=10).raise_for_status()
    since = time.monotonic()
    wait_for("the handoff", lambda: groups(sandbox)[new.handle] == {new.account}, HANDOFF)
    seconds = time.monotonic() - since
    newest = api.runs(DAG_ID)[0]["run_type"]
    say(f"a handoff in PagerDuty is in Slack after {seconds:.0f} s, by a run of the type {newest}")
    if newest != "asset_triggered":
        raise StackError("the watcher did not start that run")


def _state(api: AirflowApi, run_id: str) -> str | None:
    return next((run["state"] for run in api.runs(DAG_ID) if run["dag_run_id"] == run_id), None)


def groups(sandbox: str) -> Groups:
    """Handle -> Slack IDs, as the fake Slack has them."""
    shown: dict[str, list[dict[str, Any]]] = requests.get(f"{sandbox}/groups", timeout=10).json()
    return {handle: {member["id"] for member in members} for handle, members in shown.items()}


def wait_for(what: str, done: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            raise StackError(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(1)


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
