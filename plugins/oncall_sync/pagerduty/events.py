"""PagerDuty's Events API v2, which makes incidents of alerts: https://developer.pagerduty.com/docs/events-api-v2-overview

Not the `pagerduty` package's client: it speaks no plain http, so not to a sandbox, and repeats 429 without an end.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from oncall_sync.errors import PassingFault, RateLimited, Refused
from oncall_sync.tls_only import NOT_THE_SERVICE, cause

EVENTS_URL = "https://events.pagerduty.com"
TIMEOUT = (5, 10)  # seconds to connect, seconds between two bytes of the answer
LONGEST = 1024  # characters of a summary: PagerDuty's limit
LONGEST_KEY = 255  # the same of a dedup_key
PROXY_ANSWERS = (HTTPStatus.OK, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)  # a login page, or its refusal
_KEY = (
    "Check the integration key in the connection's password: it is one of a service's integration of the type Events "
    "API v2; for an EU account the host is https://events.eu.pagerduty.com."
)


class PagerDutyEvents:
    """Nothing is sent twice: the next run does that. `requests` counts what was sent.

    key: of an incident; a second event of an open one adds to it. Raises Refused, RateLimited and PassingFault.
    """

    def __init__(self, integration_key: str, base_url: str = EVENTS_URL) -> None:
        self.requests = 0
        self._key = integration_key
        self._url = f"{base_url.rstrip('/')}/v2/enqueue"

    def trigger(self, key: str, summary: str, since: datetime) -> None:
        """{"status": "success", "message": "Event processed", "dedup_key": key} with 202"""
        payload = {
            "summary": summary[:LONGEST],
            "source": "oncall_sync",
            "severity": "error",
            "custom_details": {"since": since.isoformat(), "message": summary},
        }
        self._send({"event_action": "trigger", "dedup_key": key[:LONGEST_KEY], "payload": payload})

    def resolve(self, key: str) -> None:
        """The same answer, also where no such incident is open."""
        self._send({"event_action": "resolve", "dedup_key": key[:LONGEST_KEY]})

    def _send(self, event: dict[str, Any]) -> None:
        # Here, as each task loads the Dag file, and few of them what these load.
        import requests  # noqa: PLC0415

        from oncall_sync.pagerduty.http import session  # noqa: PLC0415

        where = "PagerDuty /v2/enqueue"
        self.requests += 1
        try:
            with session() as http:
                body = {"routing_key": self._key, **event}
                answer = http.post(self._url, json=body, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            remedy = "If this lasts, check the network, the proxy and the connection's host."
            reason, remedy = cause(error, remedy)
            raise PassingFault(where, f"cannot be reached ({reason})", code="pagerduty_down", remedy=remedy) from None
        status = answer.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(where, "PagerDuty asks to wait", code="rate_limited")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise PassingFault(where, f"PagerDuty answers {status}", code="pagerduty_down")
        if status != HTTPStatus.ACCEPTED:
            raise Refused(
                where,
                f"PagerDuty refuses ({status})",
                code="pagerduty_refused",
                remedy=NOT_THE_SERVICE if status in PROXY_ANSWERS else _KEY,
            )
