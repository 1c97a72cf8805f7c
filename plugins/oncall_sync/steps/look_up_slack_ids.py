"""Task 3, look_up_slack_ids: addresses to Slack IDs; only those that are not remembered cost a request."""

from __future__ import annotations

import re
from datetime import datetime

from oncall_sync.memory import Memory
from oncall_sync.models import Address, People, Reading, SlackIds
from oncall_sync.rules.members import slack_address
from oncall_sync.slack import slack_ids
from oncall_sync.slack.accounts import Search, remembered
from oncall_sync.steps.services import Services

MEMBER_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def look_up_slack_ids(
    reading: Reading,
    people: People,
    services: Services,
) -> SlackIds:
    """The Slack ID of everybody who may be needed: those on call, `always` and `fallback`.

    Raises Refused, where the token is the reason; what was found until then is kept.
    """
    memory, now = services.memory, services.now()
    wanted = _wanted(reading, people)
    known = slack_ids.load(memory)
    recalled = {a: known[a][0] for a in wanted if a in known and known[a][0]}
    given = {a: a for a in wanted if MEMBER_ID.fullmatch(a) and a not in known}  # taken at its word until Slack refuses
    search = Search(
        unknown=wanted - recalled.keys() - given.keys(),
        workspace_size=workspace_size(memory),
    )
    slack = services.slack(reading.config.connections.slack) if search.unknown else None
    before = set(known)
    try:
        if slack:
            search.run(slack, last_try=True)
        if search.fault:
            services.faults.note(search.fault)
    finally:
        _remember(search, known, wanted, memory, now)
    found = {address: account.id for address, account in search.found.items()}
    return SlackIds(
        found={**given, **recalled, **found},
        missing={a: why_missing(code, a in before) for a, code in search.missing.items()},
        other_ids=slack_ids.other_ids(known),
        unreadable=search.unreadable,
        requests=slack.requests if slack else 0,
    )


def workspace_size(memory: Memory) -> int | None:
    accounts = memory.load("workspace").get("accounts")
    return accounts if isinstance(accounts, int) and accounts > 0 else None


def why_missing(code: str, was_known: bool) -> str:
    """users.lookupByEmail finds no deactivated account, as if there had never been one."""
    return "deactivated_account" if code == "no_slack_account" and was_known else code


def _remember(
    search: Search,
    known: dict[Address, slack_ids.Entry],
    wanted: set[Address],
    memory: Memory,
    now: datetime,
) -> None:
    """Also after an error: the next try then starts from what this one found. A plan-only run may remember too."""
    known |= {a: remembered(account, now) for a, account in search.found.items()}
    slack_ids.save(memory, known, wanted, now)
    if search.workspace_size:
        memory.save("workspace", {"accounts": search.workspace_size})


def _wanted(reading: Reading, people: People) -> set[Address]:
    on_call = {contact.address for contact in people.contacts.values() if contact.address}
    at, groups = reading.as_of, reading.groups.values()
    standing = {email for group in groups for email in (*group.members_at(at), *group.fallback)}
    if reading.config.slack_accounts:  # two addresses may then be the same person
        standing |= {email for group in groups for email in group.barred_at(at)}
    return on_call | {slack_address(email, reading.config.slack_accounts) for email in standing}
