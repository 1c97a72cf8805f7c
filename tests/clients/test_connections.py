"""Airflow connections to clients: base URLs, and no token over plain http beyond this machine."""

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


@pytest.mark.parametrize(
    "host",
    [
        "http://api.pagerduty.com",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1@example.org",
        "HTTP://example.org",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
    ],
)
def test_no_token_is_sent_without_tls_beyond_this_machine(airflow: Airflow, host: str) -> None:
    with pytest.raises(Refused, match="will not send a token to") as refused:
        pagerduty_url(airflow, host=host)
    assert refused.value.code == "plain_http"
    assert "https://" in refused.value.remedy

    airflow.has("some_slack", "slack", password="xoxb-secret", extra={"base_url": host})
    with pytest.raises(Refused, match="will not send a token to"):
        connections.slack("some_slack")


def test_an_address_without_a_host_is_not_loopback(airflow: Airflow) -> None:
    with pytest.raises(Refused, match="will not send a token to"):
        pagerduty_url(airflow, host="http:///nowhere")


def test_one_host_may_be_named_to_which_plain_http_is_spoken(airflow: Airflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_PLAIN_HTTP_HOST", "sandbox")
    assert pagerduty_url(airflow, host="http://sandbox:9000") == "http://sandbox:9000"
    for other in ("http://sandbox.evil.example", "http://notsandbox", "http:///nowhere"):
        with pytest.raises(Refused, match="will not send a token to"):
            pagerduty_url(airflow, host=other)


@pytest.mark.parametrize("service", ["pagerduty", "pagerduty_events", "slack"])
def test_a_connection_that_does_not_exist_is_refused_with_where_to_make_it(service: str) -> None:
    with pytest.raises(Refused, match="Connection nowhere: does not exist") as refused:
        getattr(connections, service)("nowhere")
    assert "Admin > Connections" in refused.value.remedy
    assert "AIRFLOW_CONN_" in refused.value.remedy


@pytest.mark.parametrize("service", ["pagerduty", "slack"])
@pytest.mark.parametrize("password", [None, ""])
def test_a_connection_without_a_token_is_refused(airflow: Airflow, service: str, password: str | None) -> None:
    airflow.has("some_connection", service, **({} if password is None else {"password": password}))

    with pytest.raises(Refused, match="Connection some_connection: has no password"):
        getattr(connections, service)("some_connection")


def test_the_host_of_the_events_connection_is_the_base_url_too_and_its_default_another(airflow: Airflow) -> None:
    airflow.has("events", "pagerduty_events", password="key")
    assert connections.pagerduty_events("events")._http._base_url == "https://events.pagerduty.com"
    airflow.has("events", "pagerduty_events", password="key", host="https://events.eu.pagerduty.com/")
    assert connections.pagerduty_events("events")._http._base_url == "https://events.eu.pagerduty.com"
    airflow.has("events", "pagerduty_events", password="key", host="http://events.pagerduty.com")
    with pytest.raises(Refused, match="will not send a token to"):
        connections.pagerduty_events("events")


def test_an_integration_key_that_is_missing_is_asked_for_by_its_name(airflow: Airflow) -> None:
    airflow.has("events", "pagerduty_events")
    with pytest.raises(Refused, match="has no password") as refused:
        connections.pagerduty_events("events")
    assert "integration key of a PagerDuty service" in refused.value.remedy


def test_all_clients_work_with_the_connections_of_the_sandbox(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)

    assert connections.pagerduty("pagerduty_default").user("PADA")["name"] == "Ada"
    assert list(connections.pagerduty("pagerduty_default").oncalls("schedule", ["SADA"], NOON))
    assert len(connections.slack("slack_api_default").user_groups()) == 4
    connections.pagerduty_events("pagerduty_events_default").trigger("key", "It burns", NOON)
    assert [event["dedup_key"] for event in sandbox.world.events] == ["key"]


def test_blanks_around_a_pasted_token_do_no_harm(airflow: Airflow, sandbox: Sandbox) -> None:
    airflow.has("some_pagerduty", host=sandbox.pagerduty_url, password=" sandbox-pagerduty-key\n")
    airflow.has("some_slack", "slack", password=" xoxb-sandbox-slack-token\n", extra={"base_url": sandbox.slack_url})

    assert connections.pagerduty("some_pagerduty").user("PADA")
    assert connections.slack("some_slack").user_groups()


def test_no_email_and_no_token_reaches_the_log(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    with caplog.at_level(logging.DEBUG):
        connections.pagerduty("pagerduty_default").user("PADA")
        connections.slack("slack_api_default").account_by_email("ada@acme.example")

    assert "ada@acme.example" not in caplog.text
    assert "xoxb-sandbox-slack-token" not in caplog.text
    assert "sandbox-pagerduty-key" not in caplog.text


@pytest.mark.parametrize(
    "host",
    ["https://api.eu.pagerduty.com:port", "https://api.eu.pagerduty.com:99999", "https://[::1", "http://[api]:80"],
)
def test_a_host_that_is_no_url_is_refused_with_where_to_correct_it(airflow: Airflow, host: str) -> None:
    with pytest.raises(Refused, match="Connection some_pagerduty: ") as refused:
        pagerduty_url(airflow, host=host)
    assert refused.value.code == "connection"
    assert "Admin > Connections" in refused.value.remedy


@pytest.mark.parametrize("url", ["https://slack.example:port/api/", "https://[::1/api/"])
def test_a_base_url_of_slack_that_is_no_url_is_refused_with_where_to_correct_it(airflow: Airflow, url: str) -> None:
    airflow.has("some_slack", "slack", password="xoxb-secret", extra={"base_url": url})
    with pytest.raises(Refused, match="Connection some_slack: ") as refused:
        connections.slack("some_slack")
    assert refused.value.code == "connection"


@pytest.mark.parametrize("timeout", ["soon", "1.5", "", "[]"])
def test_a_timeout_of_slack_that_is_no_number_is_refused_with_where_to_correct_it(
    airflow: Airflow, timeout: str
) -> None:
    airflow.has("some_slack", "slack", password="xoxb-secret", extra={"timeout": timeout})
    if not timeout:
        assert connections.slack("some_slack")
        return
    with pytest.raises(Refused, match="Connection some_slack: ") as refused:
        connections.slack("some_slack")
    assert refused.value.code == "connection"
    assert "xoxb-secret" not in str(refused.value)


# ── a client in a hurry, for callbacks ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extra", [{}, {"timeout": 600}], ids=["as it is", "with a time-out of its own"])
def test_a_client_in_a_hurry_waits_seconds_for_an_answer_and_repeats_nothing(
    airflow: Airflow, extra: dict[str, Any]
) -> None:
    airflow.has("some_slack", "slack", password="xoxb-token", extra=extra)
    client = connections.slack("some_slack", hurried=True)._client

    assert client.timeout == 5
    assert client.retry_handlers == []


def test_any_other_client_has_the_time_out_of_its_connection(airflow: Airflow) -> None:
    airflow.has("some_slack", "slack", password="xoxb-token", extra={"timeout": 600})
    client = connections.slack("some_slack")._client

    assert client.timeout == 600
    assert len(client.retry_handlers) == 1


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


@pytest.mark.parametrize(
    "host", ["http://someone:hidden@proxy.example", "http://someone:hidden@[::2]:80/path?key=hidden"]
)
def test_credentials_in_a_url_that_is_refused_are_not_shown(airflow: Airflow, host: str) -> None:
    with pytest.raises(Refused, match="will not send a token to http://") as refused:
        pagerduty_url(airflow, host=host)
    assert "hidden" not in str(refused.value)

    airflow.has("some_slack", "slack", password="xoxb-secret", extra={"base_url": host})
    with pytest.raises(Refused) as refused:
        connections.slack("some_slack")
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("host", ["https://someone:hidden@[::1", "https://someone:hidden@proxy.example:port"])
def test_credentials_in_a_host_that_is_no_url_are_not_shown(airflow: Airflow, host: str) -> None:
    with pytest.raises(Refused) as refused:
        pagerduty_url(airflow, host=host)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("token", ["line\nbreak", "two words", "schlüssel"])
@pytest.mark.parametrize("kind", ["pagerduty", "slack"])
def test_a_token_that_can_be_none_is_refused_without_showing_it(airflow: Airflow, kind: str, token: str) -> None:
    airflow.has("odd", conn_type=kind, password=token)

    with pytest.raises(Refused) as raised:
        getattr(connections, kind)("odd")

    assert raised.value.code == "connection"
    assert token not in str(raised.value)


def test_no_slack_token_follows_a_redirect(airflow: Airflow, sandbox: Sandbox) -> None:
    elsewhere = sandbox.slack_url.replace("127.0.0.1", "localhost") + "usergroups.list"
    sandbox.faults.add(Fault(endpoint="usergroups.list", status=302, headers={"Location": elsewhere}, body="", times=1))
    airflow.has(
        "slack_one", conn_type="slack", password="xoxb-sandbox-slack-token", extra={"base_url": sandbox.slack_url}
    )

    with pytest.raises(Refused, match="302"):
        connections.slack("slack_one").user_groups()

    assert sandbox.count("slack") == 1
