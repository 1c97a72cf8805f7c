"""This project's sync beside others, on one sandbox: requests and time."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import perf_counter

from benchmarks import pd2slack, seed, worlds
from benchmarks.record import row
from benchmarks.this_project import ThisProject
from sandbox import Fault, Sandbox

TITLE = "Beside others"
GROUPS = (4, 30, 100, 500)
LATENCIES = (0, 50, 200)  # ms for each request
CHANGED = {"nothing": 0.0, "a tenth": 0.1, "everything": 1.0}  # shares of the groups


@dataclass(frozen=True)
class Measured:
    """floor: the requests without which it cannot be done. right: groups that held who is on call afterwards."""

    requests: int
    floor: int
    seconds: float
    right: int


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--groups", type=int, nargs="+", default=GROUPS, help="how many (default: 4 30 100 500)")
    parser.add_argument("--latency", type=int, nargs="+", default=LATENCIES, help="ms a request (default: 0 50 200)")


def run(options: argparse.Namespace) -> tuple[str, bool]:
    """A table for each size, and True."""
    if not pd2slack.installed():
        print(f"{pd2slack.NAME} is not installed, so it is left out", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        tables = [table(size, options.latency, measure(size, options.latency, Path(folder))) for size in options.groups]
    return "\n\n".join(tables), True


def measure(groups: int, latencies: Sequence[int], folder: Path) -> dict[str, list[Measured]]:
    """For each latency, by row of the table: {"nothing, warm": […], …}. All groups change for the other contenders.

    warm: earlier runs are remembered; cold: nothing is.
    """
    with Sandbox(worlds.new_world(groups)) as sandbox:
        cold = ThisProject(sandbox, folder / "oncall_sync.yaml")
        warm, others = cold.again(), _others(sandbox, folder)
        for turn in (0, 1):  # so that it has seen both people of each schedule
            worlds.set_turn(sandbox.world, range(groups), turn)
            warm.sync()
        measured: dict[str, list[Measured]] = {}
        for latency in latencies:
            for memory, project in {"warm": warm, "cold": cold}.items():
                for changed, share in CHANGED.items():
                    one = _timed(sandbox, latency, ceil(groups * share), project.again().sync)
                    measured.setdefault(f"{changed}, {memory}", []).append(one)
            for name, sync in others.items():
                measured.setdefault(name, []).append(_timed(sandbox, latency, groups, sync))
    return measured


def _others(sandbox: Sandbox, folder: Path) -> dict[str, Callable[[], object]]:
    others: dict[str, Callable[[], object]] = {seed.NAME: lambda: seed.sync(sandbox)}
    return others | ({pd2slack.NAME: lambda: pd2slack.sync(sandbox, folder)} if pd2slack.installed() else {})


def _timed(sandbox: Sandbox, latency: int, changes: int, sync: Callable[[], object]) -> Measured:
    """Slack is right about the second person of each schedule; then the first `changes` groups change."""
    world, groups = sandbox.world, len(sandbox.world.user_groups)
    worlds.set_turn(world, range(groups), 1)
    worlds.set_right(world)
    worlds.set_turn(world, range(changes), 0)
    sandbox.faults.clear()
    sandbox.faults.add(Fault(kind="slow", delay=latency / 1000, times=None))
    sandbox.requests.clear()
    began = perf_counter()
    sync()
    seconds, requests = perf_counter() - began, len(sandbox.requests)
    print(f"{groups} groups, {latency} ms, {changes} changes: {requests} requests, {seconds:.2f} s", file=sys.stderr)
    floor = worlds.pages(groups) + 1 + changes  # of /oncalls, one list of Slack's groups, a write per change
    return Measured(requests, floor, seconds, worlds.right(world))


def table(groups: int, latencies: Sequence[int], measured: dict[str, list[Measured]]) -> str:
    head = ["requests", "floor", *(f"{latency} ms" for latency in latencies), "right after it"]
    lines = [
        f"### {groups} groups of {worlds.SCHEDULES} schedules",
        "",
        row("", *head),
        row("---", *["---:"] * len(head)),
    ]
    for name, each in measured.items():
        times = [f"{one.seconds:.2f} s" for one in each]
        lines.append(row(name, f"{each[0].requests:,}", f"{each[0].floor:,}", *times, f"{each[0].right} of {groups}"))
    return "\n".join(lines)
