"""Task 1, fetch_schedules: the config and the instant of the run, and who is on call then."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from oncall_sync.config import Config
from oncall_sync.config_file import LoadedConfig, config_path, read_file
from oncall_sync.errors import ConfigMistake
from oncall_sync.memory import Memory
from oncall_sync.models import Handle, Problem, Reading
from oncall_sync.pagerduty_api import PagerDutyApi
from oncall_sync.rotations import Rotations, read_rotations
from oncall_sync.run_request import RunRequest

FORESIGHT = timedelta(days=90)  # https://developer.pagerduty.com/api-reference/, "List all of the on-calls"
PIECE = 8_000  # characters of the config's JSON per remembered entry


def fetch_schedules(
    request: RunRequest,
    memory: Memory,
    connect: Callable[[str], PagerDutyApi],
    now: datetime,
    run_started: datetime | None,
) -> Reading:
    """Reads the config once for the whole run, and every rotation of the groups that the run serves.

    now: aware, UTC; its whole second is the instant of the run unless the request names another.
    Raises ConfigMistake, Refused, PassingFault.
    """
    loaded, config, problems = _usable_config(memory)
    mistaken = _mistaken(loaded)
    plan_only = request.plan_only(config.writes)
    served = request.select([*config.groups, *(h for h in mistaken if h not in config.groups)])
    config = config.model_copy(update={"groups": {h: g for h, g in config.groups.items() if h in served}})
    at = _instant(request, now)
    found, requests = _read(config, Rotations(at, _shift_based(memory)), connect, request.last_try)
    if found.shift_based != _shift_based(memory):
        memory.save("shift_based", dict.fromkeys(found.shift_based, True))
    if not loaded.mistakes:
        remember_config(memory, loaded.config or config, loaded.hash)
    return Reading(
        as_of=at,
        run_started=run_started,
        plan_only=plan_only,
        full=not request.groups,
        accept_shrink=request.accept_shrink,
        config_hash=loaded.hash,
        config=config,
        mistaken={handle: found for handle, found in mistaken.items() if handle in served},
        rotations=found.rotations,
        people=found.people,
        problems=problems,
        requests=requests,
    )


def _read(
    config: Config, found: Rotations, connect: Callable[[str], PagerDutyApi], last_try: bool
) -> tuple[Rotations, int]:
    schedules = {schedule for group in config.groups.values() for schedule in group.schedules}
    if not schedules:
        return found, 0
    api = connect(config.connections.pagerduty)
    return read_rotations(api, schedules, found, last_try), api.requests


def _instant(request: RunRequest, now: datetime) -> datetime:
    at = request.as_of or now.replace(microsecond=0)
    if at - now > FORESIGHT:
        raise ConfigMistake(
            "Run parameter as_of",
            f"{at.isoformat()} is more than {FORESIGHT.days} days ahead, where PagerDuty knows no shifts",
            code="as_of",
            remedy="Ask for an earlier time.",
        )
    return at


def _shift_based(memory: Memory) -> frozenset[str]:
    return frozenset(memory.load("shift_based"))


def _usable_config(memory: Memory) -> tuple[LoadedConfig, Config, tuple[Problem, ...]]:
    """The config file; where it is unusable as a whole, the last one without a mistake, and a problem that says so."""
    loaded = read_file(config_path())
    if loaded.config is not None:
        return loaded, loaded.config, ()
    mistakes = "; ".join(str(mistake) for mistake in loaded.mistakes)
    last = recall_config(memory)
    if last is None or last.config is None:
        raise ConfigMistake(
            "Config",
            f"the file cannot be used ({mistakes})",
            code="config_unusable",
            remedy="Run `make check`.",
        )
    problem = Problem(
        code="config_unusable",
        message=f"The config cannot be used; this run works from the last one without a mistake. {mistakes}",
    )
    return last, last.config, (problem,)


def _mistaken(loaded: LoadedConfig) -> dict[Handle, tuple[Problem, ...]]:
    found: dict[Handle, tuple[Problem, ...]] = {}
    for mistake in loaded.mistakes:
        if mistake.group:
            problem = Problem(code="config_mistake", message=str(mistake))
            found[mistake.group] = (*found.get(mistake.group, ()), problem)
    return found


def remember_config(memory: Memory, config: Config, digest: str) -> None:
    if memory.load("config").get("hash") == digest:
        return
    text = config.model_dump_json(exclude_defaults=True)
    pieces = {f"{n:04}": text[n * PIECE : (n + 1) * PIECE] for n in range(len(text) // PIECE + 1)}
    memory.save("config", {"hash": digest, "check": _check(text), **pieces})


def recall_config(memory: Memory) -> LoadedConfig | None:
    """None where there is none, or where its pieces are not of one version."""
    known = memory.load("config")
    digest, check = known.pop("hash", ""), known.pop("check", "")
    text = "".join(known[piece] for piece in sorted(known))
    try:
        return LoadedConfig(Config.model_validate_json(text), (), digest) if _check(text) == check else None
    except ValueError:  # remembered by a version with other keys
        return None


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
