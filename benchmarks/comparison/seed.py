"""The algorithm that this project grew from, request for request, written anew: everything is asked for, every time.

Per group a read of each schedule, of each person found there and of each address in Slack; a list of the groups; then a
write per group, changed or not. Each request has a connection of its own, as with Python's standard library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

PATIENCE = 30  # seconds
Json = dict[str, Any]


def sync(groups: Mapping[str, Sequence[str]], pagerduty: str, slack: str, keys: tuple[str, str]) -> None:
    """groups: schedules by handle. pagerduty, slack: the addresses of the APIs; keys: of both."""
    pagerduty_key, slack_token = {"Authorization": f"Token token={keys[0]}"}, {"Authorization": f"Bearer {keys[1]}"}
    members = {}
    for handle, schedules in groups.items():
        emails = [email for schedule in schedules for email in _on_call(pagerduty, schedule, pagerduty_key)]
        members[handle] = [_slack_id(slack, email, slack_token) for email in dict.fromkeys(emails)]
    listed = _get(f"{slack}usergroups.list", slack_token)["usergroups"]
    ids = {group["handle"]: group["id"] for group in listed}
    for handle, people in members.items():
        change = {"usergroup": ids[handle], "users": ",".join(people)}
        _ask(Request(f"{slack}usergroups.users.update", urlencode(change).encode(), slack_token))  # noqa: S310 - a sandbox


def _on_call(pagerduty: str, schedule: str, key: Mapping[str, str]) -> list[str]:
    """Email addresses."""
    now = datetime.now(UTC).isoformat()
    read = _get(f"{pagerduty}/schedules/{schedule}", key, since=now, until=now)
    entries = read["schedule"]["final_schedule"]["rendered_schedule_entries"]
    return [_get(f"{pagerduty}/users/{entry['user']['id']}", key)["user"]["email"] for entry in entries]


def _slack_id(slack: str, email: str, token: Mapping[str, str]) -> str:
    return str(_get(f"{slack}users.lookupByEmail", token, email=email)["user"]["id"])


def _get(url: str, key: Mapping[str, str], **query: str) -> Json:
    return _ask(Request(f"{url}?{urlencode(query)}", headers=dict(key)))  # noqa: S310 - a sandbox


def _ask(request: Request) -> Json:
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - a sandbox
        told: Json = json.load(answer)
    return told
