"""`make ui` listens on loopback only, and shows the groups follow within a minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_sync.config.file import read_file
from scripts import airflow_home
from scripts.ui_settings import password_of_admin, settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "mine.yaml"
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", str(file))
    return file


@pytest.mark.parametrize("heartbeat", ["heartbeat: 15m  # often\n", ""])
def test_the_config_is_copied_with_a_heartbeat_of_one_minute_and_nothing_else_changed(
    heartbeat: str, config: Path, tmp_path: Path
) -> None:
    config.write_text(f"{heartbeat}groups:\n  a:\n    schedules: [P1]\n")
    copy = Path(settings(tmp_path, 8080)["ONCALL_SYNC_CONFIG"])
    shown, own = read_file(copy).config, read_file(config).config
    assert shown is not None
    assert own is not None
    assert shown.heartbeat.total_seconds() == 60
    assert shown.groups == own.groups


def test_airflow_listens_on_loopback(tmp_path: Path) -> None:
    given = settings(tmp_path, 8090)
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
    assert {".venv/", ".airflow/", ".env"} <= set(ignored)
