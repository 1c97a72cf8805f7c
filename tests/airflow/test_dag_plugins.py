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
LIBRARY = {file.stem for file in (PLUGINS / "oncall_sync").rglob("*.py")}  # as top-level modules
LOAD = """
import json, os, sys

from airflow import plugins_manager
from airflow._shared.module_loading import find_path_from_directory

before = dict(sys.modules)
plugins_manager.ensure_plugins_loaded()
print("\\n" + json.dumps({
    "new": sorted(sys.modules.keys() - before.keys()),
    "replaced": sorted(name for name, module in before.items() if sys.modules.get(name) is not module),
    "files": {name: getattr(module, "__file__", None) for name, module in sys.modules.items()},
    "errors": plugins_manager.get_import_errors(),
    "path": sys.path,
    "without ignore file": list(find_path_from_directory(os.environ["BARE_COPY"], ".airflowignore", "glob")),
}))
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
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_no_module_of_the_library_becomes_a_top_level_module(loaded: dict[str, Any]) -> None:
    ours = [name for name, file in loaded["files"].items() if file and Path(file).is_relative_to(PLUGINS)]
    assert [name for name in ours if name in LIBRARY] == []
    assert not LIBRARY & set(loaded["new"])
    assert (loaded["replaced"], loaded["errors"]) == ([], {})
    assert str(PLUGINS) in loaded["path"], "so that the Dag finds the library"


def test_without_the_ignore_file_airflow_would_import_the_library_file_by_file(loaded: dict[str, Any]) -> None:
    """The trap is real, and the test above would see it."""
    assert {Path(file).stem for file in loaded["without ignore file"]} >= LIBRARY
    assert {"errors", "models", "plan", "retry"} <= LIBRARY


def test_one_plugin_file_is_beside_the_library() -> None:
    folders = [entry.name for entry in PLUGINS.iterdir() if entry.is_dir() and entry.name != "__pycache__"]
    assert (len(list(PLUGINS.glob("*.py"))), folders) == (1, ["oncall_sync"])
