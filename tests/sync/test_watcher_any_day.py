"""Whatever happens on a day: once the faults are over, every group is who is on call, and all is calm again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox import Fault, Override, PlannedShift, Policy, Sandbox, Team, World
from sandbox.shifts import shifts
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, SECOND, Watching, kill
from tests.sync.worlds import NOON, small_world

GROUPS = {  # their schedules; beta's is on a policy, and Dee is in the team of late
    "alpha": ("SADA", "SPAIR"),
    "beta": ("SBO",),
    "late": ("SCY", "SLOOSE"),
}
BEFORE, AFTER = 15 * SECOND, 25 * SECOND  # the overlap of beta and late
SCHEDULES = ("SADA", "SBO", "SCY", "SPAIR")  # on a policy; what happens to SLOOSE was planned beforehand
SLACK = {"PADA": "UADA", "PBO": "UBO", "PCY": "UCY", "PDEE": "UDEE"}
CONFIG = """groups:
  alpha: {schedules: [SADA, SPAIR]}
  beta: {escalation_policies: [PBETA], overlap: {before: 15s, after: 25s}}
  late: {schedules: [SCY, SLOOSE], team_members: [PTEAM], overlap: {before: 15s, after: 25s}}
"""
BACK_OFF = 16 * MINUTE  # the longest wait until a change that no run settled is told again, and a poll

person = st.sampled_from(sorted(SLACK))
schedule = st.sampled_from(SCHEDULES)
seconds = st.integers(0, 100)
task = st.sampled_from(["fetch_schedules", "plan_updates", "update_groups", "report"])
action = st.one_of(
    st.tuples(st.just("hand_over"), schedule, person, seconds),
    st.tuples(st.just("override"), schedule, person, st.integers(1, 300)),
    st.tuples(st.just("take_back"), schedule),
    st.tuples(st.just("pass_by"), st.integers(1, 200)),
    st.tuples(st.just("kill_the_next_run"), task),
    st.tuples(st.just("change_during_the_next_run"), task, schedule, person),
    st.tuples(st.just("pagerduty_down"), st.sampled_from([429, 500])),
    st.tuples(st.just("pagerduty_limits"), st.integers(1, 900)),
    st.tuples(st.just("slack_down"), st.sampled_from(["usergroups.users.update", "usergroups.list"])),
    st.tuples(st.just("all_up")),
    st.tuples(st.just("triggerer_killed"), seconds),
    st.tuples(st.just("heartbeat")),
    st.tuples(st.just("some_groups"), st.sampled_from(sorted(GROUPS))),
    st.tuples(st.just("edit"), st.integers(0, 1)),
    st.tuples(st.just("forget"), st.sampled_from(["", "watch", "on_call", "watcher", "groups", "slack_ids"])),
)


class Day:
    """Each method is something that happens."""

    def __init__(self, watching: Watching) -> None:
        self.watching, self.sync, self.world = watching, watching.sync, watching.world

    def hand_over(self, schedule: str, to: str, after: int) -> None:
        at = self.sync.now.replace(microsecond=0) + after * SECOND
        shifts = self.world.schedules[schedule].shifts
        kept = [s.model_copy(update={"end": min(s.end or at, at)}) for s in shifts if s.start < at]
        self.world.schedules[schedule].shifts = [*kept, PlannedShift(person=to, start=at)]

    def override(self, schedule: str, by: str, lasts: int) -> None:
        now = self.sync.now.replace(microsecond=0)
        self.world.schedules[schedule].overrides.append(Override(person=by, start=now, end=now + lasts * SECOND))

    def take_back(self, schedule: str) -> None:
        self.world.schedules[schedule].overrides.clear()

    def pass_by(self, seconds: int) -> None:
        self.watching.pass_by(seconds * SECOND)

    def kill_the_next_run(self, task: Any) -> None:
        self.sync.before = {task: kill}

    def change_during_the_next_run(self, task: Any, schedule: str, to: str) -> None:
        self.sync.before = {task: lambda: self.hand_over(schedule, to, 0)}

    def pagerduty_down(self, status: int) -> None:
        self.sync.sandbox.faults.add(Fault(service="pagerduty", status=status, times=None))

    def pagerduty_limits(self, seconds: int) -> None:
        headers = {"ratelimit-reset": str(seconds)}
        self.sync.sandbox.faults.add(Fault(service="pagerduty", status=429, headers=headers, times=None))

    def slack_down(self, endpoint: str) -> None:
        self.sync.sandbox.faults.add(Fault(endpoint=endpoint, error="internal_error", times=None))

    def all_up(self) -> None:
        self.sync.sandbox.faults.clear()

    def triggerer_killed(self, gone: int) -> None:
        self.sync.now += gone * SECOND
        self.watching.due = self.sync.now
        self.watching.restart()

    def heartbeat(self) -> None:
        self.watching.run()

    def some_groups(self, handle: str) -> None:
        self.watching.run(groups=[handle])

    def edit(self, comment: int) -> None:
        self.sync.configure(f"{CONFIG}# {comment}")

    def forget(self, name: str) -> None:
        for key in [key for key in self.sync.store if key.startswith(f"{name}.") or not name]:
            del self.sync.store[key]


def truth(world: World, at: datetime) -> dict[str, set[str]]:
    members: dict[str, set[str]] = {handle: {"UDEE"} if handle == "late" else set() for handle in GROUPS}
    for handle, sources in GROUPS.items():
        before, after = (0 * SECOND, 0 * SECOND) if handle == "alpha" else (BEFORE, AFTER)
        for shift in (shift for key in sources for shift in shifts(world.schedules[key], at - after, at + before)):
            if shift.person and shift.start - before <= at and (shift.end is None or at < shift.end + after):
                members[handle].add(SLACK[shift.person])
    return members


@contextmanager
def another_day(sync: Sync) -> Iterator[Watching]:
    world = small_world()
    world.policies["PBETA"] = Policy(levels=[["SBO"], ["SDEE"]])
    world.teams["PTEAM"] = Team(members=["PDEE"])
    turns = [NOON - MINUTE, NOON + 20 * SECOND, NOON + 50 * SECOND]
    world.schedules["SLOOSE"].shifts = [
        PlannedShift(person=who, start=start, end=end)
        for who, start, end in zip(["PBO", "PDEE", "PCY"], turns, [*turns[1:], None], strict=True)
    ]
    with Sandbox(world) as sandbox:
        yield Watching(Sync(sandbox, sync.config)).settled()


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(happenings=st.lists(action, max_size=14))
@example(  # a run writes and is killed; then PagerDuty is as it was before
    happenings=[
        ("pass_by", 200),
        ("override", "SADA", "PDEE", 60),
        ("kill_the_next_run", "report"),
        ("pass_by", 31),
        ("take_back", "SADA"),
    ]
)
def test_after_any_day_every_group_is_right_and_nobody_is_woken_any_more(
    sync: Sync, happenings: list[tuple[Any, ...]]
) -> None:
    sync.configure(CONFIG)
    with another_day(sync) as watching:
        day = Day(watching)
        for name, *details in happenings:
            getattr(day, name)(*details)
        day.all_up()
        watching.sync.before.clear()
        watching.pass_by(BACK_OFF)

        assert {handle: watching.sync.members(handle) for handle in GROUPS} == truth(watching.world, watching.sync.now)
        watching.forget()
        watching.pass_by(timedelta(minutes=10))
        assert watching.wakes == []
        watching.run()
        assert watching.sync.writes() == []
        assert watching.sync.members("design") == {"UPIA", "UQUINN"}
