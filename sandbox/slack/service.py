"""One call to the fake Slack: arguments, token, rate limit, scope, answer."""

import json
from urllib.parse import parse_qsl

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from sandbox.faults import Params, Request
from sandbox.limits import Meter
from sandbox.slack import METHODS
from sandbox.slack.methods import Json, Method, SlackError
from sandbox.wire import json_response, token
from sandbox.world import World

JSON_TYPE = "application/json"


def parameters(http: HttpRequest, body: bytes) -> Params:
    """The arguments of a call, from the query and a form or JSON body; null stands for the default."""
    params: Params = dict(http.query_params)
    if _content_type(http) != JSON_TYPE:
        return params | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        return params | {key: value for key, value in _fields(body).items() if value is not None}
    except SlackError:
        return params


def _fields(body: bytes) -> Json:
    try:
        fields = json.loads(body) if body else {}
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(fields, dict):
        raise SlackError("json_not_object")
    return fields


def answer(world: World, meter: Meter, http: HttpRequest, request: Request, body: bytes) -> Response:
    try:
        method = _admitted(world, http, request, body)
    except SlackError as error:
        return json_response(error.body)
    limits = world.rate_limits
    allowance = meter.count(
        request.endpoint, limits.slack.get(request.endpoint), limits.window, world.now().timestamp()
    )
    if not allowance.allowed:
        limited = {"ok": False, "error": "ratelimited"}
        return json_response(limited, 429, {"retry-after": str(allowance.reset)})
    return json_response(_called(world, method, http, request), headers=_scope_headers(world, method))


def _called(world: World, method: Method, http: HttpRequest, request: Request) -> Json:
    unread = _content_type(http) == JSON_TYPE and not method.takes_json
    args = dict(http.query_params) if unread else request.params
    try:
        method.admit(world, args)
        return {"ok": True} | method.call(world, args)
    except SlackError as error:
        return error.body


def _scope_headers(world: World, method: Method) -> dict[str, str]:
    """On refusals too, as Zulip's importer relies on: https://github.com/zulip/zulip/pull/16788"""
    return {"x-oauth-scopes": ",".join(world.slack.scopes), "x-accepted-oauth-scopes": ",".join(method.scopes)}


def _admitted(world: World, http: HttpRequest, request: Request, body: bytes) -> Method:
    method = METHODS.get(request.endpoint)
    if method is None:
        raise SlackError("unknown_method")
    if _content_type(http) == JSON_TYPE:
        _fields(body)
    given = token(http)
    if given != world.slack.token:
        raise SlackError("invalid_auth" if given else "not_authed")
    return method


def _content_type(http: HttpRequest) -> str:
    return http.headers.get("content-type", "").partition(";")[0].strip()
