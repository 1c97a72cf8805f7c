"""The search for the accounts of many addresses: a few are looked up one by one, more in the list of all accounts.

users.lookupByEmail: one email a request, 50 requests a minute. users.list: 999 accounts a request, 20 a minute.
https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from oncall_sync.errors import BrokenAnswer, PassingFault, Refused, SyncError
from oncall_sync.models import Address, SlackId
from oncall_sync.slack.accounts import Accounts, find
from oncall_sync.slack.answers import Account
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.errors import OF_THE_TOKEN
from oncall_sync.transport import MOST_FAULTS, Faults

MOST_LOOKUPS = 50  # emails that are looked up one by one: as many as Slack allows in a minute


class BrokenList(BrokenAnswer):
    """The pages of the list do not fit together: only from its first page on can it be read again."""


@dataclass
class Search:
    """What is found before an error is kept.

    unknown: the addresses to search for. remembered: accounts of earlier runs. missing: address → problem code.
    unreadable: address → error text; Slack could not be asked.
    cursors: of an unfinished list, email → cursor of its next page; the next try, or the next run, goes on from there.
    An email that is not in it was not searched for on the earlier pages.
    """

    unknown: set[Address]
    remembered: Accounts = field(default_factory=dict)
    cursors: dict[Address, str] = field(default_factory=dict)
    found: dict[Address, Account] = field(default_factory=dict)
    missing: dict[Address, str] = field(default_factory=dict)
    unreadable: dict[Address, str] = field(default_factory=dict)

    def run(self, slack: SlackApi, faults: Faults) -> None:
        """Raises Refused where the token is the reason. Notes passing faults, and goes on with the next address.

        After a few faults, or a rate limit, the other addresses are unreadable: groups of people who are found go on.
        """
        try:
            while len(self._emails) > MOST_LOOKUPS:
                self._read_list(slack)
        except (PassingFault, Refused) as error:
            self._note(error, self.unknown, faults)
        for address in sorted(self.unknown):
            if address in self.unknown:
                self._look_up(address, slack, faults)

    @property
    def _emails(self) -> set[Address]:
        return {address for address in self.unknown if "@" in address}

    def _look_up(self, address: Address, slack: SlackApi, faults: Faults) -> None:
        try:
            self._settle(address, find(slack, address))
        except (PassingFault, Refused) as error:
            self._note(error, {address}, faults)
            if faults.enough or len(self.unreadable) >= MOST_FAULTS:
                self._note(error, self.unknown, faults)

    def _note(self, error: SyncError, addresses: set[Address], faults: Faults) -> None:
        if error.code in OF_THE_TOKEN:
            raise error
        if isinstance(error, PassingFault):
            faults.note(error)
        self.unreadable |= dict.fromkeys(addresses, str(error))
        self.unknown -= addresses

    def _read_list(self, slack: SlackApi) -> None:
        """Goes on in the list of all accounts. Whoever is on none of its pages has no account."""
        resumed = self._begin_list()
        try:
            with_email = sum(map(self._match, self._pages(slack)))
        except BrokenList:
            self.cursors = {}
            if resumed:
                return  # to begin again
            raise
        searched, self.cursors = self.cursors.keys() & self.unknown, {}
        if with_email:
            for address in searched:
                self._settle(address, None)
        elif not resumed:
            raise Refused(
                "Slack users.list",
                "no account comes with an email",
                code="missing_scope",
                remedy="Add the scope users:read.email to the app, and install it again.",
            )

    def _begin_list(self) -> bool:
        """Whether an unfinished list goes on."""
        cursors = {self.cursors[email] for email in self._emails & self.cursors.keys()}
        if len(cursors) != 1:
            self.cursors = dict.fromkeys(self._emails, "")
        return len(cursors) == 1

    def _pages(self, slack: SlackApi) -> Iterator[list[Account]]:
        """Until the last one, or until everybody is found."""
        cursor, seen, where = next(iter(self.cursors.values())), set[SlackId](), "Slack users.list"
        while True:
            try:
                page, cursor = slack.accounts(cursor)
            except Refused as refusal:
                if refusal.code != "invalid_cursor":
                    raise
                raise BrokenList(where, "the cursor of the next page has expired", code="slack_down") from None
            ids = {account.id for account in page}
            if ids & seen:
                what = "an account comes on two pages, so others may be on none"
                raise BrokenList(where, what, code="slack_broken_answer")
            seen |= ids
            yield page
            if not cursor or not self._emails:
                return
            self.cursors = dict.fromkeys(self.cursors.keys() & self.unknown, cursor)

    def _match(self, page: Iterable[Account]) -> int:
        """How many accounts of the page have an email."""
        with_email = [account for account in page if account.email]
        for account in with_email:
            if account.email in self.unknown and account.unusable:
                self.missing[account.email] = account.unusable  # unless an active account of the address follows
            elif account.email in self.unknown:
                self._settle(account.email, account)
        return len(with_email)

    def _settle(self, address: Address, account: Account | None) -> None:
        if account and not account.unusable:
            self.found[address] = account
            self.missing.pop(address, None)
        elif account:
            self.missing.setdefault(address, account.unusable)
        else:  # Slack does not find a deactivated account by its email
            self.missing.setdefault(
                address, "deactivated_account" if address in self.remembered else "no_slack_account"
            )
        self.unknown.discard(address)
