"""The Slack accounts behind email addresses and member IDs: what is remembered of them, and when Slack is asked again.

An account is used for 24 hours without a request; an older one is still used, and checked again after the writes
(report), a few per run, so that age never delays a handoff. An address without an account is searched for in every run.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from oncall_sync.errors import Refused, SyncError
from oncall_sync.memory import Memory, Remembered
from oncall_sync.models import Address, RememberedAccount, SlackId, replaced
from oncall_sync.slack.answers import Account
from oncall_sync.slack.client import SlackApi

FRESH = timedelta(hours=24)
RECHECKS = 10  # old accounts that are checked again per run
MOST_NAMES = 10  # people whose names are asked for per run
FORGET = timedelta(days=30)  # after which an address is dropped that nobody needs

Accounts = Mapping[Address, RememberedAccount]
SLACK_IDS = Remembered("slack_ids", RememberedAccount)  # written by look_up_slack_ids
RECHECKED = Remembered("rechecked", RememberedAccount)  # written by report


# ── what is remembered ───────────────────────────────────────────────────────────────────────────────────


def load(memory: Memory, now: datetime) -> dict[Address, RememberedAccount]:
    """What look_up_slack_ids remembers, and what report has learned since.

    An account that was checked in the future, by a clock that was wrong, is forgotten.
    """
    remembered: dict[Address, RememberedAccount] = {}
    for address, entry in (*SLACK_IDS.load(memory).items(), *RECHECKED.load(memory).items()):
        newest = remembered.get(address, entry)
        if newest.checked_at <= entry.checked_at <= now + FRESH:
            remembered[address] = entry
    return remembered


def needed(remembered: Accounts, wanted: Container[Address], now: datetime) -> dict[Address, RememberedAccount]:
    """Without the addresses that nobody has needed for long."""
    return {a: entry for a, entry in remembered.items() if a in wanted or entry.checked_at > now - FORGET}


def remember(account: Account, now: datetime) -> RememberedAccount:
    return RememberedAccount(slack_id=account.id, checked_at=now, name=account.name, other_id=account.other_id)


def is_fresh(entry: RememberedAccount, now: datetime) -> bool:
    return entry.slack_id is not None and timedelta() <= now - entry.checked_at <= FRESH


def due(remembered: Accounts, now: datetime) -> list[Address]:
    """The addresses to check again, the oldest first."""
    old = [(entry.checked_at, a) for a, entry in remembered.items() if entry.slack_id and not is_fresh(entry, now)]
    return [address for _, address in sorted(old)[:RECHECKS]]


def names(remembered: Accounts) -> dict[SlackId, str]:
    return {entry.slack_id: entry.name for entry in remembered.values() if entry.slack_id}


# ── asking for one ───────────────────────────────────────────────────────────────────────────────────────


def find(slack: SlackApi, address: Address) -> Account | None:
    """The account behind an email or a member ID; None where there is none, or where Slack takes neither for one."""
    try:
        return slack.account_by_email(address) if "@" in address else slack.account_by_id(address)
    except Refused as refusal:
        if refusal.code in {"invalid_arguments", "invalid_email", "user_not_visible"}:
            return None
        raise


def check_again(slack: SlackApi, remembered: Accounts, now: datetime) -> dict[Address, RememberedAccount]:
    """What Slack says of them now. Those that could not be asked for stay as they are: the next run asks."""
    checked: dict[Address, RememberedAccount] = {}
    with suppress(SyncError):
        for address, entry in remembered.items():
            account = find(slack, address)
            usable = account if account and not account.unusable else None
            checked[address] = remember(usable, now) if usable else replaced(entry, slack_id=None, checked_at=now)
    return checked


def look_up_again(
    slack: SlackApi,
    members: Iterable[SlackId],
    addresses: Mapping[SlackId, Address],
    names: Mapping[SlackId, str],
    now: datetime,
) -> dict[SlackId, RememberedAccount]:
    """After Slack refused a group's members: the account of each one now; without a Slack ID where a group takes none.

    By address, which also finds a new account; and by ID, as somebody's email may just have changed.
    """
    accounts = {m: _account_now(slack, m, addresses.get(m, m), names.get(m, m)) for m in members}
    usable = {m: account for m, account in accounts.items() if account and not account.unusable}
    if len(usable) == len(accounts):  # then a multi-channel guest is what Slack does not take
        usable = {m: account for m, account in usable.items() if not account.guest}
    gone = {m: RememberedAccount(slack_id=None, checked_at=now, name=names.get(m, m)) for m in accounts}
    return gone | {m: remember(account, now) for m, account in usable.items()}


def _account_now(slack: SlackApi, slack_id: SlackId, address: Address, name: str) -> Account | None:
    """An account that cannot be seen counts as active: it removes nobody."""
    if "@" in address:
        account = find(slack, address)
        if account and not account.unusable:
            return account
    try:
        return slack.account_by_id(slack_id)
    except Refused as refusal:
        if refusal.code == "user_not_visible":
            return Account(id=slack_id, name=name)
        raise


def recognized(
    slack: SlackApi, addresses: Mapping[SlackId, Address], now: datetime
) -> dict[Address, RememberedAccount]:
    """What Slack's answers about groups have shown of these people (Enterprise Grid)."""
    accounts = {addresses[one.id]: one for one in slack.same_person.recognized if one.id in addresses}
    return {address: remember(account, now) for address, account in accounts.items()}


def names_of(slack: SlackApi, members: Iterable[SlackId]) -> dict[SlackId, str]:
    """Names of members whom somebody else added, for the warning. Best effort: Slack's errors are ignored."""
    shown: dict[SlackId, str] = {}
    with suppress(SyncError):
        for slack_id in sorted(members)[:MOST_NAMES]:
            if account := slack.account_by_id(slack_id):
                shown[slack_id] = account.name
    return shown
