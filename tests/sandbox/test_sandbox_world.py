"""Worlds: the shipped one keeps its promises, mistakes in a file are refused, big ones are cheap."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
from pydantic import ValidationError

from sandbox import Sandbox, World
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


def test_there_is_a_channel_to_try_announcements_and_topics_in(shipped: World) -> None:
    channel = shipped.channels["C0ONCALL"]
    assert (channel.name, channel.is_member) == ("oncall", True)
    assert {"chat:write", "channels:read", "channels:write.topic"} < set(shipped.slack.scopes)


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


@pytest.mark.parametrize("off", [False, "off"])
def test_rate_limits_can_be_changed_one_by_one_or_lifted(off: object) -> None:
    changed = World.model_validate({"rate_limits": {"slack": {"users.list": 3}}}).rate_limits
    lifted = World.model_validate({"rate_limits": {"slack": off, "pagerduty": off}}).rate_limits
    assert (changed.slack["users.list"], changed.slack["usergroups.list"], changed.pagerduty) == (3, 20, 960)
    assert (lifted.slack, lifted.pagerduty) == ({}, None)


def test_a_grid_can_start_outdated_or_current() -> None:
    outdated, current = World.grid(groups=2), World.grid(groups=2, current=True)
    assert outdated.group("group-000").members == ["UX00000"]
    expected = {f"U{shift.person[2:]}" for n in range(3) for shift in current.on_call(f"PS{n:05d}") if shift.person}
    assert set(current.group("group-000").members) == expected


def test_a_page_of_100_rows_out_of_1500_schedules_takes_milliseconds() -> None:
    with Sandbox(World.grid(groups=500)) as sandbox, requests.Session() as session:
        session.headers["Authorization"] = f"Token token={sandbox.world.pagerduty.token}"
        query = {"schedule_ids[]": [f"PS{n:05d}" for n in range(100)], "include[]": "users", "limit": "100"}
        took = []
        for _ in range(5):
            began = time.perf_counter()
            answer = session.get(f"{sandbox.pagerduty_url}/oncalls", params=query, timeout=5)
            took.append(time.perf_counter() - began)
        assert len(answer.json()["oncalls"]) == 100
        assert min(took) < 0.05
