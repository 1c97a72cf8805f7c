"""The long form of the proofs is left out where nobody asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.sync.serving import calm, no_sleep_in_libraries, sync

__all__ = ["calm", "no_sleep_in_libraries", "sync"]


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """For hundreds of cases, one after the other: see busy_day.Day.begin."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the config is to be."""
    path = tmp_path / "oncall_sync.yaml"
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", str(path))
    monkeypatch.delenv("ONCALL_SYNC_WRITES", raising=False)
    return path


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" not in config.option.markexpr:
        long = [item for item in items if item.get_closest_marker("soak")]
        items[:] = [item for item in items if not item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=long)
