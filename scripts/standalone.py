"""`airflow standalone` for `make ui`: how it is set up, and started without its two log servers.

Those listen on every address, and no setting changes that. Airflow's UI reads this machine's log files itself.
"""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
SERVES_LOGS = {"scheduler", "triggerer"}


def settings(port: int) -> dict[str, str]:
    """Airflow's settings beside those of every home: loopback only, no larger than the machine, shared keys."""
    return {
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://{HOST}:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(64),
        # In a new home each component would make a key of its own, and the triggerer could not read its triggers.
        # This database has nothing to encrypt: the connections are in the environment.
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(os.cpu_count() or 2),  # by default 32
        # a task that Ctrl-C interrupted blocks the next start for five minutes by default
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # `airflow standalone` starts its components by this name
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def password_of_admin(home: Path) -> str:
    """From the simple auth manager's file, which is made on first use."""
    file = home / "simple_auth_manager_passwords.json.generated"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({"admin": secrets.token_urlsafe(9)}))
    password: str = json.loads(file.read_text())["admin"]
    return password


def main() -> None:
    from airflow.cli.commands import standalone_command  # noqa: PLC0415 - `settings` must not import Airflow

    class Component(standalone_command.SubCommand):
        def __init__(self, parent: Any, name: str, command: list[str], env: dict[str, str]) -> None:
            options = ["--skip-serve-logs"] if name in SERVES_LOGS else []
            super().__init__(parent, name=name, command=[*command, *options], env=env)

    standalone_command.SubCommand = Component  # type: ignore[misc]  # a class of Airflow replaced by its subclass
    standalone_command.StandaloneCommand().run()


if __name__ == "__main__":
    main()
