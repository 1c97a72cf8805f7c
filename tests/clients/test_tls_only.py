"""Nothing leaves this machine without TLS, whatever a library's retry or a proxy does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request

import pytest
from slack_sdk import WebClient
from slack_sdk.web.base_client import BaseClient

from oncall_sync.errors import PassingFault, Refused, SyncError
from oncall_sync.on_airflow import connections
from oncall_sync.pagerduty.events import call_watchdog
from oncall_sync.pagerduty.http import session
from oncall_sync.slack.web_client import SENDS, PlainConnection, SlackClient, opener, retry_handlers
from sandbox import Fault
from tests.clients.proxy import Behaviour, Proxy, write_certificate
from tests.sync.driver import Sync
from tests.sync.worlds import NOON

TOKEN = "xoxb-a-secret-token"
BEHAVIOURS: tuple[Behaviour, ...] = ("breaks", "resets", "decrypts", 403, 407)

Make = Callable[[Behaviour], Proxy]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("proxy") / "certificate.pem")


@pytest.fixture
def proxy(certificate: Path) -> Iterator[Make]:
    with ExitStack() as stack:
        yield lambda behaviour: stack.enter_context(Proxy(behaviour, certificate))


def connect(patch: pytest.MonkeyPatch, proxy: str = "") -> None:
    """All connections, with their services' real hosts. proxy: in the extra of the one to Slack."""
    extra = {"proxy": proxy} if proxy else {}
    for kind, more in (("slack", {"extra": extra}), ("pagerduty", {}), ("pagerduty_events", {})):
        patch.setenv(f"AIRFLOW_CONN_{kind.upper()}", json.dumps({"conn_type": kind, "password": TOKEN, **more}))


CALLS: dict[str, Callable[[], object]] = {
    "slack": lambda: connections.slack("slack").user_groups(),
    "pagerduty": lambda: connections.pagerduty("pagerduty").user("PADA"),
    "pagerduty_events": lambda: connections.pagerduty_events("pagerduty_events").resolve("key"),
    "watchdog": lambda: call_watchdog(f"https://watchdog.example/{TOKEN}"),
}
ATTEMPTS = {"slack": 3, "pagerduty": 3, "pagerduty_events": 1, "watchdog": 1}


def says(behaviour: Behaviour) -> str:
    if behaviour == "decrypts":
        return "its certificate is not trusted: self.signed certificate.*trust the proxy's certificate"
    needed = {403: "Let the proxy allow", 407: "Put the proxy's user and password"}
    return (
        f"the proxy refuses the connection: {behaviour}.*{needed[behaviour]}"
        if behaviour in needed
        else "proxy|network"
    )


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("service", [*CALLS, "slack, by its extra"])
def test_each_attempt_through_a_proxy_is_tls_and_the_message_names_the_proxy(
    proxy: Make, monkeypatch: pytest.MonkeyPatch, service: str, behaviour: Behaviour
) -> None:
    used = proxy(behaviour)
    service, _, by_extra = service.partition(", ")
    connect(monkeypatch, proxy=used.url if by_extra else "")
    if not by_extra:
        monkeypatch.setenv("HTTPS_PROXY", used.url)

    with pytest.raises(PassingFault, match=says(behaviour)):
        CALLS[service]()

    assert [attempt.line for attempt in used.attempts if not attempt.is_tls] == []
    assert len(used.attempts) == ATTEMPTS[service]
    assert TOKEN.encode() not in used.received


