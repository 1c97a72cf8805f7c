"""Worlds: the shipped one keeps its promises, mistakes in a file are refused, big ones are cheap."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from sandbox import World
from tests.sandbox.clients import Json

GROUPS = {
    "platform-oncall": ["PC5BGL2", "PNB6DMH", "PR892VA"],
    "storage-oncall": ["PIMZEZC", "P8KF5JL"],
    "platform-leads": ["P9SFCKV"],
    "eng-oncall": ["PC5BGL2", "PNB6DMH", "PR892VA", "PIMZEZC", "P8KF5JL"],
}
QUARTERS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * n) for n in range(4 * 24 * 14)]


def on_call(world: World, handle: str, at: datetime) -> set[str]:
    """Emails of everyone on call for a group."""
    found = [shift.person for schedule in GROUPS[handle] for shift in world.on_call(schedule, at)]
    return {world.people[person].email for person in found if person}


@pytest.fixture(scope="module")
def shipped() -> World:
    return World.load()


@pytest.mark.parametrize("handle", GROUPS)
def test_at_any_time_every_group_has_people_on_call_who_are_all_in_slack(shipped: World, handle: str) -> None:
    for at in QUARTERS:
        reachable = on_call(shipped, handle, at) - {"noop@example.org"}
        assert reachable
        assert all(shipped.account_id(email) for email in reachable), at


@pytest.mark.parametrize("handle", GROUPS)
def test_the_members_of_every_group_are_outdated_at_first(shipped: World, handle: str) -> None:
    members = set(shipped.group(handle).members)
    for at in QUARTERS:
        emails = on_call(shipped, handle, at) - {"noop@example.org"}
        assert {shipped.account_id(email) for email in emails} != members


def test_a_rotation_has_a_gap_now_and_then_and_somebody_writes_an_email_in_capitals(shipped: World) -> None:
    gaps = ["noop@example.org" in on_call(shipped, "platform-oncall", at) for at in QUARTERS]
    assert 0 < sum(gaps) < len(gaps)
    assert any(person.email != person.email.lower() for person in shipped.people.values())


def test_handoffs_can_be_made_frequent_and_come_one_after_another() -> None:
    world = World.load()
    world.hand_off_every(60)
    rotations = [each for schedule in world.schedules.values() for each in schedule.rotation]
    assert {rotation.every for rotation in rotations} == {timedelta(seconds=60)}
    seconds = {int(rotation.since.timestamp()) % 60 for rotation in rotations}
    assert len(seconds) == len(rotations)


@pytest.mark.parametrize(
    ("mistake", "reason"),
    [
        ({"shedules": {}}, "Extra inputs are not permitted"),
        ({"user_groups": {"S1": {"handle": "x", "members": ["UNOBODY"]}}}, "used but not defined: UNOBODY"),
        ({"policies": {"PE": {"levels": [["PNOWHERE"]]}}}, "used but not defined: PNOWHERE"),
        ({"user_groups": {"S1": {"handle": "x", "channels": ["CNOWHERE"]}}}, "used but not defined: CNOWHERE"),
        (
            {
                "people": {"PA": {"name": "A", "email": "a@acme.example"}},
                "schedules": {
                    "PX": {"rotation": [{"people": ["PA"], "every": "1d", "since": "2026-01-01T00:00:00Z"}] * 2}
                },
            },
            "use kind: v3 for several people",
        ),
    ],
)
def test_a_world_with_a_mistake_is_refused(mistake: Json, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        World.model_validate(mistake)
