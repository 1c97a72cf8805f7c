"""Schedules that are on an escalation policy, in few requests: GET /oncalls for many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.models import Person, Shift
from oncall_sync.pagerduty_api import PAGE, PagerDutyApi, Row
from oncall_sync.rotations import Rotations, covers, moment, unknown_kind, unread

BATCH = 2 * PAGE  # schedule IDs per request (about 6 KB of address), and rows that they should have
SCHEDULE_TYPES = {"schedule", "schedule_reference", "schedule_v3", "schedule_v3_reference"}
USER_TYPES = {"user", "user_reference"}
ABOUT_AN_ID = {"pagerduty_bad_request", "pagerduty_not_found", "pagerduty_forbidden"}
MOST_REFUSALS = 10  # halving 200 IDs finds a bad one with 9; when nothing at all was answered by then, it is the key


def batches(ids: Collection[str], rows: Mapping[str, int]) -> Iterator[list[str]]:
    """Batches that fill whole pages, as far as `rows`, the numbers of the last run, still hold.

    A schedule mostly has one row; it has several where several policies, levels or people share it.
    """
    batch: list[str] = []
    filled = 0
    for schedule in sorted(ids, key=lambda schedule: (-rows.get(schedule, 1), schedule)):
        size = rows.get(schedule, 1)
        if batch and (len(batch) == BATCH or filled + size > BATCH):
            yield batch
            batch, filled = [], 0
        batch.append(schedule)
        filled += size
    if batch:
        yield batch


def read_batch(api: PagerDutyApi, ids: Sequence[str], found: Rotations, last_try: bool) -> None:
    """One batch; where PagerDuty refuses it because of one of the IDs, its halves, so that the others are read."""
    try:
        rows = _stable_rows(api, ids, found.at)
    except Refused as refusal:
        found.refusals += 1
        key_is_wrong = found.refusals > MOST_REFUSALS and not found.rotations
        if refusal.code not in ABOUT_AN_ID or key_is_wrong:
            raise
        if len(ids) > 1:
            half = len(ids) // 2
            read_batch(api, ids[:half], found, last_try)
            read_batch(api, ids[half:], found, last_try)
        return  # a single one: left to the verification, which says precisely what is wrong with it
    except PassingFault as fault:
        if not last_try or found.nothing_was_readable():
            raise
        found.fault = fault
        for schedule in ids:
            found.unreadable(schedule, unread(schedule, fault))
        return
    found.rows |= dict.fromkeys(ids, 0)
    for row in rows:
        schedule = str((row.get("schedule") or {}).get("id"))
        if schedule in found.rows:
            found.rows[schedule] += 1
            _add_row(row, schedule, found)


def _stable_rows(api: PagerDutyApi, ids: Sequence[str], at: datetime) -> list[Row]:
    """All pages. PagerDuty computes rows anew for each page: one that comes twice says that the pages moved."""
    for _ in range(3):
        rows = [row for page in api.oncalls(ids, at) for row in page]
        if len({_identity(row) for row in rows}) == len(rows):
            break
    return rows


def _identity(row: Row) -> tuple[Any, ...]:
    schedule, user, policy = (row.get(key) or {} for key in ("schedule", "user", "escalation_policy"))
    return policy.get("id"), row.get("escalation_level"), schedule.get("id"), user.get("id"), row.get("start")


def _add_row(row: Row, schedule: str, found: Rotations) -> None:
    user = row.get("user") or {}
    kinds = row["schedule"].get("type"), user.get("type")
    try:
        if not covers(row.get("start"), row.get("end"), found.at):
            return
        known = kinds[0] in SCHEDULE_TYPES and kinds[1] in USER_TYPES and user["id"]
    except (KeyError, TypeError, ValueError):
        known = False
    if known:
        found.add(schedule, Shift(person=user["id"], end=moment(row.get("end"))), person_of(user))
    else:
        found.unreadable(schedule, unknown_kind(schedule, f"a row of a kind that this version does not know {kinds}"))


def person_of(user: Row) -> Person:
    name = user.get("name") or user.get("summary") or user["id"]
    email = user.get("email")
    return Person(name=name, email=email.strip().lower() if email else None, deleted=bool(user.get("deleted_at")))
