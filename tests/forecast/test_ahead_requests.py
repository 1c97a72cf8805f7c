"""What a check costs, and what one part that cannot be asked leaves of the others."""

from __future__ import annotations

import pytest

from sandbox import Fault, Sandbox, Team, grid
from tests.forecast.ahead import NOON, Ahead
from tests.sync.driver import Sync


def asked(ahead: Ahead) -> list[str]:
    return [request.endpoint for request in ahead.sandbox.requests]


def test_a_config_without_fault_costs_one_read_of_all_rotations_and_a_look_at_each_person(ahead: Ahead) -> None:
    found = ahead.check()
    assert found.problems == ()
    assert asked(ahead) == [
        "GET /oncalls",
        "auth.test",
        "usergroups.list",
        "usergroups.update",
        *["users.lookupByEmail"] * 3,
    ]
    assert found.requests == {"PagerDuty": 1, "Slack": 6}


def test_a_team_costs_two_and_a_rotation_on_no_policy_one_and_one_for_whom_only_it_names(ahead: Ahead) -> None:
    ahead.world.teams["TEAM"] = Team(members=["PBO"])
    ahead.configure("alpha: {schedules: [SADA, SLOOSE], team_members: [TEAM]}")
    found = ahead.check()
    assert asked(ahead)[:5] == [
        "GET /oncalls",
        "GET /schedules/{id}",
        "GET /teams/{id}",
        "GET /teams/{id}/members",
        "GET /users/{id}",
    ]
    assert found.requests["PagerDuty"] == ahead.sandbox.count("pagerduty") == 5


def test_a_hundred_groups_are_read_in_pages_of_a_hundred_rows_and_their_people_by_listing(ahead: Ahead) -> None:
    """Three people take turns of a week: in 14 days from a Monday noon each schedule has three shifts."""
    world = grid(groups=100, schedules_per_group=1)
    world.clock = lambda: NOON
    with Sandbox(world) as sandbox:
        big = Ahead(Sync(sandbox, ahead.sync.config))
        big.configure("\n".join(f"group-{n:03}: {{schedules: [PS{n:05}]}}" for n in range(100)))
        found = big.check()
    assert found.problems == ()
    assert found.requests == {"PagerDuty": 3, "Slack": 4}
    assert [request.endpoint for request in sandbox.requests].count("users.list") == 1
    assert len(found.names) == 200, "of 100 schedules and 100 groups"


def test_slack_being_down_hides_nothing_that_pagerduty_says(ahead: Ahead) -> None:
    ahead.sandbox.faults.add(Fault(service="slack", status=503, times=None))
    ahead.configure("alpha: {schedules: [SADA, SNOWHERE]}\nbeta: {schedules: [SEMPTY]}")
    found = ahead.check()
    assert [(item.code, item.passing) for item in found.problems] == [
        ("pagerduty_not_found", False),
        ("slack_down", True),
        ("no_coverage", False),
    ]
    assert found.names["SADA"]
    assert found.requests["Slack"] == ahead.sandbox.count("slack", "auth.test") == ahead.sandbox.count("slack")


def test_pagerduty_being_down_hides_nothing_that_slack_says(ahead: Ahead) -> None:
    ahead.sandbox.faults.add(Fault(service="pagerduty", status=503, times=None))
    ahead.world.group("beta").is_idp_group = True
    ahead.configure("alpha: {schedules: [SADA], always: [nora@acme.example]}\nbeta: {schedules: [SBO]}")
    found = ahead.check()
    assert [(item.code, item.passing) for item in found.problems] == [
        ("pagerduty_down", True),
        ("managed_group", False),
        ("no_slack_account", False),
    ]
    assert found.requests["PagerDuty"] == ahead.sandbox.count("pagerduty")


def test_a_rotation_that_cannot_be_read_hides_no_other(ahead: Ahead) -> None:
    ahead.sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))
    ahead.configure("alpha: {schedules: [SLOOSE]}\nbeta: {schedules: [SBO], never: [bo@acme.example]}")
    assert [(item.code, item.groups, item.passing) for item in ahead.check().problems] == [
        ("pagerduty_down", ("alpha",), True),
        ("no_coverage", ("beta",), False),
    ]


def test_a_wrong_key_of_pagerduty_is_one_error_that_says_what_to_do(ahead: Ahead) -> None:
    ahead.world.pagerduty.token = "another"
    found = ahead.check()
    (item,) = found.problems
    assert not item.passing
    assert "The API key in the connection's password is wrong or revoked" in item.message
    assert found.requests["Slack"] == ahead.sandbox.count("slack") == 3


@pytest.mark.parametrize(
    ("endpoint", "others"),
    [
        ("usergroups.list", {"channel_not_found", "no_slack_account"}),
        ("usergroups.update", {"channel_not_found", "no_slack_account"}),
        ("conversations.info", {"no_slack_account"}),
        ("users.lookupByEmail", {"channel_not_found"}),
    ],
)
def test_one_part_of_slack_that_cannot_be_asked_hides_no_other(ahead: Ahead, endpoint: str, others: set[str]) -> None:
    ahead.world.slack.scopes += ["channels:read", "channels:write.topic"]
    ahead.configure("alpha: {schedules: [SNORA], topic: COPS}")
    ahead.sandbox.faults.add(Fault(endpoint=endpoint, status=503, times=None))
    problems = ahead.check().problems
    assert {item.code for item in problems if not item.passing} == others
    assert [item.code for item in problems if item.passing] in (["slack_down"], ["slack_unreadable"])


def test_people_who_could_not_be_looked_up_are_one_item_with_their_groups(ahead: Ahead) -> None:
    ahead.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", status=503, times=None))
    item = ahead.item("slack_unreadable")
    assert item.passing
    assert item.groups == ("alpha", "beta", "late")
    assert item.message.startswith("Ada, Bo, Cy not looked up. Slack users.lookupByEmail: Slack answers 503")


def test_the_worst_comes_first(ahead: Ahead) -> None:
    ahead.configure(
        "alpha: {schedules: [SEMPTY]}\nbeta: {schedules: [SBO], always: [{email: pia@acme.example, until: 2026-03-01}]}"
        "\nlate: {schedules: [SNORA]}"
    )
    assert [item.level for item in ahead.check().problems] == ["error", "warning", "info"]
