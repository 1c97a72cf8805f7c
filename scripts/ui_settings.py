"""How `airflow standalone` is set up, beside the settings that every home has."""

import json
import os
import secrets
import sys
from pathlib import Path

HOST = "127.0.0.1"


def settings(port: int) -> dict[str, str]:
    """Everything on loopback, no larger than the machine, and with keys that all components share."""
    address = f"http://{HOST}:{port}"
    return {
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(64),
        # In a new home each component would make up a key of its own, and the triggerer could not read its triggers.
        # Nothing is to be hidden in this database: the connections are in the environment.
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(os.cpu_count() or 2),  # by default 32
        # a task that Ctrl-C cut short blocks the next start for five minutes by default
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # `airflow standalone` starts its components by this name
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def password_of_admin(home: Path) -> str:
    """The simple auth manager's file of passwords; the same one as long as the home lives."""
    file = home / "simple_auth_manager_passwords.json.generated"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({"admin": secrets.token_urlsafe(9)}))
    password: str = json.loads(file.read_text())["admin"]
    return password
