"""The Makefile: its list names every target, and a machine without a fitting Python gets an answer that helps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "cmp", "cp", "make", "awk")
INTERNAL = {"help", "runtime", "dev"}


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


def refusal(machine: Path, *arguments: str) -> str:
    result = make("run", *arguments, path=str(machine / "bin"), where=machine)
    assert result.returncode != 0
    assert not (machine / ".venv").exists()
    return result.stderr


def test_make_alone_lists_every_target_with_what_it_does_those_for_users_first() -> None:
    (phony,) = re.findall(r"(?m)^\.PHONY: (.*)", (ROOT / "Makefile").read_text())
    listed = re.findall(r"(?m)^  make ([a-z-]+) +\S", make().stdout)
    assert set(listed) == set(phony.split()) - INTERNAL
    assert listed[:4] == ["run", "ui", "check", "test"]


def test_without_python_it_says_what_to_install(bare_machine: Path) -> None:
    message = refusal(bare_machine)
    assert "needs Python 3.11, 3.12 or 3.13" in message
    assert "apt-get install python3 python3-venv" in message


@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        ("python3", "echo 'is Python 3.9.18'; exit 1", "python3: is Python 3.9.18"),
        ("python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127", "python3.13: does not run"),
    ],
)
def test_a_python_that_does_not_fit_is_named_with_the_reason(
    bare_machine: Path, name: str, script: str, reason: str
) -> None:
    python(bare_machine, name, script)
    assert reason in refusal(bare_machine)


def test_only_the_interpreter_that_was_asked_for_is_tried(bare_machine: Path) -> None:
    message = refusal(bare_machine, "PYTHON=/opt/no-such-python")
    assert "/opt/no-such-python: not found" in message
    assert "python3.12:" not in message
