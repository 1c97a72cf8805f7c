"""What the real Dag sends to a StatsD: real datagrams, by Airflow's own client."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox import PlannedShift
from tests.airflow.scene import CONFIG, Call, Scene

SETTINGS = {"STATSD_ON": "True", "STATSD_HOST": "127.0.0.1", "STATSD_INFLUXDB_ENABLED": "True"}


def measure_to(port: int | None) -> None:
    """In the Airflow process: from now on to this port; None: nowhere. A task's own process does it when it begins."""
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

    for name, value in {**SETTINGS, "STATSD_PORT": str(port)}.items():
        os.environ[f"AIRFLOW__METRICS__{name}"] = value
        if port is None:
            del os.environ[f"AIRFLOW__METRICS__{name}"]
    stats.initialize(factory=get_stats_factory(), export_legacy_names=True)


@pytest.fixture
def statsd(call: Call) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        call(measure_to, listener.getsockname()[1])
        yield listener
        call(measure_to, None)


def received(statsd: socket.socket) -> dict[str, str]:
    """{"airflow.oncall_sync.groups.failed": "0|g"}, of ours; the last of each."""
    found: dict[str, str] = {}
    while True:
        try:
            name, _, value = statsd.recv(65536).decode().partition(":")
        except BlockingIOError:
            return found
        if name.startswith("airflow.oncall_sync."):
            found[name] = value


def test_a_run_sends_its_metrics_and_a_dry_run_none(open_scene: Callable[..., Scene], statsd: socket.socket) -> None:
    scene = open_scene(CONFIG)
    scene.run()
    received(statsd)
    began = datetime.now(UTC).replace(microsecond=0)
    shifts = scene.world.schedules["PPLAT"].shifts
    shifts[0].end = began + timedelta(seconds=1)
    shifts.append(PlannedShift(person="PCY", start=began + timedelta(seconds=1)))
    scene.run(dry_run=True)
    assert received(statsd) == {}

    scene.run()

    found = received(statsd)
    assert found["airflow.oncall_sync.groups.updated"] == "1|g"
    assert float(found["airflow.oncall_sync.reported_at"].removesuffix("|g")) >= began.timestamp()
    ages = [value for name, value in found.items() if ".group.unverified_seconds,group=" in name]
    assert len(ages) == 3
    latency = found["airflow.oncall_sync.handoff_latency,group=platform-oncall"]
    assert re.fullmatch(r"\d+(\.\d+)?\|ms", latency)
    assert float(latency.removesuffix("|ms")) < 60_000
