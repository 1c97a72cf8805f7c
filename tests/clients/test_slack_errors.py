"""Slack's answers, sorted: one line per answer that exists."""

from __future__ import annotations

from http.client import IncompleteRead, RemoteDisconnected
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from oncall_sync.errors import BrokenAnswer, InvalidUsers, PassingFault, RateLimited, Refused, SyncError
from oncall_sync.slack.errors import asked_wait, from_network, from_response


def answered(status: int = 200, headers: dict[str, Any] | None = None, **body: Any) -> SyncError:
    """The error for {"ok": false, …body} with this status."""
    response = SlackResponse(
        client=WebClient(),
        http_verb="POST",
        api_url="https://slack.com/api/usergroups.list",
        req_args={},
        data={"ok": False, **body},
        headers=headers or {},
        status_code=status,
    )
    return from_response("@alpha", SlackApiError("", response))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, {"error": "invalid_auth"}, Refused, "invalid_auth"),
        (200, {"error": "missing_scope", "needed": "usergroups:read"}, Refused, "missing_scope"),
        (200, {"error": "permission_denied"}, Refused, "permission_denied"),
        (200, {"error": "invalid_users"}, InvalidUsers, "invalid_users"),
        (200, {"error": "internal_error"}, BrokenAnswer, "slack_down"),
        (200, {"error": "ratelimited"}, RateLimited, "rate_limited"),
        (429, {"error": "ratelimited"}, RateLimited, "rate_limited"),
        (429, {}, RateLimited, "rate_limited"),
        (408, {}, BrokenAnswer, "slack_down"),
        (500, {}, BrokenAnswer, "slack_down"),
        (502, {"error": "Received a response in a non-JSON format: <html>"}, BrokenAnswer, "slack_down"),
        (200, {"error": "Received a response in a non-JSON format: <html>"}, BrokenAnswer, "slack_broken_answer"),
        (404, {"error": "Received a response in a non-JSON format: <html>"}, Refused, None),
        (403, {}, Refused, "slack_refused"),
    ],
)
def test_every_answer_has_its_kind_and_code(
    status: int, body: dict[str, Any], kind: type[SyncError], code: str | None
) -> None:
    error = answered(status, **body)

    assert type(error) is kind
    assert code in (None, error.code)


def test_a_body_of_a_proxy_is_not_repeated() -> None:
    assert "<html" not in str(answered(502, error="Received a response in a non-JSON format: <html>secret</html>"))


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": "30"}, 30),
        ({"retry-after": ["30"]}, 30),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "9" * 400}, 86400),  # more than Airflow could reckon with
        ({"Retry-After": "soon"}, None),
        ({"Content-Type": "x"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_wait_is_read_in_every_form_in_which_it_comes(headers: Any, wait: float | None) -> None:
    assert asked_wait(headers) == wait


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("Expecting value"), BrokenAnswer),
        (IncompleteRead(b""), BrokenAnswer),
        (TimeoutError(), PassingFault),
        (ConnectionResetError(), PassingFault),
        (RemoteDisconnected("Remote end closed connection without response"), PassingFault),
        (OSError("host xoxb-secret not found"), PassingFault),
    ],
)
def test_every_fault_of_the_network_passes_and_its_text_is_ours(error: Exception, kind: type[SyncError]) -> None:
    made = from_network("Slack users.list", error)

    assert type(made) is kind
    assert "xoxb" not in str(made)
