"""Every fault of the matrix: what happens to a request, and what an error must then say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sandbox import Fault
from sandbox.faults import Service

HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
BROKEN = r"not the JSON|not what it should be|broke off|pages do not end|does not say|no such answer|change from page"


@dataclass(frozen=True)
class Kind:
    """fault: arguments of Fault. says: a pattern, one match of which must be told. passes: worth asking again.

    service: where only one of them answers so. rows: of lists only. harmless: nothing is lost by it at all.
    """

    fault: dict[str, Any]
    says: str
    passes: bool = True
    service: Service | None = None
    rows: bool = False


def _status(status: int, says: str = "", passes: bool = True, body: str | None = None, **headers: str) -> Kind:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Kind({"status": status, "body": body, "headers": named}, says or rf"\b{status}\b", passes)


KINDS: dict[str, Kind] = {
    "400": _status(400, passes=False),
    "401": _status(401, passes=False),
    "403": _status(403, passes=False),
    "404": _status(404, passes=False, says=r"\b404\b|deleted in PagerDuty"),
    "408": _status(408),
    "429 without headers": _status(429, "asks to wait"),
    "429 without a body": _status(429, "asks to wait", body=""),
    "429 with Retry-After": _status(429, "asks to wait", retry_after="7"),
    "429 with ratelimit-reset": _status(429, "asks to wait", ratelimit_reset="7"),
    "429 for an hour": _status(429, "asks to wait", retry_after="3600", ratelimit_reset="3600"),
    "500": _status(500),
    "502 with a page": _status(502, body=HTML),
    "503": _status(503),
    "503 with Retry-After": _status(503, retry_after="2"),
    "504": _status(504),
    "time-out": Kind({"kind": "slow", "delay": 0.8}, r"does not answer in time|cannot be reached"),
    "dropped before the body": Kind({"kind": "drop"}, "cannot be reached"),
    "dropped in the middle": Kind({"kind": "drop_body"}, f"cannot be reached|{BROKEN}"),
    "shorter than announced": Kind({"kind": "truncate"}, f"cannot be reached|{BROKEN}"),
    "truncated JSON": Kind({"kind": "truncate_json"}, BROKEN),
    "wrong content type": Kind({"kind": "slow", "content_type": "text/html"}, BROKEN),
    "a page with status 200": _status(200, BROKEN, body="<html>Please sign in</html>"),
    "empty 200": _status(200, BROKEN, body=""),
    "JSON that is no object": _status(200, BROKEN, body="[1]"),
    "JSON without what it should hold": _status(200, BROKEN, body='{"ok": true}'),
    "done, and the answer lost": Kind({"kind": "drop", "performed": True}, "cannot be reached"),
    "done, and 500": Kind({"status": 500, "performed": True}, r"\b500\b"),
    "rows twice": Kind({"kind": "twice"}, BROKEN, rows=True),
    "rows in the opposite order": Kind({"kind": "backwards"}, BROKEN, rows=True),
    "the page before once more": Kind({"kind": "again"}, BROKEN, rows=True),
}
PASSING = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
LASTING = (
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "permission_denied",
    "plan_upgrade_required",
    "access_denied",
    "team_not_found",
    "no_such_subteam",
    "invalid_users",
    "user_not_found",
    "channel_not_found",
    "a_code_of_tomorrow",
)
KINDS |= {f"ok: false, {code}": Kind({"error": code}, code, service="slack") for code in PASSING}
KINDS["ok: false, ratelimited"] = Kind({"error": "ratelimited"}, "asks to wait", service="slack")
KINDS |= {f"ok: false, {code}": Kind({"error": code}, code, False, service="slack") for code in LASTING}
NO_SUCH_USER = "ok: false, user_not_found"
KINDS[NO_SUCH_USER] = replace(KINDS[NO_SUCH_USER], says="user_not_found|no Slack account")
OF_THE_TOKEN = {"401", *(f"ok: false, {code}" for code in LASTING[:6])}  # nothing at all can then be done
AN_ANSWER = {"404", NO_SUCH_USER, "ok: false, no_such_subteam"}  # about one ID, taken at its word


def fault(kind: Kind, endpoint: str | None, *, after: int, times: int | None) -> Fault:
    return Fault.model_validate({**kind.fault, "endpoint": endpoint, "after": after, "times": times})
