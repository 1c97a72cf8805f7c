"""A group that Slack does not have yet: when it is created, and as what."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.config import NewGroup
from oncall_sync.models import GroupState
from oncall_sync.rules.targets import DESCRIPTION, with_defaults
from tests.builders import AT, HOUR, Situation, slack_ids

MISSING = Situation(
    on_call={"PDAY": ["ada", "bo"]}, slack={"id": ""}, options={"create_if_missing": {"name": "On call"}}
)


def without_change(situation: Situation, *codes: str) -> str:
    plan = situation.plan()
    assert plan.change is None
    assert plan.id is None
    assert [problem.code for problem in plan.problems] == list(codes)
    return plan.problems[0].message


def test_a_missing_group_is_created_with_the_people_on_call() -> None:
    plan = MISSING.plan()
    assert (plan.id, plan.status, plan.added) == (None, "would_update", slack_ids("ada", "bo"))
    assert plan.change
    assert (plan.change.action, plan.change.group_id, plan.change.before) == ("create", "", ())
    assert plan.change.members == slack_ids("ada", "bo")
    assert plan.change.new == NewGroup(name="On call", description=DESCRIPTION)


def test_with_nobody_on_call_it_is_not_created_whatever_when_empty_says() -> None:
    long_empty = GroupState(empty_since=AT - HOUR)
    for when_empty in ("keep", "disable"):
        options = {**MISSING.options, "when_empty": when_empty}
        quiet = MISSING.but(on_call={"PDAY": []}, options=options, remembered=long_empty)
        assert "; the group is created when somebody is." in without_change(quiet, "nobody_on_call")
        assert quiet.plan().status == "nobody_on_call"


def test_a_fallback_is_reason_enough() -> None:
    plan = MISSING.but(on_call={"PDAY": []}, options={**MISSING.options, "fallback": ["cy"]}).plan()
    assert plan.change
    assert plan.change.members == ("UCY",)


def test_when_nobody_can_be_reached_it_is_not_created_and_has_failed() -> None:
    message = without_change(
        MISSING.but(no_account=["ada", "bo"]), "nobody_reachable", "no_slack_account", "no_slack_account"
    )
    assert "; the group is not created. Correct the addresses" in message


def test_with_more_people_than_max_members_it_is_not_created() -> None:
    message = without_change(MISSING.but(options={**MISSING.options, "max_members": "1"}), "max_members")
    assert "; the group is not created. Correct the sources" in message


def test_when_its_schedule_cannot_be_read_it_is_not_created() -> None:
    without_change(MISSING.but(broken=["PDAY"]), "pagerduty_down")


def test_with_a_readable_schedule_beside_an_unreadable_one_it_is_created_and_has_failed() -> None:
    """As people join one that exists: some of those on call are better than nobody."""
    plan = MISSING.but(on_call={"PDAY": ["ada"], "PNIGHT": []}, broken=["PNIGHT"]).plan()
    assert plan.status == "failed"
    assert plan.change
    assert (plan.change.action, plan.change.members) == ("create", ("UADA",))


@pytest.mark.parametrize(
    ("handle", "asked", "name", "description"),
    [
        ("platform-oncall", {}, "Platform oncall", DESCRIPTION),
        ("data_on.call", {}, "Data on call", DESCRIPTION),
        ("-", {}, "-", DESCRIPTION),
        ("x", {"name": "X team", "description": "Ask us"}, "X team", "Ask us"),
    ],
)
def test_name_and_description_are_those_of_the_config_or_sensible(
    handle: str, asked: dict[str, Any], name: str, description: str
) -> None:
    channels = ("C0123",)
    new = with_defaults(handle, NewGroup(**asked, channels=channels))
    assert new == NewGroup(name=name, description=description, channels=channels)


def test_the_default_description_is_one_that_slack_takes() -> None:
    assert NewGroup.model_validate({"description": DESCRIPTION})
