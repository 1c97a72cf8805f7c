"""One Airflow for all tests of this folder: a process of its own, on a home outside the repository."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import pytest

from sandbox import Sandbox, World
from tests.airflow import in_airflow
from tests.airflow.scene import CONFIG, Call, Scene, small_world


@pytest.fixture(scope="session")
def call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """`call(function, *arguments)` calls a function of in_airflow.py in the Airflow process."""
    home = tmp_path_factory.mktemp("airflow")
    spawn = multiprocessing.get_context("spawn")  # no state of pytest's process, no threads forked
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=in_airflow.start, initargs=(home,)) as process:
        yield lambda function, *arguments: process.submit(function, *arguments).result(timeout=100)


@pytest.fixture(scope="module")
def open_scene(call: Call, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Scene]]:
    """Makes the scenes of one test module."""
    opened: list[Sandbox] = []

    def make(config: str = CONFIG, world: World | None = None) -> Scene:
        path = tmp_path_factory.mktemp("config") / "oncall_sync.yaml"
        path.write_text(config)
        opened.append(Sandbox(world or small_world(datetime.now(UTC))).start())
        return Scene(call, opened[-1], path)

    yield make
    for sandbox in opened:
        sandbox.stop()


@pytest.fixture
def scene(open_scene: Callable[..., Scene]) -> Scene:
    return open_scene()
