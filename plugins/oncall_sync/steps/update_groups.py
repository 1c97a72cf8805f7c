"""Task 5, update_groups[@handle]: one write, for one group whose members change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.accounts import account_of, unusable
from oncall_sync.errors import InvalidUsers, PassingFault
from oncall_sync.models import Address, Change, Outcome, Problem, SlackId
from oncall_sync.slack_api import Account, SlackApi


def lapsed(change: Change, run_started: datetime | None, now: datetime) -> str | None:
    """Why this plan may not be written any more; None while it may. A late write is superseded, not failed."""
    if change.run_started != run_started:
        return "the run was cleared since; what it read is from before that"
    if now >= change.expires_at:
        return "the plan is too old: a shift that it rests on has ended, or ten minutes have passed"
    return None


def update_group(change: Change, connect: Callable[[str], SlackApi], now: Callable[[], datetime]) -> Outcome:
    """Writes the change, and returns the members as Slack then has them.

    An ID that Slack calls invalid makes it refuse the whole set: then the group's people are looked up anew, and
    it is tried once more without those who have no account.
    Raises Refused, PassingFault; also when Slack's answer is not the planned set.
    """
    slack = connect(change.connection)
    if change.action == "disable":
        slack.disable(change.handle, change.group_id)
        return Outcome(handle=change.handle, written_at=now(), requests=slack.requests)
    if change.action == "enable":
        slack.enable(change.handle, change.group_id)
    anew = Anew()
    members = change.members
    try:
        written = slack.set_members(change.handle, change.group_id, members)
    except InvalidUsers as refusal:
        anew = look_up_anew(change, slack)
        members = anew.accepted(change, refusal)
        written = slack.set_members(change.handle, change.group_id, members)
    if set(written) != set(members):
        raise PassingFault(
            f"@{change.handle}",
            f"Slack took the members {_listed(members)} and answers with {_listed(written)}",
            code="members_differ",
        )
    return Outcome(
        handle=change.handle,
        members=members,
        looked_up=anew.looked_up,
        problems=tuple(anew.problems),
        written_at=now(),
        requests=slack.requests,
    )


@dataclass
class Anew:
    """What the people of a group are in Slack today: who remains, by address, and who is gone."""

    members: set[SlackId] = field(default_factory=set)
    looked_up: dict[Address, SlackId | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def accepted(self, change: Change, refusal: InvalidUsers) -> tuple[SlackId, ...]:
        """The members to try once more with. What was found out goes with the error, so that the next run knows."""
        if not self.members or self.members == set(change.members):
            raise InvalidUsers(
                f"@{change.handle}",
                f"Slack refuses the members {_listed(change.members)} ({refusal.code}), and looking them up anew "
                "found nobody else; the group stays as it is",
                code=refusal.code,
                remedy="Check their Slack accounts: deactivated people, bots and guests cannot be in a user group.",
                looked_up=self.looked_up,
            )
        return tuple(sorted(self.members))


def look_up_anew(change: Change, slack: SlackApi) -> Anew:
    anew = Anew()
    for slack_id in change.members:
        address = change.addresses.get(slack_id, slack_id)
        account = account_of(slack, address)
        usable = anew.looked_up[address] = account["id"] if account and _taken(account) else None
        if usable:
            anew.members.add(usable)
        else:
            anew.problems.append(_gone(change.handle, slack_id, address))
    return anew


def _taken(account: Account) -> bool:
    """Stricter than `unusable`: where Slack refused the set, a multi-channel guest is a suspect too."""
    return not unusable(account) and not account.get("is_restricted")


def _gone(handle: str, slack_id: SlackId, address: Address) -> Problem:
    known_as = f"{address} ({slack_id})" if address != slack_id else slack_id
    return Problem(
        level="warning",
        code="deactivated_account",
        message=f"@{handle}: the Slack account of {known_as} was deactivated, or is one that no group takes; the "
        "others were written. Correct the address in PagerDuty or Slack, or name the account under slack_accounts.",
    )


def _listed(members: tuple[SlackId, ...] | list[SlackId]) -> str:
    return ", ".join(sorted(members)) or "none"
