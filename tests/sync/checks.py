"""What several tests look at: who is in which group, what was written, and what the report says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from oncall_sync.models import Report
from sandbox import Sandbox
from tests.sync.driver import Sync

BEFORE = {"alpha": {"UPIA"}, "beta": {"UBO"}, "late": {"UPIA"}, "design": {"UPIA", "UQUINN"}}
Spoil = Callable[[Sandbox], Any]


def codes(report: Report, handle: str = "alpha") -> set[str]:
    return {problem.code for problem in report.groups[handle].problems}


def message(report: Report, code: str, handle: str = "alpha") -> str:
    """The text of the group's problem with this code."""
    return next(problem.message for problem in report.groups[handle].problems if problem.code == code)


def run_at(sync: Sync, moment: datetime, **params: Any) -> Report:
    sync.now = moment
    return sync.run(**params)


def as_it_is(sandbox: Sandbox) -> None:
    """Only the config is wrong."""


def members(sync: Sync) -> dict[str, set[str]]:
    return {handle: sync.members(handle) for handle in BEFORE}


def only_alpha_is_affected(sync: Sync, report: Report) -> None:
    """@alpha keeps its members; @beta and @design see no write; @late is updated."""
    assert members(sync) == BEFORE | {"late": {"UCY"}}
    assert report.groups["beta"].status == "unchanged"
    assert report.groups["late"].status == "updated"
    assert {write.params["usergroup"] for write in sync.writes()} <= {"SGALPHA", "SGLATE"}


def nothing_is_written(sync: Sync, report: Report) -> None:
    """The whole run failed: every group that it names failed too."""
    assert members(sync) == BEFORE
    assert sync.writes() == []
    assert {group.status for group in report.groups.values()} <= {"failed"}


said, served_all_but_alpha, served_nobody = message, only_alpha_is_affected, nothing_is_written
