"""`make check ONLINE=1`: what PagerDuty and Slack say of the config, and what will go wrong in the 14 days to come.

It writes nothing. It asks the sandbox, unless both connections are set in the environment or in .env.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from oncall_sync.memory import ReadOnly
from sandbox import Sandbox, World
from scripts import airflow_home, workspace
from scripts.run_options import existing_file


class NoStore(dict[str, Any]):
    """Nothing is remembered: there is no Airflow that would."""

    def set(self, key: str, value: Any) -> None:
        raise NotImplementedError

    delete = dict.__delitem__


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    if options.file:
        os.environ["ONCALL_SYNC_CONFIG"] = str(options.file)
    airflow_home.read_dotenv(os.environ)
    if lone := workspace.lone_connection(os.environ):
        _say(f"{lone}: using the sandbox.")
    own = workspace.has_own_connections(os.environ)
    _say(f"{'Your PagerDuty and Slack' if own else 'Sandbox'}: a look ahead, nothing is written ...")
    airflow_home.configure(os.environ, airflow_home.home("check"))
    with nullcontext() if own else Sandbox(World.load()) as serving:
        if serving:
            workspace.connect(os.environ, serving)
        return _check()


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "make check ONLINE=1", usage="make check ONLINE=1 [ARGS=FILE]", description=__doc__
    )
    parser.add_argument(
        "file", nargs="?", type=existing_file, help="else $ONCALL_SYNC_CONFIG, else dags/oncall_sync.yaml"
    )
    return parser.parse_args(arguments)


def _check() -> int:
    """Connections come from the environment alone, so Airflow is asked nothing, and needs no database."""
    from oncall_sync import forecast  # noqa: PLC0415 - as below
    from oncall_sync.on_airflow.connections import pagerduty, pagerduty_events, slack  # noqa: PLC0415 - imports Airflow, so only now
    from oncall_sync.steps.services import Services  # noqa: PLC0415 - as above
    from oncall_sync.terminal.findings import render_to_do  # noqa: PLC0415 - as above

    now = datetime.now(UTC).replace(microsecond=0)
    found = forecast.check(Services(ReadOnly(NoStore()), pagerduty, slack, pagerduty_events, lambda: now))
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(render_to_do(found, shutil.get_terminal_size((120, 24)).columns, color))
    return 1 if found.to_fix else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
