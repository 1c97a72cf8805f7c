"""A command that is ended with everything it started."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Session:
    """A command in a session of its own, by which its descendants are found.

    Airflow's tasks have process groups of their own, and children whose parent died belong to nobody: neither
    the group nor the tree would find all of them.
    """

    def __init__(self, command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> None:
        """environ: the whole environment; else this process's."""
        with log.open("wb") as output:
            self._leader = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=environ
            )

    @property
    def alive(self) -> bool:
        return self._leader.poll() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self, patience: float = 8) -> None:
        """Ask the leader to end in order, then end whatever is left; deaf to signals meanwhile.

        A task that was running never ends by itself: it waits for the API server, which is gone.
        """
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if self.alive:
            self._leader.send_signal(signal.SIGINT)
        psutil.wait_procs(list(self.members()), timeout=patience)
        while left := list(self.members()):
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(left, timeout=1)

    def members(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == self._leader.pid:
                    yield process
            except (OSError, psutil.Error):
                continue  # gone meanwhile, or somebody else's
