"""What the watcher compares PagerDuty with: `report` writes it when a run has served all groups, the watcher reads it.

It is level-triggered: as long as the two differ the Dag is woken, so that a killed run or triggerer loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Self

from pydantic import AwareDatetime, ValidationError, model_validator

from oncall_sync.config import Source
from oncall_sync.memory import Memory
from oncall_sync.models import GroupPlan, Handle, Model, PersonId, Problem, Reading, Rotation, RunResults
from oncall_sync.pagerduty.rotations import Rotations

HEALTHY = timedelta(minutes=1)  # in which most runs that write have settled; a longer one is followed by another
UNFINISHED = {"deferred", "superseded"}
MISSED = 3  # polls, after which the watcher counts as silent …
SLOW = timedelta(seconds=30)  # … but PagerDuty may take as long for one

OnCall = dict[str, tuple[PersonId, ...]]  # by source; nobody for one without a row in /oncalls


class Fingerprint(Model):
    """How things were when all groups were served last.

    file_hash: of the config. until: when the members of a group change next without a change in /oncalls.
    at: the instant of that run; since: of the first in an unbroken chain of them. wrote: the instant of the last run
    that changed Slack, which is another one where that was killed, failed, or served some groups only.
    on_call: the rotations to watch.
    """

    file_hash: str
    connection: str
    at: AwareDatetime
    since: AwareDatetime
    until: AwareDatetime | None = None
    wrote: AwareDatetime | None = None
    on_call: OnCall
    schedules: int  # how many on_call has: some may be lost

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len(self.on_call) != self.schedules:
            raise ValueError("remembered in part")
        for source in self.on_call:
            Source.parse(source)  # raises ValueError for what no version remembers
        return self

    @property
    def unsettled(self) -> bool:
        """A run wrote, and none has served all groups since: it may still be at it."""
        return bool(self.wrote and self.at < self.wrote)

    def differs(self, seen: OnCall | None, file_hash: str | None, now: datetime) -> str | None:
        """Why the Dag should run; None while everything is as that run left it.

        seen: None where PagerDuty cannot be read; file_hash: None where the config cannot. That alone says nothing.
        """
        if file_hash not in (None, self.file_hash):
            return "the config was edited"
        if seen is None:
            return None
        if self.until and now >= self.until:
            return f"since {self.until:%H:%M:%S} a group has other members, which /oncalls does not tell of"
        if changed := sorted(source for source, people in self.on_call.items() if seen.get(source) != people):
            return f"who is on call changed: {', '.join(changed[:10])}"
        lasting = self.unsettled and self.wrote and self.wrote <= now - HEALTHY
        return "a run wrote, and none has served all groups since" if lasting else None


def load(memory: Memory) -> Fingerprint | None:
    known = {**memory.load("watch"), "on_call": memory.load("on_call")}
    for wrote in (memory.load("writing"), {}):  # where that is damaged, the rest still holds
        with suppress(ValidationError):  # nothing yet, or remembered by another version
            return Fingerprint.model_validate({**known, **wrote})
    return None


def about_to_write(memory: Memory, reading: Reading, handles: Iterable[Handle], now: datetime) -> None:
    """For `plan_updates`: from now on Slack may hold something else than the last settled run left."""
    known = load(memory)
    # A run of old that was cleared writes nothing; a time that is still to come is that of a clock that was wrong.
    if not (known and known.wrote and reading.as_of < known.wrote <= now):
        memory.save("writing", {"wrote": reading.as_of.isoformat(), "groups": sorted(handles)})


def overtaken(memory: Memory, as_of: datetime | None, now: datetime) -> bool:
    """Whether a run that read PagerDuty later than `as_of` has begun to write, or has reported.

    Airflow runs one at a time; but one that it gave up may still have a process, and anybody may start another beside
    it. A time that is still to come was remembered by a clock that was wrong.
    """
    if as_of is None:
        return False
    at = (memory.load("writing").get("wrote"), memory.load("reported").get("at"))
    return any(isinstance(each, str) and as_of.isoformat() < each <= now.isoformat() for each in at)


def left_unsaid(memory: Memory, reading: Reading) -> set[Handle]:
    """The groups that an earlier run was about to write, where it came to no `report`: nobody knows who is in them."""
    writing, at = memory.load("writing"), memory.load("reported").get("at", "")
    try:
        unsaid = at < writing.get("wrote", "") < reading.as_of.isoformat()
        return set(writing.get("groups", ())) if unsaid else set()
    except TypeError:  # damaged
        return set()


def seen_in(found: Rotations) -> OnCall:
    """What /oncalls just said. A schedule that it refuses is missing, which differs from any answer."""
    at = found.window.since
    return {str(s): _people(found.rotations.get(s), at) for s in found.asked if s.id in found.rows}


def settle(run: RunResults, plans: Mapping[Handle, GroupPlan], memory: Memory) -> None:
    """For `report`: from now on PagerDuty is compared with what this run read.

    Not while something is left that the next run may mend: what differed before the run then still does.
    """
    reading = run.reading
    if not (reading and reading.full and run.current and run.plan) or any(map(_unfinished, plans.values())):
        return
    on_call = {
        source: () if source in reading.verified else _people(rotation, reading.as_of)
        for source, rotation in reading.rotations.items()
        if Source.parse(source).is_rotation and not rotation.problem and source not in reading.refused
    }
    known = load(memory)
    recent = known and reading.as_of - known.at < 2 * reading.config.heartbeat
    unbroken = recent and known and known.file_hash == reading.file_hash  # `poll` may have been off until now
    watch = Fingerprint(
        file_hash=reading.file_hash,
        connection=reading.config.connections.pagerduty,
        at=reading.as_of,
        since=min(known.since, reading.as_of) if known and unbroken else reading.as_of,
        until=min((plan.changes_at for plan in plans.values() if plan.changes_at), default=None),
        on_call=on_call,
        schedules=len(on_call),
    )
    # In this order: killed in between, the run still differs from what is remembered.
    memory.save("on_call", {schedule: list(people) for schedule, people in on_call.items()})
    memory.save("watch", watch.model_dump(mode="json", exclude={"on_call", "wrote"}))


def silent(run: RunResults, memory: Memory, now: datetime) -> Problem | None:
    """For `report`: the watcher missed its polls, while runs went on.

    Only in runs that the scheduler began: `dags test` has no triggerer beside it.
    """
    poll = run.reading.config.poll if run.reading and run.scheduled else None
    if poll is None:
        return None
    known = load(memory)
    since = known.since if known else now
    try:
        due = max(datetime.fromisoformat(memory.load("watcher")["due"]), since)
    except (KeyError, TypeError, ValueError):
        due = since
    if now - due <= max(MISSED * poll, SLOW):
        return None
    return Problem(
        level="warning",
        code="watcher_silent",
        message=f"The watcher has not read PagerDuty since {due:%Y-%m-%d %H:%M:%S} UTC, so handoffs and overrides wait "
        "for the heartbeat. See that Airflow's triggerer runs, restart it, and look for errors in its log.",
    )


def _unfinished(plan: GroupPlan) -> bool:
    return plan.status in UNFINISHED or (plan.status == "failed" and any(p.passing for p in plan.problems))


def _people(rotation: Rotation | None, at: datetime) -> tuple[PersonId, ...]:
    return tuple(sorted({shift.person for shift in rotation.shifts if shift.covers(at)})) if rotation else ()
