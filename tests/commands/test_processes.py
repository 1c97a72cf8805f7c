"""`make ui` leaves no orphan."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts.processes import SIGNALS, Session

# A leader whose child has a process group of its own, as Airflow's tasks have, and hears no signal
FAMILY = """
import os, signal, sys, time
if os.fork() == 0:
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def handlers_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def child_of(log: Path) -> int:
    deadline = time.monotonic() + 10
    while not log.read_text().endswith("\n") and time.monotonic() < deadline:
        time.sleep(0.02)
    return int(log.read_text())


def test_a_child_that_hears_no_signal_in_a_group_of_its_own_is_ended_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Session([sys.executable, "-c", FAMILY], log) as session:
        child = child_of(log)
        session.end(patience=0.1)
    assert not session.alive
    assert not psutil.pid_exists(child)


def test_a_child_is_ended_even_when_its_leader_was_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Session([sys.executable, "-c", FAMILY], log) as session:
        child = child_of(log)
        psutil.Process(child).parent().kill()  # type: ignore[union-attr]
        session.end(patience=0.1)
    assert not psutil.pid_exists(child)
