"""A small world, and runs of the Dag in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox, World
from tests.airflow import in_airflow, tampering, workers
from tests.airflow.ran import Ran
from tests.airflow.workers import Ended

Call = Callable[..., Any]
HANDOFF = timedelta(days=30)  # how far the nearest handoffs of the leads are away, before and after now

CONFIG = """
heartbeat: 15m
groups:
  platform-oncall: {schedules: [PPLAT]}
  storage-oncall: {schedules: [PSTOR]}
  platform-leads: {schedules: [PLEAD]}
"""


def small_world(now: datetime) -> World:
    """Ada has platform and Bo storage for ever; the leads were Dee's, are Cy's and will be Bo's."""
    before, after = (now - HANDOFF).isoformat(), (now + HANDOFF).isoformat()
    long_ago = "2020-01-01T00:00:00Z"
    people = {"ADA": "Ada", "BO": "Bo", "CY": "Cy", "DEE": "Dee", "PIA": "Pia"}
    return World.model_validate(
        {
            "pagerduty": {"token": "pagerduty-key-of-the-tests"},
            "slack": {"token": "xoxb-token-of-the-tests"},
            "people": {f"P{key}": _person(name) for key, name in people.items()},
            "accounts": {f"U{key}": _person(name) for key, name in people.items()},
            "schedules": {
                "PPLAT": {"shifts": [{"person": "PADA", "start": long_ago}]},
                "PSTOR": {"shifts": [{"person": "PBO", "start": long_ago}]},
                "PLEAD": {
                    "shifts": [
                        {"person": "PDEE", "start": long_ago, "end": before},
                        {"person": "PCY", "start": before, "end": after},
                        {"person": "PBO", "start": after},
                    ]
                },
            },
            "policies": {"PESC": {"levels": [["PPLAT", "PSTOR"], ["PLEAD"]]}},
            "user_groups": {
                "SPLAT": {"handle": "platform-oncall", "members": ["UPIA"]},
                "SSTOR": {"handle": "storage-oncall", "members": ["UPIA"]},
                "SLEAD": {"handle": "platform-leads", "members": ["UPIA", "UCY"]},
                "SDESIGN": {"handle": "design", "members": ["UPIA", "UDEE"]},
                "SIDP": {"handle": "everyone", "members": ["UADA"], "is_idp_group": True},
            },
        }
    )


def _person(name: str) -> dict[str, str]:
    return {"name": name, "email": f"{name.lower()}@acme.example"}


class Scene:
    """A world that the sandbox serves, a config file, and an Airflow that remembers nothing of other scenes."""

    def __init__(self, call: Call, sandbox: Sandbox, config: Path) -> None:
        self.call, self.sandbox, self.config = call, sandbox, config
        self.world = sandbox.world
        call(tampering.forget)

    @property
    def environ(self) -> dict[str, str]:
        return {**self.sandbox.environment(), "ONCALL_SYNC_CONFIG": str(self.config)}

    def run(
        self,
        *,
        backfill_for: datetime | None = None,
        stop_before: str | None = None,
        begun_by: str = "manual",
        **conf: Any,
    ) -> Ran:
        ran: Ran = self.call(in_airflow.run, self.environ, conf, backfill_for, stop_before, begun_by)
        return ran

    def trigger(
        self, file: Path, events_of: str | None = None, logical_date: datetime | None = None, **conf: Any
    ) -> Ended:
        """A run of another Dag."""
        ended: Ended = self.call(workers.trigger, file, self.environ, events_of, logical_date, conf)
        return ended

    def members(self) -> dict[str, list[str]]:
        return {group.handle: sorted(group.members) for group in self.world.user_groups.values()}

    def hand_off(self, schedule: str, person: str) -> None:
        """From now on this person is on call there, and nobody else."""
        self.world.schedules[schedule].shifts[:] = [
            shift.model_copy(update={"person": person, "end": None})
            for shift in self.world.schedules[schedule].shifts[:1]
        ]

    def writes(self) -> list[str]:
        """The user groups that Slack was asked to change, in order."""
        asked = [r for r in self.sandbox.requests if r.service == "slack" and r.endpoint in WRITES]
        return [str(request.params["usergroup"]) for request in asked]


WRITES = {
    "usergroups.users.update",
    "usergroups.enable",
    "usergroups.disable",
    "usergroups.update",
    "usergroups.create",
}
