"""The pictures of the on-call page in docs/, which `make picture` renews."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sandbox import PlannedShift, Schedule, UserGroup, World
from scripts.airflow_home import ROOT
from tests.page.conftest import on_stage
from tests.page.stage import ENDED, PHONE, Stage, wait

CONFIG = """
poll: off
groups:
  platform-oncall: {schedules: [PC5BGL2, PNB6DMH]}
  platform-leads: {schedules: [P9SFCKV]}
  storage-oncall: {schedules: [PIMZEZC, P8KF5JL]}
  eng-oncall: {schedules: [PR892VA]}
  security-oncall: {schedules: [PSECURE]}
  support-oncall: {schedules: [PSUPPRT]}
  data-oncall: {schedules: [PDATA01]}
"""
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
PATIENCE = 120  # seconds for a run

pytestmark = pytest.mark.browser


def world() -> World:
    """Nell has no Slack account, and nobody is on call for data."""
    world = World.load()
    for key, name, people, handle, member in (
        ("PSUPPRT", "Customer support", ["PNEL001"], "support-oncall", "U0LIV0001"),
        ("PDATA01", "Data", [None], "data-oncall", "U0ADA0001"),
        ("PSECURE", "Security", ["PKAI001", "PNEL001"], "security-oncall", "U0ADA0001"),
    ):
        shifts = [PlannedShift(person=person, start=LONG_AGO) for person in people]
        world.schedules[key] = Schedule(name=name, kind="v3" if len(people) > 1 else "v2", shifts=shifts)
        world.user_groups[f"S0{key}"] = UserGroup(handle=handle, members=[member])
    world.policies["PESSUPP"].levels = [["PSUPPRT", "PSECURE", "PDATA01"]]
    return world


@pytest.mark.skipif("ONCALL_SYNC_PICTURES" not in os.environ, reason="only `make picture` renews the pictures")
def test_the_page_shows_groups_of_which_not_all_are_well(browser: Browser, tmp_path: Path) -> None:
    with on_stage(browser, tmp_path, world(), CONFIG) as stage:
        stage.live.unpause("oncall_sync", "oncall_check")
        wait(lambda: ended(stage, "oncall_sync"), PATIENCE, "the sync")
        stage.live.api.trigger("oncall_check")  # it knows names, and who is next
        wait(lambda: ended(stage, "oncall_check"), PATIENCE, "the check")
        for name, theme, path, size in (
            ("on-call-page", "light", "plugin/on-call", (1360, 860)),
            ("on-call-page-dark", "dark", "plugin/on-call", (1360, 860)),
            ("on-call-page-phone", "light", "oncall/", PHONE),
        ):
            page = stage.open(path, size=size, theme=theme)
            shown = page.frame_locator("iframe") if path.startswith("plugin") else page
            shown.get_by_text("next: ").first.wait_for()
            page.screenshot(path=ROOT / "docs" / f"{name}.png")
        stage.close()


def ended(stage: Stage, dag: str) -> bool:
    states = {run["state"] for run in stage.runs(dag)}
    return bool(states) and states <= ENDED
