"""What PagerDuty says of some sources at noon, and what of it a test wants to know."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from oncall_sync.models import Problem
from oncall_sync.pagerduty.answers import Window
from oncall_sync.pagerduty.on_call import Hint, OnCalls, read_sources
from oncall_sync.transport import Faults
from sandbox import Sandbox
from tests.builders import source_of
from tests.sync.driver import Sync
from tests.sync.worlds import NOON


class Reader:
    """`read("SADA", "policy:PESC:1")` at noon. faults: of the last one."""

    def __init__(self, sync: Sync) -> None:
        self.sync, self.faults = sync, Faults()

    def __call__(self, *sources: str, at: datetime = NOON, shift_based: Collection[str] = ()) -> OnCalls:
        self.faults = Faults()
        hints = {schedule: Hint(shift_based=True) for schedule in shift_based}
        windows = dict.fromkeys(map(source_of, sources), Window(at))
        return read_sources(self.sync.pagerduty(""), windows, hints, self.faults)


def people(found: OnCalls, source: str) -> list[str]:
    """By ID, sorted; a source that could not be read fails the test."""
    rotation = found.rotations[source_of(source)]
    assert rotation.problem is None
    return sorted(shift.person for shift in rotation.shifts)


def problem(found: OnCalls, source: str) -> Problem:
    wrong = found.rotations[source_of(source)].problem
    assert wrong
    return wrong


def asked(sandbox: Sandbox) -> list[str]:
    return [request.endpoint for request in sandbox.requests]
