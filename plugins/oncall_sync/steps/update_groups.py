"""Task 5, update_groups[@handle]: one write, for one group whose members change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from oncall_sync.config import NewGroup
from oncall_sync.errors import InvalidUsers, Refused, SyncError
from oncall_sync.models import Address, Change, Outcome, Problem, RememberedAccount, SlackId, UserGroup
from oncall_sync.rules.plan import shrinks_too_much
from oncall_sync.rules.targets import by_handle, created
from oncall_sync.slack.accounts import look_up_again, recognized
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.errors import NAME_TAKEN
from oncall_sync.steps.services import Services


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


class StillInvalid(InvalidUsers):
    """Slack refuses the members, and looking them up again does not help. looked_up: the accounts that it has."""

    def __init__(self, change: Change, relookup: Relookup, code: str) -> None:
        super().__init__(
            f"@{change.handle}",
            f"Slack refuses the members {_listed(change.members)} ({code}), and looking them up again leaves "
            f"{_listed(relookup.members)}; the group stays as it is",
            code=code,
            remedy="Check their Slack accounts: deactivated people, bots and guests cannot be in a user group.",
        )
        self.looked_up = relookup.looked_up


def update_group(change: Change, services: Services) -> Outcome:
    """Writes the change, and returns the members as Slack then has them. Raises Refused, PassingFault."""
    slack, now = services.slack(change.connection), services.now
    slack.limit_waits((change.expires_at - now()).total_seconds())  # a write after a wait may be a late one
    if change.action == "disable":
        slack.disable(change.handle, change.group_id)
        return Outcome(handle=change.handle, members=change.before, written_at=now(), requests=slack.requests)
    group_id, notes = create_group(change, slack) if change.action == "create" else (change.group_id, [])
    with _enabled(change, slack):
        members, relookup = _write(change, group_id, slack, now())
    return Outcome(
        handle=change.handle,
        created=group_id if change.action == "create" else None,
        members=members,
        looked_up=recognized(slack, change.addresses, now()) | relookup.looked_up,
        problems=(*notes, *relookup.problems),
        written_at=now(),
        requests=slack.requests,
    )


@contextmanager
def _enabled(change: Change, slack: SlackApi) -> Iterator[None]:
    """Enables a disabled group for the write, and disables it again if either fails: nobody should be able to mention
    the people of last week. Slack may have enabled it although no answer came."""
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


def _write(change: Change, group_id: SlackId, slack: SlackApi, now: datetime) -> tuple[tuple[SlackId, ...], Relookup]:
    """The members that Slack then has. One invalid ID makes Slack refuse the whole set: then the group's people are
    looked up again, and those who have an account are written, once."""
    members, relookup = change.members, Relookup(change, {})
    try:
        written = slack.set_members(change.handle, group_id, members)
    except InvalidUsers as refusal:
        relookup = Relookup(change, look_up_again(slack, change.members, change.addresses, change.names, now))
        members = relookup.members
        if relookup.is_useless:
            raise StillInvalid(change, relookup, refusal.code) from None
        if change.action == "update" and set(members) == set(change.before):
            return members, relookup
        written = slack.set_members(change.handle, group_id, members)
    if set(written) != set(members):
        raise Refused(
            f"@{change.handle}",
            f"Slack took the members {_listed(members)} and answers with {_listed(written)}",
            code="members_differ",
            remedy="Somebody may edit the group at the same time; the next run compares again.",
        )
    return members, relookup


@dataclass(frozen=True)
class Relookup:
    """The accounts of a group's people now, by the IDs that were planned."""

    change: Change
    accounts: dict[SlackId, RememberedAccount]

    @property
    def members(self) -> tuple[SlackId, ...]:
        return tuple(sorted({account.slack_id for account in self.accounts.values() if account.slack_id}))

    @property
    def gone(self) -> list[SlackId]:
        return [planned for planned, account in self.accounts.items() if not account.slack_id]

    @property
    def is_useless(self) -> bool:
        """Too few people remain, none who is on call, or the same ones."""
        on_call, members = set(self.change.on_call), self.members
        nobody_on_call = bool(on_call) and on_call <= {*self.gone}
        too_few = not members or nobody_on_call or shrinks_too_much(len(self.change.members), len(members))
        return too_few or set(members) == set(self.change.members)

    @property
    def looked_up(self) -> dict[Address, RememberedAccount]:
        return {self.change.addresses.get(planned, planned): account for planned, account in self.accounts.items()}

    @property
    def problems(self) -> list[Problem]:
        return [self._problem(planned, self.change.addresses.get(planned, planned)) for planned in self.gone]

    def _problem(self, planned: SlackId, address: Address) -> Problem:
        who = f"{address} ({planned})" if address != planned else planned
        return Problem(
            level="warning",
            code="deactivated_account",
            message=f"@{self.change.handle}: the Slack account of {who} was deactivated, or is one that no group "
            "takes; the others were written. Correct the address in PagerDuty or Slack, or name the account under "
            "slack_accounts.",
        )


# ── a group that Slack does not have yet ─────────────────────────────────────────────────────────────────


def create_group(change: Change, slack: SlackApi) -> tuple[SlackId, list[Problem]]:
    """The new group's ID, and what people should know of it. There is one, however often this is tried.

    One that exists by now is taken: an earlier try made it, or somebody just did. Raises Refused, PassingFault.
    """
    groups = slack.user_groups()
    group_id = _existing(change, groups) or _create(change, slack)
    return group_id, [created(change.handle, group_id, groups)]


def _create(change: Change, slack: SlackApi) -> SlackId:
    try:
        return slack.create_group(change.handle, change.new or NewGroup())
    except Refused as refusal:
        # It may have been created, and the answer lost: the client then asks again, and is refused.
        made = _existing(change, slack.user_groups()) if refusal.code in NAME_TAKEN else None
        if made:
            return made
        raise


def _existing(change: Change, groups: list[UserGroup]) -> SlackId | None:
    """Only one whose members are all planned: no plan has looked at who the others are."""
    group = by_handle(change.handle, groups)
    if group is None or group.disabled:
        return None
    if group.managed_by or set(group.members) - set(change.members):
        raise Refused(
            f"@{change.handle}",
            f"somebody created this group meanwhile ({group.id}), with members of their own; it stays as it is",
            code="created_meanwhile",
            remedy="The next run compares again.",
        )
    return group.id


def _listed(members: Iterable[SlackId]) -> str:
    return ", ".join(sorted(members)) or "none"
