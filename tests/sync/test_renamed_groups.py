"""Somebody gives a user group another handle in Slack: its people are kept up to date, and there is no second group."""

from __future__ import annotations

import pytest

from sandbox import UserGroup
from tests.sync.checks import codes, said
from tests.sync.driver import Sync
from tests.sync.watching import Watching
from tests.sync.worlds import NOON, config, hand_over

ADA = "schedules: [SADA], create_if_missing: true"


@pytest.fixture
def alpha(sync: Sync) -> UserGroup:
    """@alpha, of which the sync remembers the ID, with nothing left to do."""
    sync.configure(config(ADA))
    sync.run()
    sync.sandbox.requests.clear()
    return sync.sandbox.world.group("alpha")


def created(sync: Sync) -> int:
    return sync.sandbox.count("slack", "usergroups.create")


def test_a_renamed_group_is_still_synced_with_a_warning_and_never_created_anew(sync: Sync, alpha: UserGroup) -> None:
    alpha.handle = "alpha-team"
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)

    report = sync.run()

    group = report.groups["alpha"]
    assert (group.status, group.id) == ("updated", "SGALPHA")
    assert alpha.members == ["UDEE"]
    assert said(report, "renamed") == (
        "@alpha is now called @alpha-team in Slack; it is still kept up to date by its ID SGALPHA. "
        "Rename it in the config, or pin it with `id: SGALPHA`."
    )
    assert {problem.level for problem in group.problems} == {"warning"}
    assert (sync.events[-1].handle, sync.events[-1].id) == ("alpha", "SGALPHA")
    assert created(sync) == 0


def test_one_that_is_right_is_not_written_and_the_warning_stays(sync: Sync, alpha: UserGroup) -> None:
    alpha.handle = "alpha-team"

    for _ in range(3):
        report = sync.run()

        assert report.groups["alpha"].status == "unchanged"
        assert codes(report) == {"renamed"}
    assert sync.writes() == []


@pytest.mark.parametrize(
    "mended", [config(f"{ADA}, id: SGALPHA"), config(ADA, handle="alpha-team")], ids=["pinned", "renamed"]
)
def test_both_ways_to_fix_it_end_the_warning(sync: Sync, alpha: UserGroup, mended: str) -> None:
    alpha.handle = "alpha-team"
    sync.run()
    sync.configure(mended)

    report = sync.run()

    assert report.counts["unchanged"] == 3
    assert [problem for group in report.groups.values() for problem in group.problems] == []
    assert report.problems == (), "it has not left the config"
    assert (sync.writes(), created(sync)) == ([], 0)


def test_a_renamed_group_that_somebody_disabled_is_neither_enabled_nor_created_anew(
    sync: Sync, alpha: UserGroup
) -> None:
    alpha.handle, alpha.disabled = "alpha-old", True

    report = sync.run()

    assert codes(report) == {"disabled_group", "renamed"}
    assert (sync.writes(), created(sync)) == ([], 0)


def test_a_renamed_group_that_the_sync_itself_disabled_is_enabled_again(sync: Sync, alpha: UserGroup) -> None:
    sync.configure(config("schedules: [SEMPTY], when_empty: disable"))
    sync.run()
    sync.now = NOON.replace(hour=13)
    sync.run()
    assert alpha.disabled
    alpha.handle = "alpha-team"
    hand_over(sync.sandbox.world, "SEMPTY", "PDEE", NOON)

    assert sync.run().groups["alpha"].status == "updated"
    assert (alpha.disabled, alpha.members) == (False, ["UDEE"])


def test_a_group_that_is_renamed_between_plan_and_write_is_written_by_its_id(sync: Sync) -> None:
    alpha = sync.sandbox.world.group("alpha")
    sync.before["update_groups"] = lambda: setattr(alpha, "handle", "alpha-team")

    assert sync.run().groups["alpha"].status == "updated"
    assert alpha.members == ["UADA"]


def test_two_handles_that_swap_mean_the_groups_that_have_them_now(sync: Sync, alpha: UserGroup) -> None:
    beta = sync.sandbox.world.group("beta")
    alpha.handle, beta.handle = "beta", "alpha"

    report = sync.run()

    assert (report.groups["alpha"].id, report.groups["beta"].id) == ("SGBETA", "SGALPHA")
    assert (alpha.members, beta.members) == (["UBO"], ["UADA"]), "@alpha still reaches Ada, and @beta Bo"
    assert codes(report) == codes(report, "beta") == set(), "nobody edited them by hand"
    assert sync.run().counts["unchanged"] == 3


def test_a_new_group_with_the_old_handle_is_the_one_that_is_meant(sync: Sync, alpha: UserGroup) -> None:
    alpha.handle = "alpha-old"
    sync.sandbox.world.user_groups["SGNEXT"] = UserGroup(handle="alpha")

    report = sync.run()

    assert (report.groups["alpha"].id, codes(report)) == ("SGNEXT", set())
    assert sync.members("alpha") == {"UADA"}
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGNEXT"}


def test_what_was_done_to_the_old_one_is_not_taken_for_a_hand_edit_of_the_new_one_after_a_failed_run_either(
    sync: Sync, alpha: UserGroup
) -> None:
    alpha.handle = "alpha-old"
    sync.sandbox.world.user_groups["SGNEXT"] = UserGroup(handle="alpha", members=["UPIA"])
    sync.configure(config("schedules: [SNOPE]"))
    assert sync.run().groups["alpha"].id == "SGNEXT"
    sync.configure(config(ADA))

    assert codes(sync.run()) == set()
    assert sync.members("alpha") == {"UADA"}


def test_a_group_that_took_the_handle_of_another_entry_is_that_entrys_alone(sync: Sync, alpha: UserGroup) -> None:
    sync.sandbox.world.group("beta").handle = "beta-old"
    alpha.handle = "beta"

    report = sync.run()

    assert (report.groups["beta"].id, report.groups["beta"].status) == ("SGALPHA", "updated")
    assert alpha.members == ["UBO"]
    assert report.groups["alpha"].status == "failed"
    assert "Keep one of them" in said(report, "same_group")
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGALPHA"}


def test_without_its_memory_the_sync_takes_a_renamed_group_for_a_missing_one(sync: Sync, alpha: UserGroup) -> None:
    alpha.handle = "alpha-team"
    sync.store.clear()
    sync.configure(config("schedules: [SADA]"))

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert "Did you mean @alpha-team?" in said(report, "no_such_group")
    assert alpha.members == ["UADA"]


def test_and_with_create_if_missing_creates_a_second_one_whose_message_names_the_first(
    sync: Sync, alpha: UserGroup
) -> None:
    """Nothing in Slack tells that they are the same: only the name that is like it helps who reads this."""
    alpha.handle = "alpha-team"
    sync.store.clear()

    report = sync.run()

    assert created(sync) == 1
    assert "Similar handles exist: @alpha-team." in said(report, "created")
    assert alpha.members == ["UADA"]


def test_the_watcher_goes_on_for_a_renamed_group(sync: Sync, alpha: UserGroup) -> None:
    calm = Watching(sync).settled()
    alpha.handle = "alpha-team"
    calm.override("SADA", "PDEE")

    turn = calm.look()
    assert turn.wake == "who is on call changed: SADA"
    calm.run()

    assert alpha.members == ["UDEE"]
    assert calm.look().wake is None
