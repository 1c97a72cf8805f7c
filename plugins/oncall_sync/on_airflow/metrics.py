"""What a run measures, for Airflow's own StatsD or OpenTelemetry: docs/metrics.md lists and explains it. Pure.

All but the latencies are gauges, also the requests: a task's process is gone before a counter would have counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from oncall_sync.config.fields import HANDLE
from oncall_sync.models import GroupReport, Report

PREFIX = "oncall_sync"


class Metric(NamedTuple):
    """value: of a timing, seconds. group: the handle, as the tag `group`, where it is about one."""

    kind: Literal["gauge", "timing"]
    name: str
    value: float
    group: str | None = None


def metrics(report: Report, now: datetime) -> Iterator[Metric]:
    """Of a run for all groups; now: when it reports."""
    yield Metric("gauge", f"{PREFIX}.reported_at", now.timestamp())
    for status, number in report.counts.items():
        yield Metric("gauge", f"{PREFIX}.groups.{status}", number)
    for service, number in report.requests.items():
        yield Metric("gauge", f"{PREFIX}.requests.{service}", number)
    ages = {handle: _unverified(group, now) for handle, group in report.groups.items()}
    yield Metric("gauge", f"{PREFIX}.unverified_seconds", max(ages.values(), default=0.0))
    for handle, group in report.groups.items():
        if not re.fullmatch(HANDLE, handle):  # a mistake in the config, which StatsD would take for a line of its own
            continue
        yield Metric("gauge", f"{PREFIX}.group.unverified_seconds", ages[handle], handle)
        if group.latency is not None:
            yield Metric("timing", f"{PREFIX}.handoff_latency", group.latency.total_seconds(), handle)


def _unverified(group: GroupReport, now: datetime) -> float:
    """Of one that never was right, since it began to fail."""
    since = group.verified_at or group.failing_since or now
    return max((now - since).total_seconds(), 0.0)  # StatsD takes a negative gauge for a difference
