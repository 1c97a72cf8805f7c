"""The Dag's trigger, run in the Airflow process as the triggerer runs it: on an event loop that others use too."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.airflow.ran import DAG_ID
from tests.airflow.tampering import remembered
from tests.builders import DictStore

Json = dict[str, Any]


@dataclass(frozen=True)
class Watched:
    """What came of running the trigger for a while.

    events: their payloads. ended: how the trigger ended by itself; "" when it had to be stopped. longest: seconds
    for which nothing else got to run on its loop.
    """

    events: list[Any]
    ended: str
    longest: float
    logged: list[tuple[str, str]] = field(repr=False)


class Store(DictStore):
    """Stands in for Airflow's accessor, which talks to the triggerer's own process; fails the first few times."""

    failing = 0

    def get(self, key: str, default: Any = None) -> Any:
        if self.failing:
            self.failing -= 1
            raise RuntimeError("the API server does not answer")
        return super().get(key, default)


class Overheard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("oncall_sync"):
            self.lines.append((record.levelname, self.format(record)))


def watch(environ: dict[str, str], events: int, seconds: float, failing: int = 0) -> Watched:
    """Runs the trigger until that many events came, or for so many seconds.

    failing: how many questions to the store fail first; it polls twenty times a second then.
    """
    os.environ.update(environ)
    store, overheard = Store(), Overheard()
    store.update(remembered())
    store.failing = failing
    logger = logging.getLogger("oncall_sync")
    level = logger.level
    logger.addHandler(overheard)
    logger.setLevel(logging.INFO)
    try:
        return asyncio.run(_watch(store, events, seconds, overheard))
    finally:
        logger.removeHandler(overheard)
        logger.setLevel(level)


async def _watch(store: Store, wanted: int, seconds: float, overheard: Overheard) -> Watched:
    trigger = made_by_the_triggerer(**({"poll": 0.05} if store.failing else {}))
    trigger.asset_state_store = store
    events: list[Any] = []
    gaps: list[float] = []
    ticking = asyncio.create_task(_tick(gaps))
    await asyncio.sleep(0.02)  # it ticks before the trigger has its first chance to be in its way
    watching = asyncio.create_task(_collect(trigger.run(), events, wanted))
    await asyncio.wait([watching], timeout=seconds)
    ended = "" if not watching.done() or len(events) >= wanted else repr(watching.exception())
    for task in (watching, ticking):
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
    return Watched(
        events=events,
        ended=ended,
        longest=max(gaps, default=0.0),
        logged=overheard.lines,
    )


async def _collect(stream: AsyncIterator[Any], events: list[Any], wanted: int) -> None:
    async for event in stream:
        events.append(event.payload)
        if len(events) == wanted:
            return


async def _tick(gaps: list[float]) -> None:
    """Another trigger on the same loop, which wants to run every few milliseconds."""
    while True:
        before = time.monotonic()
        try:
            await asyncio.sleep(0.005)
        finally:
            gaps.append(time.monotonic() - before)


def made_by_the_triggerer(**other: Any) -> Any:
    """From what is in the database: the class path, and the arguments through Airflow's serialisation."""
    from airflow._shared.module_loading import import_string
    from airflow.serialization.decoders import smart_decode_trigger_kwargs

    ((classpath, kwargs, _),) = watchers_of_the_dag()
    return import_string(classpath)(**{k: smart_decode_trigger_kwargs(v) for k, v in kwargs.items()} | other)


def watchers_of_the_dag(environ: dict[str, str] | None = None) -> list[tuple[str, Json, int]]:
    """Class path, arguments and Airflow's hash of each trigger of the Dag, as the Dag processor serialises them."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.triggers.base import BaseEventTrigger

    from scripts.airflow_home import ROOT

    os.environ.update(environ or {})
    bag = DagBag(ROOT / "dags" / "oncall_sync_dag.py")
    dag = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(bag.dags[DAG_ID]))))
    (asset,) = {asset.uri: asset for _, asset in dag.timetable.asset_condition.iter_assets()}.values()
    triggers = [watcher.trigger for watcher in asset.watchers]
    return [(t["classpath"], t["kwargs"], BaseEventTrigger.hash(t["classpath"], t["kwargs"])) for t in triggers]
