"""The page in a browser, on a whole Airflow whose runs are real or made up.

@platform-oncall is Ada's and @storage-oncall Bo's; nobody is on call for @weekend-oncall. Nothing runs by itself: the
watcher is off and the heartbeat is a day.
"""

from __future__ import annotations

import copy
import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, BrowserContext, Page

from sandbox import Override, Sandbox, World
from scripts.live import Live

DAG_IDS = ("oncall_sync", "oncall_history", "oncall_check")
USERS = "admin:admin,viewer:viewer,stranger:"  # a stranger has no role, and may see nothing
ENDED = {"success", "failed"}
WIDE, PHONE = (1280, 900), (390, 844)
LONG_AGO, LATER = "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"

Json = dict[str, Any]


def new_world() -> World:
    people = {"ADA": "Ada Okafor", "BO": "Bo Lindqvist", "CY": "Cy Moana"}
    shifts = {"PPLAT": "PADA", "PSTOR": "PBO", "PWEEK": None}
    return World.model_validate(
        {
            "people": {f"P{key}": _person(name) for key, name in people.items()},
            "accounts": {f"U{key}": _person(name) for key, name in people.items()},
            "schedules": {
                key: {"shifts": [{"person": person, "start": LONG_AGO, "end": LATER}]} for key, person in shifts.items()
            },
            "policies": {"PESC": {"levels": [["PPLAT", "PSTOR", "PWEEK"]]}},
            "user_groups": {
                "SPLAT": {"handle": "platform-oncall", "members": ["UCY"]},
                "SSTOR": {"handle": "storage-oncall", "members": ["UCY"]},
                "SWEEK": {"handle": "weekend-oncall", "members": ["UCY"]},
            },
        }
    )


def _person(name: str) -> Json:
    return {"name": name, "email": f"{name.split(maxsplit=1)[0].lower()}@acme.example"}


def config() -> str:
    return """
heartbeat: 24h
poll: off
groups:
  platform-oncall: {schedules: [PPLAT]}
  storage-oncall: {schedules: [PSTOR]}
  weekend-oncall: {schedules: [PWEEK]}
"""


