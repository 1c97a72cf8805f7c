"""On what it was measured, and how it is said."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TextIO


def machine() -> str:
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"Airflow {version('apache-airflow')}; {datetime.now(UTC):%Y-%m-%d}"
    )


def verdict(met: bool) -> str:
    return "met" if met else "NOT met"


def say(line: str, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    stream.write(f"{line}\n")
    stream.flush()
