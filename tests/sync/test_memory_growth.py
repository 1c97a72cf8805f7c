"""Memory: five times the groups need no more than about five times the memory."""

from __future__ import annotations

import tracemalloc

from sandbox import Sandbox, grid
from tests.sync.driver import Sync
from tests.sync.worlds import NOON


def peak(sync: Sync, groups: int) -> int:
    """Bytes at the most while one run plans that many groups, the fake services' answers included."""
    world = grid(groups=groups, schedules_per_group=3, people_per_schedule=1)
    world.clock = lambda: NOON
    lines = (
        f"  group-{n:03}: {{schedules: [{', '.join(f'PS{3 * n + k:05}' for k in range(3))}]}}" for n in range(groups)
    )
    sync.configure("groups:\n" + "\n".join(lines))
    with Sandbox(world) as sandbox:
        run = Sync(sandbox, sync.config)
        tracemalloc.start()
        try:
            run.run(dry_run=True)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_memory_grows_in_proportion_to_the_groups(sync: Sync) -> None:
    small, large = peak(sync, 100), peak(sync, 500)
    print(f"{small / 2**20:.1f} MiB for 100 groups, {large / 2**20:.1f} MiB for 500")  # noqa: T201 - shown by pytest -rP
    assert large < 6 * small
