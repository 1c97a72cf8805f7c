"""A large team: 500 groups and 1,500 schedules, all of which change, through the tasks as Airflow runs them."""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox import grid
from tests.airflow.ran import Ran
from tests.airflow.scene import Scene

PLANNING = ["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates"]
SCHEDULES = 3  # of each group


def team(open_scene: Callable[..., Scene], groups: int, current: bool = False) -> Scene:
    """current: all groups are right already."""
    ids = ([f"PS{n * SCHEDULES + k:05d}" for k in range(SCHEDULES)] for n in range(groups))
    lines = (f"  group-{n:03d}: {{schedules: [{', '.join(each)}]}}\n" for n, each in enumerate(ids))
    return open_scene("groups:\n" + "".join(lines), grid(groups=groups, schedules_per_group=SCHEDULES, current=current))


def sizes(ran: Ran) -> dict[tuple[str, str], int]:
    return {of: len(json.dumps(value)) for of, value in ran.xcoms.items()}


def test_five_hundred_groups_are_planned_in_less_than_ten_seconds_with_xcoms_in_proportion(
    open_scene: Callable[..., Scene],
) -> None:
    """A run that only plans shows every change, though no run could write so many."""
    hundred, five_hundred = (team(open_scene, groups).run(dry_run=True) for groups in (100, 500))
    assert len(five_hundred.report["groups"]) == 500
    assert set(five_hundred.statuses().values()) == {"would_update"}
    assert sum(five_hundred.seconds[task] for task in PLANNING) < 10
    small, large = sizes(hundred), sizes(five_hundred)
    assert small.keys() == large.keys()
    for of in large:
        assert large[of] <= 5.5 * small[of], of


def test_five_hundred_unchanged_groups_cost_fewer_than_twenty_requests(open_scene: Callable[..., Scene]) -> None:
    """Every heartbeat leaves as much again in the database: 500 unchanged groups, 1,500 people on call."""
    scene = team(open_scene, 500, current=True)
    scene.run(dry_run=True)
    ran = scene.run()
    assert set(ran.statuses().values()) == {"unchanged"}
    assert ran.report["requests"] == {"pagerduty": 15, "slack": 1}, "1,500 rows in pages of 100, one list of groups"
    assert sum(sizes(ran).values()) < 1_500_000
