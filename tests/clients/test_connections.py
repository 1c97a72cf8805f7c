"""Airflow connections to clients: base URLs, tokens, and what is refused before anything is sent."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.on_airflow import connections
from sandbox import Fault, Sandbox
from tests.sync.driver import Sync
from tests.sync.worlds import NOON


class Airflow:
    """`airflow.has("pagerduty_default", host=…)`: the connections that Airflow knows."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def has(self, connection_id: str, conn_type: str = "pagerduty", **fields: Any) -> None:
        text = json.dumps({"conn_type": conn_type, **fields})
        self._patch.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", text)


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Airflow:
    return Airflow(monkeypatch)


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    return sync.sandbox


def pagerduty_url(airflow: Airflow, **fields: Any) -> str:
    airflow.has("some_pagerduty", password="key", **fields)
    return connections.pagerduty("some_pagerduty")._http._base_url


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, "https://api.pagerduty.com"),
        ({"host": ""}, "https://api.pagerduty.com"),
        ({"host": "https://api.eu.pagerduty.com"}, "https://api.eu.pagerduty.com"),
        ({"host": "https://api.eu.pagerduty.com/"}, "https://api.eu.pagerduty.com"),
        ({"host": "api.eu.pagerduty.com"}, "https://api.eu.pagerduty.com"),
        ({"host": "https://proxy.example/pagerduty"}, "https://proxy.example/pagerduty"),
        ({"host": "proxy.example", "port": 8443}, "https://proxy.example:8443"),
        ({"host": "https://proxy.example", "port": 8443}, "https://proxy.example:8443"),
        ({"host": "https://proxy.example:9443", "port": 8443}, "https://proxy.example:9443"),
        ({"host": "http://127.0.0.1:8080/pagerduty"}, "http://127.0.0.1:8080/pagerduty"),
        ({"host": "http://localhost:8080"}, "http://localhost:8080"),
        ({"host": "http://[::1]:8080"}, "http://[::1]:8080"),
        ({"host": "127.0.0.1", "schema": "http", "port": 8080}, "http://127.0.0.1:8080"),
    ],
)
def test_the_host_of_the_pagerduty_connection_is_the_base_url(airflow: Airflow, fields: Any, url: str) -> None:
    assert pagerduty_url(airflow, **fields) == url


def refused(airflow: Airflow, service: str, **fields: Any) -> Refused:
    """Of a connection with these fields; `url` is where each service has its own place for one."""
    if url := fields.pop("url", None):
        fields |= {"extra": {"base_url": url}} if service == "slack" else {"host": url}
    airflow.has("some", service, **fields)
    with pytest.raises(Refused, match="Connection some: ") as raised:
        getattr(connections, service)("some")
    return raised.value


SERVICES = ["pagerduty", "pagerduty_events", "slack"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "url",
    [
        "http://api.pagerduty.com",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@example.org",
        "HTTP://example.org",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http:///nowhere",
        "http://someone:hidden@[::2]:80/path?key=hidden",
    ],
)
def test_no_token_is_sent_without_tls_beyond_this_machine(airflow: Airflow, service: str, url: str) -> None:
    error = refused(airflow, service, password="secret", url=url)

    assert error.code == "plain_http"
    assert "will not send a token to" in str(error)
    assert "https://" in error.remedy
    assert "hidden" not in str(error)


def test_one_host_may_be_named_to_which_plain_http_is_spoken(airflow: Airflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_PLAIN_HTTP_HOST", "sandbox")
    assert pagerduty_url(airflow, host="http://sandbox:9000") == "http://sandbox:9000"
    for other in ("http://sandbox.evil.example", "http://notsandbox", "http:///nowhere"):
        assert refused(airflow, "pagerduty", password="key", url=other).code == "plain_http"


@pytest.mark.parametrize("service", SERVICES)
def test_a_connection_that_does_not_exist_is_refused_with_where_to_make_it(service: str) -> None:
    with pytest.raises(Refused, match="Connection nowhere: does not exist") as raised:
        getattr(connections, service)("nowhere")
    assert "Admin > Connections" in raised.value.remedy
    assert "AIRFLOW_CONN_" in raised.value.remedy


@pytest.mark.parametrize(
    ("service", "secret"), zip(SERVICES, ["REST API key", "integration key of a PagerDuty", "Slack token"], strict=True)
)
@pytest.mark.parametrize("fields", [{}, {"password": ""}, {"password": " "}])
def test_a_connection_without_a_token_asks_for_it_by_its_name(
    airflow: Airflow, service: str, secret: str, fields: dict[str, str]
) -> None:
    error = refused(airflow, service, **fields)

    assert "has no password" in str(error)
    assert secret in error.remedy


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "fields",
    [
        {"password": "line\nbreak"},
        {"password": "two words"},
        {"password": "schlüssel"},
        {"password": "secret", "url": "https://someone:secret@api.example:port"},
        {"password": "secret", "url": "https://someone:secret@[::1"},
    ],
)
def test_a_field_that_cannot_be_used_is_refused_with_where_to_correct_it_and_not_shown(
    airflow: Airflow, service: str, fields: dict[str, str]
) -> None:
    error = refused(airflow, service, **fields)

    assert error.code == "connection"
    assert "Admin > Connections" in error.remedy
    assert fields["password"] not in str(error)


