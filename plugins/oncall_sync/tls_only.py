"""Nothing leaves this machine without TLS: the rule, urllib's way out, and the errors that a proxy causes.

The rule is checked where a connection is opened, for every attempt, because a library can change a request between two
attempts: slack_sdk keeps one urllib Request for all of them, and urllib's ProxyHandler turns it into plain HTTP.
"""

from __future__ import annotations

import os
import re
from http.client import HTTPConnection, HTTPResponse
from ssl import SSLContext
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
    getproxies,
)

from oncall_sync.errors import Refused

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NOT_THE_SERVICE = "A proxy may have answered instead: check the proxy (HTTPS_PROXY), its user and its password."
_PROXY = 'its address (HTTPS_PROXY, or "proxy" in the extra of the Slack connection)'


def may_be_plain(host: str | None) -> bool:
    """Loopback, and one more host by its exact name: the fake APIs beside a containerized Airflow have no TLS."""
    return host in {*LOOPBACK, os.environ.get("ONCALL_SYNC_PLAIN_HTTP_HOST", "localhost")}


def refuse_plain(host: str | None) -> None:
    """Before a plain HTTP connection to this host is opened. Raises Refused."""
    if not may_be_plain(host):
        raise _refused(host)


def _refused(host: str | None) -> Refused:
    return Refused(
        f"Request to {host}",
        "a library tries to send it without TLS or to give it to a proxy without TLS, so it is not sent",
        code="plain_http",
        remedy="Report this with the versions of slack_sdk and requests; plain http:// is for loopback only.",
    )


class PlainConnection(HTTPConnection):
    """Connects to loopback only."""

    def connect(self) -> None:
        refuse_plain(self.host)
        super().connect()


class PlainHandler(HTTPHandler):
    """Refuses a request that a proxy gets without TLS: it asks for another host than the one it connects to."""

    def http_open(self, req: Request) -> HTTPResponse:
        asked = urlsplit(req.full_url)
        if (asked.scheme, asked.netloc) != ("http", req.host):
            raise _refused(asked.hostname)
        return self.do_open(PlainConnection, req)


def opener(proxy: str | None = None, context: SSLContext | None = None) -> OpenerDirector:
    """For https, and for http to loopback. A redirect is an HTTPError: urllib takes the token along to any host.

    proxy: for https; by default the environment's. Plain HTTP goes through no proxy.
    """
    made = OpenerDirector()
    proxies = {"https": url} if (url := proxy or getproxies().get("https")) else {}
    for handler in (
        ProxyHandler(proxies),
        HTTPSHandler(context=context),
        PlainHandler(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
        UnknownHandler(),
    ):
        made.add_handler(handler)
    return made


def cause(error: Exception, remedy: str) -> tuple[str, str]:
    """Why a service cannot be reached, and what to do: by default the error's type and `remedy`.

    The text of a library's error can hold the whole request, so only a status and OpenSSL's reason are taken from it.
    """
    text = str(error)
    if tunnel := re.search(r"Tunnel connection failed: (\d{3})", text):
        needed = f"Put the proxy's user and password into {_PROXY}."
        allow = f"Let the proxy allow connections to this host, or correct {_PROXY}."
        return f"the proxy refuses the connection: {tunnel[1]}", needed if tunnel[1] == "407" else allow
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = re.search(r"certificate verify failed: (.+?) \(_ssl", text)
        return f"its certificate is not trusted: {reason[1] if reason else 'unknown reason'}", (
            "If a proxy decrypts TLS, let this machine trust the proxy's certificate: SSL_CERT_FILE for Slack and the "
            "watchdog, REQUESTS_CA_BUNDLE for PagerDuty."
        )
    return type(error).__name__, remedy
