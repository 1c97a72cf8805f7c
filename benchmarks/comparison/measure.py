"""Every contender in every cell, one after the other in one run."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.comparison import cells, results
from benchmarks.comparison.cells import Cell
from benchmarks.comparison.contenders import PD2SLACK, VERSION, ThisProject, has_pd2slack, run_pd2slack, run_seed
from benchmarks.comparison.results import Measured
from benchmarks.machine import machine, say
from benchmarks.record import RESULTS, record
from sandbox import Fault, Sandbox

GROUPS = (4, 30, 100, 500)
LATENCIES = (0, 50, 200)  # ms for each request
TRIALS = 3  # of this project where no time is added, as whatever else the machine does shows there


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    if not has_pd2slack():
        say(f"{PD2SLACK} {VERSION} is not installed, and is left out", to=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        found = [each for groups in options.groups for each in measure(groups, options.latency, Path(folder))]
    text = f"{results.tables(found)}\n\n{results.goals(found)}"
    say(f"{text}\n\n{machine()}")
    if options.write:
        record("Beside others", text)
        RESULTS.with_name("requests.svg").write_text(results.picture(found))
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--groups", type=int, nargs="+", default=GROUPS, help="how many (default: 4 30 100 500)")
    parser.add_argument("--latency", type=int, nargs="+", default=LATENCIES, help="ms a request (default: 0 50 200)")
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/RESULTS.md and its plot")
    return parser.parse_args(arguments)


def measure(groups: int, latencies: Sequence[int], folder: Path) -> list[Measured]:
    """All figures of worlds of one size."""
    world, mapping = cells.new_world(groups), cells.mapping(groups)
    with Sandbox(world) as sandbox:
        experienced = _experienced(sandbox, groups, folder)

        def clock(who: str, cell: Cell, latency: int, sync: Callable[[], object]) -> Measured:
            _set(sandbox, cell)
            sandbox.faults.clear()
            if latency:
                sandbox.faults.add(Fault(kind="slow", delay=latency / 1000, times=None))
            sandbox.requests.clear()
            began = time.perf_counter()
            sync()
            seconds = time.perf_counter() - began
            found = Measured(who, cell, latency, len(sandbox.requests), seconds, cells.right(world))
            say(results.line(found), to=sys.stderr)
            return found

        found = []
        for latency in latencies:
            for cell in cells.cells(groups):
                trials = []
                for _ in range(1 if latency else TRIALS):
                    project = experienced.again() if cell.warm else ThisProject(folder)
                    trials.append(clock(results.THIS, cell, latency, lambda: project.sync(sandbox, mapping)))  # noqa: B023 - called at once
                found.append(sorted(trials, key=lambda each: each.seconds)[len(trials) // 2])
            whole = Cell(groups, "everything", warm=False)  # they know no other
            found.append(clock(results.SEED, whole, latency, lambda: run_seed(sandbox, mapping)))
            if has_pd2slack():
                found.append(
                    clock(f"{PD2SLACK} {VERSION}", whole, latency, lambda: run_pd2slack(sandbox, mapping, folder))
                )
        return found


def _experienced(sandbox: Sandbox, groups: int, folder: Path) -> ThisProject:
    """It has seen both people of each schedule on call, the second of each last."""
    project, mapping = ThisProject(folder), cells.mapping(groups)
    project.sync(sandbox, mapping)
    cells.take_over(sandbox.world, range(groups))
    project.sync(sandbox, mapping)
    return project


def _set(sandbox: Sandbox, cell: Cell) -> None:
    """Slack is right about the second of each schedule, and then some change."""
    cells.take_over(sandbox.world, range(cell.groups))
    cells.set_right(sandbox.world)
    cells.hand_back(sandbox.world, range(cell.changes))
