"""The Slack IDs that the sync remembers, and when it asks for one again.

{address: [Slack ID or None, asked at (Unix seconds), name]}, and the person's other ID on Enterprise Grid behind it.
None: there was an account, and it is gone; such an address is asked for in every run, like one that never had an
account. One found is good for 24 hours; an older one is still used, and asked for again after the writes (report), a
few per run, so that age never delays a handoff.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from oncall_sync.memory import Memory
from oncall_sync.models import Address, SlackId

FRESH = 24 * 3600  # seconds
RECHECKS = 10  # old entries asked for again per run
FORGET = 30 * 24 * 3600  # seconds after which an entry that nobody needs is dropped
LAST_SECOND = 2**40  # beyond any date that Python knows how to compare with
Entry = list[Any]


def entry(slack_id: SlackId | None, now: datetime, name: str, *other_id: SlackId) -> Entry:
    return [slack_id, int(now.timestamp()), name, *other_id]


def load(memory: Memory) -> dict[Address, Entry]:
    """What is remembered, with what `report` found out since."""
    known = memory.load("slack_ids")
    for address, new in memory.load("rechecked").items():
        if address not in known or not _valid(known[address]) or (_valid(new) and new[1] >= known[address][1]):
            known[address] = new
    return {address: entry for address, entry in known.items() if _valid(entry)}


def save(memory: Memory, known: Mapping[Address, Entry], wanted: Container[Address], now: datetime) -> None:
    """For look_up_slack_ids alone: each remembered mapping has one writer."""
    oldest = now.timestamp() - FORGET
    kept = {address: entry for address, entry in known.items() if address in wanted or entry[1] > oldest}
    if kept != memory.load("slack_ids"):
        memory.save("slack_ids", kept)


def names(known: Mapping[Address, Entry]) -> dict[SlackId, str]:
    return {entry[0]: entry[2] for entry in known.values() if entry[0]}


def other_ids(known: Mapping[Address, Entry]) -> dict[SlackId, SlackId]:
    """The other ID of a person → the one that is used."""
    return {other: entry[0] for entry in known.values() for other in entry[3:] if entry[0]}


def due(known: Mapping[Address, Entry], now: datetime) -> list[Address]:
    """The addresses to ask for again, the oldest first."""
    old = [(entry[1], a) for a, entry in known.items() if entry[0] and not is_fresh(entry, now)]
    return [address for _, address in sorted(old)[:RECHECKS]]


def is_fresh(entry: Entry, now: datetime) -> bool:
    return bool(entry[0]) and 0 <= now.timestamp() - entry[1] <= FRESH


def _valid(entry: object) -> bool:
    """Memory may hold what another version wrote."""
    match entry:
        case [str() | None, int(at), str(), *other] if len(other) <= 1:
            return 0 <= at < LAST_SECOND and all(isinstance(each, str) for each in other)
        case _:
            return False
