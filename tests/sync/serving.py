"""A sync of the small world, served over real HTTP; what would sleep is written down instead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import slack_sdk.http_retry.handler
import urllib3.util.retry

from sandbox import Policy, Sandbox, Team
from tests.sync.driver import Sync
from tests.sync.watching import Watching
from tests.sync.worlds import config, small_world


@pytest.fixture(autouse=True)
def no_sleep_in_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both retry connection errors by themselves, after up to a second."""
    for module in (urllib3.util.retry, slack_sdk.http_retry.handler):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=time.time, sleep=lambda _: None))


@pytest.fixture
def sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sync]:
    file = tmp_path / "oncall_sync.yaml"
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", str(file))
    monkeypatch.delenv("ONCALL_SYNC_WRITES", raising=False)
    with Sandbox(small_world()) as sandbox:
        made = Sync(sandbox, file)
        made.configure(config())
        yield made


@pytest.fixture
def calm(sync: Sync) -> Watching:
    """All groups are right, and the watcher has seen it."""
    return Watching(sync).settled()


@pytest.fixture
def sources(sync: Sync) -> Sync:
    """PESC: level 1 Ada by her schedule and Dee directly, level 2 Ada and Bo by a shift-based one. PGAP: nobody."""
    world = sync.sandbox.world
    world.policies["PGAP"] = Policy(levels=[["PNOOP"]])
    world.policies["PESC"] = Policy(levels=[["SADA", "PDEE"], ["SPAIR"]])
    world.teams["PTEAM"] = Team(members=["PBO", "PDEE"])
    return sync
