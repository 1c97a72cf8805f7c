"""How long a shift makes somebody a member: by the group's `overlap`, from a while before it to a while after. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from oncall_sync.config import Overlap
from oncall_sync.config.values import duration_text
from oncall_sync.models import Problem, Shift


def stay_of(shift: Shift, overlap: Overlap) -> Shift:
    """The time for which the shift makes its person a member."""
    if overlap == Overlap():
        return shift
    start, end = shift.start and shift.start - overlap.before, shift.end and shift.end + overlap.after
    return shift.model_copy(update={"start": start, "end": end})


def bounds(shift: Shift) -> Iterator[datetime]:
    yield from filter(None, (shift.start, shift.end))


def joins_or_leaves(moment: datetime, stay: Shift, stays: Iterable[Shift]) -> bool:
    """Whether the person of a stay becomes a member or ceases to be one; not where another stay of theirs goes on."""
    own = [other for other in stays if other.person == stay.person]
    before = any((s.start is None or s.start < moment) and (s.end is None or moment <= s.end) for s in own)
    return before != any(s.covers(moment) for s in own)


def too_long(name: str, source: object, shift: Shift, overlap: Overlap) -> Problem | None:
    """Where the overlap is longer than the shift, people of more than two shifts may be members at once."""
    longest = max(overlap.before, overlap.after)
    if not (shift.start and shift.end and longest > shift.end - shift.start):
        return None
    where = "before" if longest == overlap.before else "after"
    return Problem(
        level="warning",
        code="overlap_too_long",
        message=f"{name}'s shift on {source} is {duration_text(shift.end - shift.start)} long, and the group's overlap "
        f"is {duration_text(longest)} {where} each shift, so that people of several shifts are members at once. "
        "Shorten `overlap` in the config, unless that is meant.",
    )
