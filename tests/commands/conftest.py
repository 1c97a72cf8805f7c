"""For commands that are run as a person runs them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that never ran anything, and has no `.env` of its own."""
    path = tmp_path_factory.mktemp("checkout")
    for part in ("dags", "plugins", "sandbox", "scripts"):
        shutil.copytree(ROOT / part, path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return path
