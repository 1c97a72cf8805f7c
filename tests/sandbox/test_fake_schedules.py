"""The fake PagerDuty's schedules, layer-based (v2) and shift-based (v3)."""

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.clients import Get

HANDOFF, LATER = "2026-03-02T12:00:00Z", "2026-03-02T12:00:01Z"


def entries(answer: requests.Response) -> list[tuple[str, str, str]]:
    assert answer.status_code == 200, answer.text
    return [
        (entry["user"]["id"], entry["start"], entry["end"])
        for entry in answer.json()["schedule"]["final_schedule"]["rendered_schedule_entries"]
    ]


def test_without_a_window_nothing_is_rendered(pagerduty: Get) -> None:
    assert entries(pagerduty("/schedules/PDAY")) == []


def test_entries_are_cut_to_the_window(pagerduty: Get) -> None:
    found = entries(pagerduty("/schedules/PDAY", since="2026-03-02T13:00:00Z", until="2026-03-02T14:00:00Z"))
    assert found == [("PBO", "2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z")]


def test_overflow_shows_the_true_bounds(pagerduty: Get) -> None:
    window = {"since": "2026-03-02T13:00:00Z", "until": "2026-03-02T13:00:00Z"}
    found = entries(pagerduty("/schedules/PDAY", **window, overflow="true"))
    assert found == [("PBO", "2026-03-02T12:00:00Z", "2026-03-02T20:00:00Z")]


def test_a_window_of_less_than_a_second_may_render_nothing(pagerduty: Get) -> None:
    assert entries(pagerduty("/schedules/PDAY", since=HANDOFF, until="2026-03-02T12:00:00.000250Z")) == []


def test_entries_carry_no_email(pagerduty: Get) -> None:
    schedule = pagerduty("/schedules/PDAY", since=HANDOFF).json()["schedule"]
    assert "acme.example" not in str(schedule["final_schedule"]).lower()


def test_a_schedule_on_no_policy_can_be_read_by_itself(pagerduty: Get) -> None:
    assert entries(pagerduty("/schedules/PLOOSE", since=HANDOFF, until=HANDOFF))[0][0] == "PCY"


def test_a_layer_based_schedule_answers_400_on_the_v3_path(pagerduty: Get) -> None:
    answer = pagerduty("/v3/schedules/PDAY")
    message = "This is a layer-based schedule. Use the v2 Schedules API to access it."
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


@pytest.mark.parametrize("path", ["/schedules/PNOWHERE", "/schedules/PNOWHERE/users", "/v3/schedules/PNOWHERE"])
def test_an_unknown_schedule_is_not_found(pagerduty: Get, path: str) -> None:
    answer = pagerduty(path)
    assert (answer.status_code, answer.json()) == (404, {"error": {"message": "Not Found", "code": 2100}})


def test_a_schedule_that_the_key_may_not_read_is_denied(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.world.pagerduty.forbidden.append("PDAY")
    answer = pagerduty("/schedules/PDAY")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, 2010)


def test_a_shift_based_schedule_lists_overlapping_assignments_with_user_ids_alone(pagerduty: Get) -> None:
    answer = pagerduty("/v3/schedules/PTWO", {"include[]": "final_schedule"}, since=HANDOFF, until=LATER)
    assignments = answer.json()["schedule"]["final_schedule"]["computed_shift_assignments"]
    assert [each["member"] for each in assignments] == [
        {"type": "user_member", "user_id": "PADA"},
        {"type": "user_member", "user_id": "PBO"},
    ]


def test_a_slot_that_nobody_has_is_an_empty_member(pagerduty: Get) -> None:
    window = {"since": "2026-03-02T16:00:00Z", "until": "2026-03-02T16:00:01Z"}
    answer = pagerduty("/v3/schedules/PTWO", {"include[]": "final_schedule"}, **window)
    assignments = answer.json()["schedule"]["final_schedule"]["computed_shift_assignments"]
    assert {each["member"]["type"] for each in assignments} == {"user_member", "empty_member"}
