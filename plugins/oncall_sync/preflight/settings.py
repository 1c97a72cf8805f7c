"""What a config without a mistake can still get wrong, and what of it ends. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from oncall_sync.config import Config, Group
from oncall_sync.config.values import until_text
from oncall_sync.models import Problem
from oncall_sync.rules.plan import expired_entries


def settings(group: Group, config: Config, now: datetime, until: datetime) -> Iterator[Problem]:
    """What to know of one group's entries until then."""
    barred = {entry.email for entry in group.never if entry.until is None}
    for key, emails in (("always", [e.email for e in group.always]), ("fallback", group.fallback)):
        for email in emails:
            if email in barred:
                yield _void(email, key, "under `never`, which wins")
            elif email in config.placeholders:
                yield _void(email, key, "among the placeholders, which are in no group")
    yield from (problem for _, problem in expired_entries(group, now))
    for key, entries in (("always", group.always), ("never", group.never)):
        for entry in entries:
            if entry.until and now < entry.until <= until:
                why = f" ({entry.reason})" if entry.reason else ""
                ends = f"{entry.email} under `{key}` ends after {until_text(entry.until)}{why}."
                message = f"{ends} If that is too early, give it a new end."
                yield Problem(level="info", code="expiring", message=message)


def plan_only(why: str) -> Problem:
    return Problem(
        level="info", code="plan_only", message=f"The sync writes nothing to Slack: {why}. For real use, change that."
    )


def _void(email: str, key: str, why: str) -> Problem:
    return Problem(
        level="warning",
        code="void_entry",
        message=f"{email} stands under `{key}` in vain: it is {why}. Take out one of the two.",
    )
