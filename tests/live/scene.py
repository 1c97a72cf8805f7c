"""A whole Airflow on a sandbox of eleven groups, and what the tests do with them.

Group n is @group-n (ID S0000n), of the one schedule PS0000n, in which three people take turns; @platform-oncall is the
one that the example in docs/ listens to.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from sandbox import Override, PlannedShift, Request, Sandbox, World, grid
from scripts.live import Live
from scripts.processes import Session

DAG_ID = "oncall_sync"
POLL = 5  # seconds
HANDLES = ["group-0", "group-1", "group-2", "platform-oncall", *(f"group-{n}" for n in range(4, 11))]
EVER = datetime(2024, 1, 1, 9, tzinfo=UTC)
UNFINISHED = {"queued", "running"}


def new_world() -> World:
    """In each schedule the first of three is on call for ever; Slack is right."""
    world = grid(groups=len(HANDLES), schedules_per_group=1)
    for number, (handle, group) in enumerate(zip(HANDLES, world.user_groups.values(), strict=True)):
        schedule = world.schedules[f"PS{number:05d}"]
        schedule.rotation, schedule.shifts = [], [PlannedShift(person=_person(number, 0), start=EVER)]
        group.handle, group.members = handle, [f"U{3 * number:05d}"]
    return world


def config(groups: int) -> str:
    """For the first so many groups."""
    lines = [f"  {HANDLES[n]}: {{schedules: [PS{n:05d}]}}\n" for n in range(groups)]
    return f"poll: {POLL}s\ngroups:\n{''.join(lines)}"


@dataclass
class Scene:
    """kept: whatever must run until the last test has ended."""

    live: Live
    sandbox: Sandbox
    home: Path
    kept: ExitStack
    mark: int = 0  # how many requests the sandbox had got before the test
    changes: list[str] = field(default_factory=list)  # the groups' IDs, of all changes since the first test

    # In PagerDuty

    def hand_off(self, group: int, ahead: float) -> datetime:
        """The next in turn takes over after so many seconds; from when."""
        at = (datetime.now(UTC) + timedelta(seconds=ahead)).replace(microsecond=0)
        shifts = self.sandbox.world.schedules[f"PS{group:05d}"].shifts
        shifts[-1].end = at
        shifts.append(PlannedShift(person=_person(group, len(shifts)), start=at))
        self.changes.append(f"S{group:05d}")
        return at

    def override(self, group: int) -> None:
        """Somebody else takes over now."""
        at = datetime.now(UTC)
        overrides = self.sandbox.world.schedules[f"PS{group:05d}"].overrides
        overrides.append(Override(person=_person(group, len(overrides) + 1), start=at, end=at + timedelta(days=1)))
        self.changes.append(f"S{group:05d}")

    def on_call(self, group: int) -> str:
        """The Slack ID of whoever is on call now."""
        (shift,) = self.sandbox.world.on_call(f"PS{group:05d}")
        return f"U{(shift.person or '')[2:]}"

    def until(self, moment: datetime) -> None:
        wait(lambda: datetime.now(UTC) >= moment, (moment - datetime.now(UTC)).total_seconds() + 1, f"{moment}")

    # In Slack

    def requests(self, endpoint: str) -> list[Request]:
        """Of this test."""
        return [request for request in self.sandbox.requests[self.mark :] if request.endpoint == endpoint]

    def writes(self) -> list[Request]:
        """Of this test, those that Slack accepted."""
        return [each for each in self.requests("usergroups.users.update") if each.status == 200]

    def written(self) -> list[tuple[str, str]]:
        """[("group-1", "U00003")]: handles and members, in order of time, once nothing is under way any more."""
        self.rest()
        groups = self.sandbox.world.user_groups
        return [(groups[each.params["usergroup"]].handle, each.params["users"]) for each in self.writes()]

    def arrives(self, group: int, patience: float = 60) -> datetime:
        """When Slack got who is on call now; fails where it does not."""
        wanted = (f"S{group:05d}", self.on_call(group))

        def arrived() -> list[datetime]:
            return [each.at for each in self.writes() if (each.params["usergroup"], each.params["users"]) == wanted]

        wait(lambda: bool(arrived()), patience, f"{wanted} to be written")
        return arrived()[0]

    # In Airflow

    def runs(self) -> list[dict[str, Any]]:
        return self.live.api.runs(DAG_ID)

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        """[{"task_id", "map_index", "state", "try_number", "pid", …}]"""
        tasks: list[dict[str, Any]] = self.live.api.ask("GET", f"dags/{DAG_ID}/dagRuns/{run_id}/taskInstances")[
            "task_instances"
        ]
        return tasks

    def rest(self) -> None:
        """Until no run is under way."""
        wait(lambda: not any(run["state"] in UNFINISHED for run in self.runs()), 90, "the runs to end")

    def stalled(self, task: str, endpoint: str) -> psutil.Process:
        """The process of a task, once it waits for this answer."""
        asked = len(self.requests(endpoint))
        wait(lambda: len(self.requests(endpoint)) > asked, 60, f"{task} to ask for {endpoint}")
        tasks = self.tasks(self.runs()[0]["dag_run_id"])
        return psutil.Process(next(t["pid"] for t in tasks if t["task_id"] == task and t["state"] == "running"))

    def processes(self, component: str) -> list[psutil.Process]:
        """Of `airflow triggerer`, or another one, of this Airflow: it has children."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ()["AIRFLOW_HOME"] == str(self.home)
                if ours and f"airflow {component}" in " ".join(process.cmdline()):
                    found.append(process)
            except (KeyError, psutil.Error):
                continue  # gone meanwhile, or somebody else's
        return found

    def start(self, component: str) -> None:
        """Another one, until all tests have ended."""
        command = [str(Path(sys.executable).with_name("airflow")), component, "--skip-serve-logs"]
        output = self.kept.enter_context((self.home / "logs" / f"second-{component}.log").open("wb"))
        self.kept.enter_context(Session(command, output, self.live.environ))


def wait(done: Callable[[], bool], patience: float, what: str) -> None:
    deadline = time.monotonic() + patience
    while not done():
        assert time.monotonic() < deadline, f"waited {patience:g} s in vain for {what}"
        time.sleep(0.1)


def _person(group: int, turn: int) -> str:
    return f"PU{3 * group + turn % 3:05d}"
