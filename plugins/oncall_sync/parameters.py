"""What a run was asked to do, and whether it may write."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from oncall_sync.errors import ConfigMistake

MISTAKES = {"unknown_parameter", "unknown_group", "as_of"}  # codes: the run was asked for in the wrong words
PARAMETERS = ("dry_run", "groups", "as_of", "accept_shrink")


@dataclass(frozen=True)
class Parameters:
    """The run parameters, checked. as_of: the instant that the run is about; None is now."""

    dry_run: bool = False
    groups: tuple[str, ...] = ()
    as_of: datetime | None = None
    accept_shrink: tuple[str, ...] = ()
    backfill: bool = False

    @classmethod
    def of(cls, params: Mapping[str, Any], backfill_for: datetime | None) -> Parameters:
        """From the Dag run's `params`. A backfill is about its logical date; any other logical date is ignored.

        Raises ConfigMistake, also for a parameter that does not exist: Airflow takes any, and a mistyped dry_run
        would write.
        """
        refuse_unknown(params, PARAMETERS)
        return cls(
            dry_run=bool(params["dry_run"]),
            groups=handles_of(params["groups"]),
            as_of=backfill_for or _instant(params["as_of"]),
            accept_shrink=handles_of(params["accept_shrink"]),
            backfill=backfill_for is not None,
        )

    @property
    def preview(self) -> str | None:
        """The parameter by which the run asks what would be; None for one that is about how things are."""
        asked = {"backfill": self.backfill, "as_of": self.as_of, "dry_run": self.dry_run}
        return next((parameter for parameter, given in asked.items() if given), None)

    def plan_only(self, writes: bool) -> str | None:
        """Why this run may not write; None when it may. `writes` is the config's; ONCALL_SYNC_WRITES goes before it."""
        if self.preview:
            return self.preview
        override = os.environ.get("ONCALL_SYNC_WRITES", "").strip().lower()
        if override:
            return None if override in {"true", "1", "yes", "on"} else f"ONCALL_SYNC_WRITES is {override}"
        return None if writes else "the config does not say writes: true"

    def select(self, known: Collection[str]) -> list[str]:
        """The handles that this run serves, of those in the config."""
        for parameter, handles in (("groups", self.groups), ("accept_shrink", self.accept_shrink)):
            unknown = [handle for handle in handles if handle not in known]
            if unknown:
                raise ConfigMistake(
                    f"Run parameter {parameter}",
                    f"the config has no group {', '.join(f'@{handle}' for handle in unknown)}",
                    code="unknown_group",
                    remedy=_near(unknown[0], known, "@", "It has"),
                )
        return [handle for handle in known if not self.groups or handle in self.groups]


def refuse_unknown(params: Mapping[str, Any], known: Collection[str]) -> None:
    """Raises ConfigMistake."""
    for unknown in params.keys() - known:
        raise ConfigMistake(
            f"Run parameter {unknown}",
            "there is no such parameter",
            code="unknown_parameter",
            remedy=_near(unknown, known),
        )


def handles_of(values: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip().lstrip("@").lower() for value in values or ()))


def _instant(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise ConfigMistake(
        "Run parameter as_of",
        f"'{value}' is not a date and time with an offset",
        code="as_of",
        remedy="Write it like 2026-11-23T09:00:00Z or 2026-11-23T10:00:00+01:00.",
    )


def _near(word: str, known: Collection[str], prefix: str = "", there_are: str = "There are") -> str:
    near = get_close_matches(word, known, n=1)
    if near:
        return f"Did you mean {prefix}{near[0]}?"
    return f"{there_are} {', '.join(prefix + name for name in sorted(known)[:10])}."
