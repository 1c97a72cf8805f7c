"""A large team: 500 groups and 1,500 schedules, all of which change, through the tasks as Airflow runs them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from sandbox import grid
from tests.airflow.ran import Ran
from tests.airflow.scene import Scene

PLANNING = ["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates"]
SCHEDULES = 3  # of each group


def config(groups: int) -> str:
    ids = ([f"PS{n * SCHEDULES + k:05d}" for k in range(SCHEDULES)] for n in range(groups))
    return "groups:\n" + "".join(f"  group-{n:03d}: {{schedules: [{', '.join(each)}]}}\n" for n, each in enumerate(ids))


def planned(open_scene: Callable[..., Scene], groups: int) -> Ran:
    scene = open_scene(config(groups), grid(groups=groups, schedules_per_group=SCHEDULES))
    return scene.run_stepwise(dry_run=True)


@pytest.fixture(scope="module")
def hundred(open_scene: Callable[..., Scene]) -> Ran:
    return planned(open_scene, 100)


@pytest.fixture(scope="module")
def five_hundred(open_scene: Callable[..., Scene]) -> Ran:
    return planned(open_scene, 500)


@pytest.fixture(scope="module")
def five_hundred_unchanged(open_scene: Callable[..., Scene]) -> Ran:
    """The second run: everybody is known and no group changes."""
    scene = open_scene(config(500), grid(groups=500, schedules_per_group=SCHEDULES, current=True))
    scene.run_stepwise(dry_run=True)
    return scene.run_stepwise()


def sizes(ran: Ran) -> dict[tuple[str, str], int]:
    return {of: len(json.dumps(value)) for of, value in ran.xcoms.items()}


def test_from_fetch_schedules_to_plan_updates_five_hundred_groups_take_less_than_ten_seconds(five_hundred: Ran) -> None:
    seconds = {task: five_hundred.seconds[task] for task in PLANNING}
    print(seconds)  # noqa: T201 - shown by pytest -rP
    assert len(five_hundred.report["groups"]) == 500
    assert sum(seconds.values()) < 10


def test_a_run_that_only_plans_shows_every_change_though_no_run_could_write_so_many(five_hundred: Ran) -> None:
    assert set(five_hundred.statuses().values()) == {"would_update"}


def test_every_xcom_grows_in_proportion_to_the_groups(hundred: Ran, five_hundred: Ran) -> None:
    small, large = sizes(hundred), sizes(five_hundred)
    print(large)  # noqa: T201 - shown by pytest -rP
    assert small.keys() == large.keys()
    for of in large:
        assert large[of] <= 5.5 * small[of], of


def test_what_five_hundred_unchanged_groups_leave_in_the_database_is_small(five_hundred_unchanged: Ran) -> None:
    """Every heartbeat leaves as much again: 500 unchanged groups, 1,500 people on call."""
    print(sizes(five_hundred_unchanged))  # noqa: T201 - shown by pytest -rP
    assert set(five_hundred_unchanged.statuses().values()) == {"unchanged"}
    assert sum(sizes(five_hundred_unchanged).values()) < 1_500_000


def test_five_hundred_unchanged_groups_cost_fewer_than_twenty_requests(five_hundred_unchanged: Ran) -> None:
    requests = five_hundred_unchanged.report["requests"]
    assert requests == {"pagerduty": 15, "slack": 1}, "1,500 rows in pages of 100, and one list of groups"
