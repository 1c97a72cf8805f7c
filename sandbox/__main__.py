"""`python -m sandbox [--world FILE] [--host 127.0.0.1] [--port 0] [--handoff-every SECONDS]`

Prints one JSON line {"pagerduty": URL, "slack": URL} and serves both until SIGTERM or SIGINT.
"""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

import yaml

from sandbox.running import Sandbox
from sandbox.world import DEFAULT_WORLD, World


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        world = World.load(options.world)
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.stderr.write(f"{options.world}: {error}\n")
        return 2
    if options.handoff_every:
        world.hand_off_every(options.handoff_every)
    with Sandbox(world, port=options.port, host=options.host) as sandbox:
        line = {"pagerduty": sandbox.pagerduty_url, "slack": sandbox.slack_url}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--world", type=Path, default=DEFAULT_WORLD, help="YAML file (default: the built-in one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=0, help="port (default: any free one)")
    parser.add_argument(
        "--handoff-every",
        type=int,
        metavar="SECONDS",
        help="give every rotation turns of this length, staggered",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
