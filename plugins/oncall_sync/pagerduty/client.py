"""PagerDuty's REST API, as far as the sync reads it: one short method per endpoint, the answer's shape beside it.

https://developer.pagerduty.com/docs/rest-api-overview. Only GET is ever sent; a read-only key is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from oncall_sync.errors import BrokenAnswer, Refused
from oncall_sync.transport import NOT_THE_SERVICE, WaitBudget

if TYPE_CHECKING:
    from requests import Response

DEFAULT_URL = "https://api.pagerduty.com"
PAGE = 100  # PagerDuty's largest page; its default of 25 loses people silently
MAX_ROWS = 10_000  # PagerDuty refuses offset + limit beyond this
# The codes of refusals that concern the IDs asked for, not the whole key.
ABOUT_AN_ID = {"pagerduty_bad_request", "pagerduty_not_found", "pagerduty_forbidden", "pagerduty_too_many_rows"}

REFUSALS = {
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
    404: ("pagerduty_not_found", "Check the ID in the config: it does not exist, or this key may not see it."),
    407: ("pagerduty_refused", NOT_THE_SERVICE),
    414: ("pagerduty_bad_request", "Check the IDs in the config."),  # too long an address: fewer IDs at once
    **dict.fromkeys(
        (301, 302, 303, 307, 308),
        (
            "pagerduty_refused",
            "The connection's host sends elsewhere, which a token does not follow: name the API's own base URL.",
        ),
    ),
    0: ("pagerduty_refused", "Check the connection's host and key."),
}

Row = dict[str, Any]


class PagerDutyApi:
    """Reads PagerDuty. `requests` counts what was sent, repeats included.

    budget: for repeats and waits; None sends each request once.
    Raises Refused (401, 403, 404, …), RateLimited and PassingFault; see errors.py.
    """

    def __init__(self, token: str, base_url: str = DEFAULT_URL, budget: WaitBudget | None = None) -> None:
        from oncall_sync.pagerduty.http import ErrorMap, Http  # noqa: PLC0415 - see there

        bearer = token.startswith("pd") and "+" in token  # an app's OAuth token
        self._http = Http(
            base_url.rstrip("/"),
            ErrorMap("PagerDuty", "PagerDuty", REFUSALS, words=lambda answer: _words(answer).replace(token, "…")),
            headers={
                "Accept": "application/vnd.pagerduty+json;version=2",
                "Authorization": f"Bearer {token}" if bearer else f"Token token={token}",
            },
            budget=budget,
        )

    @property
    def requests(self) -> int:
        return self._http.requests

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

    def _get(self, path: str, key: str, params: dict[str, Any], kind: type) -> Row:
        """The answer as a JSON object that has a `kind` under `key`."""
        return self._http.ask("GET", path, lambda answer: _json_object(path, answer, key, kind), params=params)

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


def _timestamp(at: datetime) -> str:
    """Whole seconds in UTC: with fractions, PagerDuty may render an empty schedule."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(at: datetime, until: datetime | None) -> dict[str, str]:
    """From the instant to `until`; a second, where none is given: the shortest span that PagerDuty renders."""
    return {"since": _timestamp(at), "until": _timestamp(until or at + timedelta(seconds=1)), "time_zone": "UTC"}


def _json_object(path: str, answer: Response, key: str, kind: type) -> Row:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get(key), kind):
        what = "the answer is not the JSON that it should be"
        raise BrokenAnswer(f"PagerDuty {path}", what, code="pagerduty_broken_answer", remedy=NOT_THE_SERVICE)
    return found


def _words(answer: Response) -> str:
    """PagerDuty's own: {"error": {"message", "errors": […]}}; nothing where the answer is not of that shape."""
    try:
        error = answer.json()["error"]
        return "; ".join(map(str, [error["message"], *(error.get("errors") or ())]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
