"""What all clients share: how long a task may wait, what is asked again, and that nothing leaves without TLS.

What takes longer than a task may sleep is Airflow's (on_airflow/retry.py). The TLS rule is checked where a connection
is opened, for every attempt, because a library can change a request between two attempts: slack_sdk keeps one urllib
Request for all of them, and urllib's ProxyHandler turns it into plain HTTP.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused

T = TypeVar("T")

BUDGET = 60.0  # seconds of sleep in one task, all waits together: a worker is not for sleeping
MOST_FAULTS = 3  # requests that may fail in one try of a task before the others are not even sent
ATTEMPTS = 3  # at a request that gets no whole answer
PAUSE = 0.5  # seconds before the second attempt; twice as long before the third
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NOT_THE_SERVICE = "A proxy may have answered instead: check the proxy (HTTPS_PROXY), its user and its password."
_PROXY = 'its address (HTTPS_PROXY, or "proxy" in the extra of the Slack connection)'


@dataclass
class Faults:
    """The passing faults of one try of a task. A reader notes them and goes on; the task decides at its end."""

    most: int = MOST_FAULTS
    noted: list[PassingFault] = field(default_factory=list)

    def note(self, fault: PassingFault) -> None:
        self.noted.append(fault)

    @property
    def enough(self) -> bool:
        """Ask nothing more: each fault may cost a minute, and a rate limit does not lift at once."""
        return len(self.noted) >= self.most or any(isinstance(fault, RateLimited) for fault in self.noted)


class WaitBudget:
    """How long one task may still sleep because a server asked it to: `left` seconds, all waits together."""

    def __init__(self, seconds: float = BUDGET, sleep: Callable[[float], None] = time.sleep) -> None:
        self.left = seconds
        self._sleep = sleep

    def retry(self, ask: Callable[[], T], attempts: int = ATTEMPTS) -> T:
        """ask() until it answers: at most `attempts` times where no whole answer comes (BrokenAnswer)."""
        for attempt in range(1, attempts):
            try:
                return self._wait_out_rate_limits(ask)
            except BrokenAnswer:
                self._sleep(PAUSE * attempt)
        return self._wait_out_rate_limits(ask)

    def _wait_out_rate_limits(self, ask: Callable[[], T]) -> T:
        while True:
            try:
                return ask()
            except RateLimited as limited:
                self._wait(limited.retry_after or 1.0, limited.where)

    def _wait(self, seconds: float, where: str) -> None:
        """Raises RateLimited, with the server's number, if the budget is too small: then Airflow waits."""
        if seconds > self.left:
            raise RateLimited(
                where,
                f"too many requests; the server asks to wait {seconds:g} s, more than this task may sleep",
                code="rate_limited",
                remedy="Airflow tries again after that time.",
                retry_after=seconds,
            )
        self.left -= seconds
        self._sleep(seconds)


def may_be_plain(host: str | None) -> bool:
    """Loopback, and one more host by its exact name: the fake APIs beside a containerized Airflow have no TLS."""
    return host in {*LOOPBACK, os.environ.get("ONCALL_SYNC_PLAIN_HTTP_HOST", "localhost")}


def refuse_plain(host: str | None) -> None:
    """Before each attempt at this host without TLS. Raises Refused."""
    if not may_be_plain(host):
        raise without_tls(host)


def without_tls(host: str | None) -> Refused:
    return Refused(
        f"Request to {host}",
        "a library tries to send it without TLS or to give it to a proxy without TLS, so it is not sent",
        code="plain_http",
        remedy="Report this with the versions of slack_sdk and requests; plain http:// is for loopback only.",
    )


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
            "If a proxy decrypts TLS, let this machine trust the proxy's certificate: SSL_CERT_FILE for Slack, "
            "REQUESTS_CA_BUNDLE for PagerDuty and the watchdog."
        )
    return type(error).__name__, remedy
