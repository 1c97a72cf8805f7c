"""A stack of docker-compose.yaml with a name, ports, keys and volumes of its own, apart from all others and .env."""

import json
import os
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scripts.airflow_home import ROOT
from scripts.compose_sandbox import PAGERDUTY, SLACK
from scripts.live import free_port

CONNECTIONS = {"AIRFLOW_CONN_PAGERDUTY_DEFAULT": PAGERDUTY, "AIRFLOW_CONN_SLACK_API_DEFAULT": SLACK}
PATIENCE = 1200  # seconds in which two busy cores start everything


class Handoff(NamedTuple):
    """Who takes over on which schedule, and the group that then has this account and no other."""

    schedule: str
    person: str
    handle: str
    account: str


class StackError(Exception):
    """What went wrong, for the person who started the check."""


class Stack:
    """profile: default, celery or sandbox. folder: for its .env."""

    def __init__(self, profile: str, folder: Path) -> None:
        self.profile = profile
        self.name = f"oncall-check-{os.getpid()}"
        self.airflow_port, self.sandbox_port = free_port(), free_port()
        self._env = folder / "env"
        self._files = [ROOT / "docker-compose.yaml"]
        self._write_env()

    def _write_env(self) -> None:
        subprocess.run([ROOT / "scripts" / "new_env.sh", self._env], check=True, capture_output=True)  # noqa: S603
        settings = {"AIRFLOW_PORT": str(self.airflow_port), "SANDBOX_PORT": str(self.sandbox_port)}
        settings["SANDBOX_HANDOFF_EVERY"] = "86400"  # nobody's shift ends meanwhile, but by the check
        if self.profile == "celery":
            settings["AIRFLOW_EXECUTOR"] = "CeleryExecutor"
        if self.profile != "sandbox":  # which makes the connections by itself
            settings |= {name: f"'{json.dumps(value)}'" for name, value in CONNECTIONS.items()}
        self.set(**settings)

    def set(self, **settings: str) -> None:
        """Variables of .env."""
        with self._env.open("a") as env:
            env.writelines(f"{name}={value}\n" for name, value in settings.items())

    @property
    def password(self) -> str:
        found = re.search(r"^AIRFLOW_ADMIN_PASSWORD=(.+)$", self._env.read_text(), re.MULTILINE)
        assert found, self._env  # noqa: S101 - new_env.sh writes it
        return found[1]

    def add(self, file: Path) -> None:
        """One more Compose file, over docker-compose.yaml."""
        self._files.append(file)

    def compose(self, *words: str, profiles: Sequence[str] | None = None) -> str:
        """What `docker compose …` prints; raises StackError with it."""
        command = ["docker", "compose", "--project-name", self.name, "--env-file", str(self._env)]
        for file in self._files:
            command += ["--file", str(file)]
        for profile in self._profiles if profiles is None else profiles:
            command += ["--profile", profile]
        done = subprocess.run(  # noqa: S603 - docker
            [*command, *words], cwd=ROOT, env=_clean_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StackError(f"`docker compose {' '.join(words)}` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    @property
    def _profiles(self) -> list[str]:
        return [] if self.profile == "default" else [self.profile]

    def up(self, workers: int) -> float:
        """How many seconds it took until everything was healthy."""
        since = time.monotonic()
        self.compose("build", "--quiet")
        wait = ("up", "--detach", "--wait", "--wait-timeout", str(PATIENCE))
        if self.profile != "sandbox":
            self.compose(*wait, "sandbox")
        scale = ("--scale", f"airflow-worker={workers}") if self.profile == "celery" else ()
        self.compose(*wait, *scale)
        return time.monotonic() - since

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service).split()

    def down(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20", profiles=["celery", "sandbox"])

    def left_behind(self) -> list[str]:
        """Containers, volumes and networks that are still there."""
        label = f"label=com.docker.compose.project={self.name}"
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        found = [docker(*kind, "--quiet", "--filter", label).split() for kind in kinds]
        return [each for kind in found for each in kind]

    def story(self) -> str:
        """What to look at after a failure: each service's state, and the last words of those that are not healthy."""
        states = self.compose("ps", "--all", "--format", "{{.Service}}: {{.Status}}")
        unwell = [line.partition(":")[0] for line in states.splitlines() if "(healthy)" not in line]
        return states + self.compose("logs", "--no-color", "--tail", "15", *(unwell or ["airflow-scheduler"]))


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607


def _clean_environment() -> dict[str, str]:
    """Without what would go before the stack's own settings."""
    named = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    return {name: value for name, value in os.environ.items() if name not in named and not name.startswith("COMPOSE_")}
