"""`make bench`: the requests of each contender. Times are measured there and asserted nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import comparison, seed, worlds
from benchmarks.__main__ import main
from benchmarks.comparison import Measured
from benchmarks.this_project import ThisProject
from sandbox import Sandbox


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "")  # so that it is reset afterwards
    return tmp_path / "oncall_sync.yaml"


@pytest.mark.parametrize("groups", [4, 100])
def test_a_warm_sync_costs_the_floor_a_cold_one_the_look_ups_too_and_the_seed_ten_requests_a_group(
    groups: int, tmp_path: Path
) -> None:
    measured = {name: each for name, (each,) in comparison.measure(groups, [0], tmp_path).items()}
    cold = [each for name, each in measured.items() if name.endswith(", cold")]
    assert all(each.requests == each.floor for name, each in measured.items() if name.endswith(", warm"))
    assert len({each.requests - each.floor for each in cold}) == 1, "the same for each change"
    assert all(each.requests - each.floor <= 3 * groups for each in cold), "at most one look-up per person"
    assert measured[seed.NAME].requests == 1 + 10 * groups
    assert {each.right for each in [*cold, measured[seed.NAME]]} == {groups}


def test_five_hundred_groups_of_which_none_changed_cost_sixteen_requests(config: Path) -> None:
    world = worlds.new_world(500)
    worlds.set_right(world)
    with Sandbox(world) as sandbox:
        project = ThisProject(sandbox, config)
        project.sync()
        sandbox.requests.clear()
        project.sync()
        assert len(sandbox.requests) == 16


def test_the_table_has_a_row_per_contender_and_a_column_per_latency() -> None:
    assert comparison.table(500, [0, 50], {"a": [Measured(5001, 516, 6.0, 500), Measured(5001, 516, 271.3, 500)]}) == (
        "### 500 groups of 3 schedules\n\n"
        "|  | requests | floor | 0 ms | 50 ms | right after it |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: |\n"
        "| a | 5,001 | 516 | 6.00 s | 271.30 s | 500 of 500 |"
    )


def test_an_unknown_measure_is_refused_with_the_names_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert "these are: comparison, limits, latency" in capsys.readouterr().err
