"""Faults of the network and of the services: once, and nobody notices; for good, and nobody is lost."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.models import Report
from sandbox import Fault
from tests.sync.checks import BEFORE
from tests.sync.driver import Sync
from tests.sync.worlds import config, crowd

AFTER = BEFORE | {"alpha": {"UADA", "UDEE"}, "late": {"UCY"}}

HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
FAULTS: dict[str, dict[str, Any]] = {
    "HTML 502 page": {"status": 502, "body": HTML},
    "500": {"status": 500},
    "503 that asks to wait": {"status": 503, "headers": {"retry-after": "2"}},
    "504": {"status": 504},
    "HTML page with status 200": {"status": 200, "body": "<html>Please sign in</html>"},
    "empty body with status 200": {"status": 200, "body": ""},
    "JSON without what it should hold": {"status": 200, "body": '{"ok": true}'},
    "JSON that is no object": {"status": 200, "body": "[1]"},
    "truncated body": {"kind": "truncate"},
    "truncated JSON": {"kind": "truncate_json"},
    "dropped connection": {"kind": "drop"},
    "dropped in the middle": {"kind": "drop_body"},
    "429 with ratelimit-reset": {"status": 429, "headers": {"ratelimit-reset": "7"}},
    "429 with Retry-After": {"status": 429, "headers": {"retry-after": "7"}},
    "429 without headers": {"status": 429},
    "429 without body": {"status": 429, "body": ""},
}
SLACK_CODES: dict[str, dict[str, Any]] = {
    code: {"error": code} for code in ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
}
ENDPOINTS = [
    "GET /oncalls",
    "GET /schedules/{id}",
    "GET /users/{id}",
    "users.lookupByEmail",
    "usergroups.list",
    "usergroups.users.update",
]
CASES = [(endpoint, name, fault) for endpoint in ENDPOINTS for name, fault in FAULTS.items()]
CASES += [(endpoint, name, fault) for endpoint in ENDPOINTS[3:] for name, fault in SLACK_CODES.items()]
IDS = [f"{endpoint}: {name}" for endpoint, name, _ in CASES]


def members(sync: Sync) -> dict[str, set[str]]:
    return {handle: sync.members(handle) for handle in BEFORE}


def problems(report: Report) -> set[str]:
    return {p.code for p in report.problems} | {p.code for group in report.groups.values() for p in group.problems}


@pytest.fixture
def everything(sync: Sync) -> Sync:
    """alpha rests on Ada, who comes with /oncalls, and Dee, for whom a schedule and a user are asked for."""
    sync.sandbox.world.schedules["SLOOSE"].shifts[0].person = "PDEE"
    sync.configure(config("schedules: [SADA, SLOOSE]"))
    return sync


@pytest.mark.parametrize(("endpoint", "_name", "fault"), CASES, ids=IDS)
def test_a_fault_that_passes_is_not_noticed(everything: Sync, endpoint: str, _name: str, fault: dict[str, Any]) -> None:
    everything.sandbox.faults.add(Fault(endpoint=endpoint, times=1, **fault))

    report = everything.run()

    assert problems(report) == set()
    assert members(everything) == AFTER
    assert report.counts["updated"] == 2
    assert everything.sandbox.count("slack", "usergroups.users.update") <= 3


PASSING = {"pagerduty_down", "pagerduty_broken_answer", "slack_down", "slack_broken_answer", "rate_limited"}


@pytest.mark.parametrize(("endpoint", "_name", "fault"), CASES, ids=IDS)
def test_a_fault_that_stays_takes_nobody_out_of_a_group(
    everything: Sync, endpoint: str, _name: str, fault: dict[str, Any]
) -> None:
    everything.budget = 10
    everything.sandbox.faults.add(Fault(endpoint=endpoint, times=None, **fault))

    report = everything.run()

    assert members(everything)["beta"] == {"UBO"}
    assert members(everything)["design"] == BEFORE["design"]
    # A write whose answer is spoilt has been carried out: then everybody planned is in, which loses nobody either.
    written = endpoint == "usergroups.users.update" and members(everything)["alpha"] == AFTER["alpha"]
    assert members(everything)["alpha"] >= {"UPIA"} or written
    assert {write.params["usergroup"] for write in everything.writes()} <= {"SGALPHA", "SGLATE"}
    assert problems(report) & (PASSING | {"slack_unreadable", *SLACK_CODES})
    assert report.groups == {} or report.groups["alpha"].status == "failed"
    assert sum(everything.slept) <= 3 * everything.budget + 60, "waits are bounded"


@pytest.mark.parametrize("endpoint", ["GET /oncalls", "usergroups.list", "usergroups.users.update"])
def test_the_sync_goes_right_again_after_the_fault(everything: Sync, endpoint: str) -> None:
    everything.sandbox.faults.add(Fault(endpoint=endpoint, times=None, status=503))
    everything.run()
    everything.sandbox.faults.clear()

    report = everything.run()

    assert members(everything) == AFTER
    assert report.counts["failed"] == 0


def test_an_answer_that_got_lost_is_not_a_second_change(everything: Sync) -> None:
    """Slack wrote the group, and the answer was lost: the write is repeated with the same complete set."""
    lost = Fault(endpoint="usergroups.users.update", kind="truncate", performed=True, times=1)
    everything.sandbox.faults.add(lost)

    report = everything.run()

    assert members(everything) == AFTER
    assert report.counts["updated"] == 2
    assert report.groups["alpha"].removed == ("UPIA",)


def test_one_schedule_that_cannot_be_read_costs_only_the_groups_that_rest_on_it(everything: Sync) -> None:
    down = Fault(endpoint="GET /schedules/{id}", match={"id": "SLOOSE"}, status=502, body=HTML, times=None)
    everything.sandbox.faults.add(down)

    report = everything.run()

    assert report.groups["alpha"].status == "failed"
    assert "SLOOSE" in report.groups["alpha"].problems[0].message
    assert "<html" not in report.model_dump_json()
    assert members(everything) == BEFORE | {"alpha": {"UPIA", "UADA"}, "late": {"UCY"}}


def redirect(sync: Sync, service: str) -> Fault:
    fault = {"service": service, "status": 302, "headers": {"location": f"{sync.sandbox.url}/elsewhere"}, "body": ""}
    return sync.sandbox.faults.add(Fault.model_validate({**fault, "times": None}))


def test_a_redirect_of_pagerduty_stops_the_run_at_once_for_it_concerns_the_whole_host(sync: Sync) -> None:
    redirect(sync, "pagerduty")

    report = sync.run()

    assert members(sync) == BEFORE
    assert [request.endpoint for request in sync.sandbox.requests] == ["GET /oncalls"]
    assert [problem.code for problem in report.problems] == ["pagerduty_refused"]
    assert "302" in report.problems[0].message
    assert "host" in report.problems[0].message


def test_a_redirect_of_slack_stops_the_run_before_any_write(sync: Sync) -> None:
    redirect(sync, "slack")

    report = sync.run()

    assert members(sync) == BEFORE
    assert sync.writes() == []
    assert len(report.problems) == 1


def test_a_key_that_may_read_nothing_is_told_which_access_it_needs(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(service="pagerduty", status=403, times=None))

    report = sync.run()

    assert members(sync) == BEFORE
    assert sync.writes() == []
    assert "oncalls.read, schedules.read, users.read" in report.model_dump_json()


def test_no_report_ever_holds_a_token(everything: Sync) -> None:
    """Whatever goes wrong, and also where the service repeats what it was sent."""
    for service, token in (("pagerduty", "sandbox-pagerduty-key"), ("slack", "xoxb-sandbox-slack-token")):
        for fault in ({"kind": "drop"}, {"status": 502}, {"status": 418, "body": "short and stout"}):
            everything.sandbox.faults.clear()
            everything.sandbox.faults.add(Fault.model_validate({"service": service, "times": None, **fault}))
            assert token not in everything.run().model_dump_json()
            assert token not in str(everything.store)


def test_where_slack_refuses_every_look_up_the_groups_of_known_people_go_on(sync: Sync) -> None:
    crowd(sync.sandbox.world, 6)
    sync.configure("groups: {alpha: {schedules: [SADA]}}")
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UBO"]
    before = sync.members("late")
    sync.configure(
        "groups: {alpha: {schedules: [SADA]}, late: {schedules: [S0000, S0001, S0002, S0003, S0004, S0005]}}"
    )
    sync.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", error="permission_denied", times=None))

    report = sync.run()

    assert (report.groups["alpha"].status, sync.members("alpha")) == ("updated", {"UADA"})
    assert (report.groups["late"].status, sync.members("late")) == ("failed", before)
    assert "permission_denied" in report.groups["late"].problems[0].message
