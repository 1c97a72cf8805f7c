"""Every ID of PagerDuty exists and may be read, and has its name beside it."""

from __future__ import annotations

import pytest

from sandbox import Policy, Team
from tests.forecast.ahead import Ahead


@pytest.fixture
def named(ahead: Ahead) -> Ahead:
    """Schedules of every kind, a policy and a team, each with a name; NOBODY has no row in /oncalls."""
    for key, schedule in ahead.world.schedules.items():
        schedule.name = f"Schedule {key}"
    ahead.world.policies["POLICY1"].name = "First policy"
    ahead.world.policies["NOBODY"] = Policy(name="Quiet policy", levels=[["SEMPTY"]])
    ahead.world.teams["TEAM"] = Team(name="The team", members=["PADA"])
    return ahead


def test_each_group_lists_its_ids_and_each_id_its_name(named: Ahead) -> None:
    named.configure(
        """alpha: {schedules: [SADA, SPAIR, SLOOSE, SLOOSEPAIR, SEMPTY], fallback: [pia@acme.example], id: SGALPHA}
        beta: {escalation_policies: [{id: POLICY1, levels: [1, 2]}, {id: NOBODY, levels: all}]}
        late: {team_members: [TEAM]}"""
    )
    found = named.check()
    assert found.groups == {
        "alpha": {each: each for each in ("SADA", "SPAIR", "SLOOSE", "SLOOSEPAIR", "SEMPTY")} | {"id": "SGALPHA"},
        "beta": {"POLICY1 level 1": "POLICY1", "POLICY1 level 2": "POLICY1", "NOBODY all levels": "NOBODY"},
        "late": {"team TEAM": "TEAM"},
    }
    expected = {each: f"Schedule {each}" for each in found.groups["alpha"] if each != "id"}
    expected |= {"POLICY1": "First policy", "NOBODY": "Quiet policy", "TEAM": "The team", "SGALPHA": "@alpha"}
    assert {key: found.names[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("schedules: [SNOWHERE]", "PagerDuty schedule SNOWHERE could not be read."),
        ("escalation_policies: [NOWHERE]", "PagerDuty escalation policy NOWHERE level 1 could not be read."),
        ("team_members: [NOWHERE]", "PagerDuty team NOWHERE could not be read."),
    ],
)
def test_an_id_that_does_not_exist_is_an_error_with_what_to_do(ahead: Ahead, source: str, told: str) -> None:
    ahead.configure(f"alpha: {{{source}}}\nbeta: {{{source}}}\nlate: {{schedules: [SCY]}}")
    item = ahead.item("pagerduty_not_found")
    assert (item.level, item.groups) == ("error", ("alpha", "beta"))
    assert item.message.startswith(told)
    assert "Check the ID in the config" in item.message


@pytest.mark.parametrize(
    ("source", "hidden"),
    [("schedules: [SADA]", "SADA"), ("escalation_policies: [POLICY1]", "POLICY1"), ("team_members: [TEAM]", "TEAM")],
)
def test_an_id_that_this_key_may_not_read_is_an_error_with_what_to_do(named: Ahead, source: str, hidden: str) -> None:
    named.world.pagerduty.forbidden = [hidden]
    named.configure(f"alpha: {{{source}}}\nlate: {{schedules: [SCY]}}")
    item = named.item("pagerduty_forbidden")
    assert item.groups == ("alpha",)
    assert "Give the API key access" in item.message


def test_a_level_that_a_policy_does_not_have_is_an_error(ahead: Ahead) -> None:
    ahead.configure("alpha: {escalation_policies: [{id: POLICY1, levels: [1, 7]}]}")
    item = ahead.item("no_targets")
    assert item.level == "error"
    assert "PagerDuty escalation policy POLICY1 level 7: it can page nobody" in item.message
