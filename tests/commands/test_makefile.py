"""The Makefile: each target helps, and a machine without a fitting Python is told what to install."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "cmp", "cp", "make", "awk")
TARGETS = {
    "test-all",
    "test-rest",
    "schema",
    "pythons",
    "run",
    "ui",
    "stack",
    "bench",
    "picture",
    "test",
    "soak",
    "check",
    "lint",
    "audit",
    "lock",
    "clean",
}


def make(*arguments: str, path: str | None = None, where: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "PYTHON"))}
    if path is not None:
        environ["PATH"] = path
    command = [shutil.which("make") or "make", *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=where, env=environ, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A checkout without .venv, and a PATH with what make needs and no Python."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    return tmp_path


def python(machine: Path, name: str, script: str) -> None:
    file = machine / "bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def told(machine: Path) -> str:
    result = make("run", path=str(machine / "bin"), where=machine)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    assert not (machine / ".venv").exists()
    return result.stderr


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    shown = make().stdout
    assert set(re.findall(r"(?m)^  make ([a-z-]+) +\S", shown)) == TARGETS


def test_without_python_it_says_what_to_install(bare_machine: Path) -> None:
    said = told(bare_machine)
    assert "needs Python 3.11, 3.12 or 3.13" in said
    assert "apt-get install python3 python3-venv" in said


def test_a_python_that_is_too_old_is_named_with_its_version(bare_machine: Path) -> None:
    python(bare_machine, "python3", "echo 'is Python 3.9.18'; exit 1")
    assert "python3: is Python 3.9.18" in told(bare_machine)


def test_a_command_that_exists_but_does_not_run_is_passed_over(bare_machine: Path) -> None:
    python(bare_machine, "python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    assert "python3.13: does not run" in told(bare_machine)


def test_the_interpreter_that_was_asked_for_is_the_only_one_tried(bare_machine: Path) -> None:
    result = make("run", "PYTHON=/opt/no-such-python", path=str(bare_machine / "bin"), where=bare_machine)
    assert "/opt/no-such-python: not found" in result.stderr
    assert "python3.12:" not in result.stderr
