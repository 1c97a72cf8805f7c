"""Airflow's own UI and scheduler on a sandbox in which a shift ends every minute.

Everything listens on loopback only, and ends with Ctrl-C. The database is not that of `make run`.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox import Sandbox, World
from scripts import airflow_home
from scripts.live import Live, NotStartedError, airflow, shown, why_not
from scripts.processes import Session, interrupt_on_signals

HANDOFF_EVERY = 60  # seconds, of one rotation after the other
DAG_IDS = ("oncall_sync", "oncall_history", "oncall_check")


def main(arguments: Sequence[str]) -> int:
    port = _parse(arguments).port
    home = airflow_home.home("ui")
    try:
        with airflow_home.lock(home, "make ui"):
            if taken := why_not(port):
                return _complain(f"Port {port} cannot be used: {taken}. Another one: make ui PORT={port + 10}")
            return _run(home, port)
    except airflow_home.HomeBusyError as busy:
        return _complain(str(busy))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make ui", usage="make ui [PORT=8080]", description=__doc__)
    parser.add_argument("--port", type=_port, default=8080, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 65535):  # noqa: PLR2004 - TCP's own limits
        raise argparse.ArgumentTypeError(f"'{text}' is not a port from 1 to 65535")
    return int(text)


def _run(home: Path, port: int) -> int:
    interrupt_on_signals("Ending, a few seconds ...")
    world = World.load()
    world.hand_off_every(HANDOFF_EVERY * sum(len(each.rotation) for each in world.schedules.values()))
    _say("Starting Airflow, about half a minute ...")
    try:
        with Sandbox(world) as serving, airflow(home, port, serving) as live:
            return _show(live, world)
    except (NotStartedError, OSError) as error:  # OSError: the config is unreadable, or Airflow does not answer
        return _complain(str(error))
    except KeyboardInterrupt:
        _say("Ended.")
        return 0


def _show(live: Live, world: World) -> int:
    _say(f"Airflow's UI: {live.address}   user: admin   password: {live.password}   Ctrl-C ends it")
    _say(f"Its log is {shown(live.log)}")
    for broken in live.unpause(*DAG_IDS):
        _complain(f"Airflow cannot load {broken}")
    for line in _changes(world, live.session):
        _say(line)
    return _complain(f"Airflow ended by itself. The reason is at the end of {shown(live.log)}")


def _changes(world: World, airflow: Session) -> Iterator[str]:
    """`09:00:04  @platform-oncall: Ada Okafor → Bo Lindqvist`, whenever the sync wrote a group."""
    before = _members(world)
    while airflow.alive:
        time.sleep(1)
        now = _members(world)
        for handle in now:
            if now[handle] != before[handle]:
                yield f"{time.strftime('%H:%M:%S')}  @{handle}: {before[handle]} → {now[handle]}"
        before = now


def _members(world: World) -> dict[str, str]:
    return {
        group.handle: ", ".join(sorted(world.accounts[each].name for each in group.members))
        for group in world.user_groups.values()
    }


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(line: str) -> int:
    print(line, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
