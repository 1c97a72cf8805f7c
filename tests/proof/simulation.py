"""A week in minutes: the real watcher and the real tasks against the sandbox, on a clock that they move themselves.

How long things take is measured on a whole Airflow (benchmarks/): a run begins two seconds after it is asked for, each
task takes one, and the writes about one each. What the sandbox and the clients do takes no time, but for the waits
that a server asks for. Not in it: parts that work at the same time (the watcher looks again when a run has ended), and
the Dag processor, whose restart no run notices.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from oncall_sync.errors import PassingFault
from oncall_sync.models import Change
from sandbox import Account, Fault, Override, Sandbox
from tests.proof.ledger import Groups, Ledger
from tests.proof.week_world import MINUTE, MONDAY, PER_GROUP, Happening, config, happenings, world
from tests.sync.driver import TASKS, DictStore, Killed, Run, Sync, Task
from tests.sync.watching import Watching

HEARTBEAT = 15 * MINUTE
TIMED_OUT = 10 * MINUTE  # the Dag's dagrun_timeout
LONGEST_RETRY = 300  # seconds that retry.py lets Airflow wait
SECOND = timedelta(seconds=1)


class SharedStore(DictStore):
    """The state store as a task and the triggerer see it: through Airflow's API server."""

    down = False

    def get(self, key: str, default: Any = None) -> Any:
        if self.down:
            raise ConnectionError("Airflow's API server is down")
        return super().get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.get(key)
        super().set(key, value)


class TimedSync(Sync):
    """Takes time, as the tasks of a whole Airflow do; `pass_time` is set by the simulation."""

    pass_time: Callable[[float], None]
    began: datetime
    read_at = MONDAY - HEARTBEAT

    def do(self, task: Task, begun: Run) -> None:
        self.began = begun.started
        self.takes(2 if task == TASKS[0] else 1)
        if task == TASKS[0]:
            self.takes(0)  # the ledger notes who is on call as it is read
            self.read_at = self.now
        super().do(task, begun)

    def update(self, change: Change, begun: Run) -> None:
        self.takes(1)
        super().update(change, begun)

    def takes(self, seconds: float) -> None:
        self.pass_time(seconds)
        if self.now - self.began > TIMED_OUT:
            raise Killed

    def _sleep(self, seconds: float) -> None:
        self.takes(seconds)

    def until_next_try_after(self, fault: PassingFault) -> None:
        wait = 10 if fault.retry_after is None else fault.retry_after + 1
        if wait > LONGEST_RETRY:
            raise fault
        self.takes(wait)


