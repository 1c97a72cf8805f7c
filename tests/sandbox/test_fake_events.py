"""The fake Events API of PagerDuty: what it takes, what it refuses, and that it shows no key."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.clients import Json

EVENT: Json = {
    "event_action": "trigger",
    "dedup_key": "one",
    "payload": {"summary": "It burns", "source": "here", "severity": "error"},
}
KEY = "sandbox-integration-key"


def send(sandbox: Sandbox, **changed: Any) -> requests.Response:
    event = {key: value for key, value in {"routing_key": KEY, **EVENT, **changed}.items() if value is not None}
    return requests.post(f"{sandbox.events_url}/v2/enqueue", json=event, timeout=5)


def test_an_event_is_taken_with_202_and_kept_without_its_key(sandbox: Sandbox) -> None:
    answer = send(sandbox)
    assert (answer.status_code, answer.json()["status"], answer.json()["dedup_key"]) == (202, "success", "one")
    assert sandbox.world.events == [EVENT]
    assert requests.get(f"{sandbox.url}/_sandbox/events", timeout=5).json() == [EVENT]
    assert KEY not in str(sandbox.requests)


def test_a_resolve_needs_no_payload(sandbox: Sandbox) -> None:
    assert send(sandbox, event_action="resolve", payload=None).status_code == 202


@pytest.mark.parametrize(
    "wrong",
    [
        {"routing_key": "another"},
        {"routing_key": None},
        {"event_action": "shout"},
        {"payload": None},
        {"payload": {**EVENT["payload"], "severity": "awful"}},
        {"payload": {**EVENT["payload"], "summary": "x" * 1025}},
        {"dedup_key": "x" * 256},
        {"payload": {"summary": "x", "severity": "error"}},
    ],
    ids=str,
)
def test_a_wrong_event_is_refused_with_400_and_the_reason(sandbox: Sandbox, wrong: Json) -> None:
    answer = send(sandbox, **wrong)
    assert answer.status_code == 400
    assert answer.json()["status"] == "invalid event"
    assert answer.json()["errors"]
    assert sandbox.world.events == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]"])
def test_what_is_no_json_object_is_refused(sandbox: Sandbox, body: bytes) -> None:
    assert requests.post(f"{sandbox.events_url}/v2/enqueue", data=body, timeout=5).status_code == 400


def test_too_many_events_are_answered_429(sandbox: Sandbox) -> None:
    sandbox.world.rate_limits.events = 2
    assert [send(sandbox).status_code for _ in range(3)] == [202, 202, 429]
