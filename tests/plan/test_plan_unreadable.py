"""What could not be read removes nobody."""

from __future__ import annotations

import pytest

from oncall_sync.models import GroupState
from tests.builders import AT, MINUTE, Situation, slack_ids

ONE_SOURCE = Situation(on_call={"PDAY": ["ada"]}, members=["bo"])
TWO_SOURCES = Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["bo"]}, members=["cy"])

BROKEN = [
    pytest.param({"broken": ["PDAY"]}, "PDAY could not be read", id="PagerDuty could not read the schedule"),
    pytest.param({"unread": ["ada"]}, "ada could not be read", id="PagerDuty could not tell who the person is"),
    pytest.param({"unaskable": ["ada"]}, "Slack answers 503", id="Slack could not look the person up"),
]


@pytest.mark.parametrize(("fault", "told"), BROKEN)
def test_a_group_of_one_unreadable_source_stays_exactly_as_it_is(fault: dict[str, list[str]], told: str) -> None:
    plan = ONE_SOURCE.but(**fault).plan()
    assert (plan.status, plan.change) == ("failed", None)
    assert [m.slack_id for m in plan.members] == ["UBO"]
    assert told in plan.problems[0].message


@pytest.mark.parametrize(("fault", "told"), BROKEN)
def test_a_group_of_several_sources_gets_the_people_of_the_readable_ones_and_loses_nobody(
    fault: dict[str, list[str]], told: str
) -> None:
    plan = TWO_SOURCES.but(**fault).plan()
    assert plan.status == "failed"
    assert plan.change is not None
    assert set(plan.change.members) >= set(slack_ids("bo", "cy"))
    assert plan.removed == ()
    assert told in plan.problems[0].message


def test_who_was_on_call_stays_while_their_schedule_is_unreadable() -> None:
    plan = TWO_SOURCES.but(broken=["PDAY"], on_call={"PDAY": [], "PNIGHT": ["bo"]}, members=["ada"]).plan()
    assert plan.change is not None
    assert plan.change.members == slack_ids("ada", "bo")


def test_with_an_unreadable_source_nothing_is_written_when_the_readable_people_are_in_already() -> None:
    on_call = {"PDAY": [], "PNIGHT": ["bo"]}
    plan = TWO_SOURCES.but(broken=["PDAY"], on_call=on_call, members=["bo", "cy"]).plan()
    assert (plan.status, plan.change) == ("failed", None)


def test_a_group_none_of_whose_sources_is_readable_stays_exactly_as_it_is() -> None:
    situation = TWO_SOURCES.but(
        broken=["PDAY", "PNIGHT"], on_call={"PDAY": [], "PNIGHT": []}, options={"always": ["dan"]}
    )
    plan = situation.plan()
    assert (plan.status, plan.change) == ("failed", None)
    assert [p.message for p in plan.problems] == ["PDAY could not be read", "PNIGHT could not be read"]


def test_the_fallback_does_not_join_while_a_source_is_unreadable() -> None:
    situation = TWO_SOURCES.but(broken=["PDAY"], on_call={"PDAY": [], "PNIGHT": []}, options={"fallback": ["dan"]})
    assert situation.plan().change is None


def test_nobody_leaves_while_an_always_person_could_not_be_looked_up() -> None:
    situation = ONE_SOURCE.but(options={"always": ["dan"]}, unaskable=["dan"])
    plan = situation.plan()
    assert plan.status == "failed"
    assert plan.change is not None
    assert plan.change.members == slack_ids("ada", "bo")


def test_never_people_do_not_join_while_a_source_is_unreadable() -> None:
    situation = TWO_SOURCES.but(broken=["PDAY"], on_call={"PDAY": [], "PNIGHT": ["bo"]}, options={"never": ["bo"]})
    assert situation.plan().change is None


def test_an_unreadable_source_is_told_once() -> None:
    situation = TWO_SOURCES.but(on_call={"PDAY": ["ada"], "PNIGHT": ["ada"]}, unaskable=["ada"])
    assert len(situation.plan().problems) == 1


def test_a_group_that_the_sync_disabled_stays_disabled_while_a_source_is_unreadable() -> None:
    off = GroupState(empty_since=AT - MINUTE, disabled=True)
    situation = TWO_SOURCES.but(broken=["PDAY"], slack={"disabled": True}, remembered=off)
    assert (situation.plan().status, situation.plan().change) == ("failed", None)


def test_people_without_an_account_are_reported_beside_the_unreadable_source() -> None:
    situation = TWO_SOURCES.but(broken=["PDAY"], on_call={"PDAY": [], "PNIGHT": ["bo", "dan"]}, no_account=["dan"])
    assert [p.code for p in situation.plan().problems] == ["pagerduty_down", "no_slack_account"]


def test_the_maximum_of_members_holds_while_a_source_is_unreadable() -> None:
    situation = TWO_SOURCES.but(broken=["PDAY"], on_call={"PDAY": [], "PNIGHT": ["bo"]}, options={"max_members": "1"})
    plan = situation.plan()
    assert (plan.status, plan.change) == ("failed", None)
    assert [p.code for p in plan.problems] == ["pagerduty_down", "max_members"]
