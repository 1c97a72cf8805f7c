"""Faults on demand, and the record of every request. Neither ever holds a token."""

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PrivateAttr

# events: PagerDuty's Events API, another host; watchdog: whoever waits for the calls of alerts.heartbeat_url
Service = Literal["pagerduty", "slack", "events", "watchdog"]
Params = dict[str, Any]

PERFORMED = {"slow", "drop_body", "truncate", "truncate_json", "twice", "again", "backwards"}
"""Kinds that spoil the real answer: the request has been carried out when the client sees the fault."""


@dataclasses.dataclass(slots=True)
class Request:
    """One received request. `endpoint` is "GET /schedules/{id}" or "usergroups.list"; `params` holds path,
    query and body fields; `status` is None while it is being answered, and when no answer was sent."""

    service: Service
    method: str
    path: str
    endpoint: str
    params: Params
    at: datetime
    status: int | None = None


class Fault(BaseModel):
    """What goes wrong, where and how often.

    kind   status: answer with `status`, `body`, `headers`, `content_type` in place of the real answer
           slow: the real answer, after `delay`; `headers` and `content_type`, if given, are put on it
           drop: the connection is closed before any byte; drop_body: reset in the middle of the body
           truncate: Content-Length promises more than is sent; truncate_json: half the body, right length
           twice: each row of the answer comes twice; again: the endpoint's answer before this one comes once more;
           backwards: the rows are in the opposite order, and only then cut into pages
    error  a Slack error code: HTTP 200 with {"ok": false, "error": code}
    where  endpoint (None: any), service (None: all), match (parameters, or a function of the Request)
    often  the first `after` calls pass, then `times` calls fail (None: for ever)
    performed  carry the request out before failing (an answer lost on the way back)
    """

    model_config = ConfigDict(extra="forbid")

    endpoint: str | None = None
    service: Service | None = None
    kind: Literal["status", "slow", "drop", "drop_body", "truncate", "truncate_json", "twice", "again", "backwards"] = (
        "status"
    )
    status: int = 500
    body: str | None = None
    headers: dict[str, str] = {}
    content_type: str | None = None
    error: str | None = None
    delay: float = 0.0
    times: int | None = 1
    after: int = 0
    match: Callable[[Request], bool] | Params | None = None
    performed: bool = False

    _seen: int = PrivateAttr(default=0)

    @property
    def acts_after_work(self) -> bool:
        return self.performed or self.kind in PERFORMED

    def strikes(self, request: Request) -> bool:
        """Whether this request is to fail; counts it."""
        if not self._concerns(request):
            return False
        self._seen += 1
        return self._seen > self.after and (self.times is None or self._seen <= self.after + self.times)

    def _concerns(self, request: Request) -> bool:
        if self.endpoint not in (None, request.endpoint) or self.service not in (None, request.service):
            return False
        if callable(self.match):
            return self.match(request)
        return all(_holds(request.params.get(name), value) for name, value in (self.match or {}).items())

    def answer(self, service: Service) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of a `status` fault."""
        if self.error is not None:
            return (
                200,
                json.dumps({"ok": False, "error": self.error}).encode(),
                _typed("application/json", self),
            )
        body = _usual_body(service, self.status) if self.body is None else self.body
        kind = "application/json" if body[:1] in ("{", "[") else "text/html" if body[:1] == "<" else "text/plain"
        return self.status, body.encode(), _typed(kind, self)


class Faults:
    """The faults in force. Of several that concern a request the first added strikes, until it is used up."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def pick(self, request: Request) -> Fault | None:
        return next((fault for fault in list(self._faults) if fault.strikes(request)), None)


def _holds(actual: Any, wanted: Any) -> bool:
    """A list, or a comma-separated text as Slack takes it, holds a value; anything else equals it."""
    if isinstance(actual, list):
        return str(wanted) in map(str, actual)
    return actual is not None and (str(actual) == str(wanted) or str(wanted) in str(actual).split(","))


def _typed(content_type: str, fault: Fault) -> dict[str, str]:
    return {"content-type": fault.content_type or content_type, **fault.headers}


def _usual_body(service: Service, status: int) -> str:
    if status >= 500:
        return f"<html><head><title>{status}</title></head><body><h1>{status} Server Error</h1></body></html>"
    if status == 429:
        slack, pagerduty = {"ok": False, "error": "ratelimited"}, _error("Rate Limit Exceeded", 2020)
        return json.dumps(slack if service == "slack" else pagerduty)
    if service == "pagerduty" and status in (400, 403, 404):
        known = {
            400: ("Invalid Input Provided", 2001),
            403: ("Access Denied", 2010),
            404: ("Not Found", 2100),
        }
        return json.dumps(_error(*known[status]))
    return ""


def _error(message: str, code: int) -> dict[str, object]:
    return {"error": {"message": message, "code": code}}
