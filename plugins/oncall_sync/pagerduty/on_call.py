"""Schedules and escalation policies, in few requests: GET /oncalls for many at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from oncall_sync.config.source import Source
from oncall_sync.errors import PassingFault, Refused
from oncall_sync.models import Person
from oncall_sync.pagerduty.client import ABOUT_AN_ID, PAGE, PagerDutyApi, Row
from oncall_sync.pagerduty.rotations import Rotations, Window, moment, unknown_kind, unread

BATCH = 2 * PAGE  # IDs per request: about 6 KB of address
PROBES = 8
SCHEDULE_TYPES = {"schedule", "schedule_reference", "schedule_v3", "schedule_v3_reference"}
USER_TYPES = {"user", "user_reference"}
MOST_REFUSALS = 10  # halving 200 IDs finds a bad one with 9; where nothing was answered by then, it may be the key


class Question(NamedTuple):
    """What one request asks: of schedules or of policies, and about which time. sources: those of each ID."""

    kind: str
    window: Window
    ids: Sequence[str]
    sources: Mapping[str, Sequence[Source]]

    def about(self, *ids: str) -> Question:
        return self._replace(ids=ids)

    def rows(self, api: PagerDutyApi) -> Iterator[Row]:
        yield from api.oncalls(self.kind, self.ids, self.window.since, self.window.until)


def read_listed(
    api: PagerDutyApi, sources: Collection[Source], found: Rotations, last_try: bool, rows: Mapping[str, int]
) -> None:
    """What /oncalls says of the schedules and policies; one without anybody is not in it. `rows`: see batches."""
    found.asked = tuple(sorted(sources, key=str))
    questions: dict[tuple[str, Window], dict[str, list[Source]]] = {}
    for source in found.asked:
        of_kind = questions.setdefault((source.kind, found.window_of(source)), {})
        of_kind.setdefault(source.id, []).append(source)
    for (kind, window), by_id in questions.items():
        for batch in batches(by_id, rows):
            read_batch(api, Question(kind, window, batch, by_id), found, last_try)


def batches(ids: Collection[str], rows: Mapping[str, int]) -> list[list[str]]:
    """Those with as many rows as each other together, so that a batch fills whole pages.

    rows: how many each had in the last run, where not one: several policies, levels or people may share a schedule.
    """
    ordered = sorted(ids, key=lambda asked: (-rows.get(asked, 1), asked))
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


def read_batch(api: PagerDutyApi, question: Question, found: Rotations, last_try: bool) -> None:
    """One batch; where PagerDuty refuses it because of one of the IDs, its halves, so that the others are read."""
    ids = question.ids
    try:
        rows = stable_rows(lambda: question.rows(api), "oncalls", "PagerDuty /oncalls")
    except Refused as refusal:
        found.refusals += 1
        doubtful = found.refusals == MOST_REFUSALS and not found.rows
        if refusal.code not in ABOUT_AN_ID or (doubtful and not _anything_readable(api, question, found)):
            raise
        if len(ids) > 1:
            half = len(ids) // 2
            read_batch(api, question.about(*ids[:half]), found, last_try)
            read_batch(api, question.about(*ids[half:]), found, last_try)
        return  # a single one: left to the verification, which says precisely what is wrong with it
    except PassingFault as fault:
        if not last_try or found.nothing_was_readable():
            raise
        found.fault = fault
        for source in (source for asked in ids for source in question.sources[asked]):
            found.unreadable(source, unread(source, fault))
        return
    found.rows |= dict.fromkeys(ids, 0)
    for row in rows:
        _sort_in(row, question, found)


def _sort_in(row: Any, question: Question, found: Rotations) -> None:
    """To the sources that it belongs to: of a policy several levels may have been asked for."""
    asked, level = _asked(question, row)
    if asked not in question.ids:
        return
    found.rows[asked] += 1
    for source in question.sources[asked]:
        if source.level in (None, level):
            _add_row(row, source, found)
        elif not isinstance(level, int):
            found.unreadable(source, unknown_kind(source, "a row that does not say which level it is of"))


def _asked(question: Question, row: Any) -> tuple[str, Any]:
    """The asked ID that a row belongs to, and its level; no ID for a row of nothing that was asked."""
    key = "schedule" if question.kind == "schedule" else "escalation_policy"
    named = row.get(key) if isinstance(row, dict) else None
    return (str(named.get("id")), row.get("escalation_level")) if isinstance(named, dict) else ("", None)


def _anything_readable(api: PagerDutyApi, question: Question, found: Rotations) -> bool:
    """Whether the key may read any of a few single ones; if so, it is only some IDs that are wrong."""
    ids = sorted(question.sources)
    for asked in ids[:: max(1, len(ids) // PROBES)]:
        try:
            list(question.about(asked).rows(api))
        except Refused:
            continue
        return True
    return False


def stable_rows(ask: Callable[[], Iterator[Row]], key: str, where: str) -> list[Any]:
    """All pages. PagerDuty computes rows anew for each page; when their number changes, or one comes twice, they
    moved between two pages, and all are read again. The same answer twice is believed, as PagerDuty may count what the
    key does not see; but not one with a row twice and another missing. Raises PassingFault where they do not stand
    still."""
    before = None
    for _ in range(4):
        pages = list(ask())
        rows = [row for page in pages for row in page[key]]
        told = [page["total"] for page in pages if isinstance(page.get("total"), int)]
        different, counted = len({repr(row) for row in rows}), all(total == len(rows) for total in told)
        once = different == len(rows) or len(pages) == 1
        settled = counted or different == len(rows) or different >= max(told)
        if (once and counted) or (rows == before and settled):
            return rows
        before = rows
    raise PassingFault(where, "the rows change from page to page", code="pagerduty_broken_answer")


def _add_row(row: Row, source: Source, found: Rotations) -> None:
    try:
        start, end = moment(row.get("start")), moment(row.get("end"))
        if not found.window_of(source).touches(start, end):
            return
        user, named = row["user"], [part for part in (row.get("schedule"), row.get("escalation_policy")) if part]
        found.names |= {part["id"]: part["summary"] for part in named if part.get("summary")}
        if not _is_known_kind(row, source):
            raise ValueError
        who, person = str(user["id"]), person_of(user)
    except (KeyError, TypeError, ValueError, AttributeError):
        kinds = [
            part.get("type") if isinstance(part, dict) else part for part in (row.get("schedule"), row.get("user"))
        ]
        found.unreadable(source, unknown_kind(source, f"a row of a kind that this version does not know {kinds}"))
    else:
        found.add(source, person, who, start, end)


def _is_known_kind(row: Row, source: Source) -> bool:
    directly = row.get("schedule") is None and source.kind == "policy"
    return (directly or row["schedule"]["type"] in SCHEDULE_TYPES) and row["user"]["type"] in USER_TYPES


def person_of(user: Row) -> Person:
    if not isinstance(user["id"], str):
        raise TypeError("somebody without an ID")
    name = user.get("name") or user.get("summary") or user["id"]
    email = user.get("email")
    return Person(name=name, email=email.strip().lower() if email else None, deleted=bool(user.get("deleted_at")))
