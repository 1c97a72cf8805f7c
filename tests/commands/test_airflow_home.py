"""The embedded Airflow is alone: no setting of another one reaches it, and one command at a time works on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import airflow_home


def test_settings_of_another_airflow_in_the_shell_do_not_leak_in(tmp_path: Path) -> None:
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


def test_a_proxy_is_not_asked_for_loopback_and_keeps_its_other_exceptions(tmp_path: Path) -> None:
    environ = {"HTTP_PROXY": "http://proxy.example:3128", "no_proxy": "internal.example"}
    airflow_home.configure(environ, tmp_path)
    assert environ["no_proxy"] == "internal.example,127.0.0.1,localhost,::1"
    assert environ["NO_PROXY"] == "127.0.0.1,localhost,::1"


def test_dotenv_adds_what_the_environment_does_not_say_and_expands_nothing(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nGIVEN=from-file\nexport TOKEN='a$HOME b'\nJSON='{\"password\": \"x\"}'\nBARE\n")
    environ = {"GIVEN": "from-shell"}
    airflow_home.read_dotenv(environ, file)
    assert environ == {"GIVEN": "from-shell", "TOKEN": "a$HOME b", "JSON": '{"password": "x"}'}


def test_no_dotenv_is_fine(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    airflow_home.read_dotenv(environ, tmp_path / ".env")
    assert environ == {}


def test_a_second_command_on_the_same_home_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    with (
        airflow_home.lock(tmp_path, "make run"),
        pytest.raises(airflow_home.HomeBusyError, match=r"Another `make run` is at work here \(process \d+\)"),
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
