"""Who is on call in schedules and policies, and who is in teams, read with few requests. From top to bottom:

    sources ─> batches of up to 200 IDs ─> rows of /oncalls ─> entries of each source
    sources without an entry ─> each by itself (alone.py) ─> entries of each source
    entries ─> rotations and people

Shifts are half-open, `start <= T < end`: a handoff instant belongs to the incoming person alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, assert_never

from oncall_sync.config import Source
from oncall_sync.errors import PassingFault, Refused
from oncall_sync.memory import Remembered
from oncall_sync.models import Person, PersonId, Problem, Rotation, Shift
from oncall_sync.pagerduty.alone import Alone, Answer, unread
from oncall_sync.pagerduty.answers import Entry, ListedBy, Row, Window
from oncall_sync.pagerduty.client import ABOUT_AN_ID, PAGE, PagerDutyApi
from oncall_sync.transport import Faults

BATCH = 2 * PAGE  # IDs per request: about 6 KB of address
MOST_REFUSALS = 10  # halving 200 IDs finds a bad one with 9; if nothing was answered by then, it may be the key
PROBES = 8


class Hint(NamedTuple):
    """What the last run saw of a schedule or policy. rows: in /oncalls. shift_based: it answers on the v3 path only."""

    rows: int = 1
    shift_based: bool = False


HINTS = Remembered("schedules", Hint)  # by ID, of unusual ones


class OnCalls(NamedTuple):
    """What was read. names: of schedules, policies and teams, by ID. hints: for the next run.

    alone: the sources that were read by themselves; refused: those about which /oncalls cannot be asked.
    """

    rotations: dict[Source, Rotation]
    people: dict[PersonId, Person]
    names: dict[str, str]
    hints: dict[str, Hint]
    alone: tuple[Source, ...]
    refused: tuple[Source, ...]


def read_sources(
    api: PagerDutyApi, windows: Mapping[Source, Window], hints: Mapping[str, Hint], faults: Faults
) -> OnCalls:
    """Reads each source in its window.

    A rotation without an entry in /oncalls is not empty until it was read by itself. A source that cannot be read gets
    a problem, and the others go on. Raises Refused for what concerns the whole key, and PassingFault if nothing could
    be read: PagerDuty is down.
    """
    listed = read_oncalls(api, windows, hints, faults)
    unlisted = sorted(windows.keys() - listed.answers.keys(), key=str)
    alone = Alone(api, {schedule for schedule, hint in hints.items() if hint.shift_based}, faults)
    answers = listed.answers | {source: alone.read(source, windows[source]) for source in unlisted}
    rotations = {source: _rotation(source, answers[source], windows[source]) for source in sorted(windows, key=str)}
    if faults.noted and all(rotation.problem for rotation in rotations.values()):
        raise faults.noted[-1]
    return OnCalls(
        rotations=rotations,
        people=_people(entry for answer in answers.values() for entry in answer.entries),
        names=listed.names | alone.names,
        hints=_hints(hints, listed.rows, alone.shift_based),
        alone=tuple(unlisted),
        refused=tuple(source for source in rotations if listed_by(source) and source.id not in listed.rows),
    )


def watch_sources(
    api: PagerDutyApi, sources: Collection[Source], at: datetime, hints: Mapping[str, Hint]
) -> dict[Source, Rotation]:
    """By /oncalls alone: nobody for a source without a row, and no key for one about which it cannot be asked.

    Raises Refused, and the first PassingFault.
    """
    windows, faults = dict.fromkeys(sources, Window(at)), Faults(most=1)
    listed = read_oncalls(api, windows, hints, faults)
    if faults.noted:
        raise faults.noted[0]
    answered = {source: listed.answers.get(source, Answer()) for source in sources if source.id in listed.rows}
    return {source: _rotation(source, answer, windows[source]) for source, answer in answered.items()}


# ── /oncalls, for many at once ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Batch:
    """What one request asks. sources: by ID; of one policy, several levels may be wanted."""

    by: ListedBy
    window: Window
    sources: Mapping[str, list[Source]]

    def halves(self) -> list[Batch]:
        """None of a single ID: read by itself, it says precisely what is wrong with it."""
        ids = list(self.sources)
        middle = len(ids) // 2
        parts = (ids[:middle], ids[middle:]) if middle else ()
        return [replace(self, sources={asked: self.sources[asked] for asked in part}) for part in parts]


@dataclass
class Listed:
    """What /oncalls says. answers: of the sources that have an entry, or that could not be read. rows: how many each ID
    has; no key for one about which it cannot be asked."""

    answers: dict[Source, Answer] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def take(self, batch: Batch, rows: Iterable[Row]) -> None:
        self.rows |= dict.fromkeys(batch.sources, 0)
        for row in rows:
            self.rows[row.asked] += 1
            self.names |= row.names
            if batch.window.touches(row.entry.start, row.entry.end):
                for source in batch.sources[row.asked]:
                    if source.level in (None, row.level) or row.level is None:
                        self.answers.setdefault(source, Answer()).entries.append(row.entry)

    def fail(self, batch: Batch, fault: PassingFault) -> None:
        for source in (source for sources in batch.sources.values() for source in sources):
            self.answers[source] = Answer(problem=unread(source, fault))


def read_oncalls(
    api: PagerDutyApi, windows: Mapping[Source, Window], hints: Mapping[str, Hint], faults: Faults
) -> Listed:
    """A batch that PagerDuty refuses because of one of its IDs is halved, so that the others are read."""
    listed, waiting, refusals = Listed(), batches(windows, hints), 0
    while waiting:
        batch = waiting.pop(0)
        if faults.enough:
            listed.fail(batch, faults.noted[-1])
            continue
        try:
            listed.take(batch, api.oncalls(batch.by, batch.sources, batch.window))
        except PassingFault as fault:
            faults.note(fault)
            listed.fail(batch, fault)
        except Refused as refusal:
            refusals += 1
            doubtful = refusals == MOST_REFUSALS and not listed.rows
            if refusal.code not in ABOUT_AN_ID or (doubtful and not _anything_readable(api, batch.by, windows)):
                raise
            waiting[:0] = batch.halves()
    return listed


def batches(windows: Mapping[Source, Window], hints: Mapping[str, Hint]) -> list[Batch]:
    """IDs with as many rows as each other together, so that a batch fills whole pages."""
    questions: dict[tuple[ListedBy, Window], dict[str, list[Source]]] = {}
    for source in sorted(windows, key=str):
        if by := listed_by(source):
            questions.setdefault((by, windows[source]), {}).setdefault(source.id, []).append(source)
    made = []
    for (by, window), sources in questions.items():
        ids = sorted(sources, key=lambda asked: (-hints.get(asked, Hint()).rows, asked))
        parts = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        made += [Batch(by, window, {asked: sources[asked] for asked in part}) for part in parts]
    return made


def listed_by(source: Source) -> ListedBy | None:
    """How /oncalls is asked about a source; None for what it does not list."""
    match source.kind:
        case "schedule":
            return "schedule"
        case "policy":
            return "escalation_policy"
        case "team":
            return None
        case _:
            assert_never(source.kind)


def _anything_readable(api: PagerDutyApi, by: ListedBy, windows: Mapping[Source, Window]) -> bool:
    """Whether the key may read any of a few single ones; if so, it is only some IDs that are wrong."""
    found = {source.id: window for source, window in windows.items() if listed_by(source) == by}
    ids = sorted(found)
    for asked in ids[:: max(1, len(ids) // PROBES)]:
        try:
            api.oncalls(by, [asked], found[asked])
        except Refused:
            continue
        return True
    return False


# ── what follows from the entries ────────────────────────────────────────────────────────────────────────


def _rotation(source: Source, answer: Answer, window: Window) -> Rotation:
    problem = answer.problem
    if unknown := [entry.unknown for entry in answer.entries if entry.unknown]:
        text = f"{source.in_words} could not be read: {unknown[-1]}. Upgrade the sync, or report this."
        problem = Problem(code="unknown_kind", message=text)
    shifts = [Shift(person=e.user, start=e.start, end=e.end) for e in answer.entries if not e.unknown]
    once = tuple(dict.fromkeys(shifts)) if window.until else _one_each(shifts)
    return Rotation(shifts=once, problem=problem)


def _one_each(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """At an instant a person has one shift, with the widest bounds, however many policies, levels or rows have it."""
    widest: dict[PersonId, Shift] = {}
    for shift in shifts:
        known = widest.get(shift.person, shift)
        start = known.start and shift.start and min(known.start, shift.start)
        end = known.end and shift.end and max(known.end, shift.end)
        widest[shift.person] = Shift(person=shift.person, start=start, end=end)
    return tuple(widest.values())


def _people(entries: Iterable[Entry]) -> dict[PersonId, Person]:
    """Each by an entry that has their email, if there is one."""
    people: dict[PersonId, Person] = {}
    for entry in entries:
        known = people.get(entry.user)
        if not entry.unknown and (known is None or (entry.person.email and not known.email)):
            people[entry.user] = entry.person
    return people


def _hints(before: Mapping[str, Hint], rows: Mapping[str, int], shift_based: Collection[str]) -> dict[str, Hint]:
    ids = {*before, *rows, *shift_based}
    hints = {asked: Hint(rows.get(asked, before.get(asked, Hint()).rows), asked in shift_based) for asked in ids}
    return {asked: hint for asked, hint in hints.items() if hint != Hint()}
