"""Enterprise Grid: a person has two IDs, and that is no difference."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from sandbox.entries import SlackSide
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, config, hand_over

EITHER = get_args(SlackSide.model_fields["user_ids"].annotation)
ORG = {"UADA": "W0ADA", "UBO": "W0BO", "UCY": "W0CY", "UDEE": "W0DEE"}


@pytest.fixture(params=[(u, m) for u in EITHER for m in EITHER], ids="users.{0[0]} members.{0[1]}".format)
def grid(sync: Sync, request: Any) -> Sync:
    """Everybody has two IDs; each of the ways in which Slack was seen to show them. alpha and late are right."""
    slack, world = sync.sandbox.world.slack, sync.sandbox.world
    slack.user_ids, slack.member_ids = request.param
    for key, other in ORG.items():
        world.accounts[key].enterprise_user = other
    world.group("alpha").members, world.group("late").members = ["UADA"], ["UCY"]
    sync.configure(config())
    return sync


def test_groups_that_are_right_are_never_written(grid: Sync) -> None:
    for _ in range(3):
        report = grid.run()
        assert {group.status for group in report.groups.values()} == {"unchanged"}
    assert grid.writes() == []


def test_the_second_id_of_a_person_is_asked_for_once(grid: Sync) -> None:
    grid.run()
    grid.run()
    grid.sandbox.requests.clear()

    grid.run()

    assert [request.endpoint for request in grid.sandbox.requests if request.service == "slack"] == ["usergroups.list"]


def test_a_handoff_is_written_once_and_not_again(grid: Sync) -> None:
    grid.run()
    hand_over(grid.sandbox.world, "SADA", "PDEE", NOON)

    report = grid.run()
    assert (report.groups["alpha"].status, report.groups["alpha"].problems) == ("updated", ())
    assert grid.members("alpha") == {"UDEE"}

    grid.sandbox.requests.clear()
    assert grid.run().groups["alpha"].status == "unchanged"
    assert grid.run().groups["alpha"].status == "unchanged"
    assert grid.writes() == []


def test_with_memory_lost_it_is_no_difference_either(grid: Sync) -> None:
    grid.run()
    grid.store.clear()

    assert grid.run().groups["alpha"].status == "unchanged"
    assert grid.writes() == []


def test_who_is_under_never_is_known_by_either_id(grid: Sync) -> None:
    grid.configure(config("schedules: [SADA, SDEE], never: [dee@acme.example]"))

    assert grid.run().groups["alpha"].status == "unchanged"
    assert grid.members("alpha") == {"UADA"}


def test_who_is_known_and_off_call_is_not_asked_for_in_every_run(grid: Sync) -> None:
    """The group keeps its last member while nobody is on call."""
    grid.run()
    grid.sandbox.world.schedules["SCY"].shifts.clear()
    grid.run()
    grid.sandbox.requests.clear()

    assert grid.run().groups["late"].status == "nobody_on_call"
    assert [request.endpoint for request in grid.sandbox.requests if request.service == "slack"] == ["usergroups.list"]
