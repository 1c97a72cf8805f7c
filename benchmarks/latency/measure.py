"""From a change in PagerDuty to the write in Slack: how long it takes with a whole Airflow, on the sandbox."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from benchmarks.latency.changes import config, new_world, plan
from benchmarks.latency.course import Course
from benchmarks.latency.figures import rows, table
from benchmarks.latency.outcome import reads_in, with_runs
from benchmarks.machine import machine, say
from oncall_sync.config.load import read_file
from sandbox import Sandbox
from scripts import airflow_home
from scripts.airflow_api import Json
from scripts.live import Live, NotStartedError, airflow, free_port, shown, why_not
from scripts.processes import SIGNALS

DAG_ID = "oncall_sync"
SEED = 20261123
ENDED = {"success", "failed"}
AHEAD = timedelta(seconds=10)  # beside one poll, in which the watcher reads the planned handoffs
GOALS = {"handoffs": 15.0, "overrides": 45.0}  # seconds; for p95, with a poll of 30 s on two cores
NOTE = """\
* computed, not run: from each change to the next multiple of five minutes, and then the time that this run took from
  the start of the Dag run to the write."""


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    home = airflow_home.home("bench")
    try:
        with airflow_home.lock(home, "make bench"):
            return _bench(home, options)
    except (airflow_home.HomeBusyError, NotStartedError, OSError) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _complain("Interrupted: no figures.")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=latency", description=__doc__)
    parser.add_argument("--handoffs", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--overrides", type=int, default=20, help="how many (default: 20)")
    parser.add_argument("--poll", default="30s", help="as in the config (default: 30s)")
    parser.add_argument("--port", type=int, default=0, help="of Airflow's UI (default: any free one)")
    return parser.parse_args(arguments)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _bench(home: Path, options: argparse.Namespace) -> int:
    file = home / "oncall_sync.yaml"
    file.write_text(config(options.poll))
    read = read_file(file).config
    if not (read and read.poll):
        return _complain(f"'{options.poll}' is no poll: from 5s to 1h")
    port = options.port or free_port()
    if taken := why_not(port):
        return _complain(f"Port {port} cannot be used: {taken}")
    os.environ["ONCALL_SYNC_CONFIG"] = str(file)
    (home / "migrated").unlink(missing_ok=True)  # so that nothing is remembered of an older world
    say("Starting Airflow, about half a minute ...")
    with Sandbox(new_world()) as serving, airflow(home, port, serving) as live:
        say(f"Airflow's UI: {live.address}   user: admin   password: {live.password}   log: {shown(live.log)}")
        _first_sync(live)
        course = Course(serving, datetime.now(UTC).replace(microsecond=0) + read.poll + AHEAD)
        steps = plan(options.handoffs, options.overrides, SEED)
        say(f"{len(steps)} changes until {course.start + steps[-1].after:%H:%M} UTC" if steps else "No change")
        course.take(steps)
        live.wait(lambda: all(run["state"] in ENDED for run in live.api.runs(DAG_ID)))
        return _figures(course, live.api.runs(DAG_ID), live, options.poll)


def _first_sync(live: Live) -> None:
    """Until the watcher has something to compare with."""
    for broken in live.unpause(DAG_ID):
        raise NotStartedError(f"Airflow cannot load {broken}")
    if not live.wait(lambda: [run["state"] for run in live.api.runs(DAG_ID)][:1] == ["success"]):
        raise NotStartedError(f"The first run of the Dag did not succeed. What happened is in {shown(live.log)}")


def _figures(course: Course, runs: list[Json], live: Live, poll: str) -> int:
    """Prints them; 1 where a change was missed, or something was written without one."""
    begun = [(datetime.fromisoformat(run["start_date"]), run) for run in runs if run["start_date"]]
    changes, strays = course.outcome()
    changes = with_runs(changes, [start for start, _ in begun])
    reports = [live.api.returned(DAG_ID, run["dag_run_id"], "report") or {} for _, run in begun]
    reads = reads_in(course.requests, {datetime.fromisoformat(r["as_of"]) for r in reports if r.get("as_of")})
    lines = rows(changes)
    say(f"\n{table(lines, GOALS)}\n{NOTE}\n")
    say(f"Writes without a change: {len(strays)}")
    for stray in strays:
        say(f"  {stray.at:%H:%M:%S} {stray.group}: {', '.join(sorted(stray.members))}")
    each = reads.by_watcher / reads.polls if reads.polls else 0
    say(f"PagerDuty: {reads.polls} polls by the watcher, {reads.by_watcher} requests, {each:.2f} for a poll")
    during = [run for start, run in begun if start >= course.start]
    say(f"Dag runs: {len(during)}, with {reads.by_runs} requests to PagerDuty of their own")
    say(f"Poll {poll}; {machine()}")
    return 1 if strays or any(line.missed for line in lines) else 0


def _complain(line: str) -> int:
    sys.stderr.write(f"{line}\n")
    return 1
