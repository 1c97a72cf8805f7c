"""A group that was taken out of the config: one warning with who is still in it, and never a write."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.models import Report
from tests.sync.driver import Killed, Sync
from tests.sync.watching import kill
from tests.sync.worlds import OTHERS, config

WITHOUT_ALPHA = f"groups:\n{OTHERS}"
TOLD = (
    "@alpha is not in the config any more: nobody keeps it up to date. It still has Ada. "
    "Disable it in Slack, or put it back."
)


@pytest.fixture(autouse=True)
def known(sync: Sync) -> None:
    """All three groups are remembered, and right; then @alpha leaves the config."""
    sync.run()
    sync.sandbox.requests.clear()
    sync.configure(WITHOUT_ALPHA)


def told(report: Report) -> list[tuple[str, str, str]]:
    return [(problem.level, problem.code, problem.message) for problem in report.problems]


def told_once(sync: Sync) -> bool:
    return told(sync.run()) == [("warning", "left_config", TOLD)] and told(sync.run()) == []


def test_a_group_that_left_the_config_is_told_once_and_not_touched(sync: Sync) -> None:
    report = sync.run()

    assert told(report) == [("warning", "left_config", TOLD)]
    assert sorted(report.groups) == ["beta", "late"]
    assert report.counts["failed"] == 0
    assert told(sync.run()) == []
    assert sync.members("alpha") == {"UADA"}
    assert sync.writes() == []


def test_it_is_told_again_after_it_was_back_for_a_while(sync: Sync) -> None:
    sync.run()
    sync.configure(config())
    sync.run()
    sync.configure(WITHOUT_ALPHA)

    assert told_once(sync)


def test_a_run_that_is_killed_before_its_report_leaves_it_to_the_next(sync: Sync) -> None:
    sync.before["report"] = kill
    with pytest.raises(Killed):
        sync.run()

    assert told_once(sync)


def test_a_run_that_fails_before_its_plan_leaves_it_to_the_next(sync: Sync) -> None:
    sync.sandbox.world.slack.scopes.remove("usergroups:read")
    assert [code for _, code, _ in told(sync.run())] == ["missing_scope"]
    sync.sandbox.world.slack.scopes.append("usergroups:read")

    assert told_once(sync)


@pytest.mark.parametrize("params", [{"dry_run": True}, {"groups": ["beta"]}], ids=str)
def test_a_run_of_some_groups_or_of_none_leaves_it_to_the_next(sync: Sync, params: dict[str, Any]) -> None:
    assert told(sync.run(**params)) == []

    assert told_once(sync)


def test_a_config_that_says_writes_false_leaves_it_until_it_does_not(sync: Sync) -> None:
    sync.configure(f"writes: false\n{WITHOUT_ALPHA}")
    assert told(sync.run()) == []
    sync.configure(WITHOUT_ALPHA)

    assert told_once(sync)


def test_a_config_that_cannot_be_used_takes_no_group_out(sync: Sync) -> None:
    """The last one that could be used has no @alpha: it was mistaken then."""
    sync.configure(config("schedule: [SADA]"))
    sync.run()
    sync.configure("groups: [")
    assert [code for _, code, _ in told(sync.run())] == ["config_unusable"]
    sync.configure(WITHOUT_ALPHA)

    assert told_once(sync)
