"""`make bench`: the requests of each contender. Times are measured there and asserted nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.comparison import measure
from benchmarks.comparison.cells import Cell, cells, mapping, new_world, set_right
from benchmarks.comparison.contenders import ThisProject
from benchmarks.comparison.plot import plot
from benchmarks.comparison.results import SEED, THIS, Measured, goals, tables
from sandbox import Sandbox, World

BIG = 100  # groups: 300 rows of /oncalls


@pytest.fixture(scope="module", params=[4, BIG])
def figures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Measured]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ONCALL_SYNC_CONFIG", "")
        return measure.measure(request.param, [0], tmp_path_factory.mktemp("bench"))


def test_with_a_warm_memory_each_change_costs_what_cannot_be_saved(figures: list[Measured]) -> None:
    warm = [each for each in figures if each.who == THIS and each.cell.warm]
    assert [each.requests for each in warm] == [each.cell.floor for each in warm]


def test_with_a_cold_memory_only_the_people_are_asked_for_in_addition(figures: list[Measured]) -> None:
    cold = [each for each in figures if each.who == THIS and not each.cell.warm]
    more = {each.requests - each.cell.floor for each in cold}
    assert len(more) == 1, "the same for each change"
    assert more.pop() <= 3 * cold[0].cell.groups, "at most one look-up for each person"


def asked_when_nothing_changed(world: World, groups: int, folder: Path) -> int:
    """How many requests the second of two runs sends."""
    set_right(world)
    with Sandbox(world) as sandbox:
        project = ThisProject(folder)
        project.sync(sandbox, mapping(groups))
        sandbox.requests.clear()
        project.sync(sandbox, mapping(groups))
        return len(sandbox.requests)


def test_five_hundred_groups_of_which_none_changed_cost_sixteen_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "")
    assert asked_when_nothing_changed(new_world(500), 500, tmp_path) == 16


def test_the_algorithm_it_grew_from_asks_ten_times_for_each_group(figures: list[Measured]) -> None:
    (seed,) = [each for each in figures if each.who == SEED]
    assert seed.requests == 1 + 10 * seed.cell.groups  # three schedules, people and addresses, and a write


def test_all_groups_are_right_afterwards(figures: list[Measured]) -> None:
    assert all(each.right == each.cell.groups for each in figures if each.who in (THIS, SEED))


def test_the_floor_is_the_pages_the_list_and_the_changes() -> None:
    assert [cell.floor for cell in cells(500) if cell.warm] == [16, 66, 516]


def test_there_is_a_table_for_each_size_and_how_many_times_less_it_is() -> None:
    found = [
        Measured(THIS, Cell(500, "nothing", warm=True), 50, 16, 1.5, 500),
        Measured(SEED, Cell(500, "everything", warm=False), 50, 5001, 270.0, 500),
    ]
    text = tables(found)
    assert "| nothing, warm | 16 | 16 | 1.00 | 1.50 s | 500 of 500 | 313x | 180x |" in text
    assert "| the algorithm it grew from | 5,001 |" in text


def test_the_goals_are_judged_by_what_was_measured() -> None:
    quiet, whole = Cell(500, "nothing", warm=True), Cell(500, "everything", warm=False)
    found = [
        Measured(THIS, quiet, 0, 16, 1.0, 500),
        Measured(THIS, quiet, 50, 16, 6.0, 500),
        Measured(SEED, whole, 50, 5001, 270.0, 500),
        Measured(THIS, Cell(500, "everything", warm=True), 0, 564, 9.0, 500),
    ]
    assert goals(found).splitlines() == [
        "- requests for 500 groups, nothing changed: 16 (met, goal: 20)",
        "- time for the same at 50 ms, as a share of what the algorithm it grew from takes: 0.0222"
        " (NOT met, goal: 0.02)",
        "- requests of the floor with a warm memory; the most, for 500 groups, everything, warm: 1.09"
        " (NOT met, goal: 1.05)",
    ]
    assert goals(found[:1]).count("\n") == 1


def test_a_schedule_on_no_policy_costs_a_request_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "")
    world = new_world(4)
    world.policies.clear()
    assert asked_when_nothing_changed(world, 4, tmp_path) == 2 + 4 * 3


def test_the_plot_shows_each_figure() -> None:
    drawn = plot({4: {"this project": 2, "another": 41}, 500: {"this project": 16, "another": 5001}})
    assert drawn.count("<rect") == 6  # two of the legend
    assert ">5,001</text>" in drawn


def test_what_is_not_measured_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks.__main__ import main

    assert main(["speed"]) == 2
    assert "these are: comparison, limits, airflow, latency" in capsys.readouterr().err
