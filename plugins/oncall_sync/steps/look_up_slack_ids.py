"""Task 3, look_up_slack_ids: addresses to Slack IDs; only those that are not remembered cost a request."""

from __future__ import annotations

import re
from contextlib import suppress

from oncall_sync.errors import SyncError
from oncall_sync.memory import Remembered
from oncall_sync.models import Address, People, Reading, RunResults, SlackIds
from oncall_sync.rules.members import slack_address
from oncall_sync.slack import accounts
from oncall_sync.slack.search import Search
from oncall_sync.steps.services import Services

ACCOUNT_LIST = Remembered("account_list", str)  # of an unfinished search, email → cursor of the next page
MEMBER_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def look_up_slack_ids(reading: Reading, people: People, services: Services) -> SlackIds:
    """The Slack ID of everybody who may be needed: those on call, `always` and `fallback`.

    A member ID is used without a request until Slack refuses it. What is found is kept, also after an error, and by a
    plan-only run. Raises Refused, where the token is the reason.
    """
    memory, now = services.memory, services.now()
    wanted, remembered = _wanted(reading, people), accounts.load(memory, now)
    found = {a: slack_id for a in wanted if a in remembered and (slack_id := remembered[a].slack_id)}
    found |= {a: a for a in wanted if MEMBER_ID.fullmatch(a) and a not in remembered}
    cursors = ACCOUNT_LIST.load(memory)
    search = Search(wanted - found.keys(), remembered, cursors)
    slack = services.slack(reading.config.connections.slack) if search.unknown else None
    try:
        if slack:
            search.run(slack, services.faults)
    finally:
        known = remembered | {a: accounts.remember(account, now) for a, account in search.found.items()}
        accounts.SLACK_IDS.save(memory, accounts.needed(known, wanted, now))
        if search.cursors != cursors:
            ACCOUNT_LIST.save(memory, search.cursors)
    return SlackIds(
        found=found | {address: account.id for address, account in search.found.items()},
        missing=search.missing,
        unreadable=search.unreadable,
        requests=slack.requests if slack else 0,
    )


def recheck(run: RunResults, services: Services) -> None:
    """For `report`, after the writes: remembers what the run has learned of accounts, and checks a few old ones again.

    Never fails the run: an account that could not be checked is checked after the next one.
    """
    if run.reading is None or run.ids is None or not run.may_remember:
        return
    learned = {**(run.plan.looked_up if run.plan else {}), **run.looked_up}
    remembered = accounts.load(services.memory, services.now())
    used = {a: entry for a, entry in remembered.items() if a in run.ids.found and a not in learned}
    if due := accounts.due(used, services.now()):
        with suppress(SyncError):
            slack = services.slack(run.reading.config.connections.slack)
            learned |= accounts.check_again(slack, {a: used[a] for a in due}, services.now())
    if learned:
        accounts.RECHECKED.save(services.memory, learned)


def _wanted(reading: Reading, people: People) -> set[Address]:
    on_call = {contact.address for contact in people.contacts.values() if contact.address}
    at, groups = reading.as_of, reading.groups.values()
    standing = {email for group in groups for email in (*group.members_at(at), *group.fallback)}
    if reading.config.slack_accounts:  # two addresses may then be the same person
        standing |= {email for group in groups for email in group.barred_at(at)}
    return on_call | {slack_address(email, reading.config.slack_accounts) for email in standing}
