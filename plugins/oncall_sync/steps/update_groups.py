"""Task 5, update_groups[@handle]: one write, for one group whose members change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.errors import InvalidUsers, Refused, SyncError
from oncall_sync.models import Address, Change, Outcome, Problem, SlackId
from oncall_sync.rules.plan import shrinks_too_much
from oncall_sync.slack.accounts import account_of, other_ids_of
from oncall_sync.slack.answers import Account
from oncall_sync.slack.client import SlackApi
from oncall_sync.steps.creation import create_group
from oncall_sync.steps.services import Services

MOST_STRANGERS = 10  # whose IDs are looked up after a write


def superseded(change: Change, run_started: datetime | None, now: datetime, later_run: bool = False) -> str | None:
    """Why this plan may not be written any more; None while it may.

    later_run: another run read PagerDuty later (journal).
    """
    if change.run_started != run_started:
        return "the run was cleared since; what it read is from before that"
    if now >= change.expires_at:
        return "the plan is too old: a shift that it rests on has ended, or ten minutes have passed"
    if later_run:
        return "another run, which read PagerDuty later, writes or has written meanwhile"
    return None


def update_group(change: Change, services: Services) -> Outcome:
    """Writes the change, and returns the members as Slack then has them. Raises Refused, PassingFault."""
    slack, now = services.slack(change.connection), services.now
    slack.limit_waits((change.expires_at - now()).total_seconds())  # a write after a wait may be a late one
    if change.action == "disable":
        slack.disable(change.handle, change.group_id)
        return Outcome(handle=change.handle, members=change.before, written_at=now(), requests=slack.requests)
    created, told = create_group(change, slack) if change.action == "create" else (None, None)
    change = change.model_copy(update={"group_id": created or change.group_id})
    with _enabled(change, slack):
        anew, members = _write(change, slack)
    return Outcome(
        handle=change.handle,
        created=created,
        members=members,
        looked_up=anew.looked_up,
        other_ids=anew.other_ids,
        problems=(*filter(None, [told]), *anew.problems),
        written_at=now(),
        requests=slack.requests,
    )


@contextmanager
def _enabled(change: Change, slack: SlackApi) -> Iterator[None]:
    """A group that was disabled is enabled for the write, and disabled again should either fail: nobody should be able
    to mention the people of last week. Slack may have enabled it although no answer came."""
    if change.action != "enable":
        yield
        return
    try:
        slack.enable(change.handle, change.group_id)
        yield
    except SyncError:
        with suppress(SyncError):
            slack.disable(change.handle, change.group_id)
        raise


def _write(change: Change, slack: SlackApi) -> tuple[Anew, tuple[SlackId, ...]]:
    """An ID that Slack calls invalid makes it refuse the whole set: then the group's people are looked up anew, and
    it is tried once more without those who have no account."""
    anew, members = Anew(), change.members
    try:
        written = slack.set_members(change.handle, change.group_id, members)
    except InvalidUsers as refusal:
        anew = look_up_anew(change, slack)
        members = anew.accepted(change, refusal)
        if change.action == "update" and set(members) == set(change.before):
            return anew, members
        written = slack.set_members(change.handle, change.group_id, members)
    if not _same_people(written, members, change, slack, anew):
        raise Refused(
            f"@{change.handle}",
            f"Slack took the members {_listed(members)} and answers with {_listed(written)}",
            code="members_differ",
            remedy="Somebody may edit the group at the same time; the next run compares again.",
        )
    return anew, members


def _same_people(
    written: Iterable[SlackId], members: Iterable[SlackId], change: Change, slack: SlackApi, anew: Anew
) -> bool:
    """On Enterprise Grid a person has two IDs; which of them Slack answers with is asked for once, and remembered."""
    now, wanted = {change.other_ids.get(m, m) for m in written}, set(members)
    anew.other_ids = other_ids_of(sorted(now - wanted)[:MOST_STRANGERS], wanted, slack)
    return {anew.other_ids.get(m, m) for m in now} == wanted


@dataclass
class Anew:
    """What the people of a group are in Slack today: who remains, by address, and who is gone."""

    members: set[SlackId] = field(default_factory=set)
    looked_up: dict[Address, SlackId | None] = field(default_factory=dict)
    other_ids: dict[SlackId, SlackId] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    nobody_on_call: bool = False  # nobody is left of those who are the reason for the group

    def accepted(self, change: Change, refusal: InvalidUsers) -> tuple[SlackId, ...]:
        """The members to try once more with. What was found out goes with the error, so that the next run knows."""
        too_few = not self.members or self.nobody_on_call or shrinks_too_much(len(change.members), len(self.members))
        if too_few or self.members == set(change.members):
            raise InvalidUsers(
                f"@{change.handle}",
                f"Slack refuses the members {_listed(change.members)} ({refusal.code}), and looking them up anew "
                f"leaves {_listed(self.members)}; the group stays as it is",
                code=refusal.code,
                remedy="Check their Slack accounts: deactivated people, bots and guests cannot be in a user group.",
                looked_up=self.looked_up,
            )
        return tuple(sorted(self.members))


def look_up_anew(change: Change, slack: SlackApi) -> Anew:
    """By address, which also finds a new account; and by ID, as somebody's email may just have changed."""
    accounts = {m: _account_today(slack, m, change.addresses.get(m, m)) for m in change.members}
    gone = {m for m, account in accounts.items() if account is None or account.unusable}
    # Where everybody has an active account, a multi-channel guest is what Slack does not take.
    gone = gone or {m for m, account in accounts.items() if account and account.guest}
    anew = Anew()
    for slack_id, account in accounts.items():
        address = change.addresses.get(slack_id, slack_id)
        usable = anew.looked_up[address] = account.id if account and slack_id not in gone else None
        if usable:
            anew.members.add(usable)
        else:
            anew.problems.append(_gone(change.handle, slack_id, address))
    anew.nobody_on_call = bool(change.on_call) and set(change.on_call) <= gone
    return anew


def _account_today(slack: SlackApi, slack_id: SlackId, address: Address) -> Account | None:
    """What could not be seen counts as there: it takes nobody out."""
    if "@" in address:
        account = account_of(slack, address)
        if account and not account.unusable:
            return account
    try:
        return slack.account_by_id(slack_id)
    except Refused as refusal:
        if refusal.code == "user_not_visible":
            return Account(id=slack_id, name=slack_id)
        raise


def _gone(handle: str, slack_id: SlackId, address: Address) -> Problem:
    known_as = f"{address} ({slack_id})" if address != slack_id else slack_id
    return Problem(
        level="warning",
        code="deactivated_account",
        message=f"@{handle}: the Slack account of {known_as} was deactivated, or is one that no group takes; the "
        "others were written. Correct the address in PagerDuty or Slack, or name the account under slack_accounts.",
    )


def _listed(members: Iterable[SlackId]) -> str:
    return ", ".join(sorted(members)) or "none"
