"""A call that says: the sync is alive. Whoever waits for it in vain raises the alarm.

By urllib, as the library behind requests logs each address that it asks for, and this one is a secret.
"""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import HTTPError

from oncall_sync.errors import PassingFault
from oncall_sync.tls_only import cause, opener

TIMEOUT = 5.0  # seconds to connect, and for the answer to begin


def call(url: str) -> None:
    """GET; any 2xx will do. Raises PassingFault, and Refused for plain HTTP, without the address."""
    remedy = "If this lasts, check the address in the config, and the network."
    try:
        with opener().open(url, timeout=TIMEOUT):
            return
    except HTTPError as error:
        why = f"answers {error.code}"
    except (OSError, ValueError, HTTPException) as error:
        reason, remedy = cause(error, remedy)
        why = f"cannot be reached ({reason})"
    raise PassingFault("alerts.heartbeat_url", why, code="heartbeat_down", remedy=remedy)
