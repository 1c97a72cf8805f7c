"""A sandbox in this process: Uvicorn in a daemon thread, one port, both APIs."""

import asyncio
import json
import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn

from sandbox.faults import Faults, Request, Service
from sandbox.server import build_app
from sandbox.services import Services
from sandbox.wire import OpenProtocol
from sandbox.world import World


class QuickServer(uvicorn.Server):
    """Uvicorn that notices its end at once and does not wait for idle connections: tests start many."""

    async def main_loop(self) -> None:
        while not self.should_exit:  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.005)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            if connection.transport:
                connection.transport.abort()


def server(services: Services) -> uvicorn.Server:
    config = uvicorn.Config(
        build_app(services),
        http=OpenProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
    )
    return QuickServer(config)


def _listen(address: tuple[str, int]) -> socket.socket:
    """TCP is named on purpose: only then asyncio sets TCP_NODELAY, without which small answers take 40 ms."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(256)
    return listener


class Sandbox:
    """`with Sandbox(world) as sb:` serves a world until the block ends; all it shows is live."""

    def __init__(self, world: World | None = None, port: int = 0, host: str = "127.0.0.1") -> None:
        self.services = Services(world or World.load())
        self._server = server(self.services)
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        self._socket = _listen(self._address)
        self._address = self._socket.getsockname()
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="sandbox", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        if self._thread:
            self._thread.join(timeout=5)
        if self._socket:
            self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://{host}:{port}"

    @property
    def pagerduty_url(self) -> str:
        return f"{self.url}/pagerduty"

    @property
    def events_url(self) -> str:
        """PagerDuty's Events API, which is a host of its own."""
        return f"{self.url}/events"

    @property
    def heartbeat_url(self) -> str:
        return f"{self.url}/watchdog/sandbox-heartbeat-secret"

    @property
    def slack_url(self) -> str:
        return f"{self.url}/slack/api/"

    @property
    def world(self) -> World:
        return self.services.world

    @property
    def faults(self) -> Faults:
        return self.services.faults

    @property
    def requests(self) -> list[Request]:
        return self.services.requests

    def count(self, service: Service, endpoint: str | None = None) -> int:
        """How many requests were received: of a service, or of one endpoint of it."""
        return sum(request.service == service and endpoint in (None, request.endpoint) for request in self.requests)

    def environment(self) -> dict[str, str]:
        """The Airflow connections to this sandbox, as environment variables."""
        pagerduty = {
            "conn_type": "pagerduty",
            "host": self.pagerduty_url,
            "password": self.world.pagerduty.token,
        }
        events = {
            "conn_type": "pagerduty_events",
            "host": self.events_url,
            "password": self.world.pagerduty.integration_key,
        }
        slack = {
            "conn_type": "slack",
            "password": self.world.slack.token,
            "extra": {"base_url": self.slack_url},
        }
        return {
            "AIRFLOW_CONN_PAGERDUTY_DEFAULT": json.dumps(pagerduty),
            "AIRFLOW_CONN_PAGERDUTY_EVENTS_DEFAULT": json.dumps(events),
            "AIRFLOW_CONN_SLACK_API_DEFAULT": json.dumps(slack),
        }
