"""`make check ONLINE=1`: what PagerDuty and Slack say of the config, and what will go wrong in the next 14 days.

It writes nothing. It asks the sandbox, unless both connections are set in the environment or in .env.
"""

import argparse
import os
import shutil
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from oncall_sync.memory import ReadOnly
from scripts import airflow_home, workspace
from scripts.run import existing_file

NOTHING: Any = {}  # the memory that an Airflow would have


def main() -> int:
    parser = argparse.ArgumentParser("make check", usage="make check ONLINE=1 [ARGS=FILE]", description=__doc__)
    parser.add_argument("file", nargs="?", type=existing_file, help="else $ONCALL_SYNC_CONFIG, dags/oncall_sync.yaml")
    if file := parser.parse_args().file:
        os.environ["ONCALL_SYNC_CONFIG"] = str(file)
    airflow_home.read_dotenv(os.environ)
    own = workspace.has_own_connections(os.environ)
    where = "Your PagerDuty and Slack" if own else "Sandbox"
    print(f"{where}: a look ahead, nothing is written ...", file=sys.stderr, flush=True)
    home = airflow_home.home("check")
    airflow_home.configure(os.environ, home)
    with nullcontext() if own else workspace.sandbox(os.environ, home / "slack_groups.json"):
        return check()


def check() -> int:
    """The connections come from the environment alone, so Airflow needs no database."""
    # these import Airflow, which reads its settings then
    from oncall_sync import forecast  # noqa: PLC0415
    from oncall_sync.on_airflow.connections import pagerduty, pagerduty_events, slack  # noqa: PLC0415
    from oncall_sync.steps.services import Services  # noqa: PLC0415
    from oncall_sync.terminal.findings import render_to_do  # noqa: PLC0415

    now = datetime.now(UTC).replace(microsecond=0)
    found = forecast.check(Services(ReadOnly(NOTHING), pagerduty, slack, pagerduty_events, lambda: now))
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(render_to_do(found, shutil.get_terminal_size((120, 24)).columns, color))
    return 1 if found.to_fix else 0


if __name__ == "__main__":
    sys.exit(main())
