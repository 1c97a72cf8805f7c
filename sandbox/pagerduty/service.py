"""One request to the fake PagerDuty: token, rate limit, answer."""

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from sandbox.faults import Params, Request
from sandbox.limits import Allowance, Meter
from sandbox.pagerduty import ROUTES
from sandbox.pagerduty.query import Query
from sandbox.pagerduty.routes import Json, PagerDutyError, not_found
from sandbox.wire import json_response, token
from sandbox.world import World


def parameters(http: HttpRequest) -> Params:
    """IDs of the path and the query; a repeated key or one that ends with [] is a list."""
    params: Params = {key: value for key, value in http.path_params.items() if key == "id"}
    for key in http.query_params:
        values = http.query_params.getlist(key)
        params[key] = values if key.endswith("[]") or len(values) > 1 else values[0]
    return params


def answer(world: World, meter: Meter, http: HttpRequest, request: Request) -> Response:
    allowance = meter.count("pagerduty", world.rate_limits.pagerduty, world.rate_limits.window, world.now().timestamp())
    headers = _limit_headers(allowance)
    if token(http) != world.pagerduty.token:
        return Response("HTTP Token: Access denied.\n", 401, headers, "text/plain")
    try:
        if not allowance.allowed:
            raise PagerDutyError(429, 2020, "Rate Limit Exceeded")
        return json_response(_read(world, http, request), headers=headers)
    except PagerDutyError as error:
        return json_response(error.body, error.status, headers)


def _limit_headers(allowance: Allowance) -> dict[str, str]:
    return {
        "ratelimit-limit": str(allowance.limit),
        "ratelimit-remaining": str(allowance.remaining),
        "ratelimit-reset": str(allowance.reset),
    }


def _read(world: World, http: HttpRequest, request: Request) -> Json:
    handler = ROUTES.get(request.endpoint.removeprefix("GET "))
    if handler is None or "rest" in http.path_params:
        raise not_found()
    return handler(world, Query(http.query_params.multi_items(), world.now(), world.backwards), **http.path_params)
