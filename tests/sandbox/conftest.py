"""A small world with a stopped clock, served over real HTTP to each test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox import Sandbox, World
from tests.sandbox.clients import Call, Get, Json

ONE_O_CLOCK = datetime(2026, 3, 2, 13, tzinfo=UTC)
SMALL_WORLD: Json = {
    "people": {
        "PADA": {"name": "Ada", "email": "ada@acme.example"},
        "PBO": {"name": "Bo", "email": "Bo@Acme.Example"},
        "PCY": {"name": "Cy", "email": "cy@acme.example"},
        "PGONE": {"name": "Gone", "email": "gone@acme.example", "deleted": True},
    },
    "schedules": {
        "PDAY": {"rotation": {"people": ["PADA", "PBO"], "every": "8h", "since": "2026-01-01T04:00:00Z"}},
        "PTWO": {
            "kind": "v3",
            "rotation": [
                {"people": ["PADA", "PCY"], "every": "1d", "since": "2026-01-01T09:00:00Z"},
                {"people": ["PBO", None], "every": "6h", "since": "2026-01-01T09:00:00Z"},
            ],
        },
        "PEVER": {"shifts": [{"person": "PCY", "start": "2026-01-01T00:00:00Z"}]},
        "PEMPTY": {"shifts": []},
        "PLOOSE": {"rotation": {"people": ["PCY"], "every": "1d", "since": "2026-01-01T00:00:00Z"}},
        "PLEFT": {"shifts": [{"person": "PGONE", "start": "2026-01-01T00:00:00Z"}]},
    },
    "policies": {
        "PE1": {"name": "First", "levels": [["PDAY", "PTWO"], ["PADA"]]},
        "PE2": {"name": "Second", "levels": [["PDAY", "PEVER", "PEMPTY", "PLEFT"]]},
    },
    "teams": {"PTEAM": {"name": "Team", "members": ["PADA", "PGONE"]}},
    "accounts": {
        "UADA": {"name": "Ada", "email": "ada@acme.example"},
        "UBO": {"name": "Bo", "email": "bo@acme.example"},
        "UGONE": {"name": "Gone", "email": "gone@acme.example", "deleted": True},
        "UBOT": {"name": "Robot", "is_bot": True},
        "UGUEST": {"name": "Guest", "email": "guest@out.example", "is_ultra_restricted": True},
    },
    "user_groups": {
        "SONE": {"handle": "one", "name": "One", "members": ["UADA"]},
        "SIDP": {"handle": "idp", "name": "Managed", "members": ["UADA"], "is_idp_group": True},
        "SOFF": {"handle": "off", "name": "Off", "members": ["UADA"], "disabled": True},
        "SNONE": {"handle": "none", "name": "None"},
    },
    "channels": {
        "CIN": {"name": "in"},
        "COUT": {"name": "out", "is_member": False},
        "COLD": {"name": "old", "is_archived": True},
        "CMINE": {"name": "mine", "is_private": True},
        "CTHEIRS": {"name": "theirs", "is_private": True, "is_member": False},
    },
}


@pytest.fixture
def world() -> World:
    small = World.model_validate(SMALL_WORLD)
    small.clock = lambda: ONE_O_CLOCK
    return small


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as running:
        yield running


@pytest.fixture
def pagerduty(sandbox: Sandbox) -> Iterator[Get]:
    """`pagerduty("/oncalls", limit=1)`; parameters that end with [] are given in a dict."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Token token={sandbox.world.pagerduty.token}"

        def get(path: str, repeated: dict[str, Any] | None = None, **params: Any) -> requests.Response:
            return session.get(sandbox.pagerduty_url + path, params={**params, **(repeated or {})}, timeout=5)

        yield get


@pytest.fixture
def slack(sandbox: Sandbox) -> Iterator[Call]:
    """`slack("users.info", user="UADA")` posts a form and gives the JSON of the answer, whatever it says."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {sandbox.world.slack.token}"

        def call(method: str, **fields: Any) -> Json:
            answer: Json = session.post(sandbox.slack_url + method, data=fields, timeout=5).json()
            return answer

        yield call
