"""The extra of an asset event: what other Dags are told of a change."""

from __future__ import annotations

import pytest

from oncall_sync.models import Event
from tests.builders import change, slack_ids

NAMES = {"UADA": "Ada", "UBO": "Bo", "UCY": "Cy"}


def test_it_tells_who_came_who_went_and_who_is_there_now_with_their_names() -> None:
    planned = change("oncall", "ada", "bo", before=slack_ids("bo", "cy"), names=NAMES)

    assert Event.of(planned, slack_ids("ada", "bo")).model_dump(mode="json") == {
        "handle": "oncall",
        "id": "SONCALL",
        "action": "update",
        "added": ["UADA"],
        "removed": ["UCY"],
        "members": ["UADA", "UBO"],
        "names": NAMES,
    }


def test_it_goes_by_whom_slack_has_taken_not_by_whom_the_plan_had() -> None:
    """An account that was deactivated meanwhile is left out of the write."""
    planned = change("oncall", "ada", "bo", before=slack_ids("cy"), names=NAMES)

    event = Event.of(planned, slack_ids("ada"))

    assert (event.added, event.members) == (("UADA",), ("UADA",))
    assert event.names == {"UADA": "Ada", "UCY": "Cy"}


@pytest.mark.parametrize("action", ["disable", "enable"])
def test_a_group_that_was_disabled_or_enabled_says_so_though_its_members_are_the_same(action: str) -> None:
    planned = change("oncall", "ada", before=slack_ids("ada"), names=NAMES, action=action)

    event = Event.of(planned, slack_ids("ada"))

    assert (event.action, event.added, event.removed, event.members) == (action, (), (), ("UADA",))


def test_a_group_that_was_created_comes_with_its_id() -> None:
    planned = change("oncall", "ada", group_id="", names=NAMES, action="create")

    event = Event.of(planned, slack_ids("ada"), created="S0NEW")

    assert (event.id, event.action, event.added, event.removed) == ("S0NEW", "create", ("UADA",), ())


def test_ids_stand_in_order_whatever_order_slack_gives() -> None:
    planned = change("oncall", before=("UZOE", "UCY"))

    assert Event.of(planned, ("UBO", "UADA")).members == ("UADA", "UBO")
    assert Event.of(planned, ("UBO", "UADA")).removed == ("UCY", "UZOE")


def test_who_is_nowhere_known_has_no_name() -> None:
    assert Event.of(change("oncall", before=("UPIA",), names=NAMES), slack_ids("ada")).names == {"UADA": "Ada"}
