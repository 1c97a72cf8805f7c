"""What goes over the wire: tokens, JSON, and answers cut short or connections reset below HTTP."""

import asyncio
import json
import socket
import struct
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.faults import Fault, Service

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def token(http: HttpRequest) -> str:
    """The token of `Authorization: Bearer X` or `Token token=X`; empty if there is none."""
    scheme, _, value = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "token":
        return value.strip().removeprefix("token=").strip('"')
    return value.strip() if scheme.lower() == "bearer" else ""


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status, headers, "application/json; charset=utf-8")


class OpenProtocol(H11Protocol):
    """Uvicorn hides the connection from the app; this puts its transport into the scope of each request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # asyncio hands over a Transport; typeshed says BaseTransport
        super().connection_made(transport)
        inner = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope["transport"] = transport
            await inner(scope, receive, send)

        self.app = with_transport


async def send_spoilt(fault: Fault, service: Service, real: Response | None, http: HttpRequest) -> Response | None:
    """The answer to send in place of `real`; None: the connection is gone, nothing can be sent any more."""
    if fault.kind == "slow" and real:
        real.headers.update(fault.headers)
        if fault.content_type:
            real.headers["content-type"] = fault.content_type
        return real
    if fault.kind in ("again", "backwards"):
        return real
    if fault.kind == "twice" and real:
        return json_response(_rows_twice(json.loads(bytes(real.body))), real.status_code)
    if fault.kind == "truncate_json" and real:
        return Response(_half(real), real.status_code, media_type="application/json")
    if fault.kind == "status":
        status, body, headers = fault.answer(service)
        return Response(body, status, headers)
    await _break_off(fault, real, http)
    return None


async def _break_off(fault: Fault, real: Response | None, http: HttpRequest) -> None:
    """Write past Uvicorn, which would refuse a body shorter than announced; then close or reset."""
    transport: asyncio.Transport = http.scope["transport"]
    if real and fault.kind in ("truncate", "drop_body"):
        head = f"HTTP/1.1 {real.status_code} OK\r\ncontent-type: application/json\r\n"
        transport.write(f"{head}content-length: {len(real.body)}\r\n\r\n".encode() + _half(real))
    if fault.kind == "drop_body":
        await asyncio.sleep(0.01)  # a reset overtakes what was sent: let the half body arrive first
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
    transport.close()
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _rows_twice(answer: Any) -> Any:
    return {key: [*value, *value] if isinstance(value, list) else value for key, value in answer.items()}


def _half(real: Response) -> bytes:
    body = bytes(real.body)
    return body[: len(body) // 2]
