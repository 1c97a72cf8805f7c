"""slack_sdk's client, but without redirects, and without a request that leaves without TLS (transport.py)."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPResponse
from ssl import SSLContext
from typing import Any
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

from slack_sdk import WebClient
from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.version import __version__

from oncall_sync.errors import Refused
from oncall_sync.transport import refuse_plain, without_tls

SENDS = "_perform_urllib_http_request_internal"  # slack_sdk's method


def retry_handlers() -> list[RetryHandler]:
    """Only dropped connections: slack_sdk's handler of 429 sleeps without a bound, and the others know
    neither 502 nor broken answers, so `SlackApi` repeats these itself (transport.py)."""
    return [ConnectionErrorRetryHandler(max_retry_count=2)]


class SlackClient(WebClient):
    """Overrides the private method of slack_sdk that sends: slack_sdk has no public hook for urllib's opener.

    requirements.txt keeps slack_sdk below the next major version. Raises Refused where the method does not exist.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        if not hasattr(WebClient, SENDS):
            raise Refused(
                f"slack_sdk {__version__}",
                "it sends requests by a method that oncall_sync cannot guard, so nothing is sent",
                code="plain_http",
                remedy="Install a version of slack_sdk from the range in requirements.txt.",
            )
        super().__init__(*arguments, **options)

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """One attempt. `req` is the same object in each attempt, and a proxy changes it, so a copy is sent."""
        attempt = Request(url, req.data, dict(req.headers), method=req.method)  # noqa: S310 - the opener knows no file:
        with opener(self.proxy, self.ssl).open(attempt, timeout=self.timeout) as response:
            body = response.read().decode(response.headers.get_content_charset() or "utf-8")
            return {"status": response.status, "headers": response.headers, "body": body}


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
            raise without_tls(asked.hostname)
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
