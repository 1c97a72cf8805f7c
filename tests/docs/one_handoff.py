"""The handoff of docs/how-it-works.md: what the watcher reports, and what each task returns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from oncall_sync import steps
from oncall_sync.models import Event, RunResults, to_json
from oncall_sync.parameters import Parameters
from sandbox import Sandbox, World
from tests.sync.driver import Sync, through_json
from tests.sync.watching import Watching

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
CONFIG = "groups:\n  platform-oncall: {schedules: [PC5BGL2]}\n"
WORLD = {
    "people": {
        "PADA": {"name": "Ada Okafor", "email": "ada@acme.example"},
        "PBO": {"name": "Bo Lindqvist", "email": "bo@acme.example"},
    },
    "accounts": {
        "UADA": {"name": "Ada Okafor", "email": "ada@acme.example"},
        "UBO": {"name": "Bo Lindqvist", "email": "bo@acme.example"},
    },
    "schedules": {
        "PC5BGL2": {
            "shifts": [
                {"person": "PADA", "start": "2026-11-22T09:00:00Z", "end": "2026-11-23T09:00:00Z"},
                {"person": "PBO", "start": "2026-11-23T09:00:00Z", "end": "2026-11-24T09:00:00Z"},
            ]
        }
    },
    "policies": {"PESC": {"levels": [["PC5BGL2"]]}},
    "user_groups": {"S0PLATFORM": {"handle": "platform-oncall", "members": ["UADA"]}},
}


def arrows(file: Path) -> Iterator[tuple[str, Any]]:
    """(name, JSON) of each arrow in order, from when the watcher sees that Bo took over from Ada."""
    world = World.model_validate(WORLD)
    with Sandbox(world) as sandbox:
        sync = Sync(sandbox, file, now=NINE - timedelta(minutes=1))
        sync.configure(CONFIG)
        watching = Watching(sync)
        sync.run()
        sync.now = NINE + timedelta(seconds=1)
        yield "TriggerEvent", {"why": watching.look().wake}
        yield from _tasks(sync)


def _tasks(sync: Sync) -> Iterator[tuple[str, Any]]:
    services, now = sync.services(), sync.now
    request = Parameters()
    reading = through_json(steps.fetch_schedules(request, services, now))
    yield "Reading", to_json(reading)
    people = through_json(steps.resolve_emails(reading, services))
    yield "People", to_json(people)
    ids = through_json(steps.look_up_slack_ids(reading, people, services))
    yield "SlackIds", to_json(ids)
    plan = through_json(steps.plan_updates(reading, people, ids, services))
    change = plan.groups["platform-oncall"].change
    assert change
    yield "Change", to_json(change)
    outcome = through_json(steps.update_group(change, services))
    yield "Outcome", to_json(outcome)
    yield "Event", Event.of(change, outcome.members).model_dump(mode="json")
    run = RunResults(
        writes=True,
        started=now,
        reading=reading,
        people=people,
        ids=ids,
        plan=plan,
        outcomes={change.handle: outcome},
    )
    yield "Report", steps.report(run, services).model_dump(mode="json")
