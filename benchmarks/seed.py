"""The algorithm that this project grew from, request for request: it asks for everything, every time.

Per group it reads each schedule, each person on call there and each address in Slack. Then it lists the groups and
writes each of them, changed or not. Each request has its own connection, as with Python's standard library.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from benchmarks.worlds import by_handle
from sandbox import Sandbox

NAME = "the algorithm it grew from"
TIMEOUT = 30  # seconds


def sync(sandbox: Sandbox) -> None:
    slack, world = sandbox.slack_url, sandbox.world
    key, token = f"Token token={world.pagerduty.token}", f"Bearer {world.slack.token}"
    members = {}
    for handle, schedules in by_handle(world).items():
        emails = [email for each in schedules for email in _on_call(sandbox.pagerduty_url, each, key)]
        accounts = [_send(f"{slack}users.lookupByEmail", token, email=email) for email in dict.fromkeys(emails)]
        members[handle] = ",".join(account["user"]["id"] for account in accounts)
    ids = {group["handle"]: group["id"] for group in _send(f"{slack}usergroups.list", token)["usergroups"]}
    for handle, users in members.items():
        _send(f"{slack}usergroups.users.update", token, post=True, usergroup=ids[handle], users=users)


def _on_call(pagerduty: str, schedule: str, key: str) -> list[str]:
    """Email addresses."""
    now = datetime.now(UTC).isoformat()
    answer = _send(f"{pagerduty}/schedules/{schedule}", key, since=now, until=now)
    entries = answer["schedule"]["final_schedule"]["rendered_schedule_entries"]
    return [_send(f"{pagerduty}/users/{entry['user']['id']}", key)["user"]["email"] for entry in entries]


def _send(url: str, key: str, post: bool = False, **params: str) -> Any:
    query = urlencode(params)
    request = Request(url if post else f"{url}?{query}", query.encode() if post else None, {"Authorization": key})  # noqa: S310 - a sandbox
    with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310 - a sandbox
        return json.load(response)
