"""Addresses to Slack accounts, by the way that Slack's rate limits make faster.

users.lookupByEmail: one address a call, 50 calls a minute. users.list: 200 accounts a call, 20 calls a minute.
https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused, SyncError
from oncall_sync.models import Address, SlackId
from oncall_sync.slack import slack_ids
from oncall_sync.slack.answers import Account
from oncall_sync.slack.client import PAGE, SlackApi
from oncall_sync.slack.errors import OF_THE_TOKEN
from oncall_sync.transport import MOST_FAULTS

LOOKUPS_A_MINUTE = 50
PAGES_A_MINUTE = 20


def lookups_are_faster(unknown: int, pages_read: int, workspace_size: int | None) -> bool:
    """Whether to ask for each unknown address rather than (go on) reading the whole workspace.

    Compares minutes of waiting. Where nobody knows how large the workspace is, the pages to come are taken to be
    as many as those read: listing then costs at most twice the better way.
    """
    lookup_minutes = ceil(unknown / LOOKUPS_A_MINUTE) - 1
    if workspace_size is None:
        return lookup_minutes <= pages_read // PAGES_A_MINUTE
    pages_left = max(0, ceil(workspace_size / PAGE) - pages_read)
    return lookup_minutes <= max(0, ceil(pages_left / PAGES_A_MINUTE) - 1)


def other_ids_of(strangers: Iterable[SlackId], used: Collection[SlackId], slack: SlackApi) -> dict[SlackId, SlackId]:
    """Of the strangers, those who are another ID of a person whose ID is used: one request each."""
    found: dict[SlackId, SlackId] = {}
    for stranger in strangers:
        account = slack.account_by_id(stranger)
        both = {account.id, account.other_id or account.id} if account else set()
        for same in both & set(used):
            found[stranger] = same
    return found


def remembered(account: Account, now: datetime) -> slack_ids.Entry:
    return slack_ids.entry(account.id, now, account.name, *filter(None, [account.other_id]))


def account_of(slack: SlackApi, address: Address) -> Account | None:
    """The account behind an email or a member ID; None where there is none, or where Slack takes neither for one."""
    try:
        return slack.account_by_email(address) if "@" in address else slack.account_by_id(address)
    except Refused as refusal:
        if refusal.code in {"invalid_arguments", "invalid_email", "user_not_visible"}:
            return None
        raise


def _pages(slack: SlackApi) -> Iterator[list[Account]]:
    cursor, more = "", True
    while more:
        page, cursor = slack.accounts(cursor)
        more = bool(cursor)
        yield page


@dataclass
class Search:
    """Finds the accounts of `unknown` addresses; what was found before an error stays found."""

    unknown: set[Address]
    found: dict[Address, Account] = field(default_factory=dict)
    missing: dict[Address, str] = field(default_factory=dict)  # address → code
    unreadable: dict[Address, str] = field(default_factory=dict)  # address → why Slack could not be asked
    workspace_size: int | None = None
    fault: PassingFault | None = None

    def run(self, slack: SlackApi, last_try: bool = False) -> None:
        """Raises what concerns the token, and passing faults; `unknown` then holds the addresses that were not asked.

        What Slack refuses to tell of one address, and on a last try a passing fault, is noted in `unreadable` instead;
        after a few of them, for all the rest: groups of people who are known go on.
        """
        try:
            if self.unknown and not lookups_are_faster(len(self.unknown), 0, self.workspace_size):
                self._list(slack)
            for address in sorted(self.unknown):
                self._look_up(slack, address, last_try)
        except (PassingFault, Refused) as error:
            if error.code in OF_THE_TOKEN or (isinstance(error, PassingFault) and not last_try):
                raise
            self.fault = error if isinstance(error, PassingFault) else self.fault
            self.unreadable |= dict.fromkeys(self.unknown, str(error))

    def _look_up(self, slack: SlackApi, address: Address, last_try: bool) -> None:
        try:
            self._settle(address, account_of(slack, address))
        except (PassingFault, Refused) as error:
            if self._concerns_all(error, last_try):
                raise
            self.fault = error if isinstance(error, PassingFault) else self.fault
            self.unreadable[address] = str(error)
            self.unknown.discard(address)

    def _concerns_all(self, error: SyncError, last_try: bool) -> bool:
        """Whether the other addresses are not to be asked for either."""
        if isinstance(error, PassingFault) and (not last_try or isinstance(error, RateLimited)):
            return True
        return error.code in OF_THE_TOKEN or len(self.unreadable) == MOST_FAULTS

    def _list(self, slack: SlackApi) -> None:
        seen: set[SlackId] = set()
        emails = 0
        for number, page in enumerate(_pages(slack), start=1):
            ids = {account.id for account in page}
            if ids & seen:
                what = "an account comes on two pages, so others may be on none"
                raise BrokenAnswer("Slack users.list", what, code="slack_broken_answer")
            seen |= ids
            emails += self._match(page)
            if not self.unknown:
                return
            if number % PAGES_A_MINUTE == 0 and lookups_are_faster(len(self.unknown), number, self.workspace_size):
                return
        if not emails:
            raise Refused(
                "Slack users.list",
                "no account comes with an email",
                code="missing_scope",
                remedy="Add the scope users:read.email to the app, and install it anew.",
            )
        self.workspace_size = len(seen)
        for address in [address for address in self.unknown if "@" in address]:
            self._settle(address, None)

    def _match(self, page: Iterable[Account]) -> int:
        emails = 0
        for account in page:
            emails += bool(account.email)
            if account.email in self.unknown and account.unusable:
                self.missing[account.email] = account.unusable  # unless an active account of the address follows
            elif account.email in self.unknown:
                self._settle(account.email, account)
        return emails

    def _settle(self, address: Address, account: Account | None) -> None:
        if account and not account.unusable:
            self.found[address] = account
            self.missing.pop(address, None)
        else:
            self.missing.setdefault(address, account.unusable if account else "no_slack_account")
        self.unknown.discard(address)
