"""`make ui` leaves no orphan."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from scripts.processes import Session

# A leader whose child has a process group of its own, as Airflow's tasks have, and ignores signals
FAMILY = """
import os, signal, sys, time
if os.fork() == 0:
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    print(os.getpid(), flush=True)
time.sleep(60)
"""


def child_of(log: Path) -> int:
    deadline = time.monotonic() + 10
    while not log.read_text().endswith("\n") and time.monotonic() < deadline:
        time.sleep(0.02)
    return int(log.read_text())


@pytest.mark.parametrize("leader_killed", [False, True])
def test_a_child_that_ignores_signals_in_a_group_of_its_own_ends_too(tmp_path: Path, leader_killed: bool) -> None:
    log, handler = tmp_path / "log", signal.getsignal(signal.SIGINT)
    with log.open("wb") as output, Session([sys.executable, "-c", FAMILY], output, os.environ) as session:
        child = child_of(log)
        if leader_killed:
            psutil.Process(child).parent().kill()  # type: ignore[union-attr]
        session.end(patience=0.1)
    assert not session.alive
    assert not psutil.pid_exists(child)
    assert signal.getsignal(signal.SIGINT) == handler
