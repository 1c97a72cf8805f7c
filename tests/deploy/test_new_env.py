"""scripts/new_env.sh makes a .env whose keys are fresh, fit, and for its owner only."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from tests.deploy.test_compose_file import EXAMPLE, ROOT, SECRETS


def make(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "scripts" / "new_env.sh", file], capture_output=True, text=True, check=False)  # noqa: S603


def test_every_secret_is_new_and_fits_and_all_else_is_as_in_the_example(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert make(first).returncode == make(second).returncode == 0
    values = [value for file in (first, second) for name, value in dotenv_values(file).items() if name in SECRETS]
    assert len(set(values)) == 2 * len(SECRETS)
    assert all(value and len(value) == 44 for value in values)
    Fernet(str(dotenv_values(first)["AIRFLOW_FERNET_KEY"]))
    names = [line.partition("=")[0] for line in first.read_text().splitlines()]
    assert names == [line.partition("=")[0] for line in EXAMPLE.splitlines()]


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    make(tmp_path / "env")
    assert (tmp_path / "env").stat().st_mode & 0o077 == 0


def test_an_existing_file_is_kept_because_its_keys_open_the_database(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("AIRFLOW_FERNET_KEY=old\n")
    result = make(tmp_path / "env")
    assert result.returncode == 1
    assert "exists" in result.stderr
    assert (tmp_path / "env").read_text() == "AIRFLOW_FERNET_KEY=old\n"