def moment(**ahead: float) -> str:
    """moment(hours=-2): two hours ago, as a report says it."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat(timespec="seconds").replace("+00:00", "Z")


def wait(done: Callable[[], Any], patience: float, what: str) -> None:
    deadline = time.monotonic() + patience
    while not done():
        assert time.monotonic() < deadline, f"waited {patience} seconds for {what}"
        time.sleep(0.3)


@dataclass
class Stage:
    live: Live
    sandbox: Sandbox
    browser: Browser
    home: Path
    first: str = ""  # the ID of the one run that stays
    base: Json = field(default_factory=dict)  # what it reported
    contexts: list[BrowserContext] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    # Airflow

    def begun(self) -> Stage:
        wait(lambda: all(map(self.live.api.unpause, DAG_IDS[:2])), 90, "Airflow to read the Dags")
        wait(lambda: any(run["state"] == "success" for run in self.runs()), 90, "the first run")
        self.first = self.runs()[0]["dag_run_id"]
        self.base = self.ask("GET", f"{self._report(self.first)}/state?deserialize=true")["value"]
        return self

    def reset(self) -> None:
        """Everything as after the first run, which was just now."""
        self.sandbox.faults.clear()
        for schedule in self.sandbox.world.schedules.values():
            schedule.overrides.clear()
        for group in self.sandbox.world.user_groups.values():
            group.members = [member["slack_id"] for member in self.base["groups"][group.handle]["members"]] or ["UCY"]
        self._delete([run for run in self.runs() if run["dag_run_id"] != self.first])
        if self.first:  # or all runs were forgotten, for the last tests
            self.pause(False)
            self.show(self.now())

    def now(self, **groups: Json | None) -> Json:
        """The first report as if it were a few seconds old. groups: what is different in one; None: is not there."""
        report = copy.deepcopy(self.base) | {"as_of": moment(seconds=-5)}
        for group in report["groups"].values():
            group["verified_at"] = moment(seconds=-5)
        for name, change in groups.items():
            handle = name.replace("_", "-")
            if change is None:
                del report["groups"][handle]
            else:
                report["groups"][handle] = report["groups"].get(handle, {}) | change
        return report

    def show(self, report: Json) -> None:
        """The newest full run has reported this."""
        self.ask("PATCH", f"{self._report(self.first)}/state", {"value": report})

    def add_run(
        self, report: Json | None, *, state: Json | None = None, ended: str | None = "success", **conf: Any
    ) -> str:
        """A run that nobody carried out. state: where it was a full one with writes. ended: None: it goes on."""
        self.pause()
        run = self.ask("POST", "dags/oncall_sync/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
        for key, value in (("return_value", report), ("state", state)):
            if value is not None:
                self.ask("POST", self._report(run), {"key": key, "value": value})
        if ended:
            self.ask("PATCH", f"dags/oncall_sync/dagRuns/{run}", {"state": ended})
            self.pause(not self.first)
        return str(run)

    def forget_runs(self) -> None:
        """As before the first, and for all tests that follow: once unpaused, the Dag would run by itself."""
        self.first = ""
        self.pause()
        self._delete(self.runs())

    def _delete(self, runs: list[Json]) -> None:
        for run in runs:
            path = f"dags/oncall_sync/dagRuns/{run['dag_run_id']}"
            if run["state"] not in ENDED:
                self.ask("PATCH", path, {"state": "failed"})
            self.ask("DELETE", path)

    def pause(self, paused: bool = True) -> None:
        self.ask("PATCH", "dags/oncall_sync", {"is_paused": paused})

    def runs(self, dag: str = "oncall_sync") -> list[Json]:
        """Newest first."""
        found: list[Json] = self.ask("GET", f"dags/{dag}/dagRuns?order_by=-id&limit=50")["dag_runs"]
        return found

    def add_changes(self, number: int) -> None:
        """As many asset events as a year makes, straight into Airflow's tables: one by one they would take minutes."""
        with sqlite3.connect(self.home / "airflow.db", timeout=30) as database:
            database.execute(
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) INSERT INTO asset_event"
                " (asset_id, extra, source_task_id, source_dag_id, source_run_id, source_map_index, timestamp)"
                " SELECT asset_id, extra, source_task_id, source_dag_id, source_run_id, source_map_index,"
                " datetime('now', '-' || n || ' hours') FROM n, (SELECT * FROM asset_event WHERE source_task_id ="
                " 'update_groups' LIMIT 1)",
                [number],
            )

    def call_inactive(self, handle: str) -> None:
        """As Airflow does with the asset of a group between its first event and the Dag processor's next round."""
        with sqlite3.connect(self.home / "airflow.db", timeout=30) as database:
            database.execute("DELETE FROM asset_active WHERE name = ?", [f"slack_usergroup_{handle}"])

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        return self.live.api.ask(method, path, body)

    def token(self, user: str) -> str:
        if user not in self.tokens:
            passwords = json.loads((self.home / "simple_auth_manager_passwords.json.generated").read_text())
            login = {"username": user, "password": passwords[user]}
            answer = requests.post(f"{self.live.address}/auth/token", json=login, timeout=20)
            self.tokens[user] = answer.json()["access_token"]
        return self.tokens[user]

    @staticmethod
    def _report(run: str) -> str:
        return f"dags/oncall_sync/dagRuns/{run}/taskInstances/report/xcomEntries"

    # PagerDuty

    def take_over(self, schedule: str, person: str) -> None:
        override = Override(person=person, start=datetime(2024, 1, 1, tzinfo=UTC), end=datetime(2039, 1, 1, tzinfo=UTC))
        self.sandbox.world.schedules[schedule].overrides.append(override)

    # The browser

    def open(
        self,
        path: str = "oncall/",
        user: str | None = "admin",
        *,
        size: tuple[int, int] = WIDE,
        theme: str = "light",
        zone: str = "Europe/Berlin",
    ) -> Page:
        """A page of Airflow in a browser of its own, in which this user is signed in."""
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, timezone_id=zone, locale="en-GB", bypass_csp=False
        )
        context.set_default_timeout(30_000)
        self.contexts.append(context)
        if user:
            context.add_cookies([{"name": "_token", "value": self.token(user), "url": self.live.address}])
        context.add_init_script(f"localStorage.getItem('theme') ?? localStorage.setItem('theme', '{theme}')")
        page = context.new_page()
        page.goto(f"{self.live.address}/{path}")
        return page

    def close(self) -> None:
        while self.contexts:
            self.contexts.pop().close()
