"""The past of the small world, served over real HTTP."""

from __future__ import annotations

import pytest

from tests.history.past import Past
from tests.sync.driver import Sync
from tests.sync.serving import no_sleep_in_libraries, sync

__all__ = ["no_sleep_in_libraries", "past", "sync"]


@pytest.fixture
def past(sync: Sync) -> Past:
    made = Past(sync)
    made.configure("all: {schedules: [SADA]}")
    return made
