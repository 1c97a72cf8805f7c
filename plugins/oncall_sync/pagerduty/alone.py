"""One source by itself: a schedule, a level of a policy or a team, by a request for each schedule, policy or team."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import assert_never

from oncall_sync.config import Source
from oncall_sync.errors import PassingFault, Refused, SyncError
from oncall_sync.models import Problem
from oncall_sync.pagerduty.answers import Entry, Policy, Schedule, Window
from oncall_sync.pagerduty.client import ABOUT_AN_ID, PagerDutyApi
from oncall_sync.transport import Faults

ABOUT_A_SOURCE = {*ABOUT_AN_ID, "pagerduty_plan", "no_targets"}  # not every plan has teams


@dataclass
class Answer:
    """What PagerDuty says of one source. problem: why it could not be read, in whole or in part."""

    entries: list[Entry] = field(default_factory=list)
    problem: Problem | None = None


class Alone:
    """Several sources may need the same schedule or policy, which is asked for once.

    names: of what was read, by ID. shift_based: the schedules that answer on the v3 path only; asking there first saves
    a request.
    """

    def __init__(self, api: PagerDutyApi, shift_based: Collection[str], faults: Faults) -> None:
        self.names: dict[str, str] = {}
        self.shift_based = set(shift_based)
        self._api, self._faults = api, faults
        self._policy, self._schedule = cache(self._read_policy), cache(self._read_schedule)

    def read(self, source: Source, window: Window) -> Answer:
        """Raises Refused for what concerns the whole key."""
        if self._faults.enough:
            return Answer(problem=unread(source, self._faults.noted[-1]))
        try:
            return Answer([entry for entry in self._entries(source, window) if window.touches(entry.start, entry.end)])
        except PassingFault as fault:
            self._faults.note(fault)
            return Answer(problem=unread(source, fault))
        except Refused as refusal:
            if refusal.code not in ABOUT_A_SOURCE:
                raise
            return Answer(problem=unread(source, refusal))

    def _entries(self, source: Source, window: Window) -> Iterable[Entry]:
        match source.kind:
            case "schedule":
                return self._of_schedule(source.id, window)
            case "policy":
                return self._of_policy(source, window)
            case "team":
                return self._of_team(source.id, window)
            case _:
                assert_never(source.kind)

    def _of_schedule(self, schedule: str, window: Window) -> Iterator[Entry]:
        """A server that clips entries to the second asked for does not say when they end."""
        second = (window.since, window.since + timedelta(seconds=1))
        for entry in self._schedule(schedule, window).entries:
            clipped = window.until is None and (entry.start, entry.end) == second
            yield entry._replace(end=None) if clipped else entry

    def _of_policy(self, source: Source, window: Window) -> Iterator[Entry]:
        """A policy of which /oncalls shows nobody: its schedules say whether that is so."""
        levels = self._policy(source.id).levels
        asked = levels if source.level is None else levels[source.level - 1 : source.level]
        if not any(asked):
            raise _no_targets(source, len(levels), exists=bool(asked))
        for target in (target for level in asked for target in level):
            if target.person:
                yield target.person
            else:
                yield from self._of_schedule(target.schedule, window)

    def _of_team(self, team: str, window: Window) -> list[Entry]:
        """Its members; and its name in a span of time, which people read."""
        if window.until:
            self.names[team] = self._api.team_name(team) or team
        return self._api.team_members(team)

    def _read_policy(self, policy: str) -> Policy:
        found = self._api.escalation_policy(policy)
        self.names[policy] = found.name or policy
        return found

    def _read_schedule(self, schedule: str, window: Window) -> Schedule:
        """From the v2 path or the v3 one: each answers 400 for a schedule of the other kind."""
        paths = [self._api.schedule, self._api.v3_schedule]
        first, second = reversed(paths) if schedule in self.shift_based else paths
        try:
            found = first(schedule, window)
        except Refused as refusal:
            if refusal.code != "pagerduty_bad_request":
                raise
            found = second(schedule, window)
            self.shift_based ^= {schedule}
        self.names[schedule] = found.name or schedule
        return found


def unread(source: Source, error: SyncError) -> Problem:
    """An error about the source itself names it already."""
    return Problem.of(error, "" if error.where == source.in_words else f"{source.in_words} could not be read. ")


def _no_targets(source: Source, levels: int, *, exists: bool) -> Refused:
    what = "nobody and no schedule is its target" if exists else f"the number of the policy's levels is {levels}"
    remedy = "Correct the policy in PagerDuty, or its levels in the config."
    return Refused(source.in_words, f"it can page nobody ({what})", code="no_targets", remedy=remedy)
