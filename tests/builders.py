"""Small makers of what the steps hand to each other. People go by first names:

ada ── PagerDuty ID PUADA ── ada@acme.example ── Slack ID UADA
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from oncall_sync.config import Config, Group, Source
from oncall_sync.memory import Memory
from oncall_sync.models import (
    Change,
    Contact,
    GroupPlan,
    GroupState,
    Member,
    Outcome,
    People,
    Person,
    Plan,
    Problem,
    Reading,
    Rotation,
    RunResults,
    Shift,
    SlackIds,
    UserGroup,
)
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.rules.members import GroupInputs, Roster, slack_address
from oncall_sync.rules.plan import plan_group
from oncall_sync.slack.client import SlackApi
from oncall_sync.steps import plan_updates
from oncall_sync.steps.resolve_emails import contact
from oncall_sync.steps.services import Services
from oncall_sync.transport import WaitBudget

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
STARTED = AT - MINUTE
HANDLE = "oncall"
OnCall = str | tuple[str, datetime] | tuple[str, datetime, datetime]  # a first name; with the end, or both bounds


def email(name: str) -> str:
    return f"{name}@acme.example"


def slack_id(name: str) -> str:
    return f"U{name.upper()}"


def slack_ids(*names: str) -> tuple[str, ...]:
    return tuple(sorted(slack_id(name) for name in names))


def crowd(size: int) -> tuple[str, ...]:
    """That many people, in the order of their Slack IDs."""
    return tuple(f"p{n:04}" for n in range(size))


def member(name: str, *via: str, until: datetime | None = None) -> Member:
    return Member(slack_id=slack_id(name), name=name.title(), via=via, until=until)


def problem(code: str = "broken", level: Any = "error", message: str = "") -> Problem:
    return Problem(level=level, code=code, message=message or f"what {code} means")


def user_group(*members: str, handle: str = HANDLE, **more: Any) -> UserGroup:
    return UserGroup(**{"id": f"S{handle.upper()}", "handle": handle, "members": slack_ids(*members)} | more)


def change(handle: str = HANDLE, *members: str, **more: Any) -> Change:
    known: dict[str, Any] = {"handle": handle, "group_id": f"S{handle.upper()}", "members": slack_ids(*members)}
    rest = {"connection": "slack_api_default", "run_started": STARTED, "expires_at": AT + 10 * MINUTE}
    return Change(**known | rest | more)


def name_of(entry: OnCall) -> str:
    return entry if isinstance(entry, str) else entry[0]


def shift_of(entry: OnCall) -> Shift:
    start, end = (None, None) if isinstance(entry, str) else (None, *entry[1:])[-2:]
    return Shift(person=f"PU{name_of(entry).upper()}", start=start, end=end)


def source_of(text: str) -> Source:
    """`PDAY` is a schedule; another kind goes by its key: `policy:PESC:1`, `policy:PESC:all`, `team:PTEAM`."""
    return Source.from_key(text if ":" in text else f"schedule:{text}")


def sources(keys: Iterable[str]) -> dict[str, Any]:
    """As a group of the config names them."""
    found = [source_of(key) for key in keys]
    policies = {s.id: [t.level for t in found if t.id == s.id] for s in found if s.kind == "policy"}
    return {
        "schedules": [s.id for s in found if s.kind == "schedule"],
        "escalation_policies": [{"id": p, "levels": "all" if None in ls else ls} for p, ls in policies.items()],
        "team_members": [s.id for s in found if s.kind == "team"],
    }


@dataclass(frozen=True)
class Situation:
    """One group at the instant AT: what the config asks, what PagerDuty says, who is in the Slack group.

    on_call: source ("PDAY", "policy:PESC:1", "team:PTEAM") → first names, (name, end of the shift), (name, start, end).
    broken: sources that could not be read; alone: those that /oncalls does not tell of.
    no_account, deactivated: without a Slack account; unaskable: Slack could not be asked about them.
    deleted: in PagerDuty; unread: PagerDuty could not be asked who they are.
    """

    on_call: Mapping[str, Sequence[OnCall]] = field(default_factory=lambda: {"PDAY": ["ada"]})
    members: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    broken: Sequence[str] = ()
    alone: Sequence[str] = ()
    no_account: Sequence[str] = ()
    deactivated: Sequence[str] = ()
    unaskable: Sequence[str] = ()
    deleted: Sequence[str] = ()
    unread: Sequence[str] = ()
    placeholders: Sequence[str] = ()
    slack_accounts: Mapping[str, str] = field(default_factory=dict)
    slack: Mapping[str, Any] = field(default_factory=dict)  # more of the group: disabled, managed_by; an id of ""
    remembered: GroupState = field(default_factory=GroupState)
    accept_shrink: Sequence[str] = ()
    plan_only: str | None = None
    as_of: datetime = AT

    def but(self, **other: Any) -> Situation:
        return replace(self, **other)

    def plan(self) -> GroupPlan:
        return plan_group(self.inputs())

    def roster(self) -> Roster:
        return self.inputs().roster

    def inputs(self) -> GroupInputs:
        return GroupInputs(
            handle=HANDLE,
            group=self.group(),
            current=user_group(*self.members, **self.slack),
            previous=self.remembered,
            reading=self.reading(),
            contacts=self.people().contacts,
            ids=self.ids(),
            names={},
            now=self.as_of + MINUTE,
        )

    def group(self) -> Group:
        listed = {key: tuple(map(email, self.options.get(key, ()))) for key in ("always", "never", "fallback")}
        return Group.model_validate({**self.options, **listed, **sources(self.on_call)})

    def config(self) -> Config:
        return Config(
            placeholders=tuple(map(email, self.placeholders)),
            slack_accounts=dict(self.slack_accounts),
            groups={HANDLE: self.group()},
        )

    def reading(self) -> Reading:
        return Reading(
            as_of=self.as_of,
            run_started=STARTED,
            plan_only=self.plan_only,
            accept_shrink=tuple(self.accept_shrink),
            config_hash="sha256:0",
            config=self.config(),
            served=tuple(self.config().groups),
            rotations={source_of(source): self._rotation(source) for source in self.on_call},
            verified=tuple(map(source_of, self.alone)),
            people={f"PU{name.upper()}": self._person(name) for name in self._people_on_call()},
        )

    def people(self) -> People:
        reading = self.reading()
        contacts = {person_id: contact(person_id, person, reading) for person_id, person in reading.people.items()}
        for name in self.unread:
            why = problem("pagerduty_down", message=f"{name} could not be read")
            contacts[f"PU{name.upper()}"] = Contact(name=name.title(), problem=why, unreadable=True)
        return People(contacts=contacts)

    def ids(self) -> SlackIds:
        """As look_up_slack_ids leaves it: each address that may be needed, sorted into what became of it."""
        standing = {*self.options.get("always", ()), *self.options.get("fallback", ())}
        address = {n: slack_address(email(n), self.slack_accounts) for n in {*self._people_on_call(), *standing}}
        missing = dict.fromkeys(self.no_account, "no_slack_account") | dict.fromkeys(
            self.deactivated, "deactivated_account"
        )
        return SlackIds(
            found={
                a: a if a.startswith("U") else slack_id(name)
                for name, a in address.items()
                if name not in missing and name not in self.unaskable
            },
            missing={address[name]: code for name, code in missing.items() if name in address},
            unreadable={address[name]: "Slack answers 503" for name in self.unaskable if name in address},
        )

    def _people_on_call(self) -> list[str]:
        return sorted({name_of(entry) for shifts in self.on_call.values() for entry in shifts})

    def _rotation(self, source: str) -> Rotation:
        return Rotation(
            shifts=tuple(map(shift_of, self.on_call[source])),
            problem=problem("pagerduty_down", message=f"{source} could not be read") if source in self.broken else None,
        )

    def _person(self, name: str) -> Person:
        gone = name in self.deleted
        return Person(name=name.title(), email=None if gone else email(name), deleted=gone)


def applied(situation: Situation, plan: GroupPlan) -> Situation:
    """The same situation after the plan's change was written to Slack."""
    if plan.change is None:
        return situation
    if plan.change.action == "disable":
        return situation.but(
            slack={**situation.slack, "disabled": True},
            remembered=situation.remembered.model_copy(update={"disabled": True}),
        )
    slack = {**situation.slack, "id": plan.change.group_id or "SNEW", "disabled": False}
    slack["members"] = plan.change.members
    return situation.but(slack=slack)


