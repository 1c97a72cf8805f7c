"""What has to change in a group, and what must not. Pure.

- Equal sets are not written, and a group never becomes empty.
- A source or person that could not be read removes nobody.
- Groups that others manage, or disabled, are refused.
- If nobody is on call: `fallback`, then `when_empty`.
- Brakes stop one group: `max_members`, and a plan that removes most of its members.
- A run writes a limited number of groups; the others are deferred to the next run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from oncall_sync.config import Group
from oncall_sync.config.fields import until_text
from oncall_sync.models import (
    Action,
    Change,
    GroupPlan,
    GroupState,
    Handle,
    Member,
    Plan,
    Problem,
    SlackId,
    Status,
    UserGroup,
    replaced,
)
from oncall_sync.rules.members import GroupInputs
from oncall_sync.rules.targets import with_defaults

LAPSE = timedelta(minutes=10)  # an older plan is not written any more
EMPTY_FOR = timedelta(minutes=1)  # runs may follow each other at once, and a person may just be editing the schedule
SHRINK_BY = 5  # the brake stops a plan that removes more people than this …
SHRINK_TO = 0.5  # … and keeps less than this share of the group
MOST_WRITES = 150  # Slack allows 20 a minute: what one run can write before its time-out


def plan_group(inputs: GroupInputs) -> GroupPlan:
    """The plan for one group that exists in Slack or will be created."""
    plan, expired = _decided(inputs), dict(expired_entries(inputs.group, inputs.reading.as_of))
    taken_out, put_back = _undone_edits(inputs, plan)
    unreported = [problem for entry, problem in expired.items() if entry not in inputs.previous.reported]
    return replaced(
        plan,
        problems=(*plan.problems, *unreported),
        taken_out=taken_out,
        put_back=put_back,
        next=_next_state(inputs, plan, expired),
    )


def expired_entries(group: Group, at: datetime) -> Iterator[tuple[str, Problem]]:
    """The entries of `always` and `never` that have ended: a key of each, and what the report says about it."""
    for kind, entries in (("always", group.always), ("never", group.never)):
        for entry in entries:
            if entry.until and not entry.holds(at):
                why = f" ({entry.reason})" if entry.reason else ""
                ended = until_text(entry.until)
                text = f"{entry.email} under `{kind}` was until {ended}{why} and is ignored. Take it out of the config."
                yield f"{kind} {entry.email} {ended}", Problem(level="info", code="expired", message=text)


# ── the first rule that applies decides ──────────────────────────────────────────────────────────────────


def _decided(inputs: GroupInputs) -> GroupPlan:
    if refusal := refused(inputs.current, inputs.previous):
        return _keep(inputs, "failed", refusal)
    if inputs.roster.unreadable:
        return _with_unreadable(inputs)
    if unreachable := _nobody_reachable(inputs):
        return _keep(inputs, "failed", unreachable)
    if not inputs.roster.members:
        return _with_nobody(inputs)
    return _with_members(inputs)


def refused(current: UserGroup, previous: GroupState) -> Problem | None:
    """Why the sync may not edit this group."""
    if current.managed_by:
        return Problem(
            code="managed_group",
            message=f"@{current.handle}: this sync may not edit the group, because {current.managed_by}. "
            "Use another handle, or take the group out of the config.",
        )
    if current.disabled and not previous.disabled:
        return Problem(
            code="disabled_group",
            message=f"@{current.handle}: somebody disabled this group in Slack. Enable it there, or take it out "
            "of the config.",
        )
    return None


def _with_unreadable(inputs: GroupInputs) -> GroupPlan:
    """Nobody leaves until every source is readable again. The people of readable sources join."""
    roster, current = inputs.roster, set(inputs.current.members)
    problems = tuple(dict.fromkeys(roster.unreadable))
    some_readable = len(roster.unread) < len(inputs.group.sources) or not roster.unread
    desired = current | set(roster.members) if some_readable else current
    if desired == current or inputs.current.disabled:
        return _keep(inputs, "failed", *problems)
    return _change(inputs, desired, "failed", *problems)


def _with_nobody(inputs: GroupInputs) -> GroupPlan:
    """Verified: nobody is on call, and there is no fallback."""
    nobody = _nobody(inputs)
    if not inputs.current.id:
        consequence = "; the group is created when somebody is."
    elif inputs.current.disabled:
        consequence = "; the group stays disabled."
    elif inputs.group.when_empty == "keep":
        consequence = "; the group keeps its members."
    elif not (since := inputs.previous.empty_since) or inputs.reading.as_of - since < EMPTY_FOR:
        consequence = "; the group is disabled when a later run sees the same."
    else:
        return _disable(inputs, _info(f"{nobody}, as in the run before; the group is disabled until somebody is."))
    return _keep(inputs, "nobody_on_call", _info(nobody + consequence))


def _with_members(inputs: GroupInputs) -> GroupPlan:
    roster, desired = inputs.roster, set(inputs.roster.members)
    notes = [] if roster.someone or not inputs.group.rotations else [_info(f"{_nobody(inputs)}.")]
    if desired == set(inputs.current.members) and not inputs.current.disabled:
        return _keep(inputs, "unchanged", *notes)
    return _change(inputs, desired, "would_update", *notes)


def _nobody_reachable(inputs: GroupInputs) -> Problem | None:
    """The group should have members, but none of them has a Slack account."""
    group, roster = inputs.group, inputs.roster
    if roster.reached:
        return None
    if roster.someone:
        why = "somebody is on call" if group.rotations else "its team has members"
    elif group.fallback:
        why = "nobody is on call, and there is a fallback"
    elif group.members_at(inputs.reading.as_of) and not (group.sources or roster.members):
        why = "the group names people"
    else:
        return None
    fallback = ", nor anybody of its fallback" if group.fallback and roster.someone else ""
    return Problem(
        code="nobody_reachable",
        message=f"@{inputs.handle}: {why}, but nobody of them can be reached in Slack{fallback}; {_stays(inputs)}. "
        "Correct the addresses that the warnings name, or give the group a fallback.",
    )


def _nobody(inputs: GroupInputs) -> str:
    who = "nobody but people under `never`" if inputs.roster.barred else "nobody"
    rotations, sources = inputs.group.rotations, inputs.group.sources
    if not sources:
        return f"@{inputs.handle}: every entry under `always` has expired"
    where = ", ".join(map(str, rotations or sources))
    return f"@{inputs.handle}: {who} is {'on call for' if rotations else 'in'} {where}"


def _info(message: str) -> Problem:
    return Problem(level="info", code="nobody_on_call", message=message)


def _stays(inputs: GroupInputs) -> str:
    return "the group stays as it is" if inputs.current.id else "the group is not created"


# ── brakes ───────────────────────────────────────────────────────────────────────────────────────────────


def _brake(inputs: GroupInputs, desired: Collection[SlackId]) -> Problem | None:
    """Stops a plan that is more likely a mistake than a handoff."""
    handle, limit = inputs.handle, inputs.group.max_members
    before, after = len(inputs.current.members), len(desired)
    if limit is not None and after > limit:
        return Problem(
            code="max_members",
            message=f"@{handle}: the plan has {after} members and max_members is {limit}; {_stays(inputs)}. "
            "Correct the sources, or raise max_members.",
        )
    if shrinks_too_much(before, after) and handle not in inputs.reading.accept_shrink:
        members = inputs.roster.members
        names = ", ".join(members[m].name if m in members else m for m in sorted(desired)[:5])
        return Problem(
            code="shrink",
            message=f"@{handle}: the plan shrinks the group from {before} to {after} members ({names}); the group "
            f'stays as it is. If that is right, trigger a run with accept_shrink ["{handle}"]; if not, correct the '
            "handle.",
        )
    return None


def shrinks_too_much(before: int, after: int) -> bool:
    return before - after > SHRINK_BY and after < before * SHRINK_TO


# ── the plan as a value ──────────────────────────────────────────────────────────────────────────────────


def _keep(inputs: GroupInputs, status: Status, *problems: Problem) -> GroupPlan:
    """The group stays as it is."""
    roster, current = inputs.roster, inputs.current
    members = (
        roster.members.get(m) or Member(slack_id=m, name=inputs.names.get(m, m)) for m in sorted(current.members)
    )
    return GroupPlan(
        id=current.id or None, status=status, members=tuple(members), problems=(*problems, *roster.problems)
    )


def _change(inputs: GroupInputs, desired: Collection[SlackId], status: Status, *problems: Problem) -> GroupPlan:
    """The group gets exactly these members, unless a brake stops it."""
    if brake := _brake(inputs, desired):
        return _keep(inputs, "failed", *problems, brake)
    kept, current = _keep(inputs, status, *problems), inputs.current
    people = {member.slack_id: member for member in kept.members} | dict(inputs.roster.members)
    action: Action = "update" if current.id and not current.disabled else "enable" if current.id else "create"
    return replaced(
        kept,
        members=tuple(people[m] for m in sorted(desired)),
        added=tuple(sorted(set(desired) - set(current.members))),
        removed=tuple(sorted(set(current.members) - set(desired))),
        change=_write(inputs, action, desired, people.values()),
        before=kept.members,
    )


def _disable(inputs: GroupInputs, problem: Problem) -> GroupPlan:
    kept = _keep(inputs, "would_update", problem)
    return replaced(kept, change=_write(inputs, "disable", (), kept.members), before=kept.members)


def _write(inputs: GroupInputs, action: Action, members: Collection[SlackId], people: Iterable[Member]) -> Change:
    reading, roster, new = inputs.reading, inputs.roster, inputs.group.create_if_missing
    lapse = reading.as_of + LAPSE
    return Change(
        handle=inputs.handle,
        group_id=inputs.current.id,
        action=action,
        new=with_defaults(inputs.handle, new) if new and action == "create" else None,
        members=tuple(sorted(members)),
        before=tuple(sorted(inputs.current.members)),
        names={member.slack_id: member.name for member in people if member.name != member.slack_id},
        on_call=tuple(sorted(roster.reached)),
        addresses={m: address for m, address in roster.addresses.items() if m in members},
        connection=reading.config.connections.slack,
        as_of=reading.as_of,
        run_started=reading.run_started,
        expires_at=min(roster.until or lapse, lapse),
    )


def _undone_edits(inputs: GroupInputs, plan: GroupPlan) -> tuple[tuple[SlackId, ...], tuple[SlackId, ...]]:
    """Whom somebody added since the last run and the plan removes; whom somebody removed and the plan adds."""
    if inputs.previous.members is None:
        return (), ()
    last, current = set(inputs.previous.members), set(inputs.current.members)
    return tuple(sorted((current - last) & set(plan.removed))), tuple(sorted((last - current) & set(plan.added)))


# ── what the next run remembers ──────────────────────────────────────────────────────────────────────────


def _next_state(inputs: GroupInputs, plan: GroupPlan, expired: Iterable[str]) -> GroupState:
    """If the group becomes as planned. `report` adds what a write brings, such as the ID of a new group."""
    previous, current, change = inputs.previous, inputs.current, plan.change
    verified, rotations = plan.status != "failed", inputs.group.rotations
    nobody = plan.status == "nobody_on_call" or bool(change and change.action == "disable")
    return GroupState(
        id=current.id or previous.id,
        verified_at=inputs.now if verified else previous.verified_at,
        failing_since=None if verified else previous.failing_since or inputs.now,
        empty_since=previous.empty_since or inputs.now if nobody else None,
        disabled=change.action == "disable" if change else current.disabled and previous.disabled,
        members=_ids(plan.members) if change or plan.status == "unchanged" else previous.members,
        reported=tuple(dict.fromkeys((*(() if verified else previous.reported), *expired))),
        on_call=(inputs.roster.on_call if verified else previous.on_call) if rotations else None,
        topic=inputs.group.topic if rotations else None,
    )


def _ids(members: Iterable[Member]) -> tuple[SlackId, ...]:
    return tuple(member.slack_id for member in members)


def not_planned(previous: GroupState, now: datetime, *problems: Problem) -> GroupPlan:
    """A group that the run could not look at."""
    failing = replaced(previous, failing_since=previous.failing_since or now, empty_since=None)
    return GroupPlan(id=previous.id, status="failed", problems=problems, next=failing)


def unwritten(plan: GroupPlan, previous: GroupState, status: Status, now: datetime, *problems: Problem) -> GroupPlan:
    """The plan of a group whose change was not written: it still has its old members."""
    previous = previous.for_group(plan.id)
    return replaced(
        plan,
        status=status,
        members=plan.before,
        added=(),
        removed=(),
        taken_out=(),
        put_back=(),
        change=None,
        problems=(*problems, *plan.problems),
        next=replaced(
            previous,
            id=plan.id or previous.id,
            failing_since=previous.failing_since or (now if status == "failed" else None),
            empty_since=plan.next.empty_since,
            disabled=bool(plan.change and plan.change.action == "enable"),
            reported=tuple(dict.fromkeys((*previous.reported, *plan.next.reported))),
            topic=plan.next.topic,
        ),
    )


# ── how many groups one run writes ───────────────────────────────────────────────────────────────────────


def defer_excess_writes(plan: Plan, states: Mapping[Handle, GroupState]) -> Plan:
    """At most MOST_WRITES changes, the groups that have been wrong longest first; the others wait for the next run.

    `urgent`: the next run starts at once. It does not if all deferred groups failed before: such groups come last, so
    that they do not keep others out, and wait for the heartbeat, so that they cause no endless chain of runs. It also
    starts at once after a run that will fail, because a failed `report` cannot ask for it when a write is superseded.
    """
    changes = [handle for handle, group in plan.groups.items() if group.change]
    changes.sort(key=lambda handle: (*_longest_wrong(states.get(handle, GroupState())), handle))
    deferred = {
        h: _deferred(plan.groups[h], states.get(h, GroupState()), plan.planned_at) for h in changes[MOST_WRITES:]
    }
    hopeful = {handle for handle in changes if states.get(handle, GroupState()).failing_since is None}
    will_fail = any(group.status == "failed" for group in plan.groups.values())
    urgent = bool(hopeful if will_fail else hopeful & deferred.keys())
    return replaced(plan, groups={**plan.groups, **deferred}, urgent=urgent)


def _longest_wrong(state: GroupState) -> tuple[bool, float]:
    return state.failing_since is not None, state.verified_at.timestamp() if state.verified_at else 0.0


def _deferred(plan: GroupPlan, previous: GroupState, now: datetime) -> GroupPlan:
    """A failed group stays failed."""
    return unwritten(plan, previous, "failed" if plan.status == "failed" else "deferred", now)
