"""The data at each arrow of the Dag: what one task returns and the next one takes, as plain JSON.

    fetch_schedules ──Reading──> resolve_emails ──People──> look_up_slack_ids ──SlackIds──> plan_updates
    plan_updates ──[Change, …]──> update_groups[@handle] ──Outcome──> report ──Report──> the page, alerts
    plan_updates ──Plan (XCom key `plan`)──> report

XComs hold plain JSON (Airflow refuses to load classes that are not on its allow list), so a task ends with
`to_json(model)` and the next begins with `Model.model_validate(...)`. Defaults are left out: 500 unchanged
groups every 15 minutes all end up in Airflow's database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from oncall_sync.config import Config, Group, NewGroup, Source
from oncall_sync.errors import InvalidUsers, PassingFault, SyncError

Handle = str
PersonId = str  # PagerDuty user ID
SlackId = str  # Slack member ID
Address = str  # how Slack knows a person: a lower-case email, or a member ID from `slack_accounts`

Level = Literal["error", "warning", "info"]  # the worst first
Action = Literal["update", "disable", "enable", "create"]  # enable, create: and then update
# In the order in which a report counts them.
Status = Literal["updated", "unchanged", "would_update", "nobody_on_call", "deferred", "superseded", "failed"]
VERIFIED: tuple[Status, ...] = ("updated", "unchanged", "nobody_on_call")  # the group is as it should be


class Model(BaseModel):
    """Values, never changed in place; keys of another version are ignored, so that a retry survives an upgrade."""

    model_config = ConfigDict(frozen=True, extra="ignore")


if TYPE_CHECKING:
    # mypy then checks names and types of the fields, as for a dataclass; it cannot do that for `model_copy`.
    from dataclasses import replace as replaced
else:

    def replaced(model: Model, **changes: Any) -> Model:
        """The same model with other values in these fields."""
        return model.model_copy(update=changes)


def to_json(model: Model) -> dict[str, Any]:
    """The model as plain JSON for XCom, without what equals its default."""
    return model.model_dump(mode="json", exclude_defaults=True)


class Problem(Model):
    """One line of the report for people. `code` is stable: docs and alerts refer to it.

    passing: the next run may not have it, without anybody's help. `invalid_users` too: the next run leaves those out.
    """

    level: Level = "error"
    code: str
    message: str
    passing: bool = False

    @classmethod
    def of(cls, error: SyncError, before: str = "") -> Problem:
        passing = isinstance(error, PassingFault | InvalidUsers)
        return cls(code=error.code, message=f"{before}{error}", passing=passing)


# ── fetch_schedules ──────────────────────────────────────────────────────────────────────────────────────


class Person(Model):
    """A PagerDuty user. `email` is lower-case; None: not read yet (v3 schedules), or the user is deleted."""

    name: str
    email: str | None = None
    deleted: bool = False


class Shift(Model):
    """A person's time on call, `start <= T < end`. None: since always; no end, or an unknown one.

    It contains the instant of the run, or touches the time around it that the overlap of a group is about.
    """

    person: PersonId
    start: datetime | None = None
    end: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


class Rotation(Model):
    """A source at the instant of the run. With `problem` it could not be read, and nothing follows from it."""

    shifts: tuple[Shift, ...] = ()
    problem: Problem | None = None


class Reading(Model):
    """What `fetch_schedules` found: who is on call at `as_of`, and the config that the whole run works from.

    run_started: the Dag run's start, which clearing resets: what a cleared task finds here is then outdated.
    plan_only: why nothing may be written ("dry_run"); None when this run writes.
    full: all groups, as they are now; False where a parameter says otherwise. file_hash: of the config file, which
    may be one that cannot be used; config_hash: of the one that is.
    until: with a span of time read instead of an instant, its end.
    served: the groups of the config that the run is about. mistaken: what is wrong with those it cannot serve.
    verified: the sources that /oncalls says nothing of, which were read by themselves; refused: those of them for which
    /oncalls cannot be asked at all.
    names: of schedules, policies and teams by their ID, where a span was read.
    """

    as_of: datetime
    until: datetime | None = None
    run_started: datetime | None
    plan_only: str | None = None
    full: bool = True
    accept_shrink: tuple[Handle, ...] = ()
    config_hash: str
    file_hash: str = ""
    config: Config
    served: tuple[Handle, ...] = ()
    mistaken: dict[Handle, tuple[Problem, ...]] = {}
    rotations: dict[Source, Rotation] = {}
    verified: tuple[Source, ...] = ()
    refused: tuple[Source, ...] = ()
    people: dict[PersonId, Person] = {}
    names: dict[str, str] = {}
    problems: tuple[Problem, ...] = ()
    requests: int = 0

    @property
    def groups(self) -> dict[Handle, Group]:
        return {handle: self.config.groups[handle] for handle in self.served}


# ── resolve_emails ───────────────────────────────────────────────────────────────────────────────────────


class Contact(Model):
    """How to find a PagerDuty user in Slack. `account`: where Slack knows them by another address than their email."""

    name: str
    email: str | None = None
    account: Address | None = None
    placeholder: bool = False
    problem: Problem | None = None
    unreadable: bool = False  # the problem is a passing fault: who this is could not be read

    @property
    def address(self) -> Address | None:
        return None if self.placeholder or self.problem else self.account or self.email


class People(Model):
    contacts: dict[PersonId, Contact] = {}
    requests: int = 0


# ── look_up_slack_ids ────────────────────────────────────────────────────────────────────────────────────


class RememberedAccount(Model):
    """The account of an address, as Slack showed it last; slack_id: None where a group takes none (any more).

    other_id: as in slack.answers.Account.
    """

    slack_id: SlackId | None
    checked_at: AwareDatetime
    name: str
    other_id: SlackId | None = None


class SlackIds(Model):
    """Addresses to Slack IDs.

    found: active accounts. missing: address → why there is none ("no_slack_account", "deactivated_account", …).
    unreadable: address → error text; Slack could not be asked, which says nothing about the person.
    """

    found: dict[Address, SlackId] = {}
    missing: dict[Address, str] = {}
    unreadable: dict[Address, str] = {}
    requests: int = 0


# ── plan_updates ─────────────────────────────────────────────────────────────────────────────────────────


class UserGroup(Model):
    """A Slack user group, as far as the plan needs it. An empty ID: the sync will create it."""

    id: SlackId
    handle: Handle
    members: tuple[SlackId, ...] = ()
    disabled: bool = False
    disabled_by: SlackId | None = None
    managed_by: str | None = None  # why the sync may not edit it
    team: str = ""  # the ID of its workspace


class Member(Model):
    """A person who belongs in a group. until: when their shift and the overlap end. via: their sources, in words."""

    slack_id: SlackId
    name: str
    until: datetime | None = None
    via: tuple[str, ...] = ()


class OnCall(Model):
    """A person who is on call, with or without a Slack account. None: since always; no end, or an unknown one."""

    name: str
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class GroupState(Model):
    """What is remembered of a group from run to run. Any of it may be lost.

    verified_at: the last time that all sources were read and Slack's members equalled the plan.
    failing_since: the first of the failed runs in a row. empty_since: the first of the runs in a row that verified that
    nobody was on call. disabled: the sync itself disabled the group. members: after the last run; None: not known.
    reported: keys of what is reported once. on_call: the people on call when the group was verified last, as its
    channel knows them. topic: the channel whose topic names them.
    """

    id: SlackId | None = None
    verified_at: AwareDatetime | None = None
    failing_since: AwareDatetime | None = None
    empty_since: AwareDatetime | None = None
    disabled: bool = False
    members: tuple[SlackId, ...] | None = None
    reported: tuple[str, ...] = ()
    on_call: dict[PersonId, OnCall] | None = None
    topic: str | None = None

    def disabled_by_the_sync(self, group: UserGroup, own_id: Callable[[], SlackId]) -> bool:
        """Whether the sync itself disabled this group. own_id: of the token's user, asked if the state does not say.

        It does not if it was lost, or if the run that disabled the group was killed. The sync disables a group only
        after a run that saw nobody on call.
        """
        unsure = self.id is None or self.empty_since is not None
        return self.disabled or (unsure and group.disabled_by == own_id())

    def for_group(self, group_id: SlackId | None) -> GroupState:
        """If the handle now belongs to a different Slack group, forget what the sync did to the old one."""
        if group_id == self.id or group_id is None or self.id is None:
            return self
        return replaced(self, disabled=False, members=None)


class Change(Model):
    """One write, for one mapped task.

    on_call: the members who are on call, or their fallback; if Slack takes none of them, the group stays as it is.
    before: the members until the write. names: of the members before and after. new: how to create the group.
    as_of, run_started: as in the Reading. expires_at: from then on the plan is too old.
    """

    handle: Handle
    group_id: SlackId
    action: Action = "update"
    members: tuple[SlackId, ...] = ()
    on_call: tuple[SlackId, ...] = ()
    before: tuple[SlackId, ...] = ()
    names: dict[SlackId, str] = {}
    new: NewGroup | None = None
    addresses: dict[SlackId, Address] = {}  # to look people up again when Slack calls an ID invalid
    connection: str
    as_of: datetime | None = None
    run_started: datetime | None
    expires_at: datetime


class GroupPlan(Model):
    """The plan for one group, whether it is written or not."""

    id: SlackId | None = None
    status: Status
    members: tuple[Member, ...] = ()
    added: tuple[SlackId, ...] = ()
    removed: tuple[SlackId, ...] = ()
    problems: tuple[Problem, ...] = ()
    change: Change | None = None
    before: tuple[Member, ...] = ()  # with a change: who is in the group until it is written
    taken_out: tuple[SlackId, ...] = ()  # of `removed`, those whom somebody had added by hand
    put_back: tuple[SlackId, ...] = ()  # of `added`, those whom somebody had removed by hand
    next: GroupState = GroupState()  # to remember, if the group becomes as planned


class Plan(Model):
    """changes_at: when the members of a group change next and /oncalls does not show it.

    removed_from_config: remembered groups that the config no longer names, each with a warning if there is one.
    looked_up: accounts that Slack's answers about groups have shown. team: the ID of the Slack workspace.
    urgent: changes were deferred, and the next run should follow at once.
    """

    planned_at: datetime
    groups: dict[Handle, GroupPlan] = {}
    removed_from_config: dict[Handle, Problem | None] = {}
    changes_at: datetime | None = None
    looked_up: dict[Address, RememberedAccount] = {}
    team: str | None = None
    urgent: bool = False
    requests: int = 0


# ── update_groups ────────────────────────────────────────────────────────────────────────────────────────


class Event(Model):
    """The extra of an asset event: one Slack user group got other members, or was disabled, enabled or created.

    members: those it has now. names: of the people before and after, where known.
    """

    handle: Handle
    id: SlackId
    action: Action
    added: tuple[SlackId, ...]
    removed: tuple[SlackId, ...]
    members: tuple[SlackId, ...]
    names: dict[SlackId, str]

    @classmethod
    def of(cls, change: Change, members: tuple[SlackId, ...], created: SlackId | None = None) -> Event:
        """created: the ID of a group that had none."""
        before, after = set(change.before), set(members)
        return cls(
            handle=change.handle,
            id=created or change.group_id,
            action=change.action,
            added=tuple(sorted(after - before)),
            removed=tuple(sorted(before - after)),
            members=tuple(sorted(after)),
            names={slack_id: name for slack_id, name in change.names.items() if slack_id in before | after},
        )


class Outcome(Model):
    """What one mapped task did. looked_up: the accounts that Slack showed meanwhile.

    created: the ID of the group that it created.
    """

    handle: Handle
    created: SlackId | None = None
    members: tuple[SlackId, ...] = ()
    looked_up: dict[Address, RememberedAccount] = {}
    problems: tuple[Problem, ...] = ()
    written_at: datetime
    requests: int = 0


# ── report ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RunResults:
    """What the earlier tasks returned; None where a task failed. writes: whether the run may write.

    started: the Dag run's start now. outcomes, failures, superseded: by handle, the ends of the mapped tasks.
    looked_up: the accounts that Slack showed them.
    """

    writes: bool
    started: datetime | None
    reading: Reading | None = None
    people: People | None = None
    ids: SlackIds | None = None
    plan: Plan | None = None
    outcomes: Mapping[Handle, Outcome] = field(default_factory=dict)
    failures: Mapping[Handle, Problem] = field(default_factory=dict)
    superseded: Mapping[Handle, str] = field(default_factory=dict)
    looked_up: Mapping[Address, RememberedAccount] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    scheduled: bool = False  # Airflow's scheduler began it, for whatever reason
    later_run: bool = False  # another run read PagerDuty later (journal)
    configured: tuple[Handle, ...] = ()  # the groups that the run was to serve, where there is no reading that says so
    for_some: bool = False  # it was asked for some groups only; the reading, if there is one, knows better

    @property
    def as_of(self) -> datetime | None:
        return self.reading.as_of if self.reading else None

    @property
    def is_latest(self) -> bool:
        """False when tasks were cleared after the reading, or another run read later: this one is of another time."""
        return not self.later_run and (self.reading is None or self.reading.run_started == self.started)

    @property
    def may_remember(self) -> bool:
        """A run that writes, about how things are now: what becomes of its groups is remembered."""
        return self.writes and self.is_latest

    @property
    def covers_all_groups(self) -> bool:
        """A run that writes, for all groups; it may have failed before it read anything."""
        return self.may_remember and (self.reading.full if self.reading else not self.for_some)

    @property
    def is_current_state(self) -> bool:
        """A full run that writes, with a plan: what it reports is how things are now."""
        return bool(self.may_remember and self.plan and self.reading and self.reading.full)


class GroupReport(Model):
    """latency: see rules.messages.latency; for the metrics alone, so it goes into no XCom."""

    id: SlackId | None
    status: Status
    verified_at: datetime | None
    failing_since: datetime | None
    members: tuple[Member, ...]
    added: tuple[SlackId, ...]
    removed: tuple[SlackId, ...]
    problems: tuple[Problem, ...]
    latency: timedelta | None = Field(default=None, exclude=True)


class Report(Model):
    """The XCom of `report`: what the page, the alerts and the terminal table read. Every key is always there.

    plan_only: why nothing might be written. names: of removed people, where known; the others are in `members`.
    heartbeat: in seconds. team: the ID of the Slack workspace.
    """

    as_of: datetime | None
    writes: bool
    plan_only: str | None
    config: str | None
    heartbeat: int | None
    team: str | None
    groups: dict[Handle, GroupReport]
    names: dict[SlackId, str]
    problems: tuple[Problem, ...]
    counts: dict[str, int]
    requests: dict[str, int]
