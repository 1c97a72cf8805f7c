"""The days to come of the small world, served over real HTTP."""

from __future__ import annotations

import pytest

from tests.forecast.ahead import Ahead
from tests.sync.driver import Sync
from tests.sync.serving import no_sleep_in_libraries, sync

__all__ = ["ahead", "no_sleep_in_libraries", "sync"]


@pytest.fixture
def ahead(sync: Sync) -> Ahead:
    """Three groups of one schedule each; all is well."""
    return Ahead(sync)
