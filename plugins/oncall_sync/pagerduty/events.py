"""Whom the sync tells how it is: PagerDuty's Events API v2, which makes incidents of alerts, and the watchdog.

https://developer.pagerduty.com/docs/events-api-v2-overview. Not the `pagerduty` package's client: it speaks no plain
http, so not to a sandbox, and repeats 429 without an end. Nothing is sent twice: the next run does that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from oncall_sync.transport import NOT_THE_SERVICE

EVENTS_URL = "https://events.pagerduty.com"
TIMEOUT = (5.0, 10.0)  # seconds to connect, seconds between two bytes of the answer
WATCHDOG_TIMEOUT = (5.0, 5.0)
LONGEST = 1024  # characters of a summary: PagerDuty's limit
LONGEST_KEY = 255  # the same of a dedup_key

_KEY = (
    "Check the integration key in the connection's password: it is one of a service's integration of the type Events "
    "API v2; for an EU account the host is https://events.eu.pagerduty.com."
)
REFUSALS = {
    **dict.fromkeys((200, 407), ("pagerduty_refused", NOT_THE_SERVICE)),
    0: ("pagerduty_refused", _KEY),
}
_WATCHDOG = "If this lasts, check the address in the config, and the network."


class PagerDutyEvents:
    """key: of an incident; a second event of an open one adds to it. Raises Refused, RateLimited and PassingFault."""

    def __init__(self, integration_key: str, base_url: str = EVENTS_URL) -> None:
        from oncall_sync.pagerduty.http import ErrorMap, Http  # noqa: PLC0415 - see there

        errors = ErrorMap("PagerDuty", "PagerDuty", REFUSALS, success=(202,))
        self._http = Http(base_url.rstrip("/"), errors, timeout=TIMEOUT)
        self._key = integration_key

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
        self._http.ask("POST", "/v2/enqueue", lambda answer: None, json={"routing_key": self._key, **event})


def call_watchdog(url: str) -> None:
    """Tells it that the sync is alive: GET, and any 2xx will do. If no call comes, the watchdog raises the alarm.

    Raises Refused, RateLimited and PassingFault, none of which shows the address: it is a secret.
    """
    from oncall_sync.pagerduty.http import ErrorMap, Http  # noqa: PLC0415 - see there

    errors = ErrorMap(
        "the watchdog",
        "alerts.heartbeat_url",
        {0: ("heartbeat_down", _WATCHDOG)},
        success=range(200, 300),
        down="heartbeat_down",
        broken="heartbeat_down",
        unreachable=_WATCHDOG,
    )
    with _unlogged():
        Http(url, errors, timeout=WATCHDOG_TIMEOUT).ask("GET", "", lambda answer: None)


@contextmanager
def _unlogged() -> Iterator[None]:
    """The library behind requests logs each address that it asks for."""
    logger = logging.getLogger("urllib3.connectionpool")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
