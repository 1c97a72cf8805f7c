"""`make check ONLINE=1`, as a person starts it, on the sandbox and on connections of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import Sandbox, World
from tests.commands.test_makefile import make

GOOD = """
groups:
  platform-oncall: {schedules: [PC5BGL2], fallback: [liv.sorensen@acme.example]}
"""
BAD = """
groups:
  platform-oncall: {schedules: [PC5BGL2, PNOPE99]}
"""


def check(checkout: Path, *arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "ONCALL_SYNC_"))}
    shell = {
        "PYTHONPATH": str(checkout / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////nowhere/at/all.db",  # no database is needed
        "HTTP_PROXY": "http://127.0.0.1:9",
        "COLUMNS": "100",
    }
    command = [sys.executable, "-m", "scripts.check_online", *arguments]
    return subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=checkout,
        env=clean | shell | (environ or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.yaml"
    file.write_text(GOOD, encoding="utf-8")
    return file


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD, encoding="utf-8")
    return file


def test_make_check_reads_the_file_alone_unless_it_is_online() -> None:
    assert "-m oncall_sync.terminal.check FILE" in make("-n", "check", "ARGS=FILE").stdout
    assert "-m scripts.check_online FILE" in make("-n", "check", "ONLINE=1", "ARGS=FILE").stdout


def test_the_shipped_config_is_well_on_the_sandbox_and_each_id_has_its_name(checkout: Path) -> None:
    done = check(checkout)
    assert (done.returncode, done.stderr) == (0, "Sandbox: a look ahead, nothing is written ...\n")
    assert " @platform-leads    P9SFCKV   Platform leads\n" in done.stdout
    assert ": no problems found. " in done.stdout
    assert "\x1b" not in done.stdout


def test_something_to_fix_is_listed_and_exits_1(checkout: Path, bad: Path) -> None:
    done = check(checkout, str(bad))
    assert done.returncode == 1
    assert "error  @platform-oncall  PagerDuty schedule PNOPE99 could not be read." in done.stdout
    assert " @platform-oncall   PC5BGL2   Platform primary\n                    PNOPE99   ?\n" in done.stdout
    assert ": 1 to fix. " in done.stdout


def test_with_both_connections_set_these_are_asked_and_nothing_is_changed(checkout: Path, good: Path) -> None:
    world = World.load()
    world.schedules["PC5BGL2"].name = "A schedule of one's own"
    before = world.model_dump()
    with Sandbox(world) as own:
        done = check(checkout, str(good), environ=own.environment())
    assert (done.returncode, done.stderr) == (0, "Your PagerDuty and Slack: a look ahead, nothing is written ...\n")
    assert "A schedule of one's own" in done.stdout
    assert world.model_dump() == before
    assert own.count("slack", "auth.test") == 1


def test_wrong_usage_exits_2_and_shows_the_right_one(checkout: Path) -> None:
    done = check(checkout, "no-such-file.yaml")
    assert done.returncode == 2
    assert "usage: make check ONLINE=1 [ARGS=FILE]" in done.stderr
