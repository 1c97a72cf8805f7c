"""`make bench`: measures, and prints tables.

make bench                            this sync beside others, on one sandbox: requests and time
make bench ARGS=limits                under the rate limits of both services
make bench ARGS=airflow               what Airflow costs: its share of a run, of memory, of a core
make bench ARGS=latency               from a change in PagerDuty to the write in Slack, half an hour
make bench ARGS='latency --help'      the options of one
"""

from __future__ import annotations

import sys

from benchmarks import airflow_share, rate_limits
from benchmarks.comparison import measure as comparison
from benchmarks.latency import measure as latency

MEASURES = {
    "comparison": comparison.main,
    "limits": rate_limits.main,
    "airflow": airflow_share.main,
    "latency": latency.main,
}


def main(arguments: list[str]) -> int:
    if arguments in (["--help"], ["-h"]):
        sys.stdout.write(f"{__doc__}\n")
        return 0
    if not arguments or arguments[0].startswith("-"):
        return comparison.main(arguments)
    if arguments[0] not in MEASURES:
        sys.stderr.write(f"'{arguments[0]}' is not measured here; these are: {', '.join(MEASURES)}\n")
        return 2
    return MEASURES[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