class Simulation:
    """`Simulation(sandbox, file, groups=50, days=7).run()`; then `ledger` tells. Each kind of Happening is a method."""

    def __init__(self, sandbox: Sandbox, file: Path, *, groups: int, days: float, seed: int = 1) -> None:
        random = Random(seed)  # noqa: S311 - the same every time is what is wanted
        self.handles = [f"g{n:02}" for n in range(groups)]
        self.world = sandbox.services.world = world(groups, random)
        self.pending = happenings(self.world, groups, days, random)
        self.end = MONDAY + timedelta(days=days)
        self.store = SharedStore()
        self.sync = TimedSync(sandbox, file, now=MONDAY - HEARTBEAT, tries=4, store=self.store)
        self.sync.configure(config(groups))
        self.sync.pass_time, self.sync.until_next_try = self.pass_time, self.sync.until_next_try_after
        limits = self.world.rate_limits.model_copy(deep=True)
        self.ledger = Ledger(MONDAY)
        self.began = False
        self.watching = Watching(self.sync).settled()
        self.world.rate_limits = limits
        self.up = dict.fromkeys(("scheduler", "triggerer"), MONDAY)  # since or from when
        self.runs = self.killed = 0
        self.sync.now, self.began = MONDAY, True
        self.look("handoff")

    # ── the clock ────────────────────────────────────────────────────────────────────────────────────────

    def run(self) -> Ledger:
        """All of the week, and the hour after it, in which nothing happens any more and all is to be repaired."""
        heartbeat, queued = self.sync.now, False
        while self.sync.now < self.end + 4 * HEARTBEAT:
            self.pass_time((min(max(self.watching.due, self.sync.now), heartbeat) - self.sync.now).total_seconds())
            queued |= self._polled()
            if self.sync.now >= heartbeat:
                heartbeat, queued = self.sync.now + HEARTBEAT, True
            if queued and self.sync.now >= self.up["scheduler"]:
                self._one_run()
                queued = self.sync.wants_next
            elif self.watching.due <= self.sync.now:
                self.pass_time(1)
        self.look()
        self.ledger.close()
        return self.ledger

    def pass_time(self, seconds: float) -> None:
        target = self.sync.now + math.ceil(seconds) * SECOND
        if not self.began:
            self.sync.now = target
            return
        self.look()
        while self.pending and self.pending[0].at <= target:
            happening = self.pending.pop(0)
            self.sync.now = max(happening.at, self.sync.now)
            getattr(self, happening.kind)(*happening.details)
            self.look(happening.kind)
        self.sync.now = target

    def look(self, cause: str = "a write") -> None:
        if cause != "a write":
            self.truth = self._truth()
        members = {group.handle: frozenset(group.members) for group in self.world.user_groups.values()}
        self.ledger.look(self.sync.now, self.truth, members, cause, self.sync.read_at)

    def _truth(self) -> Groups:
        at, accounts = self.sync.now, self.world.accounts
        people = {
            handle: {shift.person for kind in "AB" for shift in self.world.on_call(f"S{kind}{handle[1:]}", at)}
            for handle in self.handles
        }
        active = {f"P{key[1:]}": key for key, account in accounts.items() if not account.deleted}
        return {h: frozenset(active[who] for who in on_call if who in active) for h, on_call in people.items()}

    def _polled(self) -> bool:
        """Whether the watcher woke the Dag."""
        if self.sync.now < self.watching.due:
            return False
        if self.sync.now < self.up["triggerer"]:
            self.watching.due = self.up["triggerer"]
            return False
        try:
            return bool(self.watching.wake_up().wake)
        except ConnectionError:  # as trigger.py goes on
            self.watching.due = self.sync.now + 30 * SECOND
            return False

    def _one_run(self) -> None:
        self.runs += 1
        try:
            self.sync.run(scheduled=True)
        except (Killed, ConnectionError):
            self.killed += 1
            self.sync.wants_next = False

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────

    def handoff(self) -> None:
        """The world's own rotations hand over."""

    def override(self, group: int, luck: int) -> None:
        schedule = self.world.schedules[f"S{'AB'[luck % 2]}{group:02}"]
        start = self.sync.now + (luck // 2 % 3) * 30 * MINUTE
        end = start + (1 + luck // 7 % 6) * 60 * MINUTE
        person = f"P{luck % len(self.world.people):03}"
        if f"U{person[1:]}" in self.world.accounts and not self.world.accounts[f"U{person[1:]}"].deleted:
            entered = Override(person=person, start=start, end=end)
            schedule.overrides.append(entered)
            self._later(*(Happening(at, "turn_of_override") for at in (start, end)))
            if luck // 11 % 4 == 0:
                self._later(Happening(start + (end - start) / 2, "delete_override", (schedule.overrides, entered)))

    def turn_of_override(self) -> None:
        """One begins or ends."""

    def delete_override(self, overrides: list[Override], entered: Override) -> None:
        overrides.remove(entered)

    def edit(self, group: int, luck: int) -> None:
        members = self.world.group(self.handles[group]).members
        stranger = f"U{luck % len(self.world.people):03}"
        if luck % 2 and len(members) > 1:
            members.remove(members[luck % len(members)])
        elif stranger in self.world.accounts and not self.world.accounts[stranger].deleted:
            members[:] = dict.fromkeys([*members, stranger])

    def leave(self, group: int, luck: int) -> None:
        """Somebody on the primary loses their account; Slack takes them out of every group, but for the last member."""
        key = f"U{group * PER_GROUP + luck % 3:03}"
        if key in self.world.accounts:
            self.world.accounts[key].deleted = True
            for found in self.world.user_groups.values():
                if key in found.members and len(found.members) > 1:
                    found.members.remove(key)

    def join(self, group: int, luck: int) -> None:
        missing = sorted(key for key in self.world.people if f"U{key[1:]}" not in self.world.accounts)
        if missing:
            person = self.world.people[missing[luck % len(missing)]]
            key = f"U{missing[luck % len(missing)][1:]}"
            self.world.accounts[key] = Account(name=person.name, email=person.email)

    def pagerduty_down(self, minutes: int) -> None:
        self._down(minutes, Fault(service="pagerduty", status=500, times=None))

    def slack_down(self, minutes: int) -> None:
        self._down(minutes, Fault(service="slack", error="internal_error", times=None))

    def pagerduty_limits(self, minutes: int) -> None:
        headers = {"ratelimit-reset": str(minutes * 20)}
        self._down(minutes, Fault(service="pagerduty", status=429, headers=headers, times=None))

    def all_up(self) -> None:
        self.sync.sandbox.faults.clear()
        self.store.down = False

    def scheduler(self, minutes: int) -> None:
        self.up["scheduler"] = self._outage(minutes)

    def triggerer(self, minutes: int) -> None:
        self.up["triggerer"] = self._outage(minutes)
        self.watching.restart()

    def api_server(self, minutes: int) -> None:
        self.store.down = True
        self._down(minutes)

    def worker(self, minutes: int) -> None:
        """The next run is killed at one of its tasks."""
        self._outage(minutes)
        self.sync.before = {TASKS[minutes % len(TASKS)]: self._kill}

    def _kill(self) -> None:
        self._outage(1)
        raise Killed

    def _down(self, minutes: int, *faults: Fault) -> None:
        for fault in faults:
            self.sync.sandbox.faults.add(fault)
        self._later(Happening(self._outage(minutes), "all_up"))

    def _outage(self, minutes: int) -> datetime:
        """Notes it. When it is over."""
        end = self.sync.now + minutes * MINUTE
        self.ledger.outages.append((self.sync.now, end))
        return end

    def _later(self, *more: Happening) -> None:
        self.pending = sorted([*self.pending, *more], key=lambda each: each.at)
