"""What makes some schedules and policies unusual, remembered so that the next run needs fewer requests.

{ID: [rows in /oncalls, whether it is a shift-based schedule]}; one row and layer-based, the usual, is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from oncall_sync.memory import Memory
from oncall_sync.pagerduty.rotations import Rotations

USUAL = (1, False)


def load(memory: Memory) -> dict[str, tuple[int, bool]]:
    """Without what another version may have written."""
    known = {}
    for schedule, entry in memory.load("schedules").items():
        match entry:
            case [int(rows), bool(shift_based)]:
                known[schedule] = (rows, shift_based)
    return known


def save(memory: Memory, known: Mapping[str, tuple[int, bool]], found: Rotations) -> None:
    seen = {schedule: (known.get(schedule, USUAL)[0], True) for schedule in found.shift_based}
    seen |= {asked: (rows, asked in found.shift_based) for asked, rows in found.rows.items()}
    news = {schedule: entry for schedule, entry in {**known, **seen}.items() if entry != USUAL}
    if news != known:
        memory.save("schedules", {schedule: list(entry) for schedule, entry in news.items()})
