"""`make bench`: measures, and prints tables.

make bench                            this sync beside others, on one sandbox: requests and time, 40 minutes
make bench ARGS=limits                under the rate limits of both services, 4 minutes
make bench ARGS=latency               from a change in PagerDuty to the write in Slack, half an hour
make bench ARGS=--write               puts the tables into benchmarks/RESULTS.md; also for `limits` and `latency`
make bench ARGS='latency --help'      the options of one; the first is called `comparison`
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import comparison, latency, rate_limits
from benchmarks.record import machine, record

MEASURES = {"comparison": comparison, "limits": rate_limits, "latency": latency}


def main(arguments: list[str]) -> int:
    if arguments in (["--help"], ["-h"]):
        print(__doc__)
        return 0
    name, *rest = arguments if arguments and not arguments[0].startswith("-") else ["comparison", *arguments]
    if name not in MEASURES:
        print(f"'{name}' is not measured here; these are: {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    measure, parser = MEASURES[name], argparse.ArgumentParser(prog=f"make bench ARGS={name}")
    measure.add_options(parser)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    options = parser.parse_args(rest)
    table, went_well = measure.run(options)
    print(f"\n{table}\n\n{machine()}")
    if options.write:
        record(measure.TITLE, table)
    return 0 if went_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
