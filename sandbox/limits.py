"""Rate limits of both services, counted the way they count: PagerDuty per key, Slack per method.

Sources: https://developer.pagerduty.com/docs/rest-api-rate-limits and https://docs.slack.dev/apis/web-api/rate-limits
"""

import dataclasses
import math
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

TIER_2, TIER_3, TIER_4, SPECIAL = 20, 50, 100, 600
SLACK_LIMITS = {
    "usergroups.list": TIER_2,
    "usergroups.create": TIER_2,
    "usergroups.update": TIER_2,
    "usergroups.enable": TIER_2,
    "usergroups.disable": TIER_2,
    "usergroups.users.list": TIER_2,
    "usergroups.users.update": TIER_2,
    "users.list": TIER_2,
    "conversations.setTopic": TIER_2,
    "users.lookupByEmail": TIER_3,
    "conversations.info": TIER_3,
    "users.info": TIER_4,
    "chat.postMessage": SPECIAL,
    "auth.test": SPECIAL,
}


def _default_limits() -> dict[str, int | None]:
    return {**SLACK_LIMITS}


def _slack_limits(value: object) -> object:
    """`off` (YAML reads it as false) lifts all limits; a mapping changes the methods it names."""
    if value is False or value == "off":
        return {}
    return {**SLACK_LIMITS, **value} if isinstance(value, dict) else value


class Limits(BaseModel):
    """Calls allowed per window of so many seconds; null or `off` means no limit."""

    model_config = ConfigDict(extra="forbid")

    window: float = 60
    pagerduty: Annotated[int | None, BeforeValidator(lambda value: None if value in (False, "off") else value)] = 960
    events: int | None = 120
    slack: Annotated[dict[str, int | None], BeforeValidator(_slack_limits)] = Field(default_factory=_default_limits)

    def off(self) -> None:
        self.pagerduty = self.events = None
        self.slack = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a window after the call that was just counted; `reset` in seconds, rounded up."""

    allowed: bool
    limit: int
    remaining: int
    reset: int


class Meter:
    """Counts calls in fixed windows; a window begins with the first call after the one before ended.

    now: of the world's clock, in seconds, which a test may move.
    """

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, key: str, limit: int | None, window: float, now: float) -> Allowance:
        began, calls = self._windows.get(key, (now, 0))
        if now - began >= window:
            began, calls = now, 0
        reset = max(1, math.ceil(began + window - now))
        if limit is None:
            return Allowance(True, 960, 959, reset)
        allowed = calls < limit
        self._windows[key] = (began, calls + allowed)
        return Allowance(allowed, limit, max(0, limit - calls - 1), reset)
