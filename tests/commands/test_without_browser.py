"""A machine without a Chromium: the tests of the page are left out with a word, or fail where they are required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts.airflow_home import ROOT


def run_page_tests(without: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One file of them, where no Chromium is to be found."""
    environ = os.environ | {"PATH": str(without), "PLAYWRIGHT_BROWSERS_PATH": str(without)} | more
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/page/test_page_acts.py"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)  # noqa: S603


def test_they_are_left_out_and_it_is_said_how_to_have_them(tmp_path: Path) -> None:
    done = run_page_tests(tmp_path)
    assert done.returncode == 0
    assert "Left out: 5 tests of the on-call page, as there is no Chromium here." in done.stdout
    assert "apt-get install chromium" in done.stdout


def test_where_they_are_required_they_fail(tmp_path: Path) -> None:
    done = run_page_tests(tmp_path, ONCALL_SYNC_BROWSER="required")
    assert done.returncode == 1
    assert "apt-get install chromium" in done.stdout
