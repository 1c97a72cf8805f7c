"""Times in which somebody is there, and those that are left over. Half-open, `start <= T < end`, like shifts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from oncall_sync.preflight.findings import moment


class Stay(NamedTuple):
    """Somebody's time in a group. None: has always been there; has no end."""

    start: datetime | None
    end: datetime | None
    who: str = ""

    def covers(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


class Period(NamedTuple):
    start: datetime
    end: datetime

    def touches(self, stay: Stay) -> bool:
        return (stay.start is None or stay.start < self.end) and (stay.end is None or self.start < stay.end)

    def in_words(self, span: Period) -> str:
        if self == span:
            return f"all {(span.end - span.start).days} days"
        if self.end == span.end:
            return f"from {moment(self.start)} on"
        end = f"{self.end:%H:%M}" if self.end.date() == self.start.date() else moment(self.end)
        return f"now to {moment(self.end)}" if self.start == span.start else f"{moment(self.start)} to {end}"


def uncovered(span: Period, stays: Iterable[Stay]) -> list[Period]:
    """The parts of the span that are in none of the stays, as few as possible, in order."""
    gaps, covered_to = [], span.start
    known = ((stay.start or span.start, stay.end or span.end) for stay in stays)
    for start, end in sorted((start, end) for start, end in known if start < end):
        if covered_to < min(start, span.end):
            gaps.append(Period(covered_to, min(start, span.end)))
        covered_to = max(covered_to, end)
    return [*gaps, Period(covered_to, span.end)] if covered_to < span.end else gaps


def most_at_once(span: Period, stays: list[Stay]) -> tuple[int, datetime]:
    """The largest number of different people at a time, and since when."""
    starts = {stay.start for stay in stays if stay.start and span.start < stay.start < span.end}
    counts = [(len({stay.who for stay in stays if stay.covers(at)}), at) for at in sorted({span.start, *starts})]
    return max(counts, key=lambda count: count[0])
