"""`make ui` listens on loopback only, and what it writes stays private."""

from __future__ import annotations

from pathlib import Path

from scripts import airflow_home
from scripts.ui_settings import password_of_admin, settings


def test_airflow_listens_on_loopback() -> None:
    given = settings(8090)
    assert given["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert given["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8090"


def test_the_password_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    password = password_of_admin(tmp_path)
    assert len(password) >= 10
    assert password_of_admin(tmp_path) == password
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_everything_that_the_commands_write_is_ignored_by_git() -> None:
    ignored = (airflow_home.ROOT / ".gitignore").read_text().split()
    assert {".venv*/", ".airflow/", ".env"} <= set(ignored)
