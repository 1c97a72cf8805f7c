"""The PagerDuty client: what it sends, what it returns, and which error says what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused
from oncall_sync.pagerduty.answers import Window
from oncall_sync.pagerduty.client import PagerDutyApi
from sandbox import Fault, Sandbox, Team
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, crowd

NOW = Window(NOON)
SPAN = Window(NOON, NOON + HOUR)
KEY = "sandbox-pagerduty-key"


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    return sync.sandbox


@pytest.fixture
def api(sync: Sync) -> PagerDutyApi:
    return sync.pagerduty("")


def params(sandbox: Sandbox, number: int = 0) -> dict[str, Any]:
    return sandbox.requests[number].params


def spoil(sandbox: Sandbox, **fault: Any) -> None:
    sandbox.faults.add(Fault.model_validate({"service": "pagerduty", "times": None, **fault}))


# ── endpoints ────────────────────────────────────────────────────────────────────────────────────────────


def test_oncalls_asks_for_one_instant_with_users_and_large_pages(api: PagerDutyApi, sandbox: Sandbox) -> None:
    rows = api.oncalls("schedule", ["SADA", "SBO"], NOW)

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
    assert [(row.asked, row.entry.person.email) for row in rows] == [
        ("SADA", "ada@acme.example"),
        ("SBO", "bo@acme.example"),
        ("SADA", "ada@acme.example"),
    ]


ASKS: dict[str, tuple[Callable[[PagerDutyApi, Window], Any], str]] = {
    "/oncalls": (lambda api, window: api.oncalls("schedule", ["SADA"], window), "12:00:00"),
    "/schedules": (lambda api, window: api.schedule("SLOOSE", window), "12:00:01"),
    "/v3/schedules": (lambda api, window: api.v3_schedule("SPAIR", window), "12:00:01"),
}


@pytest.mark.parametrize(("ask", "instant"), ASKS.values(), ids=ASKS)
def test_a_span_is_asked_for_from_its_beginning_to_its_end_and_an_instant_as_the_shortest_there_is(
    api: PagerDutyApi, sandbox: Sandbox, ask: Callable[[PagerDutyApi, Window], Any], instant: str
) -> None:
    for window, until in ((NOW, instant), (SPAN, "13:00:00")):
        ask(api, window)
        asked = [params(sandbox, -1)[key] for key in ("since", "until", "time_zone")]
        assert asked == ["2026-03-02T12:00:00Z", f"2026-03-02T{until}Z", "UTC"]


def test_a_schedule_has_the_true_bounds_of_its_entries(api: PagerDutyApi, sandbox: Sandbox) -> None:
    (entry,) = api.schedule("SLOOSE", NOW).entries

    assert (entry.user, str(entry.start)) == ("PCY", "2026-01-01 00:00:00+00:00")
    assert params(sandbox)["overflow"] == "true"


@pytest.mark.parametrize("name", ["../users", "a b", "x?y=1", "ünï"])
def test_an_id_never_reaches_beyond_its_place_in_the_path(api: PagerDutyApi, sandbox: Sandbox, name: str) -> None:
    with pytest.raises(Refused):
        api.schedule(name, NOW)
    assert sandbox.requests[0].endpoint != "GET /users"
    assert "y" not in params(sandbox)


def test_only_get_is_ever_sent(api: PagerDutyApi, sandbox: Sandbox) -> None:
    api.oncalls("schedule", ["SADA"], NOW)
    api.user("PADA")

    assert {request.method for request in sandbox.requests} == {"GET"}


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def team(sandbox: Sandbox) -> Team:
    """PTEAM, of 120 people."""
    crowd(sandbox.world, 120)
    sandbox.world.teams["PTEAM"] = Team(members=[f"P{n:04}" for n in range(120)])
    return sandbox.world.teams["PTEAM"]


@pytest.mark.parametrize("kind", ["backwards", "again"])
def test_rows_that_moved_between_two_pages_are_read_again(
    api: PagerDutyApi, sandbox: Sandbox, team: Team, kind: str
) -> None:
    """Whoever is on neither page would lose their place."""
    spoil(sandbox, endpoint="GET /teams/{id}/members", kind=kind, after=int(kind == "again"), times=1)

    assert sorted(entry.user for entry in api.team_members("PTEAM")) == team.members
    assert sandbox.count("pagerduty") > 2


def test_a_row_that_disappears_while_the_pages_are_read_costs_no_other_one(
    api: PagerDutyApi, sandbox: Sandbox, team: Team
) -> None:
    leaves = iter([False, True])
    sandbox.faults.add(Fault(match=lambda _: bool(next(leaves, False) and team.members.pop(0)) and False))

    assert sorted(entry.user for entry in api.team_members("PTEAM")) == team.members
    assert len(team.members) == 119


def test_rows_that_do_not_agree_in_four_readings_are_not_believed(
    api: PagerDutyApi, sandbox: Sandbox, team: Team
) -> None:
    """The next page is asked for by the number of rows that came: here each comes twice, and hides another."""
    spoil(sandbox, endpoint="GET /teams/{id}/members", kind="twice")

    with pytest.raises(PassingFault, match="the rows change from page to page") as raised:
        api.team_members("PTEAM")
    assert raised.value.code == "pagerduty_broken_answer"


ROW = {"schedule": {"id": "SADA", "type": "schedule"}, "user": {"id": "PADA", "type": "user"}}


@pytest.mark.parametrize(
    ("fault", "rows", "requests"),
    [
        ({"oncalls": [], "total": 2, "times": 1}, 2, 2),
        ({"oncalls": [ROW], "total": 7}, 1, 2),
        ({"oncalls": [ROW, ROW]}, 2, 1),
    ],
    ids=[
        "with fewer rows than there are, as from a cache, is read again",
        "is believed the second time: the key may not see all rows",
        "may hold a row twice: nothing moved",
    ],
)
def test_one_page(api: PagerDutyApi, sandbox: Sandbox, fault: dict[str, Any], rows: int, requests: int) -> None:
    body = json.dumps({"more": False, **fault})
    spoil(sandbox, status=200, body=body, content_type="application/json", times=fault.get("times"))

    assert len(api.oncalls("schedule", ["SADA"], NOW)) == rows
    assert sandbox.count("pagerduty") == requests


@pytest.mark.parametrize(
    ("page", "error", "offset"),
    [
        ({"oncalls": []}, "the pages do not end", "0"),
        ({"oncalls": [{}] * 100}, "the pages do not end", "9900"),
        ({"oncalls": [], "total": 10_001}, "there are 10001 rows, and PagerDuty shows only 10000", "0"),
    ],
    ids=["an empty page that promises more", "an offset that PagerDuty refuses", "too many rows"],
)
def test_pages_are_not_followed_beyond_what_pagerduty_can_show(
    api: PagerDutyApi, sandbox: Sandbox, page: dict[str, Any], error: str, offset: str
) -> None:
    """Half the rows are not taken for all of them."""
    spoil(sandbox, status=200, body=json.dumps({"more": True, **page}))

    with pytest.raises((BrokenAnswer, Refused), match=error) as raised:
        api.oncalls("schedule", ["SADA"], NOW)
    assert raised.value.code == ("pagerduty_too_many_rows" if "total" in page else "pagerduty_broken_answer")
    assert params(sandbox, -1)["offset"] == offset


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

    assert PagerDutyApi(KEY, sandbox.pagerduty_url).user("PADA")


def test_a_base_url_may_end_with_a_slash(sandbox: Sandbox) -> None:
    assert PagerDutyApi(KEY, f"{sandbox.pagerduty_url}/").user("PADA")


# ── what cannot pass ─────────────────────────────────────────────────────────────────────────────────────

REFUSALS = {
    401: ("pagerduty_auth", "https://api.eu.pagerduty.com"),
    402: ("pagerduty_plan", "plan"),
    403: ("pagerduty_forbidden", "oncalls.read, schedules.read, users.read"),
    404: ("pagerduty_not_found", "Check the ID in the config"),
    400: ("pagerduty_bad_request", "Check the ID in the config"),
    418: ("pagerduty_refused", "Check the connection's host and key"),
    301: ("pagerduty_refused", "name the API's own base URL"),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_is_asked_for_once_and_says_what_to_do(api: PagerDutyApi, sandbox: Sandbox, status: int) -> None:
    body = json.dumps({"error": {"message": "Not for", "errors": [KEY]}})
    spoil(sandbox, status=status, headers={"location": "https://example.org/"}, body=body)
    code, remedy = REFUSALS[status]

    with pytest.raises(Refused) as refused:
        api.user("PADA")

    assert refused.value.code == code
    assert remedy in refused.value.remedy
    assert str(refused.value).startswith(f"PagerDuty /users/PADA: PagerDuty refuses ({status}: Not for; …).")
    assert sandbox.count("pagerduty") == api.requests == 1


@pytest.mark.parametrize("body", ['{"error": "text"}', '{"error": {"errors": 7}}', "[]", "null", "<html>", ""])
def test_pagerdutys_words_are_left_out_if_they_are_of_another_shape(
    api: PagerDutyApi, sandbox: Sandbox, body: str
) -> None:
    spoil(sandbox, status=403, body=body)

    with pytest.raises(Refused, match=r"PagerDuty refuses \(403\)\."):
        api.user("PADA")


@pytest.mark.parametrize("user", [{}, {"id": 7}, {"id": "PADA", "email": [7]}])
def test_an_answer_of_an_unknown_shape_is_refused_without_a_repeat(
    api: PagerDutyApi, sandbox: Sandbox, user: dict[str, Any]
) -> None:
    spoil(sandbox, status=200, body=json.dumps({"user": user}), content_type="application/json")

    with pytest.raises(Refused, match="PagerDuty /users/PADA: the answer is of a shape") as refused:
        api.user("PADA")
    assert (refused.value.code, api.requests) == ("unknown_kind", 1)


# ── what passes ──────────────────────────────────────────────────────────────────────────────────────────

HTML = "<html><body>502 Bad Gateway</body></html>"
BROKEN: dict[str, dict[str, Any]] = {
    "HTML 502": {"status": 502, "body": HTML},
    "408": {"status": 408},
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
def test_a_request_without_a_whole_answer_is_sent_three_times_in_all(sync: Sync, fault: dict[str, Any]) -> None:
    sync.sandbox.faults.add(Fault.model_validate({"service": "pagerduty", "times": 2, **fault}))
    api = sync.pagerduty("")
    assert api.user("PADA").name == "Ada"
    assert api.requests == sync.sandbox.count("pagerduty") == 3
    assert sync.slept == [0.5, 1]

    spoil(sync.sandbox, **fault)
    with pytest.raises(PassingFault) as raised:
        api.user("PADA")
    assert raised.value.code in {"pagerduty_down", "pagerduty_broken_answer"}
    assert api.requests == sync.sandbox.count("pagerduty") == 6
    assert "<html" not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


def test_without_a_budget_each_request_is_sent_once(sandbox: Sandbox) -> None:
    spoil(sandbox, status=503, headers={"retry-after": "120"})

    with pytest.raises(PassingFault) as raised:
        PagerDutyApi(KEY, sandbox.pagerduty_url).user("PADA")
    assert (raised.value.retry_after, sandbox.count("pagerduty")) == (120, 1)


def test_nobody_listening_is_a_passing_fault() -> None:
    with pytest.raises(PassingFault, match="PagerDuty cannot be reached"):
        PagerDutyApi("key", "http://127.0.0.1:9").user("PADA")


def test_a_time_out_is_a_passing_fault(api: PagerDutyApi, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall_sync.pagerduty.http.TIMEOUT", (1, 0.03))
    spoil(sandbox, kind="slow", delay=0.1)

    with pytest.raises(PassingFault, match="PagerDuty does not answer in time"):
        api.user("PADA")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"ratelimit-reset": "7"}, 7),
        ({"retry-after": "7"}, 7),
        ({"ratelimit-reset": "3", "retry-after": "7"}, 3),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1),
        ({"ratelimit-reset": "-5"}, 1),
        ({}, 1),
    ],
)
def test_a_rate_limit_is_waited_out_as_long_as_the_server_asks(
    sync: Sync, headers: dict[str, str], wait: float
) -> None:
    spoil(sync.sandbox, status=429, headers=headers, times=2)
    api = sync.pagerduty("")

    assert api.user("PADA")
    assert (sync.slept, api.requests) == ([wait, wait], 3)


def test_the_real_limit_of_the_service_is_in_its_header(sync: Sync) -> None:
    sync.sandbox.world.rate_limits.pagerduty = 2
    api = sync.pagerduty("")
    api.user("PADA")
    api.user("PBO")

    with pytest.raises(RateLimited) as limited:
        api.user("PCY")

    assert limited.value.retry_after
    assert 50 <= limited.value.retry_after <= 60
