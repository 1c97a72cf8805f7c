"""The world that the sandbox shows: people, schedules, policies, teams, Slack accounts and groups.

One YAML file holds it (`world.yaml` explains each key). A `World` is plain and mutable: a test may append an
override or deactivate an account while the sandbox serves it. Everything is keyed by its ID.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import Field, model_validator

from sandbox.entries import (
    Account,
    Channel,
    Entry,
    PagerDutySide,
    Person,
    Policy,
    Schedule,
    SlackSide,
    Team,
    UserGroup,
)
from sandbox.limits import Limits
from sandbox.shifts import Shift, shifts

DEFAULT_WORLD = Path(__file__).with_name("world.yaml")


class World(Entry):
    """Everything both services know. `messages` holds what was posted, `topics` what was set, `events` what PagerDuty's
    Events API took, oldest first."""

    pagerduty: PagerDutySide = Field(default_factory=PagerDutySide)
    slack: SlackSide = Field(default_factory=SlackSide)
    rate_limits: Limits = Field(default_factory=Limits)
    people: dict[str, Person] = Field(default_factory=dict)
    schedules: dict[str, Schedule] = Field(default_factory=dict)
    policies: dict[str, Policy] = Field(default_factory=dict)
    teams: dict[str, Team] = Field(default_factory=dict)
    accounts: dict[str, Account] = Field(default_factory=dict)
    user_groups: dict[str, UserGroup] = Field(default_factory=dict)
    channels: dict[str, Channel] = Field(default_factory=dict)
    messages: list[dict[str, Any]] = Field(default_factory=list)
    topics: list[dict[str, str]] = Field(default_factory=list)
    events: list[dict[str, Any]] = Field(default_factory=list)
    backwards: bool = Field(default=False, exclude=True, repr=False)  # the order of rows, while one request is answered
    clock: Callable[[], datetime] = Field(default=lambda: datetime.now(UTC), exclude=True, repr=False)

    @classmethod
    def load(cls, path: Path | str = DEFAULT_WORLD) -> Self:
        return cls.model_validate(yaml.safe_load(Path(path).read_text(encoding="utf-8")))

    @model_validator(mode="after")
    def _everyone_exists(self) -> Self:
        self.accounts.setdefault("USLACKBOT", Account(name="Slackbot"))
        used = {who for schedule in self.schedules.values() for who in schedule.people()}
        used.update(who for team in self.teams.values() for who in team.members)
        targets = {each for policy in self.policies.values() for level in policy.levels for each in level}
        members = {who for group in self.user_groups.values() for who in group.members}
        unknown = (used - self.people.keys()) | (targets - self.people.keys() - self.schedules.keys())
        unknown |= members - self.accounts.keys()
        unknown |= {key for group in self.user_groups.values() for key in group.channels} - self.channels.keys()
        if unknown:
            raise ValueError(f"used but not defined: {', '.join(sorted(unknown))}")
        return self

    def now(self) -> datetime:
        return self.clock().astimezone(UTC)

    def on_call(self, schedule_id: str, at: datetime | None = None) -> list[Shift]:
        """The shifts of those on call at an instant; half-open: at a handoff the incoming person alone."""
        instant = at or self.now()
        found = shifts(self.schedules[schedule_id], instant, instant)
        return [shift for shift in found if shift.covers(instant) and shift.person]

    def group(self, handle: str) -> UserGroup:
        return next(group for group in self.user_groups.values() if group.handle == handle)

    def account_id(self, email: str) -> str | None:
        """The active account with this email, case aside; None if there is none or it is deactivated."""
        wanted = email.casefold()
        for key, account in self.accounts.items():
            if account.email and account.email.casefold() == wanted and not account.deleted:
                return key
        return None

    def hand_off_every(self, seconds: int) -> None:
        """Give every rotation turns of this length, staggered so that they hand off one after another."""
        rotations = [each for schedule in self.schedules.values() for each in schedule.rotation]
        for number, rotation in enumerate(rotations):
            rotation.every = timedelta(seconds=seconds)
            rotation.since += timedelta(seconds=seconds * number // len(rotations))
