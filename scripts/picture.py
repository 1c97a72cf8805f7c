"""`make picture`: the on-call page as README.md and docs/page.md show it, on a sandbox in which not all is well."""

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import requests
from playwright.sync_api import Page, sync_playwright

from sandbox import PlannedShift, Sandbox, Schedule, UserGroup, World
from scripts.airflow_home import ROOT
from scripts.browser import HOW_TO_GET, chromium
from scripts.live import Live, NotStartedError, airflow, free_port

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
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
PATIENCE = 120  # seconds for two runs


def main() -> int:
    if not chromium():
        print(f"There is no Chromium here. {HOW_TO_GET}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        (home / "logs").mkdir()
        (home / "oncall_sync.yaml").write_text(CONFIG)
        changed = {
            "ONCALL_SYNC_CONFIG": str(home / "oncall_sync.yaml"),
            "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}",
        }
        try:
            with Sandbox(_world()) as sandbox, airflow(home, free_port(), sandbox, changed) as live:
                _run(live)
                _take(live)
        except NotStartedError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def _world() -> World:
    """Nell has no Slack account, and nobody is on call for data."""
    world = World.load()
    turns: dict[str, tuple[str, list[str | None]]]
    turns = {"PSUPPRT": ("Customer support", ["PNEL001"]), "PDATA01": ("Data", [None])}
    turns["PSECURE"] = ("Security", ["PKAI001", "PNEL001"])
    for key, (name, people) in turns.items():
        shifts = [PlannedShift(person=person, start=LONG_AGO) for person in people]
        world.schedules[key] = Schedule(name=name, kind="v3" if len(people) > 1 else "v2", shifts=shifts)
    for key, handle, member in (
        ("S0SUPPORT", "support-oncall", "U0LIV0001"),
        ("S0DATAONC", "data-oncall", "U0ADA0001"),
        ("S0SECURE0", "security-oncall", "U0ADA0001"),
    ):
        world.user_groups[key] = UserGroup(handle=handle, members=[member])
    world.policies["PESSUPP"].levels = [["PSUPPRT", "PSECURE", "PDATA01"]]
    return world


def _run(live: Live) -> None:
    """The sync, and the check that knows names and who is next."""
    live.unpause("oncall_sync", "oncall_check")
    live.wait(lambda: _ended(live, "oncall_sync"), PATIENCE)
    live.api.trigger("oncall_check")
    if not live.wait(lambda: _ended(live, "oncall_check") and _ended(live, "oncall_sync"), PATIENCE):
        raise NotStartedError(f"The runs did not end within {PATIENCE} seconds. See the end of {live.log}")


def _ended(live: Live, dag: str) -> bool:
    try:
        states = {run["state"] for run in live.api.runs(dag)}
    except requests.RequestException:  # busy with its start
        return False
    return bool(states) and states <= {"success", "failed"}


def _take(live: Live) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, theme, path, size in (
            ("on-call-page", "light", "plugin/on-call", (1360, 860)),
            ("on-call-page-dark", "dark", "plugin/on-call", (1360, 860)),
            ("on-call-page-phone", "light", "oncall/", (390, 780)),
        ):
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, locale="en-GB", timezone_id="Europe/Berlin"
            )
            context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
            page = context.new_page()
            _sign_in(page, live)
            page.goto(f"{live.address}/{path}")
            shown = page.frame_locator("iframe") if path.startswith("plugin") else page
            shown.get_by_text("next: ").first.wait_for()
            page.screenshot(path=ROOT / "docs" / f"{name}.png")
            context.close()
        browser.close()


def _sign_in(page: Page, live: Live) -> None:
    page.goto(f"{live.address}/auth/login")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[type=password]").fill(live.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)


if __name__ == "__main__":
    sys.exit(main())