@pytest.mark.parametrize("timeout", ["soon", "1.5", "[]"])
def test_a_timeout_of_slack_that_is_no_number_is_refused(airflow: Airflow, timeout: str) -> None:
    assert "timeout" in str(refused(airflow, "slack", password="xoxb-secret", extra={"timeout": timeout}))


def test_the_host_of_the_events_connection_is_the_base_url_too_and_its_default_another(airflow: Airflow) -> None:
    airflow.has("events", "pagerduty_events", password="key")
    assert connections.pagerduty_events("events")._http._base_url == "https://events.pagerduty.com"
    airflow.has("events", "pagerduty_events", password="key", host="https://events.eu.pagerduty.com/")
    assert connections.pagerduty_events("events")._http._base_url == "https://events.eu.pagerduty.com"


def test_all_clients_work_with_the_connections_of_the_sandbox_and_log_no_email_and_no_token(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)

    with caplog.at_level(logging.DEBUG):
        assert connections.pagerduty("pagerduty_default").user("PADA").name == "Ada"
        assert connections.slack("slack_api_default").account_by_email("ada@acme.example")
        connections.pagerduty_events("pagerduty_events_default").trigger("key", "It burns", NOON)

    assert [event["dedup_key"] for event in sandbox.world.events] == ["key"]
    for secret in ("ada@acme.example", "xoxb-sandbox-slack-token", "sandbox-pagerduty-key"):
        assert secret not in caplog.text


def test_blanks_around_a_pasted_token_do_no_harm(airflow: Airflow, sandbox: Sandbox) -> None:
    airflow.has("some_pagerduty", host=sandbox.pagerduty_url, password=" sandbox-pagerduty-key\n")
    airflow.has("some_slack", "slack", password=" xoxb-sandbox-slack-token\n", extra={"base_url": sandbox.slack_url})

    assert connections.pagerduty("some_pagerduty").user("PADA")
    assert connections.slack("some_slack").user_groups()


@pytest.mark.parametrize(
    ("extra", "hurried", "seconds", "handlers"),
    [
        ({}, False, 30, 1),
        ({"timeout": ""}, False, 30, 1),
        ({"timeout": 600}, False, 600, 1),
        ({"extra__slack__timeout": "600"}, False, 600, 1),
        ({"timeout": 600}, True, 5, 0),
    ],
)
def test_a_client_waits_as_long_as_its_connection_says_and_in_a_hurry_some_seconds_without_a_repeat(
    airflow: Airflow, extra: dict[str, Any], hurried: bool, seconds: int, handlers: int
) -> None:
    airflow.has("some_slack", "slack", password="xoxb-token", extra=extra)
    client = connections.slack("some_slack", hurried)._client

    assert (client.timeout, len(client.retry_handlers)) == (seconds, handlers)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "drop"}, {"status": 429, "headers": {"retry-after": "6"}}],
    ids=["no connection", "a wait of more than some seconds"],
)
def test_in_a_hurry_what_takes_longer_is_given_up(airflow: Airflow, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.faults.add(Fault.model_validate({"service": "slack", "times": None, **fault}))
    extra = {"base_url": sandbox.slack_url}
    airflow.has("some_slack", "slack", password="xoxb-sandbox-slack-token", extra=extra)

    began = time.monotonic()
    with pytest.raises(PassingFault):
        connections.slack("some_slack", hurried=True).user_groups()
    assert time.monotonic() - began < 6


def test_no_slack_token_follows_a_redirect(airflow: Airflow, sandbox: Sandbox) -> None:
    elsewhere = sandbox.slack_url.replace("127.0.0.1", "localhost") + "usergroups.list"
    sandbox.faults.add(Fault(endpoint="usergroups.list", status=302, headers={"Location": elsewhere}, body="", times=1))
    airflow.has(
        "slack_one", conn_type="slack", password="xoxb-sandbox-slack-token", extra={"base_url": sandbox.slack_url}
    )

    with pytest.raises(Refused, match="302"):
        connections.slack("slack_one").user_groups()

    assert sandbox.count("slack") == 1
