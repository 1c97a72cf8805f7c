"""A call that says: the sync is alive. Whoever waits for it in vain raises the alarm."""

from __future__ import annotations

import requests

from oncall_sync.errors import PassingFault

TIMEOUT = 5  # seconds to connect, and for the answer to begin


def call(url: str) -> None:
    """GET; any 2xx will do. The address is a secret, and in no error. Raises PassingFault."""
    where, remedy = "alerts.heartbeat_url", "If this lasts, check the address in the config, and the network."
    try:
        with requests.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except (requests.RequestException, ValueError) as error:
        why = f"cannot be reached ({type(error).__name__})"
        raise PassingFault(where, why, code="heartbeat_down", remedy=remedy) from None
    if not 200 <= status < 300:  # noqa: PLR2004 - as HTTP says it
        raise PassingFault(where, f"answers {status}", code="heartbeat_down", remedy=remedy)
