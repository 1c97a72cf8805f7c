"""A command that ends together with everything it started."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, NoReturn, Self

import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Session:
    """A command in a session of its own, by which its descendants are found.

    Airflow's tasks have process groups of their own, and a child whose parent died has a new one.
    """

    def __init__(
        self, command: Sequence[str], output: IO[bytes], environ: Mapping[str, str], descriptors: Sequence[int] = ()
    ) -> None:
        """Starts it. environ: its whole environment. descriptors: open files that it gets beside its output."""
        self._leader = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=environ,
            pass_fds=descriptors,
        )

    @property
    def alive(self) -> bool:
        return self._leader.poll() is None

    def wait(self) -> None:
        """Until it ends by itself."""
        self._leader.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self, patience: float = 8) -> None:
        """Ask the leader to end, and kill what still runs after so many seconds. A signal does not interrupt this.

        A task that was running never ends by itself: it waits for the API server, which is gone.
        """
        with _signals_ignored():
            if self.alive and patience:
                self._leader.send_signal(signal.SIGINT)
            psutil.wait_procs(list(self.members()), timeout=patience)
            while alive := list(self.members()):
                for process in alive:
                    with suppress(psutil.Error):
                        process.kill()
                psutil.wait_procs(alive, timeout=1)

    def members(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == self._leader.pid:
                    yield process
            except (OSError, psutil.Error):
                continue  # it has ended, or belongs to another user


def interrupt_on_signals(notice: str) -> None:
    """Every request to end prints the notice and raises KeyboardInterrupt, so that `with` blocks end in order."""

    def interrupt(*_: object) -> NoReturn:
        print(f"\n{notice}", flush=True)
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, interrupt)


@contextmanager
def _signals_ignored() -> Iterator[None]:
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
