"""`make ui`: Airflow's own UI and scheduler on a sandbox in which a shift ends every minute.

Everything listens on loopback only, and ends with Ctrl-C. The database is not that of `make run`.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from functools import partial

from sandbox import Sandbox, World
from scripts import airflow_home
from scripts.live import Live, NotStartedError, airflow, shown, why_not
from scripts.processes import Session, interrupt_on_signals

HANDOFF_EVERY = 60  # seconds, of one rotation after the other
DAG_IDS = ("oncall_sync", "oncall_history", "oncall_check")

say = partial(print, flush=True)


def main() -> str | int:
    """The exit code, or what went wrong."""
    parser = argparse.ArgumentParser(prog="make ui", usage="make ui [PORT=8080]", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help=argparse.SUPPRESS)
    port = parser.parse_args().port
    home = airflow_home.home("ui")
    world = World.load()
    world.hand_off_every(HANDOFF_EVERY * sum(len(each.rotation) for each in world.schedules.values()))
    with airflow_home.lock(home, "make ui"):
        if reason := why_not(port):
            return f"Port {port} cannot be used: {reason}. Another one: make ui PORT=8090"
        interrupt_on_signals("Ending, a few seconds ...")
        say("Starting Airflow, about half a minute ...")
        try:
            with Sandbox(world) as serving, airflow(home, port, serving) as live:
                return show(live, world)
        except (NotStartedError, OSError) as error:  # OSError: the config is unreadable, or Airflow does not answer
            return str(error)
        except KeyboardInterrupt:
            say("Ended.")
            return 0


def show(live: Live, world: World) -> str:
    """Until Airflow ends; returns how."""
    say(f"Airflow's UI: {live.address}   user: admin   password: {live.password}   Ctrl-C ends it")
    say(f"Its log is {shown(live.log)}")
    for broken in live.unpause(*DAG_IDS):
        say(f"Airflow cannot load {broken}")
    for line in changes(world, live.session):
        say(line)
    return f"Airflow ended by itself. The reason is at the end of {shown(live.log)}"


def changes(world: World, airflow: Session) -> Iterator[str]:
    """`09:00:04  @platform-oncall: Ada Okafor → Bo Lindqvist`, whenever the sync wrote a group."""
    before = members(world)
    while airflow.alive:
        time.sleep(1)
        now = members(world)
        for handle in now:
            if now[handle] != before[handle]:
                yield f"{time.strftime('%H:%M:%S')}  @{handle}: {before[handle]} → {now[handle]}"
        before = now


def members(world: World) -> dict[str, str]:
    return {
        group.handle: ", ".join(sorted(world.accounts[each].name for each in group.members))
        for group in world.user_groups.values()
    }


if __name__ == "__main__":
    sys.exit(main())
