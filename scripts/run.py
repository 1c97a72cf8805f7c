"""`make run`: one sync in this process, and its tables."""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncall_sync.config.values import printable
from oncall_sync.terminal import tables
from scripts import airflow_home, workspace
from scripts.console import Console, new_log
from scripts.run_options import parse

if TYPE_CHECKING:
    from scripts.one_run import Outcome


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    if options.config:
        os.environ["ONCALL_SYNC_CONFIG"] = str(options.config)
    airflow_home.read_dotenv(os.environ)
    if unknown := workspace.unknown_groups([*options.groups, *options.accept_shrink]):
        print(unknown, file=sys.stderr)
        return 2
    own = workspace.has_own_connections(os.environ)
    home = airflow_home.home("run-own" if own else "run")  # what one workspace taught is wrong in another
    try:
        with airflow_home.lock(home, "make run"):
            airflow_home.configure(os.environ, home)
            console = Console(new_log(home / "logs"), verbose=options.verbose)
            return run(options, own, home, console)
    except airflow_home.HomeBusyError as busy:
        print(busy, file=sys.stderr)
        return 1


def run(options: argparse.Namespace, own: bool, home: Path, console: Console) -> int:
    signal.signal(signal.SIGINT, lambda *_: _interrupted(console))
    plan_only = bool(options.dry_run or options.as_of or (own and not options.write))
    if lone := workspace.lone_connection(os.environ):
        console.say(f"{lone}: using the sandbox.")
    console.say(_headline(own, plan_only))
    parameters = {
        "dry_run": plan_only,
        "groups": options.groups,
        "as_of": options.as_of,
        "accept_shrink": options.accept_shrink,
    }
    world = nullcontext() if own else workspace.sandbox(os.environ, home / "slack_groups.json")
    try:
        with world:
            outcome = _sync(parameters, home, console)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        return _stopped(console, error)
    return _show(outcome, console)


def _headline(own: bool, plan_only: bool) -> str:
    where = "Your PagerDuty and Slack" if own else "Sandbox"
    if not plan_only:
        return f"{where}: one sync, less than a minute ..."
    hint = "; to write: make run ARGS=--write" if own else ""
    return f"{where}: one plan, nothing is written{hint} ..."


def _sync(parameters: dict[str, Any], home: Path, console: Console) -> "Outcome":
    with console.step("start Airflow"):
        airflow_home.migrate(home)
        from scripts import one_run  # noqa: PLC0415 - imports Airflow, so only now
    outcome = one_run.run_once(parameters, one_run.Watch(console.started, console.ended))
    if outcome.report:
        one_run.name_strangers(outcome.report)
    return outcome


def _show(outcome: "Outcome", console: Console) -> int:
    """The table on stdout; why it failed and where the log is on stderr."""
    console.end_log()
    if outcome.report is not None:
        console.out.write(tables.render(outcome.report, console.width, console.color) + "\n")
        if outcome.report["writes"] and not outcome.report["counts"].get("updated"):
            console.out.write("Nothing was written.\n")
        console.out.flush()
    if not outcome.succeeded:
        console.say(_why(outcome))
    console.say(f"Full log: {console.log_name}")
    return 0 if outcome.succeeded else 1


def _why(outcome: "Outcome") -> str:
    """In the words of the tasks; without what the table already shows."""
    shown = list(_messages(outcome.report or {}))
    rest = outcome.errors.get("report", "")
    for message in shown:
        rest = rest.replace(printable(message), "")
    lines = [" ".join(f"The run failed. {rest}".split())]
    for task, error in outcome.errors.items():
        if task != "report" and not any(error in message for message in shown):
            lines.append(f"{task}: {error}")
    return "\n".join(lines)


def _messages(report: Mapping[str, Any]) -> Iterator[str]:
    for section in (report, *report.get("groups", {}).values()):
        for problem in section.get("problems", ()):
            yield problem["message"]


def _stopped(console: Console, error: BaseException) -> int:
    """Airflow itself or the sandbox gave up; the traceback is in the log."""
    console.end_log()
    first_line = (str(error).strip().splitlines() or [""])[0]
    console.say(f"The run could not be carried out. {type(error).__name__}: {first_line}")
    if "sqlite3" in first_line:
        console.say("If nothing else uses that database, `make clean` lets the next run begin afresh.")
    console.say(f"Full log: {console.log_name}")
    return 1


def _interrupted(console: Console) -> None:
    """At once: Airflow would take Ctrl-C for a failed task and go on with the next."""
    console.say("\nInterrupted.")
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
