"""The fault matrix, from what a run without faults asks for: each endpoint, each fault, at each moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from sandbox import Fault, Request
from sandbox.faults import Service
from tests.proof.busy_day import Day, Groups
from tests.proof.fault_kinds import KINDS, Kind, fault
from tests.sync.driver import WRITES

MOMENTS = ("first", "last", "every")
ALWAYS = {"GET /oncalls", "GET /schedules/{id}", *WRITES}  # what a fault can cost most at


@dataclass(frozen=True)
class Clean:
    """A day, how it ends without faults, and the requests of its run. told: see busy_day.announced."""

    day: Day
    before: Groups
    right: Groups
    requests: list[Request]
    told: list[str]
    topics: dict[str, str]


@dataclass(frozen=True)
class Case:
    day: str
    service: Service
    endpoint: str
    name: str
    moment: str
    calls: int  # of the endpoint in a run without faults

    def __str__(self) -> str:
        return f"{self.day}: {self.endpoint}: {self.name}: {self.moment} call"

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def once(self) -> bool:
        return self.moment != "every"

    def fault(self) -> Fault:
        after = self.calls - 1 if self.moment == "last" else 0
        return fault(self.kind, self.endpoint, after=after, times=1 if self.once else None)


def matrix(clean: Clean) -> Iterator[Case]:
    calls: dict[tuple[Service, str], list[Request]] = {}
    for request in clean.requests:
        calls.setdefault((request.service, request.endpoint), []).append(request)
    for (service, endpoint), asked in sorted(calls.items()):
        lists = endpoint == "usergroups.list" or any("limit" in request.params for request in asked)
        for name, kind in KINDS.items():
            if kind.service in (None, service) and (lists or not kind.rows):
                for moment in MOMENTS if len(asked) > 1 else ("first", "every"):
                    yield Case(clean.day.name, service, endpoint, name, moment, len(asked))


def some_of(cases: list[Case]) -> list[Case]:
    """For `make test`: each endpoint of ALWAYS with each fault, and of the others' pairs a third; each at a moment
    that differs from pair to pair."""
    chosen: dict[tuple[str, str], Case] = {}
    for case in sorted(cases, key=_luck):
        chosen.setdefault((case.endpoint, case.name), case)
    others = [case for case in chosen.values() if case.endpoint not in ALWAYS]  # by luck, as they were chosen
    return sorted([case for case in chosen.values() if case.endpoint in ALWAYS] + others[: len(others) // 3], key=str)


def _luck(case: Case) -> str:
    return sha256(str(case).encode()).hexdigest()
