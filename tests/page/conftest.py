"""One Airflow and one Chromium for all tests of the page that have the marker `browser`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from sandbox import Sandbox, World
from scripts.airflow_home import ROOT
from scripts.live import airflow, free_port
from tests.page.stage import USERS, Stage, config, new_world

REQUIRED = os.environ.get("ONCALL_SYNC_BROWSER") == "required"  # before the tests take such variables away
PATIENCE = 400  # seconds; the first one starts an Airflow, on two cores that may have other work
left_out: list[str] = []
HOW_TO_GET = "To have one: apt-get install chromium, or .venv/bin/playwright install chromium."
expect.set_options(timeout=30_000)  # ms


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium they are left out, and counted; where one is required they run, and fail."""
    items.sort(key=lambda item: "test_page_unrun" in item.nodeid)  # last, in whatever order they were named
    for item in (item for item in items if item.get_closest_marker("browser")):
        item.add_marker(pytest.mark.timeout(PATIENCE))
        if not REQUIRED and not chromium():
            item.add_marker(pytest.mark.skip(reason="there is no Chromium"))
            left_out.append(item.name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if left_out:
        terminalreporter.write_line(
            f"\nLeft out: {len(left_out)} tests of the on-call page, as there is no Chromium here. {HOW_TO_GET}"
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = chromium()
    assert found, f"The tests of the on-call page need a Chromium. {HOW_TO_GET}"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


def chromium() -> str | None:
    """Debian's, another one on the path, or Playwright's own; None if there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


@pytest.fixture(scope="session")
def shared_stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with on_stage(browser, tmp_path_factory.mktemp("page"), new_world(), config()) as stage:
        yield stage.begun()


@contextmanager
def on_stage(browser: Browser, home: Path, world: World, config: str) -> Iterator[Stage]:
    """An Airflow with this config, on a sandbox of this world."""
    (home / "logs").mkdir()
    file = home / "oncall_sync.yaml"
    file.write_text(config)
    changed = {
        "ONCALL_SYNC_CONFIG": str(file),
        "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": USERS,
    }
    with Sandbox(world) as sandbox, airflow(home, free_port(), sandbox, changed) as live:
        yield Stage(live, sandbox, browser, home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def stage(shared_stage: Stage) -> Iterator[Stage]:
    """After one full run: two groups right, one with nobody on call."""
    shared_stage.reset()
    yield shared_stage
    shared_stage.close()
