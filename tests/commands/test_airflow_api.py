"""Requests to Airflow, whose SQLite answers "locked" when several processes write."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from scripts.airflow_api import AirflowApi


class Airflow(ThreadingHTTPServer):
    """Answers with each of these statuses in turn, and with 200 from then on."""

    statuses: list[int]
    received: int = 0


class Answers(BaseHTTPRequestHandler):
    server: Airflow

    def do_POST(self) -> None:
        self.server.received += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    with Airflow(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def test_a_backfill_is_requested_again_while_the_database_is_locked(airflow: Airflow) -> None:
    airflow.statuses = [503, 503]
    AirflowApi(f"http://127.0.0.1:{airflow.server_port}").ask("POST", "backfills", {"dag_id": "oncall_history"})
    assert airflow.received == 3


def test_a_backfill_that_airflow_refuses_is_not_requested_again(airflow: Airflow) -> None:
    airflow.statuses = [409]
    with pytest.raises(requests.HTTPError, match="409"):
        AirflowApi(f"http://127.0.0.1:{airflow.server_port}").ask("POST", "backfills", {"dag_id": "oncall_history"})
    assert airflow.received == 1


def test_an_airflow_that_has_not_started_is_not_healthy() -> None:
    with Airflow(("127.0.0.1", 0), Answers) as server:
        port = server.server_port
    assert not AirflowApi(f"http://127.0.0.1:{port}").healthy()
