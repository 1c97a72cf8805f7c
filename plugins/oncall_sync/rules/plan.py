"""What has to change, and what must not: every rule of the sync, as pure functions of values.

nothing is written when the sets are equal          a group never becomes empty
what could not be read removes nobody               groups that others manage are refused
`fallback`, then `when_empty`, when nobody is on call
brakes, one group each: `max_members`, a plan that wipes most of a group
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall_sync.config import Group
from oncall_sync.config.values import until_text
from oncall_sync.models import (
    Change,
    GroupPlan,
    Handle,
    Member,
    Problem,
    Reading,
    SlackId,
    Status,
    UserGroup,
)
from oncall_sync.rules.hand_edits import undone
from oncall_sync.rules.members import Known, Roster
from oncall_sync.rules.new_groups import with_defaults
from oncall_sync.state import GroupState

LAPSE = timedelta(minutes=10)  # a plan whose reading is older than this is not written any more
EMPTY_FOR = timedelta(minutes=1)  # runs may follow each other at once: somebody may just be editing the schedule
SHRINK_BY = 5  # the brake looks at plans that take out more people than this …
SHRINK_TO = 0.5  # … and leave less than this share of the group


@dataclass(frozen=True)
class Case:
    """Everything that decides about one group."""

    handle: Handle
    group: Group
    roster: Roster
    current: UserGroup
    remembered: GroupState
    known: Known

    @property
    def reading(self) -> Reading:
        return self.known.reading

    def keep(self, status: Status, *problems: Problem, nobody: bool = False) -> GroupPlan:
        """The group stays as it is."""
        members = tuple(
            self.roster.members.get(m) or Member(slack_id=m, name=self.known.names.get(m, m))
            for m in sorted(self.current.members)
        )
        return GroupPlan(
            id=self.current.id or None,
            status=status,
            members=members,
            problems=(*problems, *self.roster.problems),
            nobody=nobody,
            disabled=self.current.disabled and self.remembered.disabled,
            on_call=None if self.roster.unread else self.roster.on_call,
            changes_at=self.roster.unseen_until,
        )

    def change(self, desired: Iterable[SlackId], status: Status, *problems: Problem) -> GroupPlan:
        """The group gets exactly these members."""
        after, before = set(desired), set(self.current.members)
        kept = self.keep(status, *problems)
        known = {member.slack_id: member for member in kept.members} | self.roster.members
        return kept.model_copy(
            update={
                "members": tuple(known[m] for m in sorted(after)),
                "added": tuple(sorted(after - before)),
                "removed": tuple(sorted(before - after)),
                "change": self._write(self._action, after, known),
                "before": kept.members,
            }
        )

    @property
    def stays(self) -> str:
        return "the group stays as it is" if self.current.id else "the group is not created"

    @property
    def _action(self) -> str:
        if not self.current.id:
            return "create"
        return "enable" if self.current.disabled else "update"

    def disable(self, problem: Problem) -> GroupPlan:
        kept = self.keep("would_update", problem, nobody=True)
        known = {member.slack_id: member for member in kept.members}
        return kept.model_copy(update={"change": self._write("disable", (), known), "before": kept.members})

    def _write(self, action: str, members: Iterable[SlackId], known: Mapping[SlackId, Member]) -> Change:
        until, lapse = self.roster.until, self.reading.as_of + LAPSE
        asked = self.group.create_if_missing if action == "create" else None
        return Change.model_validate(
            {
                "handle": self.handle,
                "group_id": self.current.id,
                "action": action,
                "new": with_defaults(self.handle, asked) if asked else None,
                "members": sorted(members),
                "before": sorted(self.current.members),
                "names": {m: member.name for m, member in known.items() if member.name != m},
                "on_call": sorted(self.roster.reached),
                "addresses": {m: a for m, a in self.roster.addresses.items() if m in set(members)},
                "other_ids": {other: m for other, m in self.known.ids.other_ids.items() if m in set(members)},
                "connection": self.reading.config.connections.slack,
                "as_of": self.reading.as_of,
                "run_started": self.reading.run_started,
                "expires_at": min(until, lapse) if until else lapse,
            }
        )


def plan_group(case: Case) -> GroupPlan:
    """The plan for one group that exists in Slack, or is to, and what else is to be said about it."""
    plan, expired = _decided(case), dict(expired_entries(case.group, case.reading.as_of))
    news = [problem for entry, problem in expired.items() if entry not in case.remembered.told]
    left = case.remembered.members
    taken_out, put_back = undone(plan, left and [case.known.ids.other_ids.get(m, m) for m in left])
    return plan.model_copy(
        update={
            "problems": (*plan.problems, *news),
            "taken_out": taken_out,
            "put_back": put_back,
            "expired": tuple(expired),
        }
    )


def expired_entries(group: Group, at: datetime) -> Iterator[tuple[str, Problem]]:
    """Those of `always` and `never` that hold no more: by what tells them apart, what to say of each."""
    for kind, entries in (("always", group.always), ("never", group.never)):
        for entry in entries:
            if entry.until and not entry.holds(at):
                why = f" ({entry.reason})" if entry.reason else ""
                ended = until_text(entry.until)
                text = f"{entry.email} under `{kind}` was until {ended}{why} and is ignored. Take it out of the config."
                yield f"{kind} {entry.email} {ended}", Problem(level="info", code="expired", message=text)


def _decided(case: Case) -> GroupPlan:
    """The first rule that applies decides."""
    refusal = refused(case.current, case.remembered)
    if refusal:
        return case.keep("failed", refusal)
    if case.roster.unreadable:
        return _with_unreadable(case)
    unreachable = _who_is_unreachable(case)
    if unreachable:
        return case.keep("failed", _nobody_reachable(case, unreachable))
    if not case.roster.members:
        return _with_nobody(case)
    return _with_members(case)


def _with_members(case: Case) -> GroupPlan:
    desired = set(case.roster.members)
    notes = [] if case.roster.someone or not case.group.rotations else [_info(f"{_nobody(case)}.")]
    if desired == set(case.current.members) and not case.current.disabled:
        return case.keep("unchanged", *notes)
    brake = _brake(case, desired)
    return case.keep("failed", brake) if brake else case.change(desired, "would_update", *notes)


def _with_unreadable(case: Case) -> GroupPlan:
    """Nobody leaves until every source is readable again. People of the readable ones join, if any is readable."""
    problems = tuple(dict.fromkeys(case.roster.unreadable))
    desired = set(case.current.members)
    if len(case.roster.unread) < len(case.group.sources) or not case.roster.unread:
        desired |= set(case.roster.members)
    if desired == set(case.current.members) or case.current.disabled:
        return case.keep("failed", *problems)
    brake = _brake(case, desired)
    return case.keep("failed", *problems, brake) if brake else case.change(desired, "failed", *problems)


def _with_nobody(case: Case) -> GroupPlan:
    """Verified: nobody is on call, and there is no fallback."""
    said = _nobody(case)
    if not case.current.id:
        return case.keep("nobody_on_call", _info(f"{said}; the group is created when somebody is."), nobody=True)
    if case.current.disabled:
        return case.keep("nobody_on_call", _info(f"{said}; the group stays disabled."), nobody=True)
    if case.group.when_empty == "keep":
        return case.keep("nobody_on_call", _info(f"{said}; the group keeps its members."), nobody=True)
    since = case.remembered.empty_since
    if since is None or case.reading.as_of - since < EMPTY_FOR:
        later = "; the group is disabled when a later run sees the same."
        return case.keep("nobody_on_call", _info(said + later), nobody=True)
    return case.disable(_info(f"{said}, as in the run before; the group is disabled until somebody is."))


def refused(current: UserGroup, remembered: GroupState) -> Problem | None:
    """Why the sync may not edit this group."""
    if current.managed_by:
        return Problem(
            code="managed_group",
            message=f"@{current.handle}: this sync may not edit the group, because {current.managed_by}. "
            "Use another handle, or take the group out of the config.",
        )
    if current.disabled and not remembered.disabled:
        return Problem(
            code="disabled_group",
            message=f"@{current.handle}: somebody disabled this group in Slack. Enable it there, or take it out "
            "of the config.",
        )
    return None


def _who_is_unreachable(case: Case) -> str:
    """Who should be in the group although nobody of them has an account; empty where that is not the matter."""
    if case.roster.reached:
        return ""
    if case.roster.someone:
        return "somebody is on call" if case.group.rotations else "its team has members"
    if case.group.fallback:
        return "nobody is on call, and there is a fallback"
    names_somebody = case.group.members_at(case.reading.as_of)
    return "the group names people" if names_somebody and not (case.group.sources or case.roster.members) else ""


def _nobody_reachable(case: Case, who: str) -> Problem:
    fallback = ", nor anybody of its fallback" if case.group.fallback and case.roster.someone else ""
    return Problem(
        code="nobody_reachable",
        message=f"@{case.handle}: {who}, but nobody of them can be reached in Slack{fallback}; {case.stays}. "
        "Mend the addresses that the warnings name, or give the group a fallback.",
    )


def _brake(case: Case, desired: set[SlackId]) -> Problem | None:
    """A plan so large or so destructive that it is more likely a mistake than a handoff."""
    limit, before, after = case.group.max_members, len(case.current.members), len(desired)
    if limit is not None and after > limit:
        return Problem(
            code="max_members",
            message=f"@{case.handle}: the plan has {after} members and max_members is {limit}; {case.stays}. "
            "Correct the sources, or raise max_members.",
        )
    if wipes(before, after) and case.handle not in case.reading.accept_shrink:
        left = ", ".join(case.roster.members[m].name if m in case.roster.members else m for m in sorted(desired)[:5])
        return Problem(
            code="shrink",
            message=f"@{case.handle}: the plan shrinks the group from {before} to {after} members ({left}); the group "
            f'stays as it is. If that is right, trigger a run with accept_shrink ["{case.handle}"]; '
            "if not, correct the handle.",
        )
    return None


def wipes(before: int, after: int) -> bool:
    return before - after > SHRINK_BY and after < before * SHRINK_TO


def _nobody(case: Case) -> str:
    who = "nobody but people under `never`" if case.roster.barred else "nobody"
    rotations = case.group.rotations
    if not case.group.sources:
        return f"@{case.handle}: every entry under `always` has expired"
    where = ", ".join(map(str, rotations or case.group.sources))
    return f"@{case.handle}: {who} is {'on call for' if rotations else 'in'} {where}"


def _info(message: str) -> Problem:
    return Problem(level="info", code="nobody_on_call", message=message)


def not_planned(state: GroupState, *problems: Problem) -> GroupPlan:
    """A group that the run could not look at: what is known of it lives on."""
    return GroupPlan(id=state.id, status="failed", disabled=state.disabled, problems=problems)


def unwritten(group: GroupPlan, status: Status, *problems: Problem) -> GroupPlan:
    """The same group when its change did not come about: it still has the members that it had."""
    none = {"added": (), "removed": (), "taken_out": (), "put_back": (), "change": None}
    update = {"status": status, "members": group.before, **none}
    return group.model_copy(update={**update, "problems": (*problems, *group.problems)})
