"""What the tests of bad input look at: who is in which group, what was written, and what people are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncall_sync.models import Report
from sandbox import Sandbox
from tests.sync.driver import Sync

BEFORE = {"alpha": {"UPIA"}, "beta": {"UBO"}, "late": {"UPIA"}, "design": {"UPIA", "UQUINN"}}
Spoil = Callable[[Sandbox], Any]


def codes(report: Report, handle: str = "alpha") -> set[str]:
    return {problem.code for problem in report.groups[handle].problems}


def said(report: Report, code: str, handle: str = "alpha") -> str:
    """What the group's problem of this code tells people."""
    return next(problem.message for problem in report.groups[handle].problems if problem.code == code)


def served_all_but_alpha(sync: Sync, report: Report) -> None:
    """alpha keeps everybody; beta and design see no write; late is served as if nothing was wrong."""
    now = {handle: sync.members(handle) for handle in BEFORE}
    assert now == BEFORE | {"late": {"UCY"}}
    assert report.groups["beta"].status == "unchanged"
    assert report.groups["late"].status == "updated"
    assert {write.params["usergroup"] for write in sync.writes()} <= {"SGALPHA", "SGLATE"}


def served_nobody(sync: Sync, report: Report) -> None:
    """The whole run failed: nothing is written, and every group that is known of is reported as failed."""
    assert {handle: sync.members(handle) for handle in BEFORE} == BEFORE
    assert sync.writes() == []
    assert {group.status for group in report.groups.values()} <= {"failed"}
