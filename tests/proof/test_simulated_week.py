"""Days at high speed, in which for every second the right members of every group are known.

`make test` takes half a day of 10 groups, `make soak` a week of 50.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.proof.simulation import Simulation
from tests.proof.week_world import MINUTE
from tests.sync.driver import Sync
from tests.sync.watching import SECOND

TODAY = int(f"{date.today():%y%m%d}")  # the seed of the long form: another week each day
SHORT = pytest.param(10, 0.5, 1, id="half a day of 10 groups")
LONG = pytest.param(
    50, 7, TODAY, id=f"a week of 50 groups, seed {TODAY}", marks=(pytest.mark.soak, pytest.mark.timeout(7200))
)
WATCHED = ("handoff", "override", "turn_of_override", "delete_override")  # what PagerDuty tells
OTHERS = ("edit", "leave", "join")  # of which only a heartbeat knows
SETTLED = timedelta(minutes=17)  # after an outage: the longest back-off of the watcher, and a run


@pytest.mark.parametrize(("groups", "days", "seed"), [SHORT, LONG])
def test_every_group_is_right_nearly_always_and_soon_again_where_not(
    sync: Sync, groups: int, days: float, seed: int, record_property: Callable[[str, object], None]
) -> None:
    simulation = Simulation(sync.sandbox, sync.config, groups=groups, days=days, seed=seed)
    ledger = simulation.run()
    world = sync.sandbox.world
    outages, by_sync = ledger.longest(in_outages=True), ledger.longest("a write")
    record_property(
        "proof",
        f"{days} days of {groups} groups (seed {seed}), {simulation.runs} runs ({simulation.killed} killed): right in "
        f"{ledger.share_right(groups):.3%} of all seconds ({ledger.share_right(groups, with_outages=False):.3%} beside "
        f"{len(ledger.outages)} outages); longest wrong after a handoff or override {ledger.longest(*WATCHED)}, "
        f"after anything else {ledger.longest(*OTHERS)}, made wrong by the sync {by_sync}, in an outage {outages}",
    )

    assert simulation.truth == {h: frozenset(world.group(h).members) for h in simulation.handles}, "all is repaired"
    assert world.group("design").members == ["U001"]
    texts = [message["text"] for message in world.messages]
    assert len(texts) == len(set(texts)), "no change is told twice"
    assert ledger.share_right(groups) > 0.98
    assert ledger.share_right(groups, with_outages=False) > 0.995
    assert ledger.longest(*WATCHED) <= 4 * MINUTE
    assert ledger.longest(*OTHERS) <= 16 * MINUTE
    assert by_sync <= 10 * SECOND
    assert outages <= max(end - start for start, end in ledger.outages) + SETTLED
