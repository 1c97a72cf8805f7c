"""GET /oncalls of the fake PagerDuty: https://developer.pagerduty.com/api-reference, and recorded answers."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox import Override, Person, Sandbox
from tests.sandbox.clients import Get

HANDOFF, HALF_PAST = "2026-03-02T12:00:00Z", "2026-03-02T13:30:00Z"


def rows(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["oncalls"]
    return found


def who(answer: requests.Response) -> list[str]:
    return sorted(row["user"]["id"] for row in rows(answer))


def test_a_schedule_on_two_policies_comes_twice(pagerduty: Get) -> None:
    found = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]}))
    assert [(row["escalation_policy"]["id"], row["user"]["id"]) for row in found] == [
        ("PE1", "PBO"),
        ("PE2", "PBO"),
    ]


@pytest.mark.parametrize("schedule", ["PLOOSE", "PEMPTY", "PNOWHERE"])
def test_a_schedule_without_policy_without_people_or_unknown_has_no_row(pagerduty: Get, schedule: str) -> None:
    assert rows(pagerduty("/oncalls", {"schedule_ids[]": [schedule]})) == []


def test_start_and_end_are_the_true_bounds_of_the_shift(pagerduty: Get) -> None:
    row = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]}))[0]
    assert (row["start"], row["end"]) == (HANDOFF, "2026-03-02T20:00:00Z")


def test_an_endless_shift_has_a_null_end(pagerduty: Get) -> None:
    row = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PEVER"]}))[0]
    assert (row["start"], row["end"]) == ("2026-01-01T00:00:00Z", None)


def test_at_a_handoff_instant_both_people_come(pagerduty: Get) -> None:
    answer = pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]}, since=HANDOFF, until=HANDOFF)
    assert set(who(answer)) == {"PADA", "PBO"}


def test_a_shift_based_schedule_has_a_row_per_person_and_a_reference_of_its_own_type(pagerduty: Get) -> None:
    found = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PTWO"]}))
    assert sorted(row["user"]["id"] for row in found) == ["PADA", "PBO"]
    assert {row["schedule"]["type"] for row in found} == {"schedule_v3_reference"}


def test_a_direct_user_comes_without_schedule_start_and_end_when_no_schedule_is_asked_for(pagerduty: Get) -> None:
    direct = [row for row in rows(pagerduty("/oncalls")) if row["schedule"] is None]
    assert [(row["user"]["id"], row["escalation_level"], row["start"], row["end"]) for row in direct] == [
        ("PADA", 2, None, None)
    ]


def test_without_include_users_are_references_without_email(pagerduty: Get) -> None:
    user = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]}))[0]["user"]
    assert user["type"] == "user_reference"
    assert set(user) == {"id", "type", "summary", "self", "html_url"}


def test_include_users_gives_whole_users_with_the_email_as_it_was_typed(pagerduty: Get) -> None:
    user = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"], "include[]": ["users"]}))[0]["user"]
    assert (user["type"], user["name"], user["email"]) == ("user", "Bo", "Bo@Acme.Example")


def test_a_deleted_user_is_a_bare_reference_even_with_include(pagerduty: Get) -> None:
    user = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PLEFT"], "include[]": ["users"]}))[0]["user"]
    assert user["type"] == "user_reference"
    assert user["deleted_at"]
    assert "email" not in user
    assert "name" not in user


def test_an_override_takes_the_place_of_everyone_and_shows_its_own_bounds(sandbox: Sandbox, pagerduty: Get) -> None:
    start, end = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (13, 14))
    sandbox.world.schedules["PDAY"].overrides.append(Override(person="PCY", start=start, end=end))
    row = rows(pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]}, since=HALF_PAST, until=HALF_PAST))[0]
    assert (row["user"]["id"], row["start"], row["end"]) == (
        "PCY",
        "2026-03-02T13:00:00Z",
        "2026-03-02T14:00:00Z",
    )


def test_the_world_may_change_while_it_is_served(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.world.people["PNEW"] = Person(name="New", email="new@acme.example")
    sandbox.world.schedules["PEVER"].shifts[0].person = "PNEW"
    assert who(pagerduty("/oncalls", {"schedule_ids[]": ["PEVER"]})) == ["PNEW"]


def test_a_window_gives_every_shift_that_touches_it(pagerduty: Get) -> None:
    answer = pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]}, since="2026-03-02T13:00:00Z", until="2026-03-03")
    starts = [row["start"][11:13] for row in rows(answer) if row["escalation_policy"]["id"] == "PE1"]
    assert starts == ["12", "20"]


def test_shifts_are_known_for_90_days_and_no_further(pagerduty: Get) -> None:
    assert who(pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]}, since="2026-09-01", until="2026-09-01")) == []


def test_a_schedule_that_the_key_may_not_read_has_no_row(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.world.pagerduty.forbidden.append("PDAY")
    assert rows(pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]})) == []
