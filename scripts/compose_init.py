"""What `airflow-init` of docker-compose.yaml does before anything else starts.

It refuses what would start and not work, makes the tables of Airflow's database (or brings them up to date), and gives
the user `admin` the password of .env. With --profile sandbox it connects the sync to the fake APIs and unpauses it.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from scripts.compose_mistakes import Around, unreadable, wrong_connections, wrong_executor, wrong_secrets
from scripts.compose_sandbox import PAGERDUTY, SLACK

LATE = 60  # seconds that a database may still need after Postgres says that it is ready
DAGS = "oncall_.*"  # all of this project's


class NotStartedError(Exception):
    """Why the stack must not start, a line per mistake."""


def main() -> int:
    around = Around(redis=runs("redis"), sandbox=runs("sandbox"))
    try:
        refuse([*wrong_secrets(os.environ), *unreadable(), *wrong_executor(os.environ, around)])
        wait_for_database(os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
        airflow("db", "migrate")
        make_admin(os.environ["AIRFLOW_ADMIN_PASSWORD"])
        refuse(wrong_connections(around, hosts()))
        if around.sandbox:
            demonstrate()
    except NotStartedError as why:
        print(f"\nNothing else is started:\n{why}", file=sys.stderr)
        return 1
    print("Ready: the other services start now.")
    return 0


def refuse(mistakes: Iterable[str]) -> None:
    if told := "\n".join(f"- {mistake}" for mistake in mistakes):
        raise NotStartedError(told)


def runs(service: str) -> bool:
    """Whether Docker knows the name; the dot at its end keeps the search domains of this machine's network out."""
    try:
        return bool(socket.getaddrinfo(f"{service}.", None))
    except OSError:
        return False


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
                    "back; or change it inside (docker compose exec postgres psql -U airflow -c '\\password'); "
                    "or, if nothing is in there yet, begin anew (docker compose down --volumes)."
                ) from None
            if time.monotonic() > deadline:
                raise NotStartedError(f"- The database does not answer: {error.orig}") from None
            time.sleep(1)


def airflow(*command: str, secret: str | None = None) -> str:
    """What it prints. secret: one more argument, which no message shows."""
    shown = " ".join(["airflow", *command])
    arguments = ["airflow", *command, *([secret] if secret else [])]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise NotStartedError(f"- `{shown}` failed:\n{done.stdout}{done.stderr}")
    print(f"Done: {shown.partition(' --')[0]}", flush=True)
    return done.stdout + done.stderr


def make_admin(password: str) -> None:
    who = ("--username", "admin")
    name = ("--firstname", "Airflow", "--lastname", "Admin", "--email", "admin@localhost")
    told = airflow("users", "create", *who, "--role", "Admin", *name, "--password", secret=password)
    if "already exist" in told:
        airflow("users", "reset-password", *who, "--password", secret=password)


def hosts() -> dict[str, str | None]:
    """Where the two connections point, from whichever secrets backend they come; None: there is no such connection."""
    from airflow.models.connection import Connection  # noqa: PLC0415 - takes seconds, and needs the tables
    from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415

    found: dict[str, str | None] = {}
    for connection_id in connection_ids():
        try:
            connection = Connection.get_connection_from_secrets(connection_id)
            found[connection_id] = str(connection.extra_dejson.get("base_url") or connection.host or "")
        except AirflowNotFoundException:
            found[connection_id] = None
    return found


def connection_ids() -> tuple[str, str]:
    """PagerDuty's and Slack's, as the config names them."""
    from oncall_sync.config.load import config_path, glance  # noqa: PLC0415 - once `unreadable` has looked

    named = glance(config_path()).connections
    return named.pagerduty, named.slack


def demonstrate() -> None:
    """The connections go into the database, the last place where Airflow looks."""
    from airflow.models.connection import Connection  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    fake = dict(zip(connection_ids(), (PAGERDUTY, SLACK), strict=True))
    missing = [connection_id for connection_id, host in hosts().items() if host is None]
    with create_session() as session:
        session.add_all(Connection(conn_id=each, **fake[each]) for each in missing)
    airflow("dags", "reserialize")
    airflow("dags", "unpause", "--yes", "--treat-dag-id-as-regex", DAGS)


if __name__ == "__main__":
    sys.exit(main())
