"""What `airflow-init` of docker-compose.yaml does before anything else starts.

It refuses what would start and not work, each mistake with what to do; makes the tables of Airflow's database, or brings
them up to date; and gives the user `admin` the password of `.env`. With `--profile sandbox` it connects the sync to the
fake APIs and unpauses it.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cryptography.fernet import Fernet
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

SANDBOX = "http://sandbox:9000"
LATE = 60  # seconds that a database may still need after Postgres says that it is ready
DAG_IDS = ("oncall_sync", "oncall_history")

Environment = Mapping[str, str]


class NotStartedError(Exception):
    """Why the stack must not start, a line per mistake."""


class Around(NamedTuple):
    """Which services of the profiles run beside this one."""

    redis: bool
    sandbox: bool


def main() -> int:
    try:
        around = Around(redis=_runs("redis"), sandbox=_runs("sandbox"))
        _refuse([*wrong_secrets(os.environ), *unreadable(), *wrong_executor(os.environ, around)])
        wait_for_database(os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
        airflow("db", "migrate")
        make_admin(os.environ["AIRFLOW_ADMIN_PASSWORD"])
        _refuse(wrong_connections(around, hosts()))
        if around.sandbox:
            demonstrate()
    except NotStartedError as why:
        print(f"\nNothing else is started:\n{why}", file=sys.stderr)
        return 1
    print("Ready: the other services start now.")
    return 0


def _refuse(mistakes: Iterator[str] | list[str]) -> None:
    if told := "\n".join(f"- {mistake}" for mistake in mistakes):
        raise NotStartedError(told)


def _runs(service: str) -> bool:
    """Whether Docker knows the name; the dot at its end keeps the search domains of this machine's network out."""
    try:
        return bool(socket.getaddrinfo(f"{service}.", None))
    except OSError:
        return False


def wrong_secrets(environ: Environment) -> Iterator[str]:
    try:
        Fernet(environ["AIRFLOW__CORE__FERNET_KEY"])
    except ValueError:
        yield "AIRFLOW_FERNET_KEY in .env is no Fernet key (32 bytes, base64 with - and _); scripts/new_env.sh makes one."
    if not re.fullmatch(r"[A-Za-z0-9._~=-]+", environ["POSTGRES_PASSWORD"]):
        yield "POSTGRES_PASSWORD in .env has other characters than letters, digits and . _ ~ = -, and would spoil a URL."


def unreadable(folders: tuple[str, ...] = ("/opt/airflow/dags", "/opt/airflow/plugins")) -> Iterator[str]:
    for folder in map(Path, folders):
        if not os.access(folder, os.R_OK | os.X_OK) or not all(os.access(each, os.R_OK) for each in folder.iterdir()):
            yield f"{folder} has files that the containers' user cannot read: chmod -R a+rX {folder.name}"


def wrong_executor(environ: Environment, around: Around) -> Iterator[str]:
    executor = environ["AIRFLOW__CORE__EXECUTOR"]
    if "Celery" in executor and not around.redis:
        yield f"AIRFLOW_EXECUTOR={executor} has no workers here: add COMPOSE_PROFILES=celery to .env, or --profile celery."
    if around.redis and "Celery" not in executor:
        yield (
            f"Workers of --profile celery would get no tasks, as AIRFLOW_EXECUTOR is {executor}: "
            "put AIRFLOW_EXECUTOR=CeleryExecutor into .env, or end them (docker compose --profile celery down)."
        )


def wait_for_database(url: str, patience: float = LATE) -> None:
    engine = create_engine(url)
    deadline = time.monotonic() + patience
    while True:
        try:
            engine.connect().close()
            return
        except OperationalError as error:
            if "authentication failed" in str(error):
                raise NotStartedError(
                    "- Postgres refuses POSTGRES_PASSWORD of .env: its volume was made with another one. Put that one "
                    "back, or change it inside: docker compose exec postgres psql -U airflow -c '\\password'"
                ) from None
            if time.monotonic() > deadline:
                raise NotStartedError(f"- The database does not answer: {error.orig}") from None
            time.sleep(1)


def airflow(*command: str, secret: str | None = None) -> str:
    """What it prints; the last argument may be a secret, which no message shows."""
    words = ["airflow", *command]
    done = subprocess.run(  # noqa: S603 - our own command
        [*words, secret] if secret else words, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotStartedError(f"- `{' '.join(words)}` failed:\n{done.stdout}{done.stderr}")
    print(f"{' '.join(words[:3])}: done", flush=True)
    return done.stdout + done.stderr


def make_admin(password: str) -> None:
    who = ("--username", "admin")
    told = airflow(
        *("users", "create", *who, "--role", "Admin", "--firstname", "Airflow", "--lastname", "Admin"),
        *("--email", "admin@localhost", "--password"),
        secret=password,
    )
    if "already exist" in told:
        airflow("users", "reset-password", *who, "--password", secret=password)


def hosts() -> dict[str, str | None]:
    """Where the two connections point, from whichever secrets backend they come; None: there is no such connection."""
    from airflow.exceptions import AirflowNotFoundException  # noqa: PLC0415 - takes seconds, and needs the tables
    from airflow.models.connection import Connection  # noqa: PLC0415

    found: dict[str, str | None] = {}
    for connection_id in connection_ids():
        try:
            connection = Connection.get_connection_from_secrets(connection_id)
            found[connection_id] = str(connection.extra_dejson.get("base_url") or connection.host or "")
        except AirflowNotFoundException:
            found[connection_id] = None
    return found


def connection_ids() -> tuple[str, str]:
    from oncall_sync.config.file import config_path, glance  # noqa: PLC0415 - once `unreadable` has looked

    named = glance(config_path()).connections
    return named.pagerduty, named.slack


def wrong_connections(around: Around, found: Mapping[str, str | None]) -> Iterator[str]:
    """The sandbox and your own workspace are never mixed: what one teaches the sync is wrong in the other."""
    for connection_id, host in found.items():
        fake = bool(host and host.startswith(SANDBOX))
        if around.sandbox and host is not None and not fake:
            yield (
                f"Connection {connection_id} is your own, not the sandbox's. Start without --profile sandbox "
                "(docker compose --profile sandbox down), or take the connection out of .env for a demonstration."
            )
        if not around.sandbox and fake:
            yield (
                f"Connection {connection_id} is the sandbox's, which does not run: this database belongs to a "
                "demonstration. To begin in earnest, delete it: docker compose down --volumes"
            )
        if not around.sandbox and host is None:
            yield (
                f"Connection {connection_id} is missing: put AIRFLOW_CONN_{connection_id.upper()} into .env "
                "(see .env.example), or name a secrets backend (docs/deployment.md)."
            )


def demonstrate() -> None:
    """The connections go into the database, the last place where Airflow looks."""
    from airflow.models.connection import Connection  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    pagerduty, slack = connection_ids()
    fake = [
        Connection(conn_id=pagerduty, conn_type="pagerduty", host=f"{SANDBOX}/pagerduty", password="sandbox-pagerduty-key"),
        Connection(
            conn_id=slack,
            conn_type="slack",
            password="xoxb-sandbox-slack-token",
            extra={"base_url": f"{SANDBOX}/slack/api/"},
        ),
    ]
    missing = [connection_id for connection_id, host in hosts().items() if host is None]
    with create_session() as session:
        session.add_all(each for each in fake if each.conn_id in missing)
    airflow("dags", "reserialize")
    for dag_id in DAG_IDS:
        airflow("dags", "unpause", dag_id)


if __name__ == "__main__":
    sys.exit(main())
