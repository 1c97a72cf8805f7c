"""For all tests: the same examples on every machine, no network but loopback, nothing from the caller's environment."""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.proof.figures import pytest_terminal_summary  # noqa: F401 - a hook

# Airflow makes its home when it is imported, which a test module does before any fixture runs.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="oncall-sync-tests-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)

settings.register_profile("same-examples", derandomize=True, deadline=None, database=None, max_examples=60)
settings.load_profile("same-examples")

TESTS = Path(__file__).parent
NOT_QUICK = {"airflow", "benchmarks", "commands", "deploy", "live", "proof", "sandbox"}  # folders for `make test-all`
PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
PREFIXES = ("AIRFLOW_CONN_", "ONCALL_SYNC_")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives the marker `quick` to every test of the other folders that needs no browser."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder not in NOT_QUICK and not item.get_closest_marker("browser"):
            item.add_marker("quick")


class NetworkClosedError(RuntimeError):
    """A test wanted to leave the machine. Not an OSError: no client may take it for a passing fault."""


def is_here(host: object) -> bool:
    """Loopback, by address or by name; None and "" are this machine too."""
    if host in {None, "", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def refuse(host: object) -> None:
    if not is_here(host):
        raise NetworkClosedError(f"tests reach only loopback, not {host!r}")


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Names are refused before they are looked up: a question to a name server leaves the machine as well."""
    connect, connect_ex, send = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    create_connection, getaddrinfo = socket.create_connection, socket.getaddrinfo

    def checked(call: Any) -> Any:
        def guarded(self: socket.socket, *arguments: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6}:
                refuse(arguments[-1][0])
            return call(self, *arguments)

        return guarded

    def checked_create(address: tuple[str, int], *arguments: Any, **options: Any) -> socket.socket:
        refuse(address[0])
        return create_connection(address, *arguments, **options)

    def checked_names(host: Any, *arguments: Any, **options: Any) -> Any:
        # An address to bind to is looked up as well; only names would ask somebody else.
        if host not in {"0.0.0.0", "::", socket.gethostname()}:  # noqa: S104
            refuse(host)
        return getaddrinfo(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked(connect))
        patch.setattr(socket.socket, "connect_ex", checked(connect_ex))
        patch.setattr(socket.socket, "sendto", checked(send))
        patch.setattr(socket, "create_connection", checked_create)
        patch.setattr(socket, "getaddrinfo", checked_names)
        yield


@pytest.fixture(scope="session", autouse=True)
def own_environment() -> Iterator[None]:
    """Once, before the first test: what a test or its fixtures set themselves stays."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper() in PROXIES or name.startswith(PREFIXES):
                patch.delenv(name)
        yield
