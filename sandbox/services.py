"""What one sandbox serves, and how a request goes through it: recorded, then spoilt on demand, then answered."""

import asyncio

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from sandbox.faults import Fault, Faults, Params, Request, Service
from sandbox.limits import Meter
from sandbox.pagerduty import events
from sandbox.pagerduty import service as pagerduty_service
from sandbox.slack import service as slack_service
from sandbox.wire import send_spoilt
from sandbox.world import World


class Services:
    """What one sandbox serves: the live world, the faults in force, the requests so far."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.requests: list[Request] = []
        self._meter = Meter()
        self.answers: dict[str, Response] = {}  # the last one of each endpoint

    async def handle(self, service: Service, endpoint: str, http: HttpRequest) -> Response:
        """Record, then fault, then the real answer; some faults spoil the real answer on its way out."""
        body = await http.body()
        request = self._record(service, endpoint, http, body)
        fault = self.faults.pick(request)
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        real = self._carried_out(http, request, body, fault) if fault is None or fault.acts_after_work else None
        response = await send_spoilt(fault, service, real, http) if fault else real
        request.status = response.status_code if response else None
        return response or Response()

    def _carried_out(self, http: HttpRequest, request: Request, body: bytes, fault: Fault | None) -> Response:
        kind, before = fault and fault.kind, self.answers.get(request.endpoint)
        self.world.backwards = kind == "backwards"
        answer = self.answers[request.endpoint] = self._answer(http, request, body)
        self.world.backwards = False
        return before if kind == "again" and before else answer

    def _record(self, service: Service, endpoint: str, http: HttpRequest, body: bytes) -> Request:
        params = _parameters(service, http, body)
        params.pop("token", None)
        request = Request(service, http.method, http.url.path, endpoint, params, self.world.now())
        self.requests.append(request)
        return request

    def _answer(self, http: HttpRequest, request: Request, body: bytes) -> Response:
        if request.service == "slack":
            return slack_service.answer(self.world, self._meter, http, request, body)
        if request.service == "events":
            return events.answer(self.world, self._meter, body)
        if request.service == "watchdog":
            return Response("OK")
        return pagerduty_service.answer(self.world, self._meter, http, request)


def _parameters(service: Service, http: HttpRequest, body: bytes) -> Params:
    if service == "slack":
        return slack_service.parameters(http, body)
    return events.parameters(body) if service == "events" else pagerduty_service.parameters(http)
