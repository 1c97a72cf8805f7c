"""Compose itself accepts docker-compose.yaml, and names each secret that is missing. Needs the Docker client alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.test_compose_file import ROOT, SECRETS

pytestmark = pytest.mark.usefixtures("needs_compose")


def config(env_file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "--project-directory", str(ROOT), "--env-file", str(env_file), *words, "config"]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "DOCKER_CONFIG"}}
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize("profiles", ["", "celery", "sandbox", "celery,sandbox"])
def test_compose_accepts_the_file(env_file: Path, profiles: str) -> None:
    env_file.write_text(f"{env_file.read_text()}COMPOSE_PROFILES={profiles}\n")
    result = config(env_file)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_compose_refuses_to_start_without_a_secret_and_names_it(env_file: Path, secret: str) -> None:
    lines = env_file.read_text().splitlines(keepends=True)
    env_file.write_text("".join(f"{secret}=\n" if line.startswith(f"{secret}=") else line for line in lines))
    result = config(env_file)
    assert result.returncode != 0
    assert f"required variable {secret} is missing a value: .env has none; scripts/new_env.sh makes it" in result.stderr


def test_compose_accepts_tokens_from_files(env_file: Path, tmp_path: Path) -> None:
    env_file.write_text(f"{env_file.read_text()}SECRETS_STORE={tmp_path}\n")
    result = config(env_file, "--file", "docker-compose.yaml", "--file", "deploy/compose.token-files.yaml")
    assert result.returncode == 0
    assert result.stdout.count("target: /mnt/secrets-store") == 5  # each Airflow component but the worker
