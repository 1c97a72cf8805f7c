"""`airflow-init` refuses what would start and not work, says what to do, and shows no password."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.exc import OperationalError

from scripts import compose_init
from scripts.compose_mistakes import Around, unreadable, wrong_connections, wrong_executor, wrong_secrets

ALONE = Around(redis=False, sandbox=False)
BESIDE_SANDBOX = Around(redis=False, sandbox=True)
BESIDE_REDIS = Around(redis=True, sandbox=False)
FAKE = "http://sandbox:9000/pagerduty"


def secrets(**changed: str) -> dict[str, str]:
    fit = {"AIRFLOW__CORE__FERNET_KEY": Fernet.generate_key().decode(), "POSTGRES_PASSWORD": "a-Z_0.9~="}
    return fit | changed


def test_fit_secrets_are_no_mistake() -> None:
    assert list(wrong_secrets(secrets())) == []


@pytest.mark.parametrize("key", ["change-me", "", "ä", "x" * 44])
def test_a_key_that_is_no_fernet_key_is_told(key: str) -> None:
    (mistake,) = wrong_secrets(secrets(AIRFLOW__CORE__FERNET_KEY=key))
    assert mistake.startswith("AIRFLOW_FERNET_KEY in .env is no Fernet key")


@pytest.mark.parametrize("password", ["p@ss", "a/b", "50%", "with space"])
def test_a_password_that_would_spoil_a_url_is_told_and_not_shown(password: str) -> None:
    (mistake,) = wrong_secrets(secrets(POSTGRES_PASSWORD=password))
    assert "POSTGRES_PASSWORD" in mistake
    assert password not in mistake


def test_celery_without_its_profile_is_told() -> None:
    (mistake,) = wrong_executor({"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"}, ALONE)
    assert "COMPOSE_PROFILES=celery" in mistake


def test_workers_that_would_get_no_tasks_are_told() -> None:
    (mistake,) = wrong_executor({"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"}, BESIDE_REDIS)
    assert "AIRFLOW_EXECUTOR=CeleryExecutor" in mistake


@pytest.mark.parametrize(("executor", "around"), [("LocalExecutor", ALONE), ("CeleryExecutor", BESIDE_REDIS)])
def test_an_executor_with_what_it_needs_is_no_mistake(executor: str, around: Around) -> None:
    assert list(wrong_executor({"AIRFLOW__CORE__EXECUTOR": executor}, around)) == []


def test_a_missing_connection_is_named_with_its_variable() -> None:
    hosts = {"pagerduty_default": None, "slack_api_default": ""}
    (mistake,) = wrong_connections(ALONE, hosts)
    assert "pagerduty_default is missing: put AIRFLOW_CONN_PAGERDUTY_DEFAULT into .env" in mistake


def test_your_own_connection_beside_the_sandbox_is_told() -> None:
    hosts = {"pagerduty_default": "https://api.eu.pagerduty.com", "slack_api_default": FAKE}
    (mistake,) = wrong_connections(BESIDE_SANDBOX, hosts)
    assert "pagerduty_default is your own, not the sandbox's" in mistake


def test_a_default_host_is_your_own_too() -> None:
    assert len(list(wrong_connections(BESIDE_SANDBOX, {"pagerduty_default": ""}))) == 1


def test_what_a_demonstration_left_is_told_when_the_sandbox_is_gone() -> None:
    (mistake,) = wrong_connections(ALONE, {"pagerduty_default": FAKE})
    assert "docker compose down --volumes" in mistake


def test_beside_the_sandbox_connections_may_be_its_own_or_missing() -> None:
    assert list(wrong_connections(BESIDE_SANDBOX, {"pagerduty_default": FAKE, "slack_api_default": None})) == []


def test_files_that_the_containers_cannot_read_are_told_by_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dags, plugins = tmp_path / "dags", tmp_path / "plugins"
    for folder in (dags, plugins):
        folder.mkdir()
        (folder / "file.py").touch()
    monkeypatch.setattr("os.access", lambda path, _: path != dags / "file.py")  # root may read everything
    assert list(unreadable((dags, plugins))) == ["The containers' user cannot read all of dags/: chmod -R a+rX dags"]


class Refusing:
    """A database engine that cannot connect."""

    def __init__(self, reason: str, times: int) -> None:
        self.reason, self.times = reason, times

    def connect(self) -> Refusing:
        if self.times == 0:
            return self
        self.times -= 1
        raise OperationalError("", None, Exception(self.reason))

    def close(self) -> None: ...


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> list[Refusing]:
    engines: list[Refusing] = []
    monkeypatch.setattr(compose_init, "create_engine", lambda _: engines[0])
    monkeypatch.setattr("time.sleep", lambda _: None)
    return engines


def test_a_database_that_comes_late_is_waited_for(database: list[Refusing]) -> None:
    database.append(Refusing("Connection refused", times=3))
    compose_init.wait_for_database("postgresql://")
    assert database[0].times == 0


def test_a_database_that_never_comes_is_told(database: list[Refusing]) -> None:
    database.append(Refusing("Connection refused", times=99))
    with pytest.raises(compose_init.NotStartedError, match="does not answer: Connection refused"):
        compose_init.wait_for_database("postgresql://", patience=0)


def test_a_wrong_password_is_told_at_once(database: list[Refusing]) -> None:
    database.append(Refusing('password authentication failed for user "airflow"', times=99))
    with pytest.raises(compose_init.NotStartedError, match="its volume was made with another one"):
        compose_init.wait_for_database("postgresql://")
    assert database[0].times == 98


@pytest.fixture
def failing_airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "airflow"
    script.write_text('#!/bin/sh\necho "broken"\nexit 1\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


@pytest.mark.usefixtures("failing_airflow")
def test_a_command_that_fails_is_shown_without_the_password() -> None:
    with pytest.raises(compose_init.NotStartedError) as told:
        compose_init.airflow("users", "create", "--password", secret="hunter2")
    assert "`airflow users create --password` failed:\nbroken" in str(told.value)
    assert "hunter2" not in str(told.value)
