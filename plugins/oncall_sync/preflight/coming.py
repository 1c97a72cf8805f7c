"""Who takes over next in each group, as the page shows it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_sync.config import Group
from oncall_sync.preflight.coverage import OnCalls, counted
from oncall_sync.preflight.findings import Coming

NEXT_CHECK = timedelta(hours=36)  # the next one comes in a day, and may be late


def coming(group: Group, on_calls: OnCalls, now: datetime) -> tuple[Coming, ...]:
    """Of each rotation the next shift, and all that begin before NEXT_CHECK has passed, by their start."""
    reading, contacts = on_calls
    found = set()
    for source in (source for source in group.sources if source.is_rotation):
        stays = (
            (shift, counted(shift, contacts[shift.person], group, reading.config.slack_accounts))
            for shift in reading.rotations[str(source)].shifts
        )
        ahead = sorted(
            (stay.start, contacts[shift.person].name)
            for shift, stay in stays
            if stay and stay.start and stay.start > now and (stay.end is None or stay.start < stay.end)
        )
        found |= {*ahead[:1], *(one for one in ahead if one[0] < now + NEXT_CHECK)}
    return tuple(Coming(name=name, start=start) for start, name in sorted(found))
