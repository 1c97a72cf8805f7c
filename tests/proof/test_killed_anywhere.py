"""A run is killed at any moment, and tried again at once, hours later, or never: nothing stale, nothing told twice.

`make test` takes every third moment, `make soak` all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox import Override, Sandbox
from tests.proof.busy_day import MINUTE, Groups, announced, groups, unresolved
from tests.proof.clean_runs import clean_runs, moments_of_a_run
from tests.proof.mortal import Mortal, mortal
from tests.sync.worlds import NOON

HOUR = timedelta(hours=1)
HALF_PAST = NOON + HOUR / 2
LATER: Groups = {
    "plain": frozenset({"ULEA"}),
    "fresh": frozenset({"ULEA"}),
    "empty": frozenset({"UNED"}),
    "backed": frozenset({"UJIL", "UNED"}),
    "back": None,
}
AFTERWARDS = ("another run", "tried again at once", "tried again hours later", "tried again after another run")


@pytest.fixture
def busy(shared: Sandbox, file: Path) -> Mortal:
    """At noon. At half past whatever the run is about to write is stale: Lea and Ned take over, and Bob has nobody
    after him."""
    made = mortal(clean_runs()["busy"].day.begin(shared, file))
    schedules = shared.world.schedules
    for schedule, person in {"SPLAIN": "PLEA", "SFRESH": "PLEA", "SEMPTY": "PNED"}.items():
        schedules[schedule].overrides.append(Override(person=person, start=HALF_PAST, end=NOON + 9 * HOUR))
    schedules["SBACK"].shifts[-1].end = HALF_PAST
    return made


def right(busy: Mortal) -> Groups:
    """At the present moment."""
    return clean_runs()["busy"].right | (LATER if busy.now >= HALF_PAST else {})


def nothing_stale_was_written(busy: Mortal) -> None:
    """Since the requests were forgotten last, and the clock stood still."""
    handles = {key: group.handle for key, group in busy.sandbox.world.user_groups.items()}
    for write in busy.writes():
        wanted = right(busy)[write.params.get("handle") or handles[write.params["usergroup"]]]
        match write.endpoint:
            case "usergroups.users.update":
                assert frozenset(write.params["users"].split(",")) == wanted
            case "usergroups.disable":
                assert wanted is None
            case "usergroups.enable" | "usergroups.create":
                assert wanted


def all_comes_right_and_nothing_was_told_twice(busy: Mortal) -> None:
    for _ in range(2):  # two, as a group is disabled only when two runs in a row have seen that nobody is on call
        busy.now += 2 * MINUTE
        busy.sandbox.requests.clear()
        busy.run(scheduled=True)
        nothing_stale_was_written(busy)
    assert groups(busy.sandbox.world) == right(busy)
    texts = announced(busy.sandbox.world)
    assert len(texts) == len(set(texts))
    assert sum("took over from Ann" in text for text in texts) <= 1
    assert unresolved(busy.sandbox.world) <= {"oncall_sync watcher_silent"}, "as there is none here"
    busy.sandbox.requests.clear()
    busy.run(scheduled=True)
    assert busy.writes() == []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "moment" in metafunc.fixturenames:
        all_of_them = range(1, moments_of_a_run() + 1)
        marks = [() if moment % 3 == 0 else (pytest.mark.soak,) for moment in all_of_them]
        metafunc.parametrize(
            "moment", [pytest.param(m, marks=mark) for m, mark in zip(all_of_them, marks, strict=True)]
        )


@pytest.mark.parametrize("afterwards", AFTERWARDS)
def test_a_run_that_is_killed_leaves_nothing_that_the_next_does_not_mend(
    busy: Mortal, moment: int, afterwards: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("case", "killed at any moment")
    begun = busy.run_until_killed(moment)
    assert busy.life.moments == moment
    busy.sandbox.requests.clear()
    if afterwards == "tried again after another run":
        busy.now += 3 * HOUR
        busy.run(scheduled=True)
    elif afterwards == "tried again hours later":
        busy.now += 3 * HOUR
    if afterwards != "another run":
        busy.resume(begun)
        nothing_stale_was_written(busy)
    all_comes_right_and_nothing_was_told_twice(busy)


def test_a_run_has_dozens_of_moments() -> None:
    assert moments_of_a_run() >= 60
