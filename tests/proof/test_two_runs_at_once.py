"""Two runs at once, step by step in every order: the older one never has the last word, and nothing is told twice.

Airflow begins no second run of this Dag while one goes on; but a run that it gave up may still have a process, and
anybody may start one beside it in a terminal. `make test` takes some of the orders, `make soak` all.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from sandbox import Override, Sandbox
from tests.proof.busy_day import MINUTE, announced, groups
from tests.proof.clean_runs import clean_runs
from tests.sync.driver import TASKS, Run
from tests.sync.watching import SECOND
from tests.sync.worlds import NOON

STEPS = len(TASKS)
ORDERS = [
    "".join("A" if n in of_a else "B" for n in range(2 * STEPS)) for of_a in combinations(range(2 * STEPS), STEPS)
]


@pytest.mark.parametrize(
    "order", [pytest.param(o, marks=() if n % 12 == 0 else pytest.mark.soak) for n, o in enumerate(ORDERS)]
)
def test_the_run_that_read_first_does_not_write_over_the_one_that_read_last(
    order: str, shared: Sandbox, file: Path, record_property: Callable[[str, object], None]
) -> None:
    """Lea takes over from Ash right after the first of the two has read who is on call."""
    record_property("case", "two runs at once")
    busy = clean_runs()["busy"]
    begun = busy.day.begin(shared, file)
    runs: dict[str, Run] = {}
    tasks = {name: iter(TASKS) for name in order}
    for number, name in enumerate(order):
        if name not in runs:
            runs[name] = begun.begin(scheduled=True)
        begun.do(next(tasks[name]), runs[name])
        begun.now += SECOND
        if number == 0:
            override = Override(person="PLEA", start=begun.now, end=NOON + 60 * MINUTE)
            shared.world.schedules["SPLAIN"].overrides.append(override)

    assert begun.members("plain") == {"ULEA"}
    begun.now += MINUTE
    begun.run(scheduled=True)
    assert groups(shared.world) == busy.right | {"plain": {"ULEA"}}
    texts = announced(shared.world)
    assert len(texts) == len(set(texts))
    assert not any("took over from Lea" in text for text in texts), "of what had never come about"
