"""PagerDuty's REST API, as far as the sync reads it: one short method per endpoint, the answer's shape beside it.

https://developer.pagerduty.com/docs/rest-api-overview. Only GET is ever sent; a read-only key is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from oncall_sync.clients.waiting import WaitBudget
from oncall_sync.errors import BrokenAnswer, PassingFault, RateLimited, Refused, SyncError

DEFAULT_URL = "https://api.pagerduty.com"
PAGE = 100  # PagerDuty's largest page; its default of 25 loses people silently
MAX_ROWS = 10_000  # PagerDuty refuses offset + limit beyond this
TIMEOUT = (5, 20)  # seconds to connect, seconds between two bytes of the answer
REPEATS = 2  # of a request that met a dropped connection, a time-out or a 5xx
# The codes of refusals that concern the IDs asked for, not the whole key.
ABOUT_AN_ID = {"pagerduty_bad_request", "pagerduty_not_found", "pagerduty_forbidden", "pagerduty_too_many_rows"}
PASSING = (408, 500, 502, 503, 504)

Row = dict[str, Any]


class TokenAuth(AuthBase):
    """The API key as a header. An auth object, because requests would prefer an entry in ~/.netrc to a header."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}" if token.startswith("pd") and "+" in token else f"Token token={token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class PagerDutyApi:
    """Reads PagerDuty. `requests` counts what was sent, repeats included.

    Raises Refused (401, 403, 404, …), RateLimited and PassingFault; see errors.py.
    """

    def __init__(
        self, token: str, base_url: str = DEFAULT_URL, budget: WaitBudget | None = None, repeats: int = REPEATS
    ) -> None:
        self.requests = 0
        self._token = token
        self._repeats = repeats
        self._base_url = base_url.rstrip("/")
        self._budget = budget or WaitBudget()
        self._session = requests.Session()
        self._session.auth = TokenAuth(token)
        self._session.headers["Accept"] = "application/vnd.pagerduty+json;version=2"
        # Waits that the server asks for are ours to bound (WaitBudget), so Retry-After is not followed here.
        retry = Retry(
            total=repeats,
            backoff_factor=0.5,
            status_forcelist=PASSING,
            allowed_methods=("GET",),
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def oncalls(self, kind: str, ids: Sequence[str], at: datetime, until: datetime | None = None) -> Iterator[Row]:
        """GET /oncalls: the rows that touch the instant, or the span from it to `until`, a page at a time.

        kind: of the IDs, "schedule" or "policy".

        {"oncalls": [{"escalation_policy": {"id"}, "escalation_level": 1, "schedule": {"id", "type"} | null,
          "user": {"id", "type": "user", "name", "email"}, "start": "…Z" | null, "end": "…Z" | null}],
         "more": false, "total": 1}
        A row per policy and level that uses the schedule, so the same shift can come several times; none for a
        schedule on no policy. Without a schedule, start and end: somebody whom the policy names directly. A deleted
        user comes without name and email.
        """
        params = {
            {"schedule": "schedule_ids[]", "policy": "escalation_policy_ids[]"}[kind]: list(ids),
            "include[]": ["users"],
            "since": _timestamp(at),
            "until": _timestamp(until or at),
            "time_zone": "UTC",
            "total": "true",
        }
        yield from self._pages("/oncalls", "oncalls", params)

    def schedule(self, schedule_id: str, at: datetime, until: datetime | None = None) -> Row:
        """GET /schedules/{id}: the final schedule around that time; 400 for a shift-based (v3) schedule.

        {"name", "final_schedule": {"rendered_schedule_entries": [{"start": "…Z", "end": "…Z",
          "user": {"id", "type": "user_reference", "summary": name}}]}}, bounds not clipped.
        """
        return self._one("schedules", schedule_id, "schedule", {**_span(at, until), "overflow": "true"})

    def v3_schedule(self, schedule_id: str, at: datetime, until: datetime | None = None) -> Row:
        """GET /v3/schedules/{id}: a shift-based schedule; several people may be on call at once.

        {"name", "final_schedule": {"computed_shift_assignments": [{"start_time": "…Z", "end_time": "…Z",
          "member": {"type": "user_member", "user_id"}}]}}; or type "empty_member"
        """
        params = {**_span(at, until), "include[]": ["final_schedule"], "overflow": "true"}
        return self._one("v3/schedules", schedule_id, "schedule", params)

    def escalation_policy(self, policy_id: str) -> Row:
        """GET /escalation_policies/{id}: {"name", "escalation_rules": [{"targets": [{"id", "type", "summary"}]}]}

        A rule per level; a target's type is that of a user or a schedule, or "…_reference".
        """
        return self._one("escalation_policies", policy_id, "escalation_policy", {})

    def team(self, team_id: str) -> Row:
        """GET /teams/{id}: {"id", "name"}"""
        return self._one("teams", team_id, "team", {})

    def team_members(self, team_id: str) -> Iterator[Row]:
        """GET /teams/{id}/members, a page at a time:

        {"members": [{"user": {"id", "type": "user", "name", "email"}, "role": "manager"}], "more": false, "total": 1}
        """
        path = f"/teams/{quote(team_id, safe='')}/members"
        yield from self._pages(path, "members", {"include[]": ["users"], "total": "true"})

    def user(self, user_id: str) -> Row:
        """GET /users/{id}: {"id", "name", "email", …}; 404 for a deleted user."""
        return self._one("users", user_id, "user", {})

    def _one(self, path: str, one_id: str, key: str, params: dict[str, Any]) -> Row:
        where = f"/{path}/{quote(one_id, safe='')}"
        found: Row = self._get(where, key, params, dict)[key]
        return found

    def _pages(self, path: str, key: str, params: dict[str, Any]) -> Iterator[Row]:
        """The next page begins where this one ended: the server may give fewer rows than asked for."""
        offset = 0
        while offset + PAGE <= MAX_ROWS:
            page = self._get(path, key, {**params, "limit": PAGE, "offset": offset}, list)
            if isinstance(page.get("total"), int) and page["total"] > MAX_ROWS:
                raise Refused(
                    f"PagerDuty {path}",
                    f"there are {page['total']} rows, and PagerDuty tells only {MAX_ROWS}",
                    code="pagerduty_too_many_rows",
                    remedy="Ask for fewer schedules.",
                )
            yield page
            rows = len(page[key])
            if not page.get("more", rows >= PAGE):
                return
            if not rows:
                break
            offset += rows
        raise BrokenAnswer(f"PagerDuty {path}", "the pages do not end", code="pagerduty_broken_answer")

    def _get(self, path: str, key: str, params: dict[str, Any], kind: type) -> Row:
        """The answer as a JSON object that has a `kind` under `key`."""
        return self._budget.ask_again(lambda: self._get_once(path, key, params, kind), attempts=self._repeats + 1)

    def _get_once(self, path: str, key: str, params: dict[str, Any], kind: type) -> Row:
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
}


def _timestamp(at: datetime) -> str:
    """Whole seconds in UTC: with fractions, PagerDuty may render an empty schedule."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(at: datetime, until: datetime | None) -> dict[str, str]:
    """From the instant to `until`; a second, where none is given: the shortest span that PagerDuty renders."""
    return {"since": _timestamp(at), "until": _timestamp(until or at + timedelta(seconds=1)), "time_zone": "UTC"}


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
    return PassingFault(where, f"PagerDuty {kind} ({name})", code="pagerduty_down", remedy=remedy)


def _json_object(where: str, response: requests.Response, key: str, kind: type) -> Row:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get(key), kind):
        raise BrokenAnswer(where, "the answer is not the JSON that it should be", code="pagerduty_broken_answer")
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
