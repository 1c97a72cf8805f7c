"""The long form of the proofs is left out where nobody asked for it."""

from __future__ import annotations

import pytest

from tests.sync.serving import calm, no_sleep_in_libraries, sync

__all__ = ["calm", "no_sleep_in_libraries", "sync"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" not in config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if not item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=long)
