"""The methods of the fake Slack, and its errors.

A method takes the world and the arguments of one call; it returns the fields beside "ok": true, or raises.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any
from zlib import crc32

from sandbox.faults import Params
from sandbox.world import World

Json = dict[str, Any]
Call = Callable[[World, Params], Json]
BOT, BOT_USER = "B0SANDBOX", "U0SANDBOX"


class SlackError(Exception):
    """`error` is Slack's code; `details` go beside it in the answer."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **details}


@dataclasses.dataclass(frozen=True, slots=True)
class TeamErrors:
    """What an org-wide token is answered that names no workspace, and one that names another than this one."""

    missing: str = "missing_argument"
    wrong: str = "team_access_not_granted"

    def check(self, world: World, team: str) -> None:
        if not team:
            raise SlackError(self.missing, **({"arg": "team_id"} if self.missing == "missing_argument" else {}))
        if team != world.slack.team_id:
            raise SlackError(self.wrong)


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: the token needs one of them. `takes_json`: otherwise a JSON body is not read.

    `team`: an org-wide token needs team_id; the token of a workspace never does, and what it gives is ignored.
    `unpaid`: the error on a plan without user groups.
    """

    call: Call
    scopes: tuple[str, ...]
    takes_json: bool
    team: TeamErrors | None
    unpaid: str | None

    def admit(self, world: World, args: Params) -> None:
        check_scope(world, *self.scopes)
        if self.team and world.slack.org_wide:
            self.team.check(world, str(args.get("team_id", "")))
        if self.unpaid and not world.slack.paid:
            raise SlackError(self.unpaid)


METHODS: dict[str, Method] = {}


def method(
    name: str, *scopes: str, takes_json: bool = True, team: TeamErrors | None = None, unpaid: str | None = None
) -> Callable[[Call], Call]:
    def register(call: Call) -> Call:
        METHODS[name] = Method(call, scopes, takes_json, team, unpaid)
        return call

    return register


def check_scope(world: World, *scopes: str) -> None:
    """The token needs one of these, if any are named."""
    if scopes and not set(scopes) & set(world.slack.scopes):
        raise SlackError("missing_scope", needed=scopes[0], provided=",".join(world.slack.scopes))


def required(args: Params, *names: str) -> None:
    missing = [f"[ERROR] missing required field: {name}" for name in names if name not in args]
    if missing:
        raise SlackError("invalid_arguments", response_metadata={"messages": missing})


def flag(args: Params, name: str) -> bool:
    return str(args.get(name, "")).lower() in ("1", "true")


def listed(given: Any) -> list[str]:
    """`A1,A2` in a form, a list in JSON; each once."""
    parts = given if isinstance(given, list) else str(given).split(",")
    return list(dict.fromkeys(str(each).strip() for each in parts if str(each).strip()))


def shuffled(keys: Iterable[str], backwards: bool = False) -> list[str]:
    """Slack gives no order; this one is neither alphabetical nor the world's, but the same on every page."""
    return sorted(keys, key=lambda key: crc32(key.encode()), reverse=backwards)