# ── whole plans and whole runs ───────────────────────────────────────────────────────────────────────────


class DictStore(dict[str, Any]):
    """A stand-in for Airflow's state store of an asset. `written`: the keys that were set or deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def set(self, key: str, value: Any) -> None:
        self.written.append(key)
        self[key] = value

    def delete(self, key: str) -> None:
        self.written.append(key)
        del self[key]


def services(
    memory: Memory | None = None,
    *,
    now: datetime = AT,
    pagerduty: PagerDutyApi | None = None,
    slack: SlackApi | None = None,
) -> Services:
    """What a step needs; without a client, the step must not ask for one."""

    def unexpected(connection_id: str) -> Any:
        raise AssertionError(f"asked for a client for {connection_id}")

    return Services(
        memory or Memory(DictStore()),
        (lambda _: pagerduty) if pagerduty else unexpected,
        (lambda _: slack) if slack else unexpected,
        unexpected,
        lambda: now,
    )


class SlackWithGroups(SlackApi):
    """A Slack client that has only user groups to show."""

    def __init__(self, groups: Iterable[UserGroup]) -> None:
        super().__init__(cast(Any, None), WaitBudget())
        self._groups = list(groups)

    def user_groups(self, of: Any = (), people: Any = ()) -> list[UserGroup]:
        self.requests += 1
        return self._groups

    def account_by_id(self, slack_id: str) -> None:
        self.requests += 1

    def identity(self) -> tuple[str, None]:
        self.requests += 1
        return "USYNC", None


def plan_all(
    situations: Mapping[str, Situation],
    groups: Iterable[UserGroup],
    *,
    mistaken: Mapping[str, tuple[Problem, ...]] | None = None,
    memory: Memory | None = None,
    served: Sequence[str] | None = None,
    now: datetime = AT,
) -> Plan:
    """The whole plan for one situation per handle; of each, everything but the Slack group counts.

    served: the groups that the run is about, where it is not about all of them.
    """
    readings = {handle: situation.reading() for handle, situation in situations.items()}
    first = next(iter(readings.values()))
    reading = first.model_copy(
        update={
            "mistaken": dict(mistaken or {}),
            "config": first.config.model_copy(update={"groups": {h: s.group() for h, s in situations.items()}}),
            "served": tuple(situations) if served is None else tuple(served),
            "rotations": {k: v for one in readings.values() for k, v in one.rotations.items()},
            "people": {k: v for one in readings.values() for k, v in one.people.items()},
        }
    )
    contacts = {k: v for s in situations.values() for k, v in s.people().contacts.items()}
    ids = [s.ids() for s in situations.values()]
    merged = SlackIds(
        found={k: v for one in ids for k, v in one.found.items()},
        missing={k: v for one in ids for k, v in one.missing.items()},
        unreadable={k: v for one in ids for k, v in one.unreadable.items()},
    )
    slack = SlackWithGroups(groups)
    return plan_updates(reading, People(contacts=contacts), merged, services(memory, now=now, slack=slack))


def planned(*before: str, after: Sequence[str] = (), **more: Any) -> GroupPlan:
    """A plan that changes @oncall from `before` to `after`."""
    old, new = set(slack_ids(*before)), set(slack_ids(*after))
    known: dict[str, Any] = {
        "id": f"S{HANDLE.upper()}",
        "status": "would_update",
        "members": tuple(member(name, "PDAY") for name in sorted(after)),
        "before": tuple(member(name) for name in sorted(before)),
        "added": tuple(sorted(new - old)),
        "removed": tuple(sorted(old - new)),
        "change": change(HANDLE, *after),
        "next": _next(after),
    }
    return GroupPlan(**known | more)


def kept(*members: str, status: Any = "unchanged", **more: Any) -> GroupPlan:
    """A plan that leaves @oncall as it is."""
    shown = tuple(member(name, "PDAY") for name in sorted(members))
    known: dict[str, Any] = {"id": f"S{HANDLE.upper()}", "status": status, "members": shown, "next": _next(members)}
    return GroupPlan(**known | more)


def _next(members: Iterable[str]) -> GroupState:
    return GroupState(id=f"S{HANDLE.upper()}", verified_at=AT + MINUTE, members=slack_ids(*members))


def outcome(*members: str, **more: Any) -> Outcome:
    known: dict[str, Any] = {"handle": HANDLE, "members": slack_ids(*members), "written_at": AT + 4 * MINUTE}
    return Outcome(**known | more)


def run(*plans: GroupPlan, situation: Situation | None = None, **more: Any) -> RunResults:
    """A run that writes and got as far as a plan: of @oncall, then @oncall2, @oncall3, …"""
    groups = {HANDLE if n == 1 else f"{HANDLE}{n}": plan for n, plan in enumerate(plans, start=1)}
    known: dict[str, Any] = {
        "writes": True,
        "started": STARTED,
        "reading": (situation or Situation()).reading(),
        "plan": Plan(planned_at=AT + MINUTE, groups=groups),
    }
    return RunResults(**known | more)
