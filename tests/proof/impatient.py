"""Time-outs that a test can wait for."""

from __future__ import annotations

import pytest

from oncall_sync.pagerduty import events, http
from tests.sync.driver import Sync

SHORT = 0.4  # seconds until a time-out


def be_impatient(sync: Sync, patch: pytest.MonkeyPatch) -> None:
    sync.timeout = SHORT
    patch.setattr(http, "TIMEOUT", (5, SHORT))
    patch.setattr(events, "TIMEOUT", (5, SHORT))
    patch.setattr(events, "WATCHDOG_TIMEOUT", (5, SHORT))
