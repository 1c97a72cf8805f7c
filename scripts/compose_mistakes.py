"""What docker-compose.yaml must not start with: each mistake says what to do about it."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cryptography.fernet import Fernet

from scripts.compose_sandbox import SANDBOX

MOUNTED = (Path("/opt/airflow/dags"), Path("/opt/airflow/plugins"))

Environment = Mapping[str, str]


class Around(NamedTuple):
    """Which services of the profiles run beside this one."""

    redis: bool
    sandbox: bool


def wrong_secrets(environ: Environment) -> Iterator[str]:
    try:
        Fernet(environ["AIRFLOW__CORE__FERNET_KEY"])
    except ValueError:
        yield (
            "AIRFLOW_FERNET_KEY in .env is no Fernet key, which is 32 bytes in base64 with - and _. "
            "scripts/new_env.sh makes one."
        )
    if not re.fullmatch(r"[A-Za-z0-9._~=-]+", environ["POSTGRES_PASSWORD"]):
        yield "POSTGRES_PASSWORD in .env may have letters, digits and . _ ~ = - only, as it becomes a part of a URL."


def unreadable(folders: tuple[Path, ...] = MOUNTED) -> Iterator[str]:
    for folder in folders:
        if not all(os.access(each, os.R_OK) for each in (folder, *folder.rglob("*"))):
            yield f"The containers' user cannot read all of {folder.name}/: chmod -R a+rX {folder.name}"


def wrong_executor(environ: Environment, around: Around) -> Iterator[str]:
    executor = environ["AIRFLOW__CORE__EXECUTOR"]
    celery = "Celery" in executor
    if celery and not around.redis:
        yield f"AIRFLOW_EXECUTOR={executor} has no workers: say COMPOSE_PROFILES=celery too, or --profile celery."
    if around.redis and not celery:
        yield (
            f"The workers of --profile celery would get no tasks, as AIRFLOW_EXECUTOR is {executor}: "
            "say AIRFLOW_EXECUTOR=CeleryExecutor in .env, or end them (docker compose --profile celery down)."
        )


def wrong_connections(around: Around, hosts: Mapping[str, str | None]) -> Iterator[str]:
    """hosts: where each connection points, None where there is none.

    The sandbox and your own workspace are never mixed: what one teaches the sync is wrong in the other.
    """
    for connection_id, host in hosts.items():
        fake = bool(host and host.startswith(SANDBOX))
        if around.sandbox and host is not None and not fake:
            yield (
                f"Connection {connection_id} is your own, not the sandbox's. Start without --profile sandbox, after "
                "`docker compose --profile sandbox down`; or take it out of .env for a demonstration."
            )
        elif fake and not around.sandbox:
            yield (
                f"Connection {connection_id} is the sandbox's, which does not run. Start with --profile sandbox; or, "
                "to begin in earnest, delete what the demonstration left: docker compose down --volumes"
            )
        elif host is None and not around.sandbox:
            yield (
                f"Connection {connection_id} is missing: put AIRFLOW_CONN_{connection_id.upper()} into .env "
                "(see .env.example), or name a secrets backend (docs/deployment.md)."
            )
