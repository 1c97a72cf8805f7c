"""From a change in PagerDuty to the write in Slack: how long it takes with a whole Airflow, on the sandbox."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import worlds
from benchmarks.changes import Change, Waits, enter_handoffs, plan, table, waits_and_strays
from sandbox import Request, Sandbox
from sandbox.limits import Limits
from scripts import airflow_home
from scripts.live import Live, NotStartedError, airflow, free_port, shown
from scripts.processes import SIGNALS

TITLE = "From PagerDuty to Slack"
DAG_ID = "oncall_sync"
AHEAD = 10  # seconds; and one poll, in which the watcher reads the planned handoffs
PATIENCE = timedelta(minutes=3)  # for the last write


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--handoffs", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--overrides", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--poll", type=int, default=30, help="of the config, in seconds (default: 30)")


def run(options: argparse.Namespace) -> tuple[str, bool]:
    """The table, and whether each change was written and nothing else was."""
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    home = airflow_home.home("bench")
    try:
        with airflow_home.lock(home, "make bench"):
            waits, strays = _measured(home, options)
    except (NotStartedError, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted: no figures.")
    text = f"{table(waits)}\n\n- poll: {options.poll} s\n- writes without a change: {len(strays)}"
    return text, not strays and None not in waits.values()


def _measured(home: Path, options: argparse.Namespace) -> tuple[Waits, list[Request]]:
    world, file = worlds.new_world(options.handoffs + options.overrides, schedules=2), home / "oncall_sync.yaml"
    world.rate_limits = Limits()
    worlds.set_right(world)
    worlds.write_config(world, file, f"poll: {options.poll}s\n")
    os.environ["ONCALL_SYNC_CONFIG"] = str(file)
    (home / "migrated").unlink(missing_ok=True)  # so that nothing is remembered of an older world
    print("Starting Airflow, about half a minute ...")
    with Sandbox(world) as sandbox, airflow(home, free_port(), sandbox) as live:
        print(f"Airflow's UI: {live.address}   user: admin   password: {live.password}   log: {shown(live.log)}")
        _first_sync(live)
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=options.poll + AHEAD)
        return _course(plan(options.handoffs, options.overrides, start), sandbox)


def _first_sync(live: Live) -> None:
    """Until the watcher has something to compare with."""
    for broken in live.unpause(DAG_ID):
        raise NotStartedError(f"Airflow cannot load {broken}")
    if not live.wait(lambda: [run["state"] for run in live.api.runs(DAG_ID)][:1] == ["success"]):
        raise NotStartedError(f"The first run of the Dag did not succeed. What happened is in {shown(live.log)}")


def _course(changes: Sequence[Change], sandbox: Sandbox) -> tuple[Waits, list[Request]]:
    """Until the last change was written, or counts as missed."""
    sandbox.requests.clear()
    enter_handoffs(sandbox.world, changes)
    for number, change in enumerate(changes, 1):
        time.sleep(max(0, (change.at - datetime.now(UTC)).total_seconds()))
        if change.kind == "override":
            worlds.set_turn(sandbox.world, [change.group], 1, since=change.at)
        print(f"{change.at:%H:%M:%S}  {number:>3}/{len(changes)}  {change.kind} for group {change.group}", flush=True)
    deadline = datetime.now(UTC) + PATIENCE
    while True:
        waits, strays = waits_and_strays(sandbox.world, changes, sandbox.requests)
        if None not in waits.values() or datetime.now(UTC) > deadline:
            return waits, strays
        time.sleep(1)
