"""What `make run ARGS='…'` understands. A mistake shows the usage and exits 2, as is usual."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

DESCRIPTION = """\
One sync, from nothing to a table of who is on call where.

It uses the sandbox's PagerDuty and Slack, unless both connections are set in the environment or in .env:
then it uses those, and only plans until --write is given. The sandbox's groups live on between runs.
"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make run",
        usage="make run [ARGS='OPTION …']",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_handles = partial(parser.add_argument, type=handles, action="extend", default=[], metavar="A,B")
    parser.add_argument("--dry-run", action="store_true", help="plan and show, write nothing")
    add_handles("--groups", help="only these groups")
    parser.add_argument("--as-of", type=instant, metavar="TIME", help="who would be on call then; writes nothing")
    add_handles("--accept-shrink", help="let these groups shrink a lot")
    parser.add_argument("--config", type=existing_file, metavar="FILE", help="instead of dags/oncall_sync.yaml")
    parser.add_argument("--write", action="store_true", help="really write, with connections of your own")
    parser.add_argument("--verbose", action="store_true", help="show the log while it grows")
    options = parser.parse_args(arguments)
    if options.write and (options.dry_run or options.as_of):
        parser.error("--write does not go with --dry-run or --as-of, which never write")
    return options


def handles(text: str) -> list[str]:
    """`@platform-oncall,eng-oncall` → ["platform-oncall", "eng-oncall"]"""
    found = [each.strip().removeprefix("@") for each in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of handles such as platform-oncall,eng-oncall")
    return found


def instant(text: str) -> str:
    """A date-time with its offset, as the Dag's parameter takes it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time such as 2026-11-23T09:00:00Z") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"'{text}' lacks its offset from UTC, such as Z or +01:00 at its end")
    return moment.isoformat()


def existing_file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file '{text}'")
    return path
