"""What Airflow costs: the Dag beside a bare one of six empty tasks; its file, its memory, its watcher."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from statistics import median

import psutil

from benchmarks.comparison import cells
from benchmarks.machine import machine, say, verdict
from benchmarks.record import record
from sandbox import Sandbox
from scripts import airflow_home
from scripts.airflow_home import ROOT
from scripts.live import Live, NotStartedError, airflow, free_port

SYNC, BARE = "oncall_sync", "bare_of_six"
GROUPS = 40
NOBODY_ON_CALL = "U00002"  # the third of a schedule is never on call
RUN_GOAL, PARSE_GOAL = 1.25, 200  # times the bare Dag; ms more than the bare Dag's file
BARE_DAG = """\
from datetime import datetime
from airflow.sdk import dag, task

@dag(schedule=None, start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def bare_of_six():
    last = None
    for n in range(6):
        @task(task_id=f"empty_{n}")
        def empty():
            return None
        this = empty()
        if last is not None:
            last >> this
        last = this

bare_of_six()
"""
PARSED = """\
import runpy, sys, time
import airflow.sdk
began = time.perf_counter()
runpy.run_path(sys.argv[1])
print(1000 * (time.perf_counter() - began))
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=airflow", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="of each Dag (default: 7)")
    parser.add_argument("--minutes", type=float, default=10, help="to watch the triggerer (default: 10)")
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/RESULTS.md")
    options = parser.parse_args(arguments)
    home = airflow_home.home("bench")
    try:
        with airflow_home.lock(home, "make bench"):
            return _measure(home, options)
    except (airflow_home.HomeBusyError, NotStartedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _measure(home: Path, options: argparse.Namespace) -> int:
    folder, file = _dags(home), home / "oncall_sync.yaml"
    rows = "".join(f"  {handle}: {{schedules: [{', '.join(ids)}]}}\n" for handle, ids in cells.mapping(GROUPS).items())
    file.write_text(f"poll: 30s\nheartbeat: 24h\ngroups:\n{rows}")
    changed = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
        "ONCALL_SYNC_CONFIG": str(file),
        "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}",
    }
    parse = _parse_times(folder, os.environ | changed)
    (home / "migrated").unlink(missing_ok=True)
    world = cells.new_world(GROUPS)
    cells.set_right(world)
    say("Starting Airflow, about half a minute ...")
    with Sandbox(world) as serving, airflow(home, free_port(), serving, changed) as live:
        without = _share_of_core(live, min(2.0, options.minutes))
        for broken in live.unpause(SYNC, BARE):
            raise NotStartedError(f"Airflow cannot load {broken}")
        if not live.wait(lambda: [run["state"] for run in live.api.runs(SYNC)][:1] == ["success"]):
            raise NotStartedError(f"The first run of {SYNC} did not succeed: no figures")
        seconds: dict[str, list[float]] = {SYNC: [], BARE: []}
        for _ in range(options.runs):
            for dag_id in (BARE, SYNC):
                next(iter(world.user_groups.values())).members = [NOBODY_ON_CALL]  # so that there are six tasks
                seconds[dag_id].append(_run(live, dag_id))
        memory = {dag_id: _most_memory(live, dag_id) for dag_id in (BARE, SYNC)}
        watching = _share_of_core(live, options.minutes)
    ratio = median(seconds[SYNC]) / median(seconds[BARE])
    more = median(parse[SYNC]) - median(parse[BARE])
    table = f"""\
| what | {BARE} | {SYNC} | | goal |
| --- | ---: | ---: | ---: | --- |
| run of {GROUPS} groups, one of them changed, median of {options.runs} | {median(seconds[BARE]):.2f} s \
| {median(seconds[SYNC]):.2f} s | {ratio:.2f} times | {RUN_GOAL:g}: {verdict(ratio <= RUN_GOAL)} |
| Dag file, beyond importing Airflow, median of {len(parse[SYNC])} | {median(parse[BARE]):.0f} ms \
| {median(parse[SYNC]):.0f} ms | {more:.0f} ms more | {PARSE_GOAL} ms: {verdict(more <= PARSE_GOAL)} |
| memory of the largest task process | {memory[BARE]:.0f} MB | {memory[SYNC]:.0f} MB | | |
| triggerer, share of one core, {options.minutes:g} min | {without:.1%} without a watcher | {watching:.1%} | | |
"""
    say(f"\n{table}\n{machine()}")
    if options.write:
        record("What Airflow costs", table)
    return 0 if ratio <= RUN_GOAL and more <= PARSE_GOAL else 1


def _dags(home: Path) -> Path:
    folder = home / "dags"
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "dags" / "oncall_sync_dag.py", folder)
    (folder / "bare_dag.py").write_text(BARE_DAG)
    return folder


def _parse_times(folder: Path, environ: dict[str, str], times: int = 5) -> dict[str, list[float]]:
    """Milliseconds, in a new process each; Airflow itself is imported before."""
    found: dict[str, list[float]] = {SYNC: [], BARE: []}
    for _ in range(times):
        for dag_id, name in ((BARE, "bare_dag.py"), (SYNC, "oncall_sync_dag.py")):
            command = [sys.executable, "-c", PARSED, str(folder / name)]
            told = subprocess.run(  # noqa: S603 - our own command
                command, env=environ, capture_output=True, text=True, check=True, timeout=120
            )
            found[dag_id].append(float(told.stdout.splitlines()[-1]))
    return found


def _run(live: Live, dag_id: str, meanwhile: Callable[[], object] = lambda: None) -> float:
    """Seconds from the run's start to its end."""
    run_id = live.api.trigger(dag_id)

    def ended() -> bool:
        meanwhile()
        return _state(live, dag_id, run_id)["state"] in {"success", "failed"}

    live.wait(ended)
    run = _state(live, dag_id, run_id)
    if run["state"] != "success":
        raise NotStartedError(f"The run {run_id} of {dag_id} ended as {run['state']}: no figures")
    begun, end = (datetime.fromisoformat(run[key]) for key in ("start_date", "end_date"))
    return (end - begun).total_seconds()


def _state(live: Live, dag_id: str, run_id: str) -> dict[str, str]:
    return next(run for run in live.api.runs(dag_id) if run["dag_run_id"] == run_id)


def _most_memory(live: Live, dag_id: str) -> float:
    """MB of the largest task process, in a run that is not timed, as looking costs time."""
    sizes = [0.0]

    def look() -> None:
        for _ in range(5):
            for process in _titled(live, "airflow worker -- "):
                with suppress(psutil.Error):  # gone meanwhile
                    sizes.append(process.memory_info().rss / 1e6)
            time.sleep(0.1)

    _run(live, dag_id, look)
    return max(sizes)


def _share_of_core(live: Live, minutes: float) -> float:
    """Of the triggerer and its children, while nothing else is asked of Airflow."""
    began, used = time.monotonic(), _cpu(live)
    live.wait(lambda: False, minutes * 60)
    return (_cpu(live) - used) / (time.monotonic() - began)


def _cpu(live: Live) -> float:
    """Seconds."""
    leaders = _titled(live, "airflow triggerer")
    family = {each for leader in leaders for each in [leader, *leader.children(recursive=True)]}
    return sum(sum(process.cpu_times()[:2]) for process in family if process.is_running())


def _titled(live: Live, title: str) -> list[psutil.Process]:
    """The processes of this Airflow that call themselves so; those of a task name the task, not LocalExecutor."""
    found = []
    for process in live.session.members():
        with suppress(psutil.Error):  # gone meanwhile
            line = " ".join(process.cmdline())
            if title in line and "LocalExecutor" not in line:
                found.append(process)
    return found
