"""A group gets another handle in Slack, or leaves the config: its people are kept right, or one warning says so."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.models import Report
from sandbox import UserGroup
from tests.sync.checks import codes, message
from tests.sync.driver import Killed, Sync
from tests.sync.watching import Watching, kill
from tests.sync.worlds import NOON, OTHERS, config, hand_over

ADA = "schedules: [SADA], create_if_missing: true"


@pytest.fixture
def alpha(sync: Sync) -> UserGroup:
    """@alpha, of which the sync remembers the ID; it is right."""
    sync.configure(config(ADA))
    sync.run()
    sync.sandbox.requests.clear()
    return sync.sandbox.world.group("alpha")


def created(sync: Sync) -> int:
    return sync.sandbox.count("slack", "usergroups.create")


# ── renamed in Slack ─────────────────────────────────────────────────────────────────────────────────────


def test_a_renamed_group_is_still_updated_with_a_warning_and_no_second_one_is_created(
    sync: Sync, alpha: UserGroup
) -> None:
    alpha.handle = "alpha-team"
    for _ in range(2):
        assert sync.run().groups["alpha"].status == "unchanged"
    assert sync.writes() == []
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)

    group = (report := sync.run()).groups["alpha"]

    assert (group.status, group.id, alpha.members) == ("updated", "SGALPHA", ["UDEE"])
    assert message(report, "renamed") == (
        "@alpha is now called @alpha-team in Slack; it is still kept up to date by its ID SGALPHA. "
        "Rename it in the config, or pin it with `id: SGALPHA`."
    )
    assert {problem.level for problem in group.problems} == {"warning"}
    assert (sync.events[-1].handle, sync.events[-1].id, created(sync)) == ("alpha", "SGALPHA", 0)


@pytest.mark.parametrize(
    "fixed", [config(f"{ADA}, id: SGALPHA"), config(ADA, handle="alpha-team")], ids=["pinned", "renamed"]
)
def test_both_ways_to_fix_it_end_the_warning(sync: Sync, alpha: UserGroup, fixed: str) -> None:
    alpha.handle = "alpha-team"
    sync.run()
    sync.configure(fixed)

    report = sync.run()

    assert report.counts["unchanged"] == 3
    assert [problem for group in report.groups.values() for problem in group.problems] == []
    assert report.problems == (), "it has not left the config"
    assert (sync.writes(), created(sync)) == ([], 0)


def test_a_renamed_group_that_a_person_disabled_is_neither_enabled_nor_created(sync: Sync, alpha: UserGroup) -> None:
    alpha.handle, alpha.disabled = "alpha-old", True

    assert codes(sync.run()) == {"disabled_group", "renamed"}
    assert sync.writes() == []


def test_a_group_that_is_renamed_between_plan_and_write_is_written_by_its_id(sync: Sync) -> None:
    alpha = sync.sandbox.world.group("alpha")
    sync.before["update_groups"] = lambda: setattr(alpha, "handle", "alpha-team")

    assert sync.run().groups["alpha"].status == "updated"
    assert alpha.members == ["UADA"]


def test_two_handles_that_swap_mean_the_groups_that_have_them_now(sync: Sync, alpha: UserGroup) -> None:
    beta = sync.sandbox.world.group("beta")
    alpha.handle, beta.handle = "beta", "alpha"

    report = sync.run()

    assert (alpha.members, beta.members) == (["UBO"], ["UADA"]), "@alpha still reaches Ada, and @beta Bo"
    assert codes(report) == codes(report, "beta") == set(), "nobody edited them by hand"
    assert sync.run().counts["unchanged"] == 3


@pytest.mark.parametrize("first", ["schedules: [SNOPE]", ADA], ids=["after a run that failed", "at once"])
def test_a_new_group_with_the_old_handle_is_the_one_that_is_meant(sync: Sync, alpha: UserGroup, first: str) -> None:
    """Its members are no edit by hand: the sync wrote only to the old one."""
    alpha.handle = "alpha-old"
    sync.sandbox.world.user_groups["SGNEXT"] = UserGroup(handle="alpha", members=["UPIA"])
    sync.configure(config(first))
    reports = [sync.run()]
    sync.configure(config(ADA))
    reports.append(sync.run())

    assert [report.groups["alpha"].id for report in reports] == ["SGNEXT"] * 2
    assert [codes(report) for report in reports] == [set() if first == ADA else {"pagerduty_not_found"}, set()]
    assert sync.members("alpha") == {"UADA"}
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGNEXT"}


@pytest.mark.parametrize(
    ("inside", "code", "text"),
    [
        ("schedules: [SADA]", "no_such_group", "Did you mean @alpha-team?"),
        (ADA, "created", "Similar handles exist: @alpha-team."),
    ],
    ids=["which fails", "which create_if_missing creates"],
)
def test_without_memory_a_renamed_group_is_a_missing_one(
    sync: Sync, alpha: UserGroup, inside: str, code: str, text: str
) -> None:
    """Nothing in Slack says that they are the same: only the similar handle helps who reads this."""
    alpha.handle = "alpha-team"
    sync.store.clear()
    sync.configure(config(inside))

    assert text in message(sync.run(), code)
    assert (created(sync), alpha.members) == (int(code == "created"), ["UADA"])


def test_the_watcher_wakes_the_dag_for_a_renamed_group(sync: Sync, alpha: UserGroup) -> None:
    calm = Watching(sync).settled()
    alpha.handle = "alpha-team"
    calm.override("SADA", "PDEE")

    assert calm.look().wake == "who is on call changed: SADA"
    calm.run()

    assert alpha.members == ["UDEE"]
    assert calm.look().wake is None


# ── removed from the config ──────────────────────────────────────────────────────────────────────────────

WITHOUT_ALPHA = f"groups:\n{OTHERS}"


def reported(report: Report) -> list[tuple[str, str, str]]:
    return [(problem.level, problem.code, problem.message) for problem in report.problems]


def is_reported_once(sync: Sync) -> bool:
    text = (
        "@alpha is not in the config any more: nobody keeps it up to date. It still has Ada. "
        "Disable it in Slack, or put it back."
    )
    return [reported(sync.run()) for _ in range(2)] == [[("warning", "left_config", text)], []]


@pytest.fixture
def removed(sync: Sync, alpha: UserGroup) -> Sync:
    sync.configure(WITHOUT_ALPHA)
    return sync


def test_a_group_that_leaves_the_config_is_reported_once_and_not_touched(removed: Sync) -> None:
    assert is_reported_once(removed)
    assert (removed.members("alpha"), removed.writes()) == ({"UADA"}, [])

    removed.configure(config())
    assert sorted(removed.run().groups) == ["alpha", "beta", "late"]
    removed.configure(WITHOUT_ALPHA)
    assert is_reported_once(removed), "again, after it was back"


def test_a_run_that_is_killed_before_its_report_leaves_it_to_the_next(removed: Sync) -> None:
    removed.before["report"] = kill
    with pytest.raises(Killed):
        removed.run()

    assert is_reported_once(removed)


@pytest.mark.parametrize("params", [{"dry_run": True}, {"groups": ["beta"]}], ids=str)
def test_a_run_that_writes_nothing_or_serves_some_groups_leaves_it_to_the_next(
    removed: Sync, params: dict[str, Any]
) -> None:
    assert reported(removed.run(**params)) == []

    assert is_reported_once(removed)


def test_a_run_that_fails_before_its_plan_leaves_it_to_the_next(removed: Sync) -> None:
    removed.sandbox.world.slack.scopes.remove("usergroups:read")
    assert [code for _, code, _ in reported(removed.run())] == ["missing_scope"]
    removed.sandbox.world.slack.scopes.append("usergroups:read")

    assert is_reported_once(removed)


def test_neither_a_mistake_in_a_group_nor_an_unusable_config_removes_it(sync: Sync, alpha: UserGroup) -> None:
    sync.configure(config("schedule: [SADA]"))
    assert reported(sync.run()) == []
    sync.configure("groups: [")
    assert [code for _, code, _ in reported(sync.run())] == ["config_unusable"]
    sync.configure(config())

    assert reported(sync.run()) == []
    sync.configure(WITHOUT_ALPHA)
    assert is_reported_once(sync)
