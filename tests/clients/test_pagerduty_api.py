"""The PagerDuty client: what it sends, what it returns, and which error says what."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.transport import WaitBudget
from sandbox import Fault, Rotation, Sandbox
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, crowd

MINUTE = timedelta(minutes=1)


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    return sync.sandbox


@pytest.fixture
def api(sync: Sync) -> PagerDutyApi:
    return sync.pagerduty("")


def params(sandbox: Sandbox, number: int = 0) -> dict[str, Any]:
    return sandbox.requests[number].params


# ── endpoints ────────────────────────────────────────────────────────────────────────────────────────────


def test_oncalls_asks_for_one_instant_with_users_and_large_pages(api: PagerDutyApi, sandbox: Sandbox) -> None:
    pages = list(api.oncalls("schedule", ["SADA", "SBO"], NOON))

    assert params(sandbox) == {
        "schedule_ids[]": ["SADA", "SBO"],
        "include[]": ["users"],
        "since": "2026-03-02T12:00:00Z",
        "until": "2026-03-02T12:00:00Z",
        "time_zone": "UTC",
        "total": "true",
        "limit": "100",
        "offset": "0",
    }
    assert [(row["schedule"]["id"], row["user"]["email"]) for row in pages[0]["oncalls"]] == [
        ("SADA", "ada@acme.example"),
        ("SBO", "bo@acme.example"),
        ("SADA", "ada@acme.example"),
    ]


def test_oncalls_follows_more_to_the_last_page(api: PagerDutyApi, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 201)

    pages = list(api.oncalls("schedule", [f"S{n:04}" for n in range(201)], NOON))

    assert [(len(page["oncalls"]), page["total"]) for page in pages] == [(100, 201), (100, 201), (1, 201)]
    assert api.requests == 3


def test_an_empty_page_that_promises_more_is_broken_and_not_followed_for_ever(
    api: PagerDutyApi, sandbox: Sandbox
) -> None:
    body = '{"oncalls": [], "more": true}'
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body, times=None))

    with pytest.raises(BrokenAnswer, match="do not end"):
        list(api.oncalls("schedule", ["SADA"], NOON))
    assert sandbox.count("pagerduty") == 1


def test_pages_stop_before_the_offset_that_pagerduty_refuses(api: PagerDutyApi, sandbox: Sandbox) -> None:
    body = json.dumps({"oncalls": [{}] * 100, "more": True})
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body, times=None))

    with pytest.raises(BrokenAnswer, match="do not end"):
        list(api.oncalls("schedule", ["SADA"], NOON))
    assert params(sandbox, -1)["offset"] == "9900"


def test_more_rows_than_pagerduty_tells_are_refused_at_the_first_page(api: PagerDutyApi, sandbox: Sandbox) -> None:
    """Behind offset 10,000 it would tell nothing: half the rows are not taken for all of them."""
    body = '{"oncalls": [], "more": true, "total": 10001}'
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body, times=None))

    with pytest.raises(Refused, match="there are 10001 rows, and PagerDuty tells only 10000") as refused:
        list(api.oncalls("schedule", ["SADA"], NOON))

    assert refused.value.code == "pagerduty_too_many_rows"
    assert sandbox.count("pagerduty") == 1


SPANS: dict[str, tuple[Callable[[PagerDutyApi], Any], str, str]] = {
    "/oncalls, an instant": (lambda api: list(api.oncalls("schedule", ["SADA"], NOON)), "12:00:00", "12:00:00"),
    "/oncalls, a span": (
        lambda api: list(api.oncalls("schedule", ["SADA"], NOON, NOON + HOUR)),
        "12:00:00",
        "13:00:00",
    ),
    "/schedules, an instant": (lambda api: api.schedule("SLOOSE", NOON), "12:00:00", "12:00:01"),
    "/schedules, a span": (lambda api: api.schedule("SLOOSE", NOON, NOON + HOUR), "12:00:00", "13:00:00"),
    "/v3/schedules, an instant": (lambda api: api.v3_schedule("SPAIR", NOON), "12:00:00", "12:00:01"),
    "/v3/schedules, a span": (lambda api: api.v3_schedule("SPAIR", NOON, NOON + HOUR), "12:00:00", "13:00:00"),
}


@pytest.mark.parametrize(("ask", "since", "until"), SPANS.values(), ids=SPANS)
def test_a_span_is_asked_for_from_its_beginning_to_its_end_and_an_instant_as_the_shortest_there_is(
    api: PagerDutyApi, sandbox: Sandbox, ask: Callable[[PagerDutyApi], Any], since: str, until: str
) -> None:
    ask(api)

    asked = (params(sandbox)["since"], params(sandbox)["until"], params(sandbox)["time_zone"])
    assert asked == (f"2026-03-02T{since}Z", f"2026-03-02T{until}Z", "UTC")


def test_every_page_of_a_span_is_of_the_same_span(api: PagerDutyApi, sandbox: Sandbox) -> None:
    sandbox.world.schedules["SADA"].shifts = []
    sandbox.world.schedules["SADA"].rotation = [Rotation(people=["PADA", "PBO"], every=MINUTE, since=NOON)]

    pages = list(api.oncalls("schedule", ["SADA"], NOON, NOON + 2 * HOUR))

    # 120 minutes and who comes at the end, on two policies.
    assert [len(page["oncalls"]) for page in pages] == [100, 100, 2 * 121 - 200]
    assert {(request.params["since"], request.params["until"]) for request in sandbox.requests} == {
        ("2026-03-02T12:00:00Z", "2026-03-02T14:00:00Z")
    }


def test_schedule_entries_have_their_true_bounds(api: PagerDutyApi, sandbox: Sandbox) -> None:
    entries = api.schedule("SLOOSE", NOON)["final_schedule"]["rendered_schedule_entries"]

    assert [(entry["user"]["id"], entry["start"]) for entry in entries] == [("PCY", "2026-01-01T00:00:00Z")]
    assert (params(sandbox)["until"], params(sandbox)["overflow"]) == ("2026-03-02T12:00:01Z", "true")


def test_shift_assignments_tell_several_people(api: PagerDutyApi) -> None:
    assignments = api.v3_schedule("SPAIR", NOON)["final_schedule"]["computed_shift_assignments"]

    assert sorted(each["member"]["user_id"] for each in assignments) == ["PADA", "PBO"]


def test_user_tells_the_email(api: PagerDutyApi) -> None:
    assert api.user("PDEE")["email"] == "Dee@Acme.Example"


@pytest.mark.parametrize("name", ["../users", "a b", "x?y=1", "ünï"])
def test_an_id_never_reaches_beyond_its_place_in_the_path(api: PagerDutyApi, sandbox: Sandbox, name: str) -> None:
    with pytest.raises(Refused):
        api.schedule(name, NOON)
    assert sandbox.requests[0].endpoint != "GET /users"
    assert "y" not in params(sandbox)


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("token", "header"),
    [("u+abc-DEF", "Token token=u+abc-DEF"), ("pdus+_0XBPWQQ_abc", "Bearer pdus+_0XBPWQQ_abc")],
    ids=["API key", "OAuth token of an app"],
)
def test_both_kinds_of_token_are_sent_as_pagerduty_wants_them(token: str, header: str) -> None:
    assert PagerDutyApi(token)._http._session.headers["Authorization"] == header


def test_an_entry_in_netrc_does_not_replace_the_key(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests prefers ~/.netrc to a plain header."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert PagerDutyApi("sandbox-pagerduty-key", sandbox.pagerduty_url).user("PADA")


def test_a_base_url_may_end_with_a_slash(sandbox: Sandbox) -> None:
    assert PagerDutyApi("sandbox-pagerduty-key", f"{sandbox.pagerduty_url}/").user("PADA")


# ── what cannot pass ─────────────────────────────────────────────────────────────────────────────────────

REFUSALS = {
    401: ("pagerduty_auth", "https://api.eu.pagerduty.com"),
    402: ("pagerduty_plan", "plan"),
    403: ("pagerduty_forbidden", "oncalls.read, schedules.read, users.read"),
    404: ("pagerduty_not_found", "Check the ID in the config"),
    400: ("pagerduty_bad_request", "Check the ID in the config"),
    418: ("pagerduty_refused", "Check the connection's host and key"),
    301: ("pagerduty_refused", "host"),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_is_asked_for_once_and_says_what_to_do(api: PagerDutyApi, sandbox: Sandbox, status: int) -> None:
    fault = {"service": "pagerduty", "status": status, "headers": {"location": "https://example.org/"}, "times": None}
    sandbox.faults.add(Fault.model_validate(fault))
    code, remedy = REFUSALS[status]

    with pytest.raises(Refused) as refused:
        api.user("PADA")

    assert refused.value.code == code
    assert remedy in refused.value.remedy
    assert str(refused.value).startswith("PagerDuty /users/PADA: ")
    assert str(status) in str(refused.value)
    assert sandbox.count("pagerduty") == api.requests == 1
    assert "sandbox-pagerduty-key" not in str(refused.value)


def test_pagerdutys_own_words_are_repeated(api: PagerDutyApi) -> None:
    with pytest.raises(Refused, match=r"This is a shift-based schedule\. Use the v3 Schedules API"):
        api.schedule("SPAIR", NOON)


@pytest.mark.parametrize("body", ['{"error": "text"}', '{"error": {"errors": 7}}', "[]", "null", "<html>", ""])
def test_words_of_another_shape_are_left_out(api: PagerDutyApi, sandbox: Sandbox, body: str) -> None:
    sandbox.faults.add(Fault(service="pagerduty", status=403, body=body))

    with pytest.raises(Refused, match=r"PagerDuty refuses \(403\)\."):
        api.user("PADA")


# ── what passes ──────────────────────────────────────────────────────────────────────────────────────────

HTML = "<html><body>502 Bad Gateway</body></html>"
BROKEN: dict[str, dict[str, Any]] = {
    "HTML 502": {"status": 502, "body": HTML},
    "503": {"status": 503},
    "HTML 200": {"status": 200, "body": HTML},
    "empty 200": {"status": 200, "body": ""},
    "another key": {"status": 200, "body": '{"users": []}'},
    "null": {"status": 200, "body": '{"user": null}'},
    "truncated body": {"kind": "truncate"},
    "truncated JSON": {"kind": "truncate_json"},
    "dropped": {"kind": "drop"},
    "dropped in the middle": {"kind": "drop_body"},
}


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_asked_for_again_at_once(api: PagerDutyApi, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.faults.add(Fault.model_validate({"service": "pagerduty", "times": 2, **fault}))

    assert api.user("PADA")["id"] == "PADA"
    assert sandbox.count("pagerduty") == 3


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_stays_broken_is_given_up_after_three(
    api: PagerDutyApi, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.faults.add(Fault.model_validate({"service": "pagerduty", "times": None, **fault}))

    with pytest.raises(PassingFault) as raised:
        api.user("PADA")

    assert raised.value.code in {"pagerduty_down", "pagerduty_broken_answer"}
    assert sandbox.count("pagerduty") == 3
    assert "<html" not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_requests_counts_every_request_that_was_sent_repeats_included(
    api: PagerDutyApi, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    sandbox.faults.add(Fault.model_validate({"service": "pagerduty", "times": None, **fault}))

    with pytest.raises(PassingFault):
        api.user("PADA")

    assert api.requests == sandbox.count("pagerduty")


def test_nobody_listening_is_a_passing_fault() -> None:
    with pytest.raises(PassingFault, match="PagerDuty cannot be reached"):
        PagerDutyApi("key", "http://127.0.0.1:9", WaitBudget(0)).user("PADA")


def test_a_time_out_is_a_passing_fault(api: PagerDutyApi, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall_sync.pagerduty.http.TIMEOUT", (1, 0.03))
    sandbox.faults.add(Fault(service="pagerduty", kind="slow", delay=0.1, times=None))

    with pytest.raises(PassingFault, match="PagerDuty"):
        api.user("PADA")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"ratelimit-reset": "7"}, 7),
        ({"retry-after": "7"}, 7),
        ({"ratelimit-reset": "3", "retry-after": "7"}, 3),
        ({"ratelimit-reset": "0"}, 1),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1),
        ({"ratelimit-reset": "-5"}, 1),
        ({}, 1),
    ],
)
def test_a_rate_limit_is_waited_out_as_long_as_the_server_asks(
    sync: Sync, headers: dict[str, str], wait: float
) -> None:
    sync.sandbox.faults.add(Fault(service="pagerduty", status=429, headers=headers))

    assert sync.pagerduty("").user("PADA")
    assert sync.slept == [wait]


def test_what_was_asked_again_after_a_rate_limit_counts_as_a_request(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(service="pagerduty", status=429, headers={"ratelimit-reset": "5"}, times=2))
    api = sync.pagerduty("")

    api.user("PADA")

    assert api.requests == sync.sandbox.count("pagerduty") == 3


def test_waits_of_one_task_add_up_to_its_budget_and_not_further(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(service="pagerduty", status=429, headers={"ratelimit-reset": "25"}, times=None))

    with pytest.raises(RateLimited) as limited:
        sync.pagerduty("").user("PADA")

    assert sync.slept == [25, 25]
    assert limited.value.retry_after == 25
    assert "wait 25 s" in str(limited.value)


def test_the_real_limit_of_the_service_is_told_by_its_header(sync: Sync) -> None:
    sync.sandbox.world.rate_limits.pagerduty = 2
    api = sync.pagerduty("")
    api.user("PADA")
    api.user("PBO")

    with pytest.raises(RateLimited) as limited:
        api.user("PCY")

    assert limited.value.retry_after
    assert 50 <= limited.value.retry_after <= 60


def test_a_503_that_names_a_time_passes_it_on_to_airflow(api: PagerDutyApi, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(service="pagerduty", status=503, headers={"retry-after": "120"}, times=None))

    with pytest.raises(PassingFault) as raised:
        api.user("PADA")

    assert raised.value.retry_after == 120


def test_only_get_is_ever_sent(api: PagerDutyApi, sandbox: Sandbox) -> None:
    list(api.oncalls("schedule", ["SADA"], NOON))
    api.user("PADA")

    assert {request.method for request in sandbox.requests} == {"GET"}
