"""One sync, from nothing to a table of who is on call where.

It uses the sandbox's PagerDuty and Slack, unless both connections are set in the environment or in .env:
then it uses those, and only plans until --write is given. The sandbox's groups live on between runs.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from oncall_sync.config.load import config_path, glance
from oncall_sync.errors import ConfigMistake, printable
from oncall_sync.parameters import Parameters
from oncall_sync.terminal import tables
from scripts import airflow_home, workspace
from scripts.airflow_home import Environment
from scripts.processes import Session, interrupt_on_signals

KEPT_LOGS = 20

Json = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    environ = dict(os.environ)
    if options.config:
        environ["ONCALL_SYNC_CONFIG"] = str(options.config)
    airflow_home.read_dotenv(environ)
    own = workspace.has_own_connections(environ)
    parameters = {
        "dry_run": bool(options.dry_run or options.as_of or (own and not options.write)),
        "groups": options.groups,
        "as_of": options.as_of,
        "accept_shrink": options.accept_shrink,
    }
    try:
        check(parameters, environ)
    except ConfigMistake as mistake:
        return complain(str(mistake), 2)
    home = airflow_home.home("run-own" if own else "run")  # what is remembered of one workspace is wrong in another
    interrupt_on_signals("Interrupted.")
    with airflow_home.lock(home, "make run"):
        try:
            return run(parameters, own, home, environ, verbose=options.verbose)
        except KeyboardInterrupt:
            return 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "make run", "make run [ARGS='OPTION …']", __doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="plan and show, write nothing")
    parser.add_argument("--as-of", metavar="TIME", help="who would be on call then; writes nothing")
    for option, explained in (("--groups", "only these groups"), ("--accept-shrink", "let these groups shrink a lot")):
        parser.add_argument(option, type=handles, action="extend", default=[], metavar="A,B", help=explained)
    parser.add_argument("--config", type=existing_file, metavar="FILE", help="instead of dags/oncall_sync.yaml")
    parser.add_argument("--write", action="store_true", help="really write, with connections of your own")
    parser.add_argument("--verbose", action="store_true", help="show the log while it grows")
    options = parser.parse_args(arguments)
    if options.write and (options.dry_run or options.as_of):
        parser.error("--write does not go with --dry-run or --as-of, which never write")
    return options


def handles(text: str) -> list[str]:
    if not all(map(str.strip, text.split(","))):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of handles such as platform-oncall,eng-oncall")
    return text.split(",")


def existing_file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file '{text}'")
    return path


def check(parameters: Json, environ: Environment) -> None:
    """What the run would refuse is refused before Airflow starts. Raises ConfigMistake."""
    requested = Parameters.of(parameters, None)
    if known := glance(config_path(environ)).handles:  # the run itself reports a broken config
        requested.select(known)


def run(parameters: Json, own: bool, home: Path, environ: Environment, *, verbose: bool) -> int:
    complain(headline(own, parameters["dry_run"]))
    airflow_home.configure(environ, home)
    log = new_log(home / "logs")
    with nullcontext() if own else workspace.sandbox(environ, home / "slack_groups.json"):
        ended = sync(parameters, environ, log, verbose=verbose)
    show(ended)
    if not verbose:
        complain(f"Full log: {log.relative_to(airflow_home.ROOT)}")
    return 0 if ended.get("succeeded") else 1


def headline(own: bool, plan_only: bool) -> str:
    where = "Your PagerDuty and Slack" if own else "Sandbox"
    if not plan_only:
        return f"{where}: one sync, less than a minute ..."
    hint = "; to write: make run ARGS=--write" if own else ""
    return f"{where}: one plan, nothing is written{hint} ..."


def sync(parameters: Json, environ: Environment, log: Path, *, verbose: bool) -> Json:
    """How the run ended, as scripts/one_run.py writes it down."""
    result = log.with_suffix(".json")
    command = [sys.executable, "-m", "scripts.one_run", json.dumps(parameters), str(result)]
    progress = not verbose and sys.stderr.isatty()
    with (
        open("/dev/tty" if progress else os.devnull, "wb") as terminal,
        open("/dev/stderr" if verbose else log, "ab") as output,
        Session([*command, str(terminal.fileno())], output, environ, [terminal.fileno()]) as airflow,
    ):
        try:
            airflow.wait()
        except KeyboardInterrupt:
            airflow.end(patience=0)  # it would take a signal for a failed task, and begin the next one
            raise
    if not result.exists():
        return {"stopped": "Airflow's process ended early."}
    ended: Json = json.loads(result.read_text())
    result.unlink()
    return ended


def show(ended: Json) -> None:
    """The tables on stdout; on stderr why the run failed."""
    if report := ended.get("report"):
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        print(tables.render(report, shutil.get_terminal_size((120, 24)).columns, color))
        if report["writes"] and not report["counts"].get("updated"):
            print("Nothing was written.")
        sys.stdout.flush()
    if "stopped" in ended:
        complain(f"The run could not be carried out. {ended['stopped']}")
        if "sqlite3" in ended["stopped"]:
            complain("If nothing else uses that database, `make clean` lets the next run begin with a new one.")
    elif not ended["succeeded"]:
        complain(why(report or {}, ended["errors"]))


def why(report: Json, errors: Mapping[str, str]) -> str:
    """Why the run failed, in the words of the tasks; without what the table already shows."""
    sections = (report, *report.get("groups", {}).values())
    shown = [problem["message"] for section in sections for problem in section.get("problems", ())]
    rest = errors.get("report", "")
    for message in shown:
        rest = rest.replace(printable(message), "")
    lines = [" ".join(f"The run failed. {rest}".split())]
    for task, error in errors.items():
        if task != "report" and not any(error in message for message in shown):
            lines.append(f"{task}: {error}")
    return "\n".join(lines)


def new_log(folder: Path) -> Path:
    """`run-20261123T090000.log`; removes the oldest ones."""
    for old in sorted(folder.glob("run-*.log"))[: 1 - KEPT_LOGS]:
        old.unlink()
    log = folder / time.strftime("run-%Y%m%dT%H%M%S.log")
    log.touch(mode=0o600)
    return log


def complain(line: str, status: int = 1) -> int:
    print(line, file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
