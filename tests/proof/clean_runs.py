"""The days of the matrix as they go without any fault: made once in a process, while tests are collected."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.proof.busy_day import Day, announced, busy, first_day, groups, topics
from tests.proof.fault_cases import Case, Clean, matrix
from tests.proof.mortal import mortal


@cache
def clean_runs() -> dict[str, Clean]:
    with _served() as (sandbox, config):
        days = [make(sandbox, config) for make in (busy, first_day)]
        return {day.name: _clean_run(day, sandbox, config) for day in days}


@cache
def moments_of_a_run() -> int:
    """At which the run of the busy day can be killed."""
    with _served() as (sandbox, config):
        undisturbed = mortal(clean_runs()["busy"].day.begin(sandbox, config))
        undisturbed.run_until_killed(None)
        return undisturbed.life.moments


@contextmanager
def _served() -> Iterator[tuple[Sandbox, Path]]:
    config = Path(tempfile.mkdtemp(prefix="oncall-sync-tests-")) / "oncall_sync.yaml"
    with pytest.MonkeyPatch.context() as patch, Sandbox() as sandbox:
        patch.setenv("ONCALL_SYNC_CONFIG", str(config))
        patch.delenv("ONCALL_SYNC_WRITES", raising=False)
        patch.setenv("NO_PROXY", "*")
        yield sandbox, config
    shutil.rmtree(config.parent)


def _clean_run(day: Day, sandbox: Sandbox, config: Path) -> Clean:
    sync = day.begin(sandbox, config)
    before = groups(sandbox.world)
    sync.run()
    world = sandbox.world
    return Clean(day, before, groups(world), list(sandbox.requests), announced(world), topics(world))


def all_cases() -> list[Case]:
    return [case for clean in clean_runs().values() for case in matrix(clean)]
