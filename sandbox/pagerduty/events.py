"""A fake Events API v2: `POST /v2/enqueue`. Source: https://developer.pagerduty.com/docs/send-alert-event"""

import json
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from sandbox.faults import Params
from sandbox.limits import Meter
from sandbox.wire import json_response
from sandbox.world import World

LONGEST = 1024
LONGEST_KEY = 255


def parameters(body: bytes) -> Params:
    """The event, without the key that it comes with."""
    event = _event(body)
    return {name: value for name, value in event.items() if name != "routing_key"}


def answer(world: World, meter: Meter, body: bytes) -> Response:
    """202 {"status": "success", "message", "dedup_key"}; what was taken is in `world.events`."""
    event = _event(body)
    if errors := list(_errors(world, event)):
        return json_response({"status": "invalid event", "message": "Event object is invalid", "errors": errors}, 400)
    limits = world.rate_limits
    if not meter.count("events", limits.events, limits.window, world.now().timestamp()).allowed:
        return json_response({"status": "throttle exceeded", "message": "Requests for this service are too fast"}, 429)
    event.pop("routing_key")
    event.setdefault("dedup_key", f"{len(world.events):032x}")
    world.events.append(event)
    done = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
    return json_response(done, 202)


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _errors(world: World, event: dict[str, Any]) -> Iterator[str]:
    if event.get("routing_key") != world.pagerduty.integration_key:
        yield "Invalid routing key"
    if event.get("event_action") not in {"trigger", "resolve"}:
        yield "'event_action' is missing or invalid"
    if not 0 < len(str(event.get("dedup_key") or "")) <= LONGEST_KEY:
        yield f"'dedup_key' is missing, or longer than {LONGEST_KEY} characters"
    payload = event.get("payload") or {}
    if event.get("event_action") == "trigger":
        yield from (f"'payload.{key}' is missing or blank" for key in ("summary", "source") if not payload.get(key))
        if payload.get("severity") not in {"critical", "warning", "error", "info"}:
            yield "'payload.severity' is missing or invalid"
        if len(payload.get("summary") or "") > LONGEST:
            yield f"'payload.summary' is longer than {LONGEST} characters"
