"""`make run`: one sync on Airflow, in a process of its own, and its tables."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from oncall_sync.errors import printable
from oncall_sync.terminal import tables
from scripts import airflow_home, workspace
from scripts.airflow_home import Environment
from scripts.processes import Session, interrupt_on_signals
from scripts.run_options import parse

KEPT_LOGS = 20
ENDING = 10.0  # seconds that Airflow may take to end after its last message

Json = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    environ = dict(os.environ)
    if options.config:
        environ["ONCALL_SYNC_CONFIG"] = str(options.config)
    airflow_home.read_dotenv(environ)
    if unknown := workspace.unknown_groups([*options.groups, *options.accept_shrink], environ):
        return complain(unknown, 2)
    own = workspace.has_own_connections(environ)
    home = airflow_home.home("run-own" if own else "run")  # what is remembered of one workspace is wrong in another
    interrupt_on_signals()
    try:
        with airflow_home.lock(home, "make run"):
            airflow_home.configure(environ, home)
            return run(options, own, home, environ)
    except airflow_home.HomeBusyError as busy:
        return complain(str(busy))
    except KeyboardInterrupt:
        return complain("\nInterrupted.", 130)


def run(options: argparse.Namespace, own: bool, home: Path, environ: Environment) -> int:
    plan_only = bool(options.dry_run or options.as_of or (own and not options.write))
    if lone := workspace.lone_connection(environ):
        complain(f"{lone}: using the sandbox.")
    complain(headline(own, plan_only))
    parameters = {
        "dry_run": plan_only,
        "groups": options.groups,
        "as_of": options.as_of,
        "accept_shrink": options.accept_shrink,
    }
    log = new_log(home / "logs")
    with nullcontext() if own else workspace.sandbox(environ, home / "slack_groups.json"):
        ended = sync(parameters, environ, log, verbose=options.verbose)
    show(ended)
    complain(f"Full log: {log.relative_to(airflow_home.ROOT)}")
    return 0 if ended.get("succeeded") else 1


def headline(own: bool, plan_only: bool) -> str:
    where = "Your PagerDuty and Slack" if own else "Sandbox"
    if not plan_only:
        return f"{where}: one sync, less than a minute ..."
    hint = "; to write: make run ARGS=--write" if own else ""
    return f"{where}: one plan, nothing is written{hint} ..."


def sync(parameters: Json, environ: Environment, log: Path, *, verbose: bool) -> Json:
    """How the run ended, as scripts/one_run.py sends it; meanwhile a terminal shows each task and its seconds."""
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "scripts.one_run", json.dumps(parameters), str(writer)]
    with (
        output_to(log, verbose) as output,
        Session(command, output, environ, [writer]) as airflow,
        os.fdopen(reader) as messages,
    ):
        os.close(writer)
        try:
            ended = follow(messages, quiet=verbose or not sys.stderr.isatty())
            airflow.wait(ENDING)
        except KeyboardInterrupt:
            airflow.end(patience=0)  # it would take a signal for a failed task, and begin the next one
            raise
    return ended


@contextmanager
def output_to(log: Path, verbose: bool) -> Iterator[IO[bytes]]:
    """The log file; with `verbose` the terminal shows it as it grows."""
    with log.open("ab") as file:
        log.chmod(0o600)
        if not verbose:
            yield file
            return
    with subprocess.Popen(["tee", "-a", str(log)], stdin=subprocess.PIPE, stdout=sys.stderr) as tee:  # noqa: S603, S607
        assert tee.stdin  # noqa: S101 - a pipe
        yield tee.stdin


def follow(messages: Iterable[str], *, quiet: bool) -> Json:
    """Shows the messages of scripts/one_run.py until the last one, which is returned."""

    def say(text: str) -> None:
        if not quiet:
            print(text, end="", file=sys.stderr, flush=True)

    since = time.monotonic()
    say("  start Airflow ...")
    for message in map(json.loads, messages):
        if "begins" in message:
            since = time.monotonic()
            say(f"  {message['begins']} ...")
        elif "ends" in message:
            say(f"\r\x1b[K  {message['ends']:<40} {time.monotonic() - since:5.1f} s  {message['remark']}\n")
        else:
            return dict(message)
    return {"stopped": "Airflow's process ended early."}


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
    shown = [
        problem["message"]
        for section in (report, *report.get("groups", {}).values())
        for problem in section.get("problems", ())
    ]
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
    for old in sorted(folder.glob("run-*.log"))[: -(KEPT_LOGS - 1)]:
        old.unlink()
    return folder / time.strftime("run-%Y%m%dT%H%M%S.log")


def complain(line: str, status: int = 1) -> int:
    print(line, file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
