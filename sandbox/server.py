"""Both services and the admin pages behind one port."""

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from sandbox import pagerduty
from sandbox.admin import router
from sandbox.faults import Service
from sandbox.services import Services


def build_app(services: Services) -> FastAPI:
    app = FastAPI(openapi_url=None)

    def serve(service: Service, endpoint: str | None = None) -> Any:
        async def answer(http: HttpRequest) -> Response:
            return await services.handle(service, endpoint or _endpoint(http), http)

        return answer

    for template in pagerduty.ROUTES:
        app.add_route(f"/pagerduty{template}", serve("pagerduty", f"GET {template}"), methods=["GET"])
    app.add_route("/events/v2/enqueue", serve("events", "POST /v2/enqueue"), methods=["POST"])
    app.add_route("/watchdog/{secret}", serve("watchdog", "GET /{secret}"), methods=["GET"])
    app.add_route("/pagerduty/{rest:path}", serve("pagerduty"), methods=["GET", "POST", "PUT", "DELETE"])
    app.add_route("/slack/api/{method}", serve("slack"), methods=["GET", "POST"])
    app.include_router(router(services))
    return app


def _endpoint(http: HttpRequest) -> str:
    """A Slack method as it is; for PagerDuty's unknown paths the path."""
    return http.path_params.get("method") or f"{http.method} /{http.path_params['rest']}"
