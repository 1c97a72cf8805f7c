"""What the tests of the Compose file share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.deploy.test_compose_file import ROOT


def answers(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - docker
    except OSError:
        return False


@pytest.fixture
def needs_compose() -> None:
    if not answers("docker", "compose", "version"):
        pytest.skip("needs `docker compose`, which is not installed here")


@pytest.fixture
def needs_docker(needs_compose: None) -> None:
    if not answers("docker", "info"):
        pytest.skip("needs Docker, whose engine does not run here")


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    file = tmp_path / "env"
    subprocess.run([ROOT / "scripts" / "new_env.sh", file], check=True, capture_output=True)  # noqa: S603
    return file
