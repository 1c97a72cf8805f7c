"""Under the rate limits of both services, with time scaled down: how close to the shortest time that they allow.

Slack: 20 writes a minute. PagerDuty: 960 requests a minute, and a limit of /oncalls of its own that is not published.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import monotonic, perf_counter

from benchmarks.comparison import cells
from benchmarks.comparison.contenders import ThisProject
from benchmarks.machine import machine, say, verdict
from benchmarks.record import record
from sandbox import Fault, Request, Sandbox
from sandbox.limits import SLACK_LIMITS, Limits

GOAL = 1.2  # times the floor
WRITES = SLACK_LIMITS["usergroups.users.update"]
REQUESTS = 960  # to PagerDuty
ON_CALLS = 10  # our guess for /oncalls, a third of what the watcher alone asks for of 500 groups


@dataclass(frozen=True)
class Limited:
    """calls: that are under the limit of so many (`limit`) in each window, in seconds."""

    what: str
    calls: int
    limit: int
    window: float
    seconds: float
    failed: int
    right: str

    @property
    def floor(self) -> float:
        """Seconds: the first window's calls need no wait."""
        return (ceil(self.calls / self.limit) - 1) * self.window

    @property
    def times(self) -> float:
        return self.seconds / self.floor


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=limits", description=__doc__)
    parser.add_argument("--minute", type=float, default=6, help="how long a minute of Slack takes here, in seconds")
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/RESULTS.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        found = [writes(here, options.minute), on_calls(here, options.minute), single_reads(here, 5 * options.minute)]
    say(f"{table(found)}\n\n{machine()}")
    if options.write:
        record("Under rate limits", table(found))
    return 0 if all(each.times <= GOAL and not each.failed for each in found) else 1


def writes(folder: Path, window: float, groups: int = 300) -> Limited:
    """All groups change."""
    world = cells.new_world(groups)
    with Sandbox(world) as sandbox:
        project = ThisProject(folder, minute=window)
        project.sync(sandbox, cells.mapping(groups))
        cells.take_over(world, range(groups))
        project.sync(sandbox, cells.mapping(groups))
        cells.hand_back(world, range(groups))
        world.rate_limits = Limits(window=window)
        return _measured(f"{groups} changed groups", project, sandbox, groups, (groups, WRITES, window))


def on_calls(folder: Path, window: float, groups: int = 500) -> Limited:
    """Nothing changes; /oncalls allows a few pages at a time."""
    world = cells.new_world(groups)
    cells.set_right(world)
    with Sandbox(world) as sandbox:
        sandbox.faults.add(
            Fault(
                endpoint="GET /oncalls",
                status=429,
                headers={"ratelimit-reset": str(ceil(window))},
                times=None,
                match=_beyond(ON_CALLS, window),
            )
        )
        pages, project = ceil(groups * cells.SCHEDULES / cells.ROWS), ThisProject(folder, minute=window)
        return _measured(f"{pages} pages of /oncalls", project, sandbox, groups, (pages, ON_CALLS, window))


def single_reads(folder: Path, window: float, groups: int = 500) -> Limited:
    """Nothing changes; no schedule is on a policy, so that each must be read by itself, and whoever is found there."""
    world = cells.new_world(groups)
    world.policies.clear()
    cells.set_right(world)
    world.rate_limits = Limits(window=window)
    world.rate_limits.slack = {}
    with Sandbox(world) as sandbox:
        calls = 1 + 2 * groups * cells.SCHEDULES
        what = f"{calls // 2} schedules on no policy, and their people"
        return _measured(what, ThisProject(folder, minute=window), sandbox, groups, (calls, REQUESTS, window))


def _measured(
    what: str, project: ThisProject, sandbox: Sandbox, groups: int, limited: tuple[int, int, float]
) -> Limited:
    began = perf_counter()
    failed = project.sync(sandbox, cells.mapping(groups))
    seconds = perf_counter() - began
    return Limited(what, *limited, seconds, failed, f"{cells.right(sandbox.world)} of {groups}")


def _beyond(limit: int, window: float) -> Callable[[Request], bool]:
    """Whether a request is one too many of its window; a window begins with the first call after the last one."""
    state = {"began": -window, "calls": 0.0}

    def one_too_many(request: Request) -> bool:
        if monotonic() - state["began"] >= window:
            state.update(began=monotonic(), calls=0.0)
        state["calls"] += 1
        return state["calls"] > limit

    return one_too_many


def table(found: Sequence[Limited]) -> str:
    text = [
        "| what | limit | floor | measured | times the floor | goal | failed groups | right |",
        "| --- | --- | ---: | ---: | ---: | --- | ---: | ---: |",
    ]
    text += [
        f"| {each.what} | {each.limit} in {each.window:g} s | {each.floor:.0f} s | {each.seconds:.1f} s "
        f"| {each.times:.2f} | {GOAL:g}: {verdict(each.times <= GOAL)} | {each.failed} | {each.right} |"
        for each in found
    ]
    return "\n".join(text)
