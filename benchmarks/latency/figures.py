"""The figures that are printed, and the text around them. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.latency.outcome import Change


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: the smallest value that is at least as large as this share of them; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


@dataclass(frozen=True)
class Row:
    """One line of the table; times in seconds."""

    what: str
    count: int
    p50: float
    p95: float
    worst: float
    missed: int


def row(what: str, seconds: Sequence[float | None]) -> Row:
    known = [each for each in seconds if each is not None]
    missed = len(seconds) - len(known)
    return Row(
        what, len(seconds), percentile(known, 0.5), percentile(known, 0.95), max(known, default=math.nan), missed
    )


def rows(changes: Sequence[Change]) -> list[Row]:
    """Two for each kind of change: as measured, and by cron."""
    found = []
    for kind in ("handoff", "override"):
        chosen = [change for change in changes if change.kind == kind]
        found.append(row(f"{kind}s", [change.seconds for change in chosen]))
        arrived = [change.cron_seconds for change in chosen if change.cron_seconds is not None]
        found.append(row("  by 5-minute cron *", arrived))
    return found


def table(lines: Sequence[Row], goals: Mapping[str, float]) -> str:
    """goals: seconds that the p95 is to stay below, by the line's name."""
    text = [f"{'':<22}{'count':>6}{'p50':>10}{'p95':>10}{'worst':>10}{'missed':>8}   goal"]
    for line in lines:
        goal = goals.get(line.what)
        times = "".join(f"{each:>8.1f} s" for each in (line.p50, line.p95, line.worst))
        verdict = f"   p95 < {goal:g} s: {'met' if line.p95 < goal else 'NOT met'}" if goal else ""
        text.append(f"{line.what:<22}{line.count:>6}{times}{line.missed:>8}{verdict}")
    return "\n".join(text)
