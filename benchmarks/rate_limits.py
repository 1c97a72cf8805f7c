"""Under the rate limits of both services, with time scaled down: how close to the shortest time that they allow."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import perf_counter

from benchmarks import worlds
from benchmarks.record import row
from benchmarks.this_project import ThisProject
from sandbox import Sandbox
from sandbox.limits import SLACK_LIMITS, Limits

TITLE = "Under rate limits"
WRITES = SLACK_LIMITS["usergroups.users.update"]  # per minute
REQUESTS = 960  # to PagerDuty, per minute
PAGES = 10  # of /oncalls, per minute: a guess, as PagerDuty does not publish it
HEAD = """\
| what | limit | floor | measured | times the floor | failed groups | right |
| --- | --- | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True)
class Limited:
    """calls: that count against `limit`, so many per window, in seconds. failed, right: of the groups."""

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

    def __str__(self) -> str:
        limit, times = f"{self.limit} in {self.window:g} s", f"{self.seconds / self.floor:.2f}"
        return row(self.what, limit, f"{self.floor:.0f} s", f"{self.seconds:.1f} s", times, self.failed, self.right)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minute", type=float, default=6, help="how long a minute of Slack takes here, in seconds")


def run(options: argparse.Namespace) -> tuple[str, bool]:
    """The table, and whether no group failed."""
    with tempfile.TemporaryDirectory() as folder:
        file, minute = Path(folder) / "oncall_sync.yaml", options.minute
        measured = [writes(file, minute), pages(file, minute), single_reads(file, 5 * minute)]
    return "\n".join([HEAD, *map(str, measured)]), not any(each.failed for each in measured)


def writes(file: Path, window: float, groups: int = 300) -> Limited:
    """All groups change. file: the config, here and below."""
    world = worlds.new_world(groups)
    with Sandbox(world) as sandbox:
        project = ThisProject(sandbox, file, minute=window)
        for turn in (0, 1):
            worlds.set_turn(world, range(groups), turn)
            project.sync()
        worlds.set_turn(world, range(groups), 0)
        world.rate_limits = Limits(window=window)
        return _measured(f"{groups} changed groups", project, groups, WRITES)


def pages(file: Path, window: float, groups: int = 500) -> Limited:
    """Nothing changes; PagerDuty gives a few pages of /oncalls at a time, and is asked for nothing else."""
    world, count = worlds.new_world(groups), worlds.pages(groups)
    worlds.set_right(world)
    world.rate_limits.window, world.rate_limits.pagerduty = window, PAGES
    with Sandbox(world) as sandbox:
        return _measured(f"{count} pages of /oncalls", ThisProject(sandbox, file, minute=window), count, PAGES)


def single_reads(file: Path, window: float, groups: int = 500) -> Limited:
    """Nothing changes; no schedule is on a policy, so each is read by itself, and so is each person on call."""
    world, schedules = worlds.new_world(groups), groups * worlds.SCHEDULES
    world.policies.clear()
    worlds.set_right(world)
    world.rate_limits.window, world.rate_limits.pagerduty = window, REQUESTS
    with Sandbox(world) as sandbox:
        what, calls = f"{schedules} schedules on no policy, and their people", 1 + 2 * schedules
        return _measured(what, ThisProject(sandbox, file, minute=window), calls, REQUESTS)


def _measured(what: str, project: ThisProject, calls: int, limit: int) -> Limited:
    began = perf_counter()
    failed = project.sync()
    seconds, world = perf_counter() - began, project.sandbox.world
    right = f"{worlds.right(world)} of {len(world.user_groups)}"
    return Limited(what, calls, limit, project.minute, seconds, failed, right)
