"""A GET to PagerDuty: the key, the repeats, the waits, and every answer that is no answer as one of our errors.

https://developer.pagerduty.com/docs/errors
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused, SyncError
from oncall_sync.tls_only import NOT_THE_SERVICE, cause, refuse_plain
from oncall_sync.transport import WaitBudget

TIMEOUT = (5, 20)  # seconds to connect, seconds between two bytes of the answer
PASSING = (408, 500, 502, 503, 504)

Json = dict[str, Any]


class TokenAuth(AuthBase):
    """The API key as a header. An auth object, because requests would prefer an entry in ~/.netrc to a header."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}" if token.startswith("pd") and "+" in token else f"Token token={token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class PlainAdapter(HTTPAdapter):
    """Plain HTTP to loopback only, and through no proxy."""

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        refuse_plain(urlsplit(request.url or "").hostname)
        return super().send(request, *arguments, **{**options, "proxies": None})


def session(retry: Retry | int = 0) -> requests.Session:
    """A session that sends nothing without TLS, see tls_only.py."""
    made = requests.Session()
    made.mount("https://", HTTPAdapter(max_retries=retry))
    made.mount("http://", PlainAdapter(max_retries=retry))
    return made


class PagerDutyHttp:
    """`requests` counts what was sent, repeats included. Raises Refused, RateLimited and PassingFault."""

    def __init__(self, token: str, base_url: str, budget: WaitBudget, repeats: int) -> None:
        self.requests = 0
        self._token = token
        self._repeats = repeats
        self._base_url = base_url
        self._budget = budget
        # Waits that the server asks for are ours to bound (WaitBudget), so Retry-After is not followed here.
        retry = Retry(
            total=repeats,
            backoff_factor=0.5,
            status_forcelist=PASSING,
            allowed_methods=("GET",),
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        self._session = session(retry)
        self._session.auth = TokenAuth(token)
        self._session.headers["Accept"] = "application/vnd.pagerduty+json;version=2"

    def get(self, path: str, key: str, params: Json, kind: type) -> Json:
        """The answer as a JSON object that has a `kind` under `key`."""
        return self._budget.ask_again(lambda: self._get_once(path, key, params, kind), attempts=self._repeats + 1)

    def _get_once(self, path: str, key: str, params: Json, kind: type) -> Json:
        where = f"PagerDuty {path}"
        try:
            response = self._session.get(self._base_url + path, params=params, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            gave_up = bool(error.args) and isinstance(error.args[0], MaxRetryError)
            self.requests += 1 + (self._repeats if gave_up else 0)
            raise _unreachable(where, error) from None
        self.requests += 1 + len(getattr(response.raw.retries, "history", ()))
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(where, "PagerDuty asks to wait", code="rate_limited", retry_after=_asked_wait(response))
        if response.status_code != HTTPStatus.OK:
            raise self._refusal(where, response)
        return _json_object(where, response, key, kind)

    def _refusal(self, where: str, response: requests.Response) -> SyncError:
        status, said = response.status_code, _said(response, self._token)
        if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return PassingFault(
                where,
                f"PagerDuty answers {status}{said}",
                code="pagerduty_down",
                retry_after=_asked_wait(response),
            )
        code, remedy = _REFUSALS.get(status, ("pagerduty_refused", "Check the connection's host and key."))
        if response.is_redirect:
            remedy = (
                "The connection's host sends elsewhere, which a token does not follow: name the API's own base URL."
            )
        return Refused(where, f"PagerDuty refuses ({status}{said})", code=code, remedy=remedy)


_REFUSALS = {
    400: ("pagerduty_bad_request", "Check the ID in the config."),
    401: (
        "pagerduty_auth",
        "The API key in the connection's password is wrong or revoked, or it belongs to the other service region: "
        "for an EU account set the connection's host to https://api.eu.pagerduty.com, for a US account leave it empty.",
    ),
    402: ("pagerduty_plan", "The PagerDuty account's plan lacks this ability."),
    403: (
        "pagerduty_forbidden",
        "Give the API key access: a read-only account key (Integrations > API Access Keys), or an app token with "
        "the scopes oncalls.read, schedules.read, users.read, and where the config names such, "
        "escalation_policies.read and teams.read.",
    ),
    414: ("pagerduty_bad_request", "Check the IDs in the config."),  # too long an address: fewer IDs at once
    404: (
        "pagerduty_not_found",
        "Check the ID in the config: it does not exist, or this key may not see it.",
    ),
    407: ("pagerduty_refused", NOT_THE_SERVICE),
}


def _asked_wait(response: requests.Response) -> float | None:
    """Seconds until the limit resets. PagerDuty sends `ratelimit-reset`; proxies before it send `Retry-After`."""
    for header in ("ratelimit-reset", "Retry-After"):
        value = response.headers.get(header, "")
        if value.isascii() and value.isdecimal():
            return min(float(value), 24 * 3600.0)
    return None


def _unreachable(where: str, error: requests.RequestException) -> PassingFault:
    """requests' own texts hold the whole URL and Python object names: the kind of error says more."""
    name = type(error).__name__
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return BrokenAnswer(where, f"the answer broke off in the middle ({name})", code="pagerduty_broken_answer")
    kind = "does not answer in time" if isinstance(error, requests.Timeout) else "cannot be reached"
    remedy = "If this lasts, check the network, the proxy and the connection's host."
    reason, remedy = cause(error, remedy)
    return PassingFault(where, f"PagerDuty {kind} ({reason})", code="pagerduty_down", remedy=remedy)


def _json_object(where: str, response: requests.Response, key: str, kind: type) -> Json:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get(key), kind):
        what = "the answer is not the JSON that it should be"
        raise BrokenAnswer(where, what, code="pagerduty_broken_answer", remedy=NOT_THE_SERVICE)
    return answer


def _said(response: requests.Response, token: str) -> str:
    """PagerDuty's own words: {"error": {"message", "errors": […]}}; nothing where it is not of that shape.

    It may echo the key that it refuses.
    """
    try:
        error = response.json()["error"]
        words = [error["message"], *error["errors"]] if error.get("errors") else [error["message"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return ": " + "; ".join(str(word) for word in words).replace(token, "…")[:200]
