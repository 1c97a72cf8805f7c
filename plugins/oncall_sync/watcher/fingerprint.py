"""What the watcher compares PagerDuty with. `report` saves it after a run that served all groups; the watcher reads it.

It is level-triggered: the watcher wakes the Dag as long as the two differ, so a killed run or triggerer loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

from pydantic import AwareDatetime, ValidationError, model_validator

from oncall_sync import journal
from oncall_sync.config import Source
from oncall_sync.memory import Memory
from oncall_sync.models import GroupPlan, Handle, Model, PersonId, Problem, Rotation, RunResults

HEALTHY = timedelta(minutes=1)  # in which most runs that write have settled; a longer one is followed by another
UNFINISHED = {"deferred", "superseded"}
SILENT_AFTER = timedelta(minutes=2)  # the watcher looks every 30 s, and PagerDuty may take as long for an answer

OnCall = dict[Source, tuple[PersonId, ...]]  # nobody for one without a row in /oncalls


class Fingerprint(Model):
    """Who was on call in the last run that served all groups.

    file_hash: of the config. until: when the members of a group change next without a change in /oncalls.
    at: the instant of that run. since: of the first run in an unbroken chain of them. wrote: the instant of the last
    run that planned a write; it is later than `at` if that run was killed, failed, or served some groups only.
    on_call: the rotations to watch.
    """

    file_hash: str
    connection: str
    at: AwareDatetime
    since: AwareDatetime
    until: AwareDatetime | None = None
    wrote: AwareDatetime | None = None
    on_call: OnCall
    schedules: int  # how many entries on_call has, as some may be lost

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(self.on_call) != self.schedules:
            raise ValueError("some entries are lost")
        return self

    @property
    def unsettled(self) -> bool:
        """A run planned writes, and none has served all groups since: it may still be writing."""
        return bool(self.wrote and self.at < self.wrote)

    def differs(self, seen: OnCall | None, file_hash: str | None, now: datetime) -> str | None:
        """Why the Dag should run; None while nothing has changed since that run.

        seen: None if PagerDuty cannot be read. file_hash: None if the config cannot be read. Neither is a reason.
        """
        if file_hash not in (None, self.file_hash):
            return "the config was edited"
        if seen is None:
            return None
        if self.until and now >= self.until:
            return f"since {self.until:%H:%M:%S} a group has other members, which /oncalls does not show"
        if changed := sorted(str(source) for source, people in self.on_call.items() if seen.get(source) != people):
            return f"who is on call changed: {', '.join(changed[:10])}"
        overdue = self.unsettled and self.wrote and self.wrote <= now - HEALTHY
        return "a run wrote, and none has served all groups since" if overdue else None


def load(memory: Memory) -> Fingerprint | None:
    """None: no run has settled yet, or another version remembered it."""
    known = {**memory.load("watch"), "on_call": memory.load("on_call"), "wrote": journal.last_write(memory)}
    try:
        return Fingerprint.model_validate(known)
    except ValidationError:
        return None


def seen_in(rotations: Mapping[Source, Rotation], at: datetime) -> OnCall:
    """Who is on call by /oncalls alone. A schedule that it refuses is missing, which differs from any answer."""
    return {source: _people(rotation, at) for source, rotation in rotations.items()}


def settle(run: RunResults, plans: Mapping[Handle, GroupPlan], memory: Memory) -> None:
    """For `report`: from now on the watcher compares PagerDuty with what this run read.

    Not while a group is left that the next run may fix: what differed before the run then still differs.
    """
    reading = run.reading
    if not (reading and reading.full and run.is_latest and run.plan) or any(map(_unfinished, plans.values())):
        return
    on_call = {
        source: () if source in reading.verified else _people(rotation, reading.as_of)
        for source, rotation in reading.rotations.items()
        if source.is_rotation and not rotation.problem and source not in reading.refused
    }
    known = load(memory)
    recent = known and reading.as_of - known.at < 2 * reading.config.heartbeat
    unbroken = recent and known and known.file_hash == reading.file_hash  # `poll` may have been off until now
    watch = Fingerprint(
        file_hash=reading.file_hash,
        connection=reading.config.connections.pagerduty,
        at=reading.as_of,
        since=min(known.since, reading.as_of) if known and unbroken else reading.as_of,
        until=run.plan.changes_at,
        on_call=on_call,
        schedules=len(on_call),
    )
    # In this order: killed in between, the run still differs from what is remembered.
    memory.save("on_call", {source.key: list(people) for source, people in on_call.items()})
    memory.save("watch", watch.model_dump(mode="json", exclude={"on_call", "wrote"}))


def silent(run: RunResults, memory: Memory, now: datetime) -> Problem | None:
    """For `report`: the watcher has not looked for a while, although runs went on.

    Only in runs that the scheduler began: `dags test` has no triggerer beside it.
    """
    if not (run.reading and run.scheduled and run.reading.config.poll):
        return None
    known = load(memory)
    since = known.since if known else now
    looked = last_look(memory)
    last = max(looked, since) if looked and looked <= now else since
    if now - last <= SILENT_AFTER:
        return None
    return Problem(
        level="warning",
        code="watcher_silent",
        message=f"The watcher has not looked at PagerDuty since {last:%Y-%m-%d %H:%M:%S} UTC, so handoffs and "
        "overrides wait for the heartbeat. Check that Airflow's triggerer runs, restart it, and look for errors in "
        "its log.",
    )


def save_look(memory: Memory, now: datetime) -> None:
    """For the watcher, at each look."""
    memory.save("watcher", {"looked": now.isoformat()})


def last_look(memory: Memory) -> datetime | None:
    try:
        looked = datetime.fromisoformat(memory.load("watcher")["looked"])
    except (KeyError, TypeError, ValueError):  # nothing yet, or damaged
        return None
    return looked if looked.tzinfo else None


def _unfinished(plan: GroupPlan) -> bool:
    return plan.status in UNFINISHED or (plan.status == "failed" and any(p.passing for p in plan.problems))


def _people(rotation: Rotation | None, at: datetime) -> tuple[PersonId, ...]:
    return tuple(sorted({shift.person for shift in rotation.shifts if shift.covers(at)})) if rotation else ()
