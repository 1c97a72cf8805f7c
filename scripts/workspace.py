"""The PagerDuty and Slack that `make run` talks to: your own, or the sandbox's."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oncall_sync.config.load import config_path, glance
from sandbox import Sandbox, UserGroup, World
from scripts.airflow_home import Environment


def connection_variables(environ: Environment) -> tuple[str, str]:
    """The variables that hold the two connections which the config names (PagerDuty's, Slack's)."""
    names = glance(config_path(environ)).connections
    return f"AIRFLOW_CONN_{names.pagerduty.upper()}", f"AIRFLOW_CONN_{names.slack.upper()}"


def unknown_groups(handles: Sequence[str], environ: Environment) -> str | None:
    """A complaint about handles that the config lacks; None if it cannot be read, which the run reports."""
    known = glance(config_path(environ)).handles
    unknown = [f"@{handle}" for handle in handles if handle.lower() not in known]
    if not known or not unknown:
        return None
    return f"The config has no group {', '.join(unknown)}. It has {', '.join(f'@{handle}' for handle in known)}."


def has_own_connections(environ: Environment) -> bool:
    return all(environ.get(variable) for variable in connection_variables(environ))


def lone_connection(environ: Environment) -> str | None:
    """A hint for a person who set only one of the two connections."""
    variables = connection_variables(environ)
    given = [name for name in variables if environ.get(name)]
    missing = [name for name in variables if not environ.get(name)]
    return f"{given[0]} is set, {missing[0]} is not" if given and missing else None


@contextmanager
def sandbox(environ: Environment, saved: Path) -> Iterator[World]:
    """Serve the shipped world; its Slack groups start as the last run ended."""
    world = World.load()
    _restore(world, saved)
    with Sandbox(world) as serving:
        connect(environ, serving)
        yield world
    saved.write_text(json.dumps(_groups(world), indent=1))


def connect(environ: Environment, serving: Sandbox) -> None:
    """Set the sandbox's connections and remove all others: what runs on the sandbox can reach nothing else."""
    for variable in [each for each in environ if each.startswith("AIRFLOW_CONN_")]:
        del environ[variable]
    shown = serving.environment()
    pagerduty, slack = connection_variables(environ)
    environ[pagerduty] = shown["AIRFLOW_CONN_PAGERDUTY_DEFAULT"]
    environ[slack] = shown["AIRFLOW_CONN_SLACK_API_DEFAULT"]
    environ["AIRFLOW_CONN_PAGERDUTY_EVENTS_DEFAULT"] = shown["AIRFLOW_CONN_PAGERDUTY_EVENTS_DEFAULT"]
    environ["ONCALL_SYNC_HEARTBEAT"] = "off"


def _groups(world: World) -> dict[str, Any]:
    """{"S0SANDBOX1": {"handle": "platform-oncall", "members": ["U1"], "disabled": False, …}}"""
    return {key: group.model_dump() for key, group in world.user_groups.items()}


def _restore(world: World, saved: Path) -> None:
    """Skips groups that no longer fit the shipped world; a broken file means a fresh workspace."""
    try:
        groups = json.loads(saved.read_text())
    except (OSError, ValueError):
        return
    for key, state in groups.items():
        if not set(state["members"]) <= world.accounts.keys():
            continue
        if key in world.user_groups:
            world.user_groups[key].members = state["members"]
            world.user_groups[key].disabled = state["disabled"]
        elif "handle" in state:  # one that a run created
            world.user_groups[key] = UserGroup.model_validate(state)
