"""`airflow-init` refuses what would start and not work, says what to do, and shows no password."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.deploy.test_compose_file import ROOT

FERNET_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
OWN = json.dumps([{"host": "https://api.eu.pagerduty.com", "extra_dejson": {}}])
FAKE = json.dumps([{"host": "http://sandbox:9000/pagerduty", "extra_dejson": {}}])
CELERY = {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor"}
# Stands in for Airflow: writes down each call; a connection is what the file of its name holds.
AIRFLOW = """#!/bin/sh
echo "$@" >>"$AIRFLOW_HOME/calls"
case "$1 $2" in
    "connections get") cat "$AIRFLOW_HOME/$3" 2>/dev/null ;;
    "db migrate") [ -z "$DATABASE_ERROR" ] || { echo "$DATABASE_ERROR"; exit 1; } ;;
esac
"""

Init = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dags").mkdir()
    (tmp_path / "plugins").symlink_to(ROOT / "plugins")
    return tmp_path


@pytest.fixture
def init(home: Path) -> Init:
    """Runs the script beside these services, with these connections and settings."""
    programs = {"airflow": AIRFLOW, "getent": '#!/bin/sh\ncase " $SERVICES " in *" ${2%.} "*) ;; *) exit 2 ;; esac\n'}
    for name, text in programs.items():
        (home / name).write_text(text)
        (home / name).chmod(0o755)
    (home / "python").symlink_to(sys.executable)

    def run(
        *services: str, connections: dict[str, str] | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        for name, shown in (connections or {}).items():
            (home / name).write_text(shown)
        environ = {
            "PATH": f"{home}{os.pathsep}{os.environ['PATH']}",
            "AIRFLOW_HOME": str(home),
            "SERVICES": " ".join(services),
            "DATABASE_ERROR": "",
            "AIRFLOW__CORE__FERNET_KEY": FERNET_KEY,
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "POSTGRES_PASSWORD": "a-Z_0.9~=",
            "AIRFLOW_ADMIN_PASSWORD": "of-the-admin",
        }
        command = ["bash", str(ROOT / "deploy" / "compose_init.sh")]
        return subprocess.run(command, env=environ | settings, capture_output=True, text=True, check=False)  # noqa: S603

    return run


def both(shown: str) -> dict[str, str]:
    return {"pagerduty_default": shown, "slack_api_default": shown}


def test_with_connections_and_fit_settings_everything_starts(init: Init, home: Path) -> None:
    done = init(connections=both(OWN))
    assert (done.returncode, done.stdout) == (0, "Ready: the other services start now.\n")
    calls = (home / "calls").read_text()
    assert calls.startswith("db migrate\nusers create --username admin --role Admin")
    assert "users reset-password --username admin --password of-the-admin" in calls
    assert "unpause" not in calls


def test_the_celery_profile_and_its_executor_belong_together(init: Init) -> None:
    assert init("redis", connections=both(OWN), **CELERY).returncode == 0


@pytest.mark.parametrize(
    ("services", "settings", "message"),
    [
        ((), {"AIRFLOW__CORE__FERNET_KEY": "change-me"}, "AIRFLOW_FERNET_KEY in .env is no Fernet key"),
        ((), {"POSTGRES_PASSWORD": "p@ss word/50%"}, "POSTGRES_PASSWORD in .env may have"),
        ((), CELERY, "set COMPOSE_PROFILES=celery too"),
        (("redis",), {}, "set AIRFLOW_EXECUTOR=CeleryExecutor in .env"),
        ((), {"DATABASE_ERROR": 'FATAL: password authentication failed for user "airflow"'}, "Postgres refuses"),
    ],
)
def test_a_wrong_setting_stops_it_with_what_to_do(
    init: Init, services: Sequence[str], settings: dict[str, str], message: str
) -> None:
    done = init(*services, connections=both(OWN), **settings)
    assert done.returncode == 1
    assert message in done.stderr
    assert settings.get("POSTGRES_PASSWORD", "of-the-admin") not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("services", "shown", "message"),
    [
        ((), {}, "pagerduty_default is missing: put AIRFLOW_CONN_PAGERDUTY_DEFAULT into .env"),
        ((), both(FAKE), "pagerduty_default is the sandbox's, which does not run"),
        (("sandbox",), both(OWN), "pagerduty_default is your own, not the sandbox's"),
    ],
)
def test_the_sandbox_and_your_own_workspace_are_never_mixed(
    init: Init, services: Sequence[str], shown: dict[str, str], message: str
) -> None:
    done = init(*services, connections=shown)
    assert done.returncode == 1
    assert message in done.stderr


def test_beside_the_sandbox_missing_connections_are_made_and_the_dags_unpaused(init: Init, home: Path) -> None:
    assert init("sandbox", connections={"pagerduty_default": FAKE}).returncode == 0
    calls = (home / "calls").read_text()
    assert "connections add slack_api_default --conn-json" in calls
    assert "connections add pagerduty_default" not in calls
    assert "dags unpause --yes --treat-dag-id-as-regex oncall_.*" in calls


def test_files_that_the_containers_cannot_read_are_named_by_folder(init: Init, home: Path) -> None:
    find = home / "find"  # root may read everything
    find.write_text('#!/bin/sh\ncase "$1" in */dags) echo dags/file.py ;; esac\n')
    find.chmod(0o755)
    done = init(connections=both(OWN))
    assert done.returncode == 1
    assert "cannot read all of dags/: chmod -R a+rX dags" in done.stderr
    assert "plugins" not in done.stderr
