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


def test_it_goes_by_whom_slack_has_taken_in_whatever_order_not_by_whom_the_plan_had() -> None:
    """An account that was deactivated meanwhile is left out of the write."""
    planned = change("oncall", "zoe", "ada", "bo", before=("UZOE", "UCY"), names=NAMES)

    event = Event.of(planned, ("UBO", "UADA"))

    assert (event.added, event.removed, event.members) == (("UADA", "UBO"), ("UCY", "UZOE"), ("UADA", "UBO"))
    assert event.names == NAMES


@pytest.mark.parametrize("action", ["disable", "enable"])
def test_a_group_that_was_disabled_or_enabled_says_so_though_its_members_are_the_same(action: str) -> None:
    planned = change("oncall", "ada", before=slack_ids("ada"), names=NAMES, action=action)

    event = Event.of(planned, slack_ids("ada"))

    assert (event.action, event.added, event.removed, event.members) == (action, (), (), ("UADA",))


def test_a_group_that_was_created_comes_with_its_id() -> None:
    planned = change("oncall", "ada", group_id="", names=NAMES, action="create")

    event = Event.of(planned, slack_ids("ada"), created="S0NEW")

    assert (event.id, event.action, event.added, event.removed) == ("S0NEW", "create", ("UADA",), ())
