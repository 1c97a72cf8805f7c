"""The terminal of whoever started the command; what Airflow and the tasks print goes to a log file."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from scripts.airflow_home import ROOT

KEPT_LOGS = 20


class Console:
    """Once made, what any code of this process prints goes to `log`; `out` and `err` reach the person."""

    def __init__(self, log: Path, *, verbose: bool = False) -> None:
        self.log = log
        self.width = shutil.get_terminal_size((120, 24)).columns
        self.out, self.err = _real(1), _real(2)
        self.color = self.out.isatty() and not os.environ.get("NO_COLOR")
        self._live = self.err.isatty() and not verbose
        self._file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # `tee` shows the log as it grows; without --verbose only the file gets it
        tee = ["tee", "-a", str(log)]
        self._tee = subprocess.Popen(tee, stdin=subprocess.PIPE, stdout=self.err) if verbose else None  # noqa: S603 - tee
        self._divert(self._tee.stdin.fileno() if self._tee and self._tee.stdin else self._file)

    def _divert(self, target: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(target, stream.fileno())

    def say(self, line: str) -> None:
        print(line, file=self.err, flush=True)

    def started(self, what: str) -> None:
        if self._live:
            print(f"  {what} ...", end="", file=self.err, flush=True)

    def ended(self, what: str, seconds: float, remark: str = "") -> None:
        if self._live:
            print(f"\r\x1b[K  {what:<40} {seconds:5.1f} s  {remark}", file=self.err, flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        since = time.monotonic()
        self.started(what)
        yield
        self.ended(what, time.monotonic() - since)

    def end_log(self) -> None:
        """Wait until `tee` has shown everything, so that the table comes last."""
        self._divert(self._file)
        if self._tee and self._tee.stdin:
            self._tee.stdin.close()
            self._tee.wait()

    @property
    def log_name(self) -> str:
        return str(self.log.relative_to(ROOT))


def _real(descriptor: int) -> TextIO:
    return os.fdopen(os.dup(descriptor), "w", encoding="utf-8", errors="replace")


def new_log(directory: Path) -> Path:
    """`run-20261123T090000.log`; the oldest ones are removed."""
    for old in sorted(directory.glob("run-*.log"))[: -(KEPT_LOGS - 1)]:
        old.unlink()
    return directory / time.strftime("run-%Y%m%dT%H%M%S.log")
