"""`make bench ARGS=limits`: everything arrives in spite of the limits. How soon is measured there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.rate_limits import Limited, pages, single_reads, writes


@pytest.mark.parametrize(("measured", "groups"), [(writes, 45), (pages, 400), (single_reads, 170)])
def test_no_group_fails_under_a_limit(
    measured: Callable[[Path, float, int], Limited], groups: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "")
    limited = measured(tmp_path / "oncall_sync.yaml", 1.0, groups)
    assert limited.calls > limited.limit
    assert (limited.failed, limited.right) == (0, f"{groups} of {groups}")


def test_the_floor_is_a_window_for_each_full_allowance_after_the_first() -> None:
    limited = Limited("300 changed groups", 300, 20, 6, 90, 0, "300 of 300")
    assert str(limited) == "| 300 changed groups | 20 in 6 s | 84 s | 90.0 s | 1.07 | 0 | 300 of 300 |"
