"""The PagerDuty and Slack that the commands use: your own, or the sandbox's."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oncall_sync.config.load import config_path, glance
from sandbox import Sandbox, UserGroup, World
from scripts.airflow_home import Environment


def connection_variables(environ: Environment) -> tuple[str, str]:
    """The variables of the two connections that the config names (PagerDuty's, Slack's)."""
    named = glance(config_path(environ)).connections
    return f"AIRFLOW_CONN_{named.pagerduty.upper()}", f"AIRFLOW_CONN_{named.slack.upper()}"


def has_own_connections(environ: Environment) -> bool:
    """Whether both are set; a person who set one of them gets a hint."""
    variables = connection_variables(environ)
    given = [name for name in variables if environ.get(name)]
    missing = [name for name in variables if not environ.get(name)]
    if given and missing:
        print(f"{given[0]} is set, {missing[0]} is not: using the sandbox.", file=sys.stderr)
    return not missing


@contextmanager
def sandbox(environ: Environment, saved: Path) -> Iterator[World]:
    """Serve the shipped world. Its Slack groups start as the last run ended."""
    world = World.load()
    _restore(world, saved)
    with Sandbox(world) as serving:
        connect(environ, serving)
        yield world
    saved.write_text(json.dumps({key: group.model_dump() for key, group in world.user_groups.items()}, indent=1))


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


def _restore(world: World, saved: Path) -> None:
    """Skips groups that no longer fit the shipped world. A broken file means a fresh workspace."""
    try:
        groups = {key: UserGroup.model_validate(group) for key, group in json.loads(saved.read_text()).items()}
    except (OSError, ValueError):
        return
    world.user_groups |= {key: group for key, group in groups.items() if set(group.members) <= world.accounts.keys()}
