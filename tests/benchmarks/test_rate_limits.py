"""`make bench ARGS=limits`: everything arrives in spite of the limits. How soon is measured there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.rate_limits import Limited, on_calls, single_reads, table, writes


@pytest.mark.parametrize(("measured", "groups"), [(writes, 45), (on_calls, 400), (single_reads, 170)])
def test_no_group_fails_under_a_limit(
    measured: Callable[[Path, float, int], Limited], groups: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "")
    found = measured(tmp_path, 1.0, groups)
    assert found.calls > found.limit
    assert (found.failed, found.right) == (0, f"{groups} of {groups}")


def test_the_floor_is_a_window_for_each_full_allowance_after_the_first() -> None:
    limited = Limited("300 changed groups", 300, 20, 6, 90, 0, "300 of 300")
    assert limited.floor == 14 * 6
    assert "| 300 changed groups | 20 in 6 s | 84 s | 90.0 s | 1.07 | 1.2: met | 0 | 300 of 300 |" in table([limited])
