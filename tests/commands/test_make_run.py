"""`make run`, as a person starts it: in a checkout that has never run before, then once more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

HANDLES = ("platform-oncall", "storage-oncall", "platform-leads", "eng-oncall")


def start(checkout: Path, *arguments: str) -> subprocess.Popen[str]:
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "ONCALL_SYNC_"))},
        "PYTHONPATH": str(checkout / "plugins"),
        "AIRFLOW__CORE__EXECUTOR": "NoSuchExecutor",  # a shell that is set up for another Airflow
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "scripts.run", *arguments]
    return subprocess.Popen(command, cwd=checkout, env=environ, stdout=PIPE, stderr=PIPE, text=True)  # noqa: S603


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with start(checkout, *arguments) as process:
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture(scope="module")
def first(checkout: Path) -> subprocess.CompletedProcess[str]:
    return run(checkout)


@pytest.fixture(scope="module")
def second(checkout: Path, first: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert first.returncode == 0, first.stderr
    return run(checkout)


def test_the_first_run_ends_well_with_every_group_in_its_table(first: subprocess.CompletedProcess[str]) -> None:
    assert first.returncode == 0, first.stderr
    for handle in HANDLES:
        assert f"@{handle}" in first.stdout
    assert "updated" in first.stdout


def test_a_second_run_writes_nothing(second: subprocess.CompletedProcess[str]) -> None:
    assert second.returncode == 0, second.stderr
    assert "4 unchanged" in second.stdout
    assert "Nothing was written." in second.stdout


def test_a_run_is_quiet_and_names_its_log(checkout: Path, first: subprocess.CompletedProcess[str]) -> None:
    headline, log = first.stderr.splitlines()
    assert headline.startswith("Sandbox: one sync")
    file = checkout / log.removeprefix("Full log: ")
    assert "fetch_schedules" in file.read_text()


def test_no_token_is_in_the_log_or_the_database(checkout: Path, second: subprocess.CompletedProcess[str]) -> None:
    assert second.returncode == 0
    for file in (checkout / ".airflow").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"xoxb-sandbox" not in content, file
            assert b"sandbox-pagerduty-key" not in content, file


def test_a_run_that_fails_says_why_in_a_line_and_exits_1(checkout: Path) -> None:
    config = checkout / "wrong.yaml"
    config.write_text("groups:\n  no-such-group: {schedules: [PC5BGL2]}\n", encoding="utf-8")
    failed = run(checkout, "--config", str(config))
    assert failed.returncode == 1
    assert "The run failed. 1 of 1 groups failed: @no-such-group" in failed.stderr
    reason = "Slack has no user group with this handle"
    assert (failed.stdout + failed.stderr).count(reason) == 1, "the table shows it already"
    assert "Traceback" not in failed.stdout + failed.stderr


def test_ctrl_c_ends_it_at_once_with_all_that_it_started(checkout: Path) -> None:
    with start(checkout) as process:
        airflow = wait_for_child(process.pid)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "\nInterrupted.\n")
    assert not airflow.is_running()


def wait_for_child(parent: int) -> psutil.Process:
    deadline = time.monotonic() + 30
    while not (children := psutil.Process(parent).children()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return children[0]
