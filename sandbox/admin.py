"""What other processes need of a running sandbox: requests, faults, groups, messages, topics, events, overrides.

No token; loopback only.
"""

import dataclasses
from typing import Any

from fastapi import APIRouter, HTTPException

from sandbox.entries import Override
from sandbox.faults import Fault
from sandbox.services import Services
from sandbox.world import World


def router(services: Services) -> APIRouter:
    admin = APIRouter(prefix="/_sandbox")

    @admin.get("/requests")
    async def requests() -> list[dict[str, Any]]:
        return [dataclasses.asdict(request) for request in services.requests]

    @admin.delete("/requests", status_code=204)
    async def forget_requests() -> None:
        services.requests.clear()

    @admin.post("/faults", status_code=204)
    async def add_fault(fault: Fault) -> None:
        services.faults.add(fault)

    @admin.delete("/faults", status_code=204)
    async def clear_faults() -> None:
        services.faults.clear()

    @admin.post("/schedules/{schedule}/overrides", status_code=204)
    async def add_override(schedule: str, override: Override) -> None:
        """{"person", "start", "end"}: somebody takes over, as if it had been entered in PagerDuty."""
        world = services.world
        if schedule not in world.schedules or override.person not in world.people:
            raise HTTPException(404, f"no schedule {schedule!r}, or no person {override.person!r}")
        world.schedules[schedule].overrides.append(override)

    @admin.get("/events")
    async def events() -> list[dict[str, Any]]:
        """What PagerDuty's Events API took, oldest first: [{"event_action", "dedup_key", "payload"}]."""
        return services.world.events

    _show_slack(admin, services.world)
    return admin


def _show_slack(admin: APIRouter, world: World) -> None:
    @admin.get("/groups")
    async def groups() -> dict[str, list[dict[str, str]]]:
        """Handle -> members, [{"id", "name"}]."""
        return {
            group.handle: [{"id": key, "name": world.accounts[key].name} for key in group.members]
            for group in world.user_groups.values()
        }

    @admin.get("/messages")
    async def messages() -> list[dict[str, Any]]:
        """What was posted, oldest first: [{"channel", "text", …, "ts"}]."""
        return world.messages

    @admin.get("/topics")
    async def topics() -> list[dict[str, str]]:
        """Each time that a topic was set, even to what it was: [{"channel", "topic", "ts"}]."""
        return world.topics
