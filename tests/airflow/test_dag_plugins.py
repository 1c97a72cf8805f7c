"""Airflow imports every .py below plugins/ as a top-level module; the library must be none of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import airflow_home

PLUGINS = airflow_home.ROOT / "plugins"
LOAD = """
import json, os, sys

from airflow import plugins_manager
from airflow._shared.module_loading import find_path_from_directory

before = dict(sys.modules)
plugins_manager.ensure_plugins_loaded()
told = {
    "new": sorted(sys.modules.keys() - before.keys()),
    "replaced": sorted(name for name, module in before.items() if sys.modules.get(name) is not module),
    "files": {name: getattr(module, "__file__", None) for name, module in sys.modules.items()},
    "errors": plugins_manager.get_import_errors(),
    "path": sys.path,
    "without ignore file": list(find_path_from_directory(os.environ["BARE_COPY"], ".airflowignore", "glob")),
}
print("\\n" + json.dumps(told))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh Airflow says after it has loaded its plugins, with nothing on sys.path but what it puts there."""
    home, bare = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("copy") / "plugins"
    shutil.copytree(PLUGINS, bare, ignore=shutil.ignore_patterns(".airflowignore", "__pycache__"))
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    airflow_home.configure(environ, home)
    environ["BARE_COPY"] = str(bare)
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", LOAD], env=environ, cwd=home, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def library_names() -> set[str]:
    """The names that the library's files would have as top-level modules."""
    return {file.stem for file in (PLUGINS / "oncall_sync").rglob("*.py")}


def test_no_module_of_the_library_becomes_a_top_level_module(loaded: dict[str, Any]) -> None:
    ours = [name for name, file in loaded["files"].items() if file and Path(file).is_relative_to(PLUGINS)]
    assert [name for name in ours if name in library_names()] == []
    assert not library_names() & set(loaded["new"])


def test_loading_the_plugins_replaces_no_module(loaded: dict[str, Any]) -> None:
    assert loaded["replaced"] == []
    assert loaded["errors"] == {}


def test_without_the_ignore_file_airflow_would_import_the_library_file_by_file(loaded: dict[str, Any]) -> None:
    """The trap is real, and the tests above would see it."""
    assert library_names() <= {Path(file).stem for file in loaded["without ignore file"]}
    assert {"errors", "models", "plan", "retry"} <= library_names()


def test_the_ignore_file_names_the_library() -> None:
    assert "oncall_sync/" in (PLUGINS / ".airflowignore").read_text().splitlines()


def test_airflow_puts_the_folder_on_the_path_so_that_the_dag_finds_the_library(loaded: dict[str, Any]) -> None:
    assert str(PLUGINS) in loaded["path"]


def test_at_most_one_plugin_file_stands_beside_the_library() -> None:
    assert len(list(PLUGINS.glob("*.py"))) <= 1
    assert [folder.name for folder in PLUGINS.iterdir() if folder.is_dir() and folder.name != "__pycache__"] == [
        "oncall_sync"
    ]
