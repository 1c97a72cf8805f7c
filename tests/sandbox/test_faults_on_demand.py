"""Faults that tests ask for, as a client sees them, and the record of what was received."""

import time

import pytest
import requests

from sandbox import Fault, Sandbox
from tests.sandbox.clients import Call, Get


def test_a_status_comes_with_its_body_headers_and_type_and_passes(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=502, body="<html>Bad Gateway", headers={"x-edge": "1"}))
    first, second = pagerduty("/oncalls"), pagerduty("/oncalls")
    assert (first.status_code, first.text, first.headers["x-edge"]) == (502, "<html>Bad Gateway", "1")
    assert first.headers["content-type"].startswith("text/html")
    assert second.status_code == 200


def test_a_connection_dropped_before_any_byte(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.faults.add(Fault(kind="drop"))
    with pytest.raises(requests.ConnectionError, match="without response"):
        pagerduty("/oncalls")
    assert pagerduty("/oncalls").status_code == 200


def test_a_connection_reset_in_the_middle_of_the_body(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.faults.add(Fault(kind="drop_body"))
    broken = requests.exceptions.ChunkedEncodingError, requests.ConnectionError
    with pytest.raises(broken, match="reset by peer"):
        pagerduty("/oncalls")


def test_rows_can_come_twice_in_the_opposite_order_or_as_the_page_before(sandbox: Sandbox, pagerduty: Get) -> None:
    def page(offset: int) -> list[str]:
        rows = pagerduty("/oncalls", limit=2, offset=offset).json()["oncalls"]
        return [f"{row['escalation_policy']['id']} {row['user']['id']}" for row in rows]

    first, second = page(0), page(2)
    for kind in ("twice", "backwards", "again"):
        sandbox.faults.add(Fault.model_validate({"kind": kind}))
    twice, backwards, again = page(0), page(0), page(2)
    assert twice == [*first, *first]
    assert backwards != first
    assert again == backwards != second


def test_a_body_shorter_than_announced(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.faults.add(Fault(kind="truncate"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        pagerduty("/oncalls")


def test_json_that_ends_in_the_middle_with_the_right_length(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.faults.add(Fault(kind="truncate_json"))
    answer = pagerduty("/oncalls")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_slow_answer_and_one_of_the_wrong_type_are_otherwise_real(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.faults.add(Fault(kind="slow", delay=0.05, content_type="text/html"))
    began = time.monotonic()
    answer = pagerduty("/oncalls")
    assert time.monotonic() - began >= 0.05
    assert answer.headers["content-type"] == "text/html"
    assert answer.json()["oncalls"]


def test_an_error_code_of_slack(sandbox: Sandbox, slack: Call) -> None:
    sandbox.faults.add(Fault(endpoint="usergroups.list", error="internal_error"))
    assert slack("usergroups.list") == {"ok": False, "error": "internal_error"}
    assert slack("usergroups.list")["ok"]


def test_times_after_and_clear_say_how_often(sandbox: Sandbox, pagerduty: Get) -> None:
    sandbox.faults.add(Fault(after=1, times=2))
    assert [pagerduty("/oncalls").status_code for _ in range(4)] == [200, 500, 500, 200]
    sandbox.faults.add(Fault(times=None))
    assert [pagerduty("/oncalls").status_code for _ in range(3)] == [500, 500, 500]
    sandbox.faults.clear()
    assert pagerduty("/oncalls").status_code == 200


def test_a_fault_may_concern_one_service(sandbox: Sandbox, pagerduty: Get, slack: Call) -> None:
    sandbox.faults.add(Fault(service="slack", times=None, error="fatal_error"))
    assert pagerduty("/oncalls").status_code == 200
    assert not slack("auth.test")["ok"]


def test_an_answer_can_be_lost_after_the_work_was_done(sandbox: Sandbox, slack: Call) -> None:
    sandbox.faults.add(Fault(endpoint="usergroups.users.update", kind="drop", performed=True))
    with pytest.raises(requests.ConnectionError):
        slack("usergroups.users.update", usergroup="SONE", users="UBO")
    assert sandbox.world.group("one").members == ["UBO"]


def test_a_fault_in_place_of_the_answer_does_no_work(sandbox: Sandbox, slack: Call) -> None:
    sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="internal_error"))
    slack("usergroups.users.update", usergroup="SONE", users="UBO")
    assert sandbox.world.group("one").members == ["UADA"]


def test_every_request_is_recorded_with_its_endpoint_parameters_and_status(
    sandbox: Sandbox, pagerduty: Get, slack: Call
) -> None:
    pagerduty("/schedules/PTWO", since="2026-03-02")
    pagerduty("/oncalls", {"schedule_ids[]": ["PDAY"]})
    pagerduty("/no/such")
    slack("usergroups.users.list", usergroup="SONE")
    assert [(each.endpoint, each.params, each.status) for each in sandbox.requests] == [
        ("GET /schedules/{id}", {"id": "PTWO", "since": "2026-03-02"}, 400),
        ("GET /oncalls", {"schedule_ids[]": ["PDAY"]}, 200),
        ("GET /no/such", {}, 404),
        ("usergroups.users.list", {"usergroup": "SONE"}, 200),
    ]
    assert (sandbox.count("pagerduty"), sandbox.count("slack", "usergroups.users.list")) == (3, 1)


def test_a_token_is_never_recorded(sandbox: Sandbox, pagerduty: Get, slack: Call) -> None:
    slack("usergroups.list", token=sandbox.world.slack.token)
    requests.get(f"{sandbox.slack_url}auth.test?token={sandbox.world.slack.token}", timeout=5)
    pagerduty("/oncalls", token=sandbox.world.pagerduty.token)
    record = requests.get(f"{sandbox.url}/_sandbox/requests", timeout=5).text
    assert len(sandbox.requests) == 3
    for token in (sandbox.world.slack.token, sandbox.world.pagerduty.token):
        assert token not in record
        assert token not in str(sandbox.requests)


def test_other_processes_ask_for_faults_and_read_the_record_over_http(sandbox: Sandbox, pagerduty: Get) -> None:
    admin = f"{sandbox.url}/_sandbox"
    fault = {"endpoint": "GET /schedules/{id}", "status": 502, "times": None, "match": {"id": "PDAY"}}
    assert requests.post(f"{admin}/faults", json=fault, timeout=5).status_code == 204
    assert pagerduty("/schedules/PDAY").status_code == 502
    assert requests.delete(f"{admin}/faults", timeout=5).status_code == 204
    assert pagerduty("/schedules/PDAY").status_code == 200
    assert [each["status"] for each in requests.get(f"{admin}/requests", timeout=5).json()] == [502, 200]
    assert requests.delete(f"{admin}/requests", timeout=5).status_code == 204
    assert sandbox.requests == []
