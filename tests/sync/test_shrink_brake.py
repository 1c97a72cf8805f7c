"""A mistyped handle must not wipe a large group."""

from __future__ import annotations

from tests.sync.checks import said
from tests.sync.driver import Sync
from tests.sync.worlds import crowd


def test_a_plan_that_wipes_most_of_a_group_waits_until_a_run_accepts_it(sync: Sync) -> None:
    everybody = crowd(sync.sandbox.world, 20)
    sync.sandbox.world.group("alpha").members = list(everybody)

    braked = sync.run()
    assert braked.groups["alpha"].status == "failed"
    assert "from 20 to 1 members" in said(braked, "shrink")
    assert 'accept_shrink ["alpha"]' in said(braked, "shrink")
    assert sync.members("alpha") == set(everybody)
    assert sync.members("late") == {"UCY"}

    other = sync.run(accept_shrink=["beta"])
    assert other.groups["alpha"].status == "failed"
    accepted = sync.run(accept_shrink=["@alpha"])
    assert accepted.groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UADA"}


def test_accept_shrink_for_a_group_that_is_not_in_the_config_stops_the_run(sync: Sync) -> None:
    report = sync.run(accept_shrink=["alhpa"])

    assert [(p.code, "Did you mean @alpha?" in p.message) for p in report.problems] == [("unknown_group", True)]
    assert sync.writes() == []
