"""Schedules that are on an escalation policy, in few requests: GET /oncalls for many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from oncall_sync.clients.pagerduty_api import ABOUT_AN_ID, PAGE, PagerDutyApi, Row
from oncall_sync.errors import PassingFault, Refused
from oncall_sync.models import Person
from oncall_sync.reading.rotations import Rotations, moment, unknown_kind, unread

BATCH = 2 * PAGE  # schedule IDs per request: about 6 KB of address
PROBES = 8
SCHEDULE_TYPES = {"schedule", "schedule_reference", "schedule_v3", "schedule_v3_reference"}
USER_TYPES = {"user", "user_reference"}
MOST_REFUSALS = 10  # halving 200 IDs finds a bad one with 9; where nothing was answered by then, it may be the key


def read_listed(
    api: PagerDutyApi, ids: Collection[str], found: Rotations, last_try: bool, rows: Mapping[str, int]
) -> None:
    """What /oncalls says of the schedules; one that is on no policy is not in it. `rows`: see batches."""
    found.asked = tuple(sorted(ids))
    for batch in batches(ids, rows):
        read_batch(api, batch, found, last_try)


def batches(ids: Collection[str], rows: Mapping[str, int]) -> list[list[str]]:
    """Schedules with as many rows as each other together, so that a batch fills whole pages.

    rows: how many each had in the last run, where not one: several policies, levels or people may share a schedule.
    """
    ordered = sorted(ids, key=lambda schedule: (-rows.get(schedule, 1), schedule))
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


def read_batch(api: PagerDutyApi, ids: Sequence[str], found: Rotations, last_try: bool) -> None:
    """One batch; where PagerDuty refuses it because of one of the IDs, its halves, so that the others are read."""
    try:
        rows = _stable_rows(api, ids, found)
    except Refused as refusal:
        found.refusals += 1
        doubtful = found.refusals == MOST_REFUSALS and not found.rows
        if refusal.code not in ABOUT_AN_ID or (doubtful and not _anything_readable(api, found)):
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
        schedule = _schedule_of(row)
        if schedule in found.rows:
            found.rows[schedule] += 1
            _add_row(row, schedule, found)


def _schedule_of(row: Any) -> str:
    """Empty for a row without a schedule: somebody on call directly, or nothing that this version knows."""
    schedule = row.get("schedule") if isinstance(row, dict) else None
    return str(schedule.get("id")) if isinstance(schedule, dict) else ""


def _anything_readable(api: PagerDutyApi, found: Rotations) -> bool:
    """Whether the key may read any of a few single schedules; if so, it is only some IDs that are wrong."""
    for schedule in found.asked[:: max(1, len(found.asked) // PROBES)]:
        try:
            list(api.oncalls([schedule], found.at))
        except Refused:
            continue
        return True
    return False


def _stable_rows(api: PagerDutyApi, ids: Sequence[str], found: Rotations) -> list[Any]:
    """All pages. PagerDuty computes rows anew for each page; when their number changes, or one comes twice, they
    moved between two pages, and all are read again. Raises PassingFault where they never stand still."""
    before = None
    for _ in range(4):
        pages = list(api.oncalls(ids, found.at, found.until))
        rows = [row for page in pages for row in page["oncalls"]]
        told = {page.get("total") for page in pages} - {None}
        once = len({repr(row) for row in rows}) == len(rows)
        if len(pages) == 1 or (once and told <= {len(rows)}) or rows == before:
            return rows
        before = rows
    raise PassingFault("PagerDuty /oncalls", "the rows change from page to page", code="pagerduty_broken_answer")


def _add_row(row: Row, schedule: str, found: Rotations) -> None:
    try:
        start, end = row.get("start"), row.get("end")
        if not found.touches(start, end):
            return
        user = row["user"]
        if row["schedule"]["type"] not in SCHEDULE_TYPES or user["type"] not in USER_TYPES:
            raise ValueError
        who, person = str(user["id"]), person_of(user)
    except (KeyError, TypeError, ValueError, AttributeError):
        kinds = [part.get("type") if isinstance(part, dict) else part for part in (row["schedule"], row.get("user"))]
        found.unreadable(schedule, unknown_kind(schedule, f"a row of a kind that this version does not know {kinds}"))
    else:
        found.add(schedule, person, who, start, moment(end) if end else None)


def person_of(user: Row) -> Person:
    name = user.get("name") or user.get("summary") or user["id"]
    email = user.get("email")
    return Person(name=name, email=email.strip().lower() if email else None, deleted=bool(user.get("deleted_at")))
