"""slack_sdk's client, but for redirects: urllib follows them to any host, and takes the token along."""

from __future__ import annotations

from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from slack_sdk import WebClient
from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler

from oncall_sync.slack.no_redirects import NoRedirects


def retry_handlers() -> list[RetryHandler]:
    """For the hook. Only dropped connections: slack_sdk's handler of 429 sleeps without a bound, and the others know
    neither 502 nor broken answers, so `SlackApi` repeats these itself (waiting.py)."""
    return [ConnectionErrorRetryHandler(max_retry_count=2)]


class SlackClient(WebClient):
    """Overrides the one method of slack_sdk (pinned) that sends. A redirect becomes a SlackApiError of its status."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        proxies = {"http": self.proxy, "https": self.proxy} if self.proxy else None  # None: as the environment says
        opener = build_opener(ProxyHandler(proxies), HTTPSHandler(context=self.ssl), NoRedirects())
        with opener.open(req, timeout=self.timeout) as response:
            body = response.read().decode(response.headers.get_content_charset() or "utf-8")
            return {"status": response.status, "headers": response.headers, "body": body}
