"""The Airflow inside the project is alone: no setting of another one reaches it, and one command at a time uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import airflow_home
from scripts.standalone import password_of_admin, settings


def test_settings_of_another_airflow_in_the_shell_are_removed(tmp_path: Path) -> None:
    environ = {
        "AIRFLOW_HOME": "/elsewhere",
        "AIRFLOW_CONFIG": "/elsewhere/airflow.cfg",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD": "cat /run/secret",
    }
    airflow_home.configure(environ, tmp_path)
    assert environ["AIRFLOW_HOME"] == str(tmp_path)
    assert environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == f"sqlite:///{tmp_path}/airflow.db"
    assert not {"AIRFLOW_CONFIG", "AIRFLOW__CORE__EXECUTOR", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD"} & environ.keys()


def test_loopback_is_an_exception_of_the_proxy_beside_those_that_the_shell_has(tmp_path: Path) -> None:
    environ = {"HTTP_PROXY": "http://proxy.example:3128", "no_proxy": "internal.example"}
    airflow_home.configure(environ, tmp_path)
    assert environ["no_proxy"] == "internal.example,127.0.0.1,localhost,::1"
    assert environ["NO_PROXY"] == "127.0.0.1,localhost,::1"


def test_dotenv_adds_what_the_environment_lacks_and_expands_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nGIVEN=from-file\nexport TOKEN='a$HOME b'\nJSON='{\"password\": \"x\"}'\nBARE\n")
    environ = {"GIVEN": "from-shell"}
    airflow_home.read_dotenv(environ, file)
    airflow_home.read_dotenv(environ, tmp_path / "missing.env")
    assert environ == {"GIVEN": "from-shell", "TOKEN": "a$HOME b", "JSON": '{"password": "x"}'}


def test_a_second_command_on_the_same_home_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with (
        airflow_home.lock(tmp_path, "make run"),
        pytest.raises(SystemExit, match=r"Another `make run` runs here \(process \d+\)"),
    ):
        airflow_home.lock(tmp_path, "make run")
    airflow_home.lock(tmp_path, "make run").close()


def test_a_database_whose_creation_was_interrupted_is_removed_and_a_finished_one_stays(tmp_path: Path) -> None:
    database = tmp_path / "airflow.db"
    database.touch()
    (tmp_path / "migrated").touch()
    airflow_home.drop_unfinished_database(tmp_path)
    assert database.exists()
    (tmp_path / "migrated").unlink()
    airflow_home.drop_unfinished_database(tmp_path)
    assert not database.exists()


def test_the_ui_listens_on_loopback() -> None:
    assert settings(8090)["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert settings(8090)["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8090"


def test_the_uis_password_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    password = password_of_admin(tmp_path)
    assert len(password) >= 10
    assert password_of_admin(tmp_path) == password
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_git_ignores_what_the_commands_write() -> None:
    ignored = (airflow_home.ROOT / ".gitignore").read_text().split()
    assert {".venv*/", ".airflow/", ".env"} <= set(ignored)
