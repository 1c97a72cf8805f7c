"""What somebody else did to a group in Slack, and the sync undoes: never without saying so. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from oncall_sync.config import Group
from oncall_sync.models import GroupPlan, Handle, Problem, SlackId
from oncall_sync.rules.handoffs import plain
from oncall_sync.rules.messages import Message

REMEDY = (
    "To keep somebody in, make an override in PagerDuty, or name them under `always` in the config, with `until`; "
    "to keep somebody out, name them under `never`."
)


def undone(plan: GroupPlan, left: Iterable[SlackId] | None) -> tuple[tuple[SlackId, ...], tuple[SlackId, ...]]:
    """Those who are taken out, and those who are put back, although somebody wanted otherwise.

    left: the members as the sync left them; None: not known, as before its first run.
    """
    if left is None:
        return (), ()
    known, found = set(left), {member.slack_id for member in plan.before}
    return tuple(sorted((found - known) & set(plan.removed))), tuple(sorted((known - found) & set(plan.added)))


def with_names(plan: GroupPlan, names: Mapping[SlackId, str]) -> GroupPlan:
    """The same, where the names of people turned up whom the sync had never looked up."""
    if not plan.change or not names.keys() & set(plan.taken_out):
        return plan
    before = tuple(m.model_copy(update={"name": names.get(m.slack_id, m.name)}) for m in plan.before)
    known = plan.change.names | {slack_id: name for slack_id, name in names.items() if slack_id in plan.removed}
    return plan.model_copy(update={"before": before, "change": plan.change.model_copy(update={"names": known})})


def told(handle: Handle, plan: GroupPlan) -> Problem | None:
    """One warning for both."""
    text = _in_words(handle, plan, str)
    return Problem(level="warning", code="hand_edit", message=text) if text else None


def message(handle: Handle, group: Group, plan: GroupPlan) -> Message | None:
    """The same where those read it who did it."""
    text = _in_words(handle, plan, plain) if group.announce else None
    return Message(handle, group.announce, text) if group.announce and text else None


def _in_words(handle: Handle, plan: GroupPlan, shown: Callable[[str], str]) -> str | None:
    name = {member.slack_id: shown(member.name) for member in (*plan.members, *plan.before)}
    taken_out, put_back = (_named(people, name) for people in (plan.taken_out, plan.put_back))
    parts = [f"{taken_out} had been added and {_is(plan.taken_out)} taken out again"] if taken_out else []
    parts += [f"{put_back} had been removed and {_is(plan.put_back)} put back"] if put_back else []
    return f"@{handle}: somebody edited this group in Slack: {'; '.join(parts)}. {REMEDY}" if parts else None


def _named(people: Iterable[SlackId], name: Mapping[SlackId, str]) -> str:
    return ", ".join(name.get(slack_id, slack_id) for slack_id in people)


def _is(people: tuple[SlackId, ...]) -> str:
    return "is" if len(people) == 1 else "are"
