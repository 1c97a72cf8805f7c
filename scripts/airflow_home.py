"""Airflow homes inside the project: `.airflow/run` for `make run`, `.airflow/ui` for `make ui`.

Airflow reads its settings when it is imported, so all of them are in the environment before that. `make clean` removes
the homes.
"""

import fcntl
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TextIO

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1,localhost,::1"

Environment = MutableMapping[str, str]


def home(name: str) -> Path:
    """The home's folder, made if need be."""
    path = ROOT / ".airflow" / name
    (path / "logs").mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)  # names and emails are in its database
    return path


def lock(path: Path, command: str) -> TextIO:
    """Claim a home until the returned file is closed or this process ends. Exits if another process has it."""
    claim = (path / "lock").open("a+")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        claim.seek(0)
        sys.exit(f"Another `{command}` runs here (process {claim.read()}). Wait for it or end it.")
    claim.truncate(0)
    print(os.getpid(), end="", file=claim, flush=True)
    return claim


def read_dotenv(environ: Environment, path: Path = ROOT / ".env") -> None:
    """Add the KEY=VALUE lines of `.env`, except for variables that the environment already has."""
    for key, value in dotenv_values(path, interpolate=False).items():
        if value is not None:
            environ.setdefault(key, value)


def configure(environ: Environment, path: Path) -> None:
    """Point Airflow at this home, and remove every setting of another Airflow that the shell has."""
    for key in [key for key in environ if key.startswith("AIRFLOW__") or key == "AIRFLOW_CONFIG"]:
        del environ[key]
    environ.update(
        AIRFLOW_HOME=str(path),
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__HOSTNAME_CALLABLE="socket.gethostname",  # the default asks a name server at each task
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{path / 'airflow.db'}",
        AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(path / "logs" / "tasks"),
    )
    for key in ("NO_PROXY", "no_proxy"):
        environ[key] = ",".join(filter(None, [environ.get(key), LOOPBACK]))


def drop_unfinished_database(path: Path) -> None:
    """Remove a database whose creation was interrupted: it cannot be repaired, and holds nothing yet."""
    if not (path / "migrated").exists():
        for each in path.glob("airflow.db*"):
            each.unlink()


def migrate(path: Path) -> None:
    """Create Airflow's tables, or bring them up to the installed version; imports Airflow."""
    from airflow import __version__  # noqa: PLC0415 - after `configure`
    from airflow.utils.db import initdb  # noqa: PLC0415 - as above

    done = path / "migrated"
    if done.exists() and done.read_text() == __version__:
        return
    drop_unfinished_database(path)
    initdb()
    done.write_text(__version__)
