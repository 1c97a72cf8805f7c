"""Who is measured. Each takes a sandbox and the groups' schedules, and makes Slack right as well as it can."""

from __future__ import annotations

import importlib
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.comparison import seed
from oncall_sync.errors import PassingFault
from oncall_sync.transport import BUDGET
from sandbox import Sandbox
from tests.sync.driver import DictStore, Sync

Groups = Mapping[str, Sequence[str]]
TRIES, RETRY_DELAY = 4, 10  # of a task, and seconds between two: as in dags/oncall_sync_dag.py


class WithoutAirflow(Sync):
    """The six steps one after the other, that really wait when they are told to: in a task, and between two tries."""

    def _sleep(self, seconds: float) -> None:
        super()._sleep(seconds)
        time.sleep(seconds)


@dataclass
class ThisProject:
    """folder: for its config. store: what it remembers. minute: in seconds, where time is scaled down; its own waits
    are so too, as those that a server asks for already are."""

    folder: Path
    store: DictStore = field(default_factory=DictStore)
    minute: float = 60

    def sync(self, sandbox: Sandbox, groups: Groups) -> int:
        """Until it wants no next run: a run writes 150 groups at most. Returns how many groups failed, of all runs."""
        file = self.folder / "oncall_sync.yaml"
        os.environ["ONCALL_SYNC_CONFIG"] = str(file)
        rows = "".join(f"  {handle}: {{schedules: [{', '.join(ids)}]}}\n" for handle, ids in groups.items())
        file.write_text(f"groups:\n{rows}")
        failed = 0
        while True:
            runner = WithoutAirflow(
                sandbox,
                file,
                now=datetime.now(UTC).replace(microsecond=0),
                store=self.store,
                tries=TRIES,
                budget=BUDGET * self.minute / 60,
                until_next_try=self._wait,
            )
            failed += runner.run().counts["failed"]
            if not runner.wants_next:
                return failed

    def _wait(self, fault: PassingFault) -> None:
        """Between two tries of a task: as long as the server asked for."""
        time.sleep(RETRY_DELAY * self.minute / 60 if fault.retry_after is None else fault.retry_after)

    def again(self) -> ThisProject:
        """Another one that remembers the same."""
        return ThisProject(self.folder, deepcopy(self.store))


def run_seed(sandbox: Sandbox, groups: Groups) -> None:
    world = sandbox.world
    seed.sync(groups, sandbox.pagerduty_url, sandbox.slack_url, (world.pagerduty.token, world.slack.token))


PD2SLACK = "pd2slack"
VERSION = "0.66"  # the one that `_at` knows


def has_pd2slack() -> bool:
    with suppress(PackageNotFoundError):
        return version(PD2SLACK) == VERSION
    return False


def run_pd2slack(sandbox: Sandbox, groups: Groups, folder: Path) -> None:
    """Its addresses are fixed, so its two functions that send a request are turned to the sandbox.

    It knows one person for each schedule, and one group.
    """
    main, util = importlib.import_module("pd2slack.main"), importlib.import_module("pd2slack.util")
    named = {key: schedule.name or key for key, schedule in sandbox.world.schedules.items()}
    aliases = {named[key]: {"alias": handle} for handle, ids in groups.items() for key in ids}
    config = folder / "pd2slack.json"
    config.write_text(json.dumps({"serviceMapping": aliases}))
    logging.disable(logging.ERROR)
    try:
        with _at(sandbox, util):
            main.main.callback(
                sandbox.world.slack.token, sandbox.world.pagerduty.token, str(config), False, None, False
            )
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _at(sandbox: Sandbox, util: Any) -> Iterator[None]:
    places = {"https://slack.com/api/": sandbox.slack_url, "https://api.pagerduty.com": sandbox.pagerduty_url}

    def moved(send: Any) -> Any:
        def sent(url: str, *others: Any, **named: Any) -> Any:
            for place, here in places.items():
                url = url.replace(place, here)
            return send(url, *others, **named)

        return sent

    get, post = moved(util.makeGETRequest), moved(util.makePOSTRequest)
    with patch.object(util, "makeGETRequest", get), patch.object(util, "makePOSTRequest", post):
        yield
