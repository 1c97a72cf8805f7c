"""How PagerDuty reads a query: repeated keys, pages, time windows, includes."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.pagerduty.routes import Json, PagerDutyError, bad_input, bad_times

MAX_ROWS = 10_000


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    since: datetime
    until: datetime


class Query:
    """The query of one request; `now` is the sandbox's clock."""

    def __init__(self, pairs: Iterable[tuple[str, str]], now: datetime, backwards: bool = False) -> None:
        self._pairs = list(pairs)
        self.now = now
        self._backwards = backwards

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def one(self, name: str) -> str | None:
        return next(iter(reversed(self.all(name))), None)

    def flag(self, name: str) -> bool:
        return (self.one(name) or "").lower() in ("true", "1")

    def includes(self, *allowed: str) -> set[str]:
        given = set(self.all("include[]"))
        if wrong := sorted(given - set(allowed)):
            raise bad_input(f"Invalid include: {', '.join(wrong)}")
        return given

    def time(self, name: str) -> datetime | None:
        """ISO 8601, to the microsecond; without an offset it is the account's time zone, UTC here."""
        text = self.one(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise bad_times() from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def has_window(self) -> bool:
        return bool(self.all("since") or self.all("until"))

    def window(self, around: timedelta = timedelta(0)) -> Window:
        """`since` and `until`; a missing one is now, or `around` before or after the other."""
        since, until = self.time("since"), self.time("until")
        if around:
            since = since or (until or self.now) - around
            until = until or since + around
        window = Window(since or self.now, until or self.now)
        if window.since > window.until:
            raise PagerDutyError(400, 2005, "Invalid Query Date Range")
        return window

    def page(self, key: str, rows: Sequence[Any], show: Callable[[Any], Any]) -> Json:
        """One page of rows; only those on it become JSON. `total` is null unless asked for."""
        limit = max(1, min(self._number("limit", 25), 100))
        offset = self._number("offset", 0)
        if offset + limit > MAX_ROWS:
            raise bad_input("Offset must be less than or equal to 10000 minus limit")
        ordered = rows[::-1] if self._backwards else rows
        shown = [show(row) for row in ordered[offset : offset + limit]]
        return {
            key: shown,
            "limit": limit,
            "offset": offset,
            "more": offset + limit < len(rows),
            "total": len(rows) if self.flag("total") else None,
        }

    def _number(self, name: str, default: int) -> int:
        text = self.one(name)
        if text is None:
            return default
        if not text.isdecimal():
            raise bad_input(f"{name.capitalize()} must be a non-negative integer")
        return int(text)


def stamp(moment: datetime | None) -> str | None:
    """`2026-01-01T09:00:00Z`"""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
