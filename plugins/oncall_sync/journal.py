"""Which run read PagerDuty last, so that a run that read earlier neither writes nor announces over it.

Airflow runs one at a time; but a run that it gave up may still have a process, and anybody may start one beside it.

    writing     {"wrote", "unreported"}   the instant of the last run that planned a write, and whether one before it
                                          came to no report; `plan_updates` writes it
    reported    {"at"}                    the instant of the last run whose outcome is remembered; `report` writes it

An entry from the future was made by a clock that was wrong, and is ignored.
"""

from __future__ import annotations

from datetime import datetime

from oncall_sync.memory import Memory


def plans_writes(memory: Memory, as_of: datetime, now: datetime) -> None:
    """From now on Slack may hold something else than the last report says. A cleared old run changes no newer entry."""
    wrote = _instant(memory, "writing", "wrote")
    if not (wrote and as_of < wrote <= now):
        before = unreported_write(memory, as_of)
        memory.save("writing", {"wrote": as_of.isoformat(), "unreported": before})


def reports(memory: Memory, as_of: datetime) -> None:
    memory.save("reported", {"at": as_of.isoformat()})


def later_run(memory: Memory, as_of: datetime | None, now: datetime) -> bool:
    """Whether a run that read PagerDuty later than `as_of` has planned a write, or has reported."""
    instants = (_instant(memory, "writing", "wrote"), _instant(memory, "reported", "at"))
    return as_of is not None and any(at is not None and as_of < at <= now for at in instants)


def unreported_write(memory: Memory, as_of: datetime) -> bool:
    """Whether an earlier run planned a write and came to no report: nobody knows who it left in its groups."""
    wrote, at = _instant(memory, "writing", "wrote"), _instant(memory, "reported", "at")
    if wrote == as_of:  # this run has planned its own writes meanwhile
        return memory.load("writing").get("unreported") is True
    return wrote is not None and wrote < as_of and (at is None or at < wrote)


def last_write(memory: Memory) -> datetime | None:
    """The instant of the last run that planned a write."""
    return _instant(memory, "writing", "wrote")


def _instant(memory: Memory, name: str, key: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(memory.load(name)[key])
    except (KeyError, TypeError, ValueError):  # nothing yet, or damaged
        return None
    return at if at.tzinfo else None
