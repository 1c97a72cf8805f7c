"""A whole run, as `report` finds it when everything before it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.models import Address, Handle, Outcome, People, Plan, Problem, Reading, SlackId, SlackIds


@dataclass(frozen=True)
class Run:
    """What the tasks before left behind; None where a task failed. `writes`: whether the run was to write.

    started: the Dag run's start now. failures, superseded: by handle, what became of the mapped tasks.
    looked_up: what they asked Slack anew.
    """

    writes: bool
    started: datetime | None
    reading: Reading | None = None
    people: People | None = None
    ids: SlackIds | None = None
    plan: Plan | None = None
    outcomes: Mapping[Handle, Outcome] = field(default_factory=dict)
    failures: Mapping[Handle, Problem] = field(default_factory=dict)
    superseded: Mapping[Handle, str] = field(default_factory=dict)
    looked_up: Mapping[Address, SlackId | None] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    scheduled: bool = False  # Airflow's scheduler began it, for whatever reason
    overtaken: bool = False  # see watch.overtaken
    configured: tuple[Handle, ...] = ()  # the groups that the run was to serve, where there is no reading that says so
    for_some: bool = False  # it was asked for some groups only; the reading, if there is one, knows better

    @property
    def as_of(self) -> datetime | None:
        return self.reading.as_of if self.reading else None

    @property
    def current(self) -> bool:
        """False when tasks were cleared after the reading, or another run read later: this one is of another time."""
        return not self.overtaken and (self.reading is None or self.reading.run_started == self.started)

    @property
    def lasting(self) -> bool:
        """A run that writes, about how things are now: what becomes of its groups is remembered."""
        return self.writes and self.current

    @property
    def about_all(self) -> bool:
        """A run that writes, for all groups; it may have failed before it read anything."""
        return self.lasting and (self.reading.full if self.reading else not self.for_some)

    @property
    def is_the_present(self) -> bool:
        """A full run that writes, with a plan: what it reports is how things are now."""
        return bool(self.lasting and self.plan and self.reading and self.reading.full)
