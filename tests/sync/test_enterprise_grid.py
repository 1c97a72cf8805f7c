"""Enterprise Grid: a person has two IDs, and that is no difference."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from oncall_sync.steps import restore
from sandbox.entries import SlackSide
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, config, hand_over

EITHER = get_args(SlackSide.model_fields["user_ids"].annotation)
ORG = {"UADA": "W0ADA", "UBO": "W0BO", "UCY": "W0CY", "UDEE": "W0DEE"}


@pytest.fixture(params=[(u, m) for u in EITHER for m in EITHER], ids="users.{0[0]} members.{0[1]}".format)
def grid(sync: Sync, request: Any) -> Sync:
    """Everybody has two IDs; each of the ways in which Slack was seen to show them. All groups are right."""
    slack, world = sync.sandbox.world.slack, sync.sandbox.world
    slack.user_ids, slack.member_ids = request.param
    for key, other in ORG.items():
        world.accounts[key].enterprise_user = other
    world.group("alpha").members, world.group("late").members = ["UADA"], ["UCY"]
    sync.configure(config())
    return sync


def slack_requests(grid: Sync) -> list[str]:
    """In one more run."""
    grid.sandbox.requests.clear()
    grid.run()
    return [request.endpoint for request in grid.sandbox.requests if request.service == "slack"]


def test_groups_that_are_right_are_never_written_and_the_second_ids_are_asked_for_once(grid: Sync) -> None:
    assert {group.status for group in grid.run().groups.values()} == {"unchanged"}
    assert slack_requests(grid) == ["usergroups.list"]

    grid.store.clear()
    assert grid.run().groups["alpha"].status == "unchanged"
    assert grid.writes() == []


def test_a_handoff_is_written_once_and_not_again(grid: Sync) -> None:
    grid.run()
    hand_over(grid.sandbox.world, "SADA", "PDEE", NOON)

    report = grid.run()

    assert (report.groups["alpha"].status, report.groups["alpha"].problems) == ("updated", ())
    assert grid.members("alpha") == {"UDEE"}
    assert slack_requests(grid) == ["usergroups.list"]


def test_who_is_under_never_is_known_by_either_id(grid: Sync) -> None:
    grid.configure(config("schedules: [SADA, SDEE], never: [dee@acme.example]"))

    assert grid.run().groups["alpha"].status == "unchanged"


def test_who_is_off_call_is_not_asked_for_in_every_run(grid: Sync) -> None:
    """The group keeps its last member while nobody is on call."""
    grid.run()
    grid.sandbox.world.schedules["SCY"].shifts.clear()

    assert grid.run().groups["late"].status == "nobody_on_call"
    assert slack_requests(grid) == ["usergroups.list"]


def test_a_restore_knows_who_is_in_the_group_by_either_id(grid: Sync) -> None:
    grid.run()
    hand_over(grid.sandbox.world, "SADA", "PDEE", NOON)
    grid.run()

    assert restore(grid.events[-1], grid.services())
    assert grid.members("alpha") == {"UADA"}
    assert restore(grid.events[-1], grid.services()) is None
