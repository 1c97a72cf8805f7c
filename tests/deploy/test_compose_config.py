"""Compose itself accepts docker-compose.yaml, and names each secret that is missing. Needs the Docker client alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.deploy.test_compose_file import ROOT, SECRETS

PROFILES = [(), ("celery",), ("sandbox",), ("celery", "sandbox")]


def compose(*words: str, env: Path) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "--project-directory", str(ROOT), "--env-file", str(env), *words]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "DOCKER_CONFIG"}}
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(autouse=True)
def needs_compose() -> None:
    try:
        found = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0  # noqa: S607
    except OSError:
        found = False
    if not found:
        pytest.skip("left out, as there is no `docker compose` here: does Compose accept docker-compose.yaml?")


@pytest.fixture
def env(tmp_path: Path) -> Path:
    subprocess.run([ROOT / "scripts" / "new_env.sh", tmp_path / "env"], check=True, capture_output=True)  # noqa: S603
    return tmp_path / "env"


def chosen(profiles: Sequence[str]) -> list[str]:
    return [word for profile in profiles for word in ("--profile", profile)]


@pytest.mark.parametrize("profiles", PROFILES, ids=lambda profiles: "+".join(profiles) or "default")
def test_compose_accepts_the_file(env: Path, profiles: Sequence[str]) -> None:
    result = compose(*chosen(profiles), "config", "--quiet", env=env)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("profiles", PROFILES, ids=lambda profiles: "+".join(profiles) or "default")
@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_compose_refuses_to_start_without_a_secret_and_names_it(
    env: Path, secret: str, profiles: Sequence[str]
) -> None:
    lines = env.read_text().splitlines(keepends=True)
    env.write_text("".join(f"{secret}=\n" if line.startswith(f"{secret}=") else line for line in lines))
    result = compose(*chosen(profiles), "config", "--quiet", env=env)
    assert result.returncode != 0
    assert f"required variable {secret} is missing a value: .env has none; scripts/new_env.sh makes it" in result.stderr


def test_compose_refuses_the_example_as_it_is() -> None:
    assert compose("config", "--quiet", env=ROOT / ".env.example").returncode != 0


def test_compose_accepts_tokens_from_files(env: Path, tmp_path: Path) -> None:
    with env.open("a") as lines:
        lines.write(f"SECRETS_STORE={tmp_path}\n")
    files = ("--file", "docker-compose.yaml", "--file", "deploy/compose.token-files.yaml")
    result = compose(*files, "config", env=env)
    assert result.returncode == 0
    assert result.stdout.count("target: /mnt/secrets-store") == 5  # each Airflow component but the worker
