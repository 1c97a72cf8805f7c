"""Task 3, look_up_slack_ids: addresses to Slack IDs; only those that are not remembered cost a request."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from oncall_sync import remembered_ids
from oncall_sync.accounts import Search
from oncall_sync.config import Config
from oncall_sync.errors import PassingFault
from oncall_sync.memory import Memory
from oncall_sync.models import Address, People, Reading, SlackIds
from oncall_sync.roster import slack_address
from oncall_sync.slack_api import SlackApi

MEMBER_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def look_up_slack_ids(
    reading: Reading,
    people: People,
    *,
    memory: Memory,
    connect: Callable[[str], SlackApi],
    now: datetime,
    last_try: bool,
) -> SlackIds:
    """The Slack ID of everybody who may be needed: those on call, `always` and `fallback`.

    Raises Refused (token, scope), and PassingFault unless it is the last try; what was found until then is kept.
    """
    wanted = _wanted(reading.config, people)
    known = remembered_ids.load(memory)
    remembered = {a: known[a][0] for a in wanted if a in known and known[a][0]}
    given = {a: a for a in wanted if MEMBER_ID.fullmatch(a) and a not in known}  # taken at its word until Slack refuses
    search = Search(
        unknown=wanted - remembered.keys() - given.keys(),
        workspace_size=memory.load("workspace").get("accounts"),
    )
    requests = 0
    unreadable: dict[Address, str] = {}
    try:
        if search.unknown:
            requests, unreadable = _search(search, connect(reading.config.connections.slack), last_try)
    finally:
        _remember(search, known, wanted, memory, now)
    found = {address: slack_id for address, (slack_id, _) in search.found.items()}
    missing = {a: "deactivated_account" if a in known else code for a, code in search.missing.items()}
    return SlackIds(found={**given, **remembered, **found}, missing=missing, unreadable=unreadable, requests=requests)


def _search(search: Search, slack: SlackApi, last_try: bool) -> tuple[int, dict[Address, str]]:
    """The number of requests, and the addresses that Slack could not be asked about."""
    try:
        search.run(slack)
    except PassingFault as fault:
        if not last_try:
            raise
        return slack.requests, dict.fromkeys(search.unknown, str(fault))
    return slack.requests, {}


def _remember(
    search: Search,
    known: dict[Address, remembered_ids.Entry],
    wanted: set[Address],
    memory: Memory,
    now: datetime,
) -> None:
    """Also after an error: the next try then starts from what this one found. A plan-only run may remember too."""
    found = {a: remembered_ids.entry(slack_id, now, name) for a, (slack_id, name) in search.found.items()}
    remembered_ids.save(memory, {**known, **found}, wanted, now)
    if search.workspace_size:
        memory.save("workspace", {"accounts": search.workspace_size})


def _wanted(config: Config, people: People) -> set[Address]:
    on_call = {contact.address for contact in people.contacts.values() if contact.address}
    standing = {email for group in config.groups.values() for email in (*group.always, *group.fallback)}
    return on_call | {slack_address(email, config.slack_accounts) for email in standing}