@pytest.mark.parametrize("service", ["slack", "pagerduty"])
def test_a_proxy_whose_certificate_is_trusted_decrypts_and_the_call_works(
    proxy: Make, certificate: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    used = proxy("decrypts")
    connect(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", used.url)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificate))

    assert CALLS[service]() is not None
    assert [attempt.is_tls for attempt in used.attempts] == [True]
    assert TOKEN.encode() in used.attempts[0].decrypted


def test_plain_http_to_loopback_goes_through_no_proxy(proxy: Make, sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    used = proxy(403)
    for name, value in sync.sandbox.environment().items():
        monkeypatch.setenv(name, value)
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, used.url)

    assert connections.slack("slack_api_default").user_groups()
    assert connections.pagerduty("pagerduty_default").user("PADA")
    connections.pagerduty_events("pagerduty_events_default").trigger("key", "It burns", NOON)
    call_watchdog(sync.sandbox.heartbeat_url)
    assert used.attempts == []


@pytest.mark.parametrize(
    "answer", [{"status": 407}, {"status": 200, "body": "<html>Log in"}], ids=["407", "login page"]
)
@pytest.mark.parametrize("call", ["pagerduty", "events"])
def test_an_answer_of_a_proxy_instead_of_pagerduty_names_the_proxy(
    sync: Sync, call: str, answer: dict[str, object]
) -> None:
    sync.sandbox.faults.add(Fault.model_validate({"service": call, "times": None, **answer}))
    send: dict[str, Callable[[], object]] = {
        "pagerduty": lambda: sync.pagerduty("").user("PADA"),
        "events": lambda: sync.pagerduty_events("").resolve("key"),
    }

    with pytest.raises(SyncError, match="A proxy may have answered instead: check the proxy"):
        send[call]()


# ── the guard alone, without a client of ours: `closed_network` (tests/conftest.py) reports any connection ──


@pytest.mark.parametrize(
    "send",
    [
        lambda: opener().open("http://slack.com/api/auth.test"),
        lambda: PlainConnection("slack.com").connect(),
        lambda: session().get("http://api.pagerduty.com/users/PADA"),
        lambda: call_watchdog("http://watchdog.example/"),
    ],
    ids=["urllib", "http.client", "requests", "watchdog"],
)
def test_plain_http_beyond_loopback_is_refused_before_a_connection_opens(send: Callable[[], object]) -> None:
    with pytest.raises(Refused, match="without TLS") as refused:
        send()
    assert refused.value.code == "plain_http"


@pytest.mark.parametrize("url", ["https://slack.com/api/auth.test", "http://slack.com/", "http://127.0.0.1:1/"])
def test_a_request_that_was_changed_for_a_proxy_is_refused(proxy: Make, url: str) -> None:
    used = proxy("breaks")
    request = Request(url, headers={"Authorization": TOKEN})  # noqa: S310 - written out above
    for _ in range(2):  # the second time, a request for https becomes plain HTTP to the proxy
        request.set_proxy(used.url.removeprefix("http://"), "http")

    with pytest.raises(Refused, match="without TLS"):
        opener().open(request)
    assert used.attempts == []


def test_the_one_host_with_plain_http_is_reached_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_PLAIN_HTTP_HOST", "sandbox")
    with pytest.raises(RuntimeError, match="tests reach only loopback, not 'sandbox'"):
        opener().open("http://sandbox:1/")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "data:,x"])
def test_no_other_scheme_is_opened(url: str) -> None:
    with pytest.raises(OSError, match="unknown url type"):
        opener().open(url)


# ── the private method of slack_sdk that is overridden ───────────────────────────────────────────────────


def test_slack_sdk_has_no_public_hook_for_the_opener_so_its_next_major_version_is_excluded() -> None:
    """A renamed method would send by slack_sdk's own opener, which leaks: the range ends where names may change."""
    requirements = Path(__file__).parents[2].joinpath("requirements.txt").read_text(encoding="utf-8")

    assert SENDS in vars(BaseClient)
    assert SENDS in vars(SlackClient)
    assert re.search(r"^slack_sdk>=3\.\d+,<4\s", requirements, re.MULTILINE)


def test_a_slack_sdk_without_the_overridden_method_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    monkeypatch.delattr(BaseClient, SENDS)

    with pytest.raises(Refused, match=r"slack_sdk 3\..*range in requirements.txt"):
        CALLS["slack"]()


def test_slack_sdk_without_the_override_sends_the_token_without_tls(
    proxy: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why there is an override. When this fails, slack_sdk has corrected it, and no attempt needs its own Request."""
    used = proxy("breaks")
    monkeypatch.setenv("HTTPS_PROXY", used.url)

    assert WebClient(TOKEN, retry_handlers=retry_handlers()).auth_test()["ok"]  # it believes what the proxy made up
    assert [attempt.line.split()[1] for attempt in used.attempts] == ["slack.com:443", "slack.com:443", "slack.com:80"]
    assert TOKEN.encode() in used.received
