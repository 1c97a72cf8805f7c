"""Tests reach this machine and nothing else, and see nothing of the environment they were started in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
import requests

ROOT = Path(__file__).parents[2]
FOREIGN = ("HTTPS_PROXY", "http_proxy", "no_proxy", "AIRFLOW_CONN_SLACK_API_DEFAULT", "ONCALL_SYNC_WRITES")
ELSEWHERE = "192.0.2.1"  # an address for documentation: nobody has it


@pytest.mark.parametrize("call", ["connect", "connect_ex"])
def test_no_socket_connects_to_another_machine(call: str) -> None:
    with socket.socket() as one, pytest.raises(RuntimeError, match=r"only loopback, not '192\.0\.2\.1'"):
        getattr(one, call)((ELSEWHERE, 443))


def test_no_socket_connects_to_another_machine_over_ipv6() -> None:
    with socket.socket(socket.AF_INET6) as one, pytest.raises(RuntimeError, match="only loopback"):
        one.connect(("2001:db8::1", 443))


def test_no_datagram_leaves_the_machine() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(RuntimeError, match="only loopback"):
        one.sendto(b"", (ELSEWHERE, 53))


def test_no_name_is_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"only loopback, not 'slack\.example'"):
        socket.create_connection(("slack.example", 443), timeout=1)
    with pytest.raises(RuntimeError, match=r"only loopback, not 'slack\.example'"):
        socket.getaddrinfo("slack.example", 443)


def test_the_http_clients_of_the_sync_are_stopped_and_do_not_take_it_for_a_passing_fault() -> None:
    with pytest.raises(RuntimeError, match="only loopback"):
        requests.get("https://api.pagerduty.com/oncalls", timeout=1)
    with pytest.raises(RuntimeError, match="only loopback"):
        urlopen("https://slack.com/api/usergroups.list", timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=1).close()


def test_sockets_of_the_file_system_are_open(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_nothing_of_the_callers_environment_is_left() -> None:
    assert [name for name in FOREIGN if name in os.environ] == []


def test_proxies_connections_and_settings_of_the_caller_do_not_reach_the_tests() -> None:
    """The test above, in a process that was started with all of them."""
    test = f"{Path(__file__).relative_to(ROOT)}::{test_nothing_of_the_callers_environment_is_left.__name__}"
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(FOREIGN, "http://192.0.2.1")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
