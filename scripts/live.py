"""A whole Airflow on this machine, scheduler and triggerer too: for `make ui`, `make bench` and tests/live."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import Sandbox
from scripts import airflow_home, workspace
from scripts.airflow_api import AirflowApi
from scripts.processes import Session
from scripts.standalone import HOST, password_of_admin, settings

PATIENCE = 180.0  # seconds in which two busy cores start everything


class NotStartedError(Exception):
    """Airflow did not start; the message says where to look."""


@dataclass(frozen=True)
class Live:
    """A running Airflow. environ: of its processes. log: what they print."""

    session: Session
    environ: Mapping[str, str]
    api: AirflowApi
    address: str
    password: str
    log: Path

    def wait(self, done: Callable[[], bool], patience: float = PATIENCE) -> bool:
        deadline = time.monotonic() + patience
        while self.session.alive and time.monotonic() < deadline:
            if done():
                return True
            time.sleep(0.5)
        return False

    def unpause(self, *dag_ids: str) -> list[str]:
        """Waits until Airflow has read the Dags. Returns what it could not load, each "file: why"."""
        self.wait(lambda: all(map(self.api.unpause, dag_ids)) or bool(self.api.import_errors()))
        return self.api.import_errors()


@contextmanager
def airflow(home: Path, port: int, serving: Sandbox, changed: Mapping[str, str] | None = None) -> Iterator[Live]:
    """Runs until the block ends, on a sandbox alone. changed: settings that differ. Raises NotStartedError."""
    environ = dict(os.environ)
    airflow_home.configure(environ, home)
    environ |= settings(port) | dict(changed or {})
    workspace.connect(environ, serving)
    log = home / "logs" / "airflow.log"
    airflow_home.drop_unfinished_database(home)
    address, password = f"http://{HOST}:{port}", password_of_admin(home)
    command = [sys.executable, "-m", "scripts.standalone"]
    with log.open("wb") as output, Session(command, output, environ) as session:
        live = Live(session, environ, AirflowApi(address), address, password, log)
        if not live.wait(live.api.healthy):
            raise NotStartedError(f"Airflow did not start. The reason is at the end of {shown(log)}")
        (home / "migrated").touch()
        live.api.log_in("admin", password)
        yield live


def shown(path: Path) -> Path:
    return path.relative_to(airflow_home.ROOT) if path.is_relative_to(airflow_home.ROOT) else path


def why_not(port: int) -> str | None:
    """Why Airflow cannot listen there; None if it can."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        return os.strerror(error.errno or 0)
    except OverflowError:
        return "a port is a number up to 65535"
    return None


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])
