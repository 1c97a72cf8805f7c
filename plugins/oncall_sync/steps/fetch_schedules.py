"""Task 1, fetch_schedules: the config and the instant of the run, and who is on call then, or in a team."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_sync.config import Config, Overlap
from oncall_sync.config.load import LoadedConfig, config_path, read_file, stops_writes
from oncall_sync.config.source import Source
from oncall_sync.errors import ConfigMistake
from oncall_sync.memory import Memory, recall_config, remember_config
from oncall_sync.models import Handle, Problem, Reading, replaced
from oncall_sync.pagerduty.answers import Window
from oncall_sync.pagerduty.on_call import HINTS, read_sources
from oncall_sync.parameters import Parameters
from oncall_sync.steps.services import Services

MARGIN = timedelta(minutes=1)  # a heartbeat may come late
FORESIGHT = timedelta(days=90)  # https://developer.pagerduty.com/api-reference/, "List all of the on-calls"


def fetch_schedules(
    parameters: Parameters,
    services: Services,
    run_started: datetime | None,
    *,
    until: datetime | None = None,
    with_teams: bool = False,
) -> Reading:
    """Reads the config once for the whole run, and every source of the groups that the run serves.

    The instant of the run is now, unless the parameters name another. until: read the whole span from that instant on,
    of all but teams, whose past and future nobody knows; with_teams: as they are now.
    Raises ConfigMistake, Refused, and PassingFault where nothing could be read.
    """
    request, memory, now = parameters, services.memory, services.now()
    file = read_file(config_path())
    loaded, config, problems = _usable_config(file, memory)
    mistaken = _mistaken(loaded)
    served = _served(request, sorted({*config.groups, *mistaken}), problems)
    reading = Reading(
        as_of=_instant(request, now),
        until=until,
        run_started=run_started,
        plan_only=request.plan_only(config.writes and not (problems and stops_writes(config_path()))),
        full=not (request.groups or request.preview),
        accept_shrink=request.accept_shrink,
        config_hash=loaded.hash,
        file_hash=file.hash,
        config=config,
        served=tuple(handle for handle in served if handle in config.groups),
        mistaken={handle: found for handle, found in mistaken.items() if handle in served},
        problems=problems,
    )
    reading = _with_sources(reading, services, with_teams or not until)
    if not problems and config.groups:
        remember_config(memory, config, loaded.hash)
    return reading


def _with_sources(reading: Reading, services: Services, teams: bool) -> Reading:
    """Reads the sources of the groups that are served."""
    sources = {s for group in reading.groups.values() for s in group.sources if s.is_rotation or teams}
    if not sources:
        return reading
    wide, usual = _wide(reading), Window(reading.as_of, reading.until)
    hints = HINTS.load(services.memory)
    api = services.pagerduty(reading.config.connections.pagerduty)
    read = read_sources(api, {source: wide.get(source, usual) for source in sources}, hints, services.faults)
    if read.hints != hints:
        HINTS.save(services.memory, read.hints)
    return replaced(
        reading,
        rotations=read.rotations,
        verified=read.alone,
        refused=read.refused,
        people=read.people,
        names=read.names if reading.until else {},
        requests=api.requests,
    )


def _wide(reading: Reading) -> dict[Source, Window]:
    """The rotations of groups with an overlap, and the time around the instant that is read of all of them.

    It goes a heartbeat further than needed: the moment at which the next in turn joins must be known beforehand.
    """
    groups = [group for group in reading.groups.values() if group.overlap != Overlap()]
    if not groups or reading.until:
        return {}
    before, after = max(g.overlap.before for g in groups), max(g.overlap.after for g in groups)
    ahead = before + reading.config.heartbeat + MARGIN
    window = Window(reading.as_of - after, reading.as_of + ahead)
    return {source: window for group in groups for source in group.rotations}


def _served(request: Parameters, known: list[Handle], problems: tuple[Problem, ...]) -> list[Handle]:
    """Where the file cannot be used, that goes before a group that the last config does not have."""
    try:
        return request.select(known)
    except ConfigMistake as mistake:
        if not problems:
            raise
        what = f"{problems[0].message.rstrip('.')}; in that one, {mistake.what}"
        raise ConfigMistake("Config", what, code="config_unusable", remedy="Run `make check`.") from None


def _instant(request: Parameters, now: datetime) -> datetime:
    at = request.as_of or now.replace(microsecond=0)
    if at - now > FORESIGHT:
        raise ConfigMistake(
            "Run parameter as_of",
            f"{at.isoformat()} is more than {FORESIGHT.days} days ahead, where PagerDuty knows no shifts",
            code="as_of",
            remedy="Ask for an earlier time.",
        )
    return at


def _usable_config(file: LoadedConfig, memory: Memory) -> tuple[LoadedConfig, Config, tuple[Problem, ...]]:
    """The config file; where it is unusable as a whole, the last one that was usable, and a problem that says so."""
    if file.config is not None:
        return file, file.config, ()
    mistakes = "; ".join(str(mistake) for mistake in file.mistakes)
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
        message=f"The config cannot be used; this run works from the last one that could be. {mistakes}",
    )
    return last, last.config, (problem,)


def _mistaken(loaded: LoadedConfig) -> dict[Handle, tuple[Problem, ...]]:
    found: dict[Handle, tuple[Problem, ...]] = {}
    for mistake in loaded.mistakes:
        if mistake.group:
            problem = Problem(code="config_mistake", message=str(mistake))
            found[mistake.group] = (*found.get(mistake.group, ()), problem)
    return found
