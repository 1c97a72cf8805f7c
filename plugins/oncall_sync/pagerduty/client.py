"""PagerDuty's REST API, as far as the sync reads it: one short method per endpoint; answers.py takes the answers apart.

https://developer.pagerduty.com/docs/rest-api-overview. Only GET is ever sent; a read-only key is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from oncall_sync.errors import BrokenAnswer, PassingFault, Refused
from oncall_sync.models import Person
from oncall_sync.pagerduty import answers
from oncall_sync.pagerduty.answers import Entry, ListedBy, Policy, Row, Schedule, Window
from oncall_sync.transport import NOT_THE_SERVICE, WaitBudget

T = TypeVar("T")

DEFAULT_URL = "https://api.pagerduty.com"
PAGE = 100  # PagerDuty's largest page; its default of 25 loses people silently
MAX_ROWS = 10_000  # PagerDuty refuses offset + limit beyond this
READINGS = 4  # of pages that do not agree
TIME = "%Y-%m-%dT%H:%M:%SZ"
# The codes of refusals that concern the IDs asked for, not the whole key.
ABOUT_AN_ID = {
    "pagerduty_bad_request",
    "pagerduty_not_found",
    "pagerduty_forbidden",
    "pagerduty_too_many_rows",
    "unknown_kind",
}

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
            ErrorMap(
                "PagerDuty", "PagerDuty", REFUSALS, words=lambda answer: answers.error_words(answer).replace(token, "…")
            ),
            headers={
                "Accept": "application/vnd.pagerduty+json;version=2",
                "Authorization": f"Bearer {token}" if bearer else f"Token token={token}",
            },
            budget=budget,
        )

    @property
    def requests(self) -> int:
        return self._http.requests

    def oncalls(self, by: ListedBy, ids: Collection[str], window: Window) -> list[Row]:
        """GET /oncalls: the rows of these schedules or policies that touch the window.

        A row per policy and level that uses the schedule, so the same shift can come several times; none for a schedule
        on no policy.
        """
        filters: dict[ListedBy, str] = {"schedule": "schedule_ids[]", "escalation_policy": "escalation_policy_ids[]"}
        until = window.until or window.since
        params = {filters[by]: list(ids), "include[]": ["users"], **_span(window.since, until), "total": "true"}
        return answers.rows(self._rows("/oncalls", "oncalls", params), by, ids)

    def schedule(self, schedule_id: str, window: Window) -> Schedule:
        """GET /schedules/{id}: the final schedule, bounds not clipped; 400 for a shift-based (v3) schedule."""
        return self._one("schedules", schedule_id, "schedule", answers.v2_schedule, _shortest(window))

    def v3_schedule(self, schedule_id: str, window: Window) -> Schedule:
        """GET /v3/schedules/{id}: a shift-based schedule; several people may be on call at once. 400 for others."""
        params = {**_shortest(window), "include[]": ["final_schedule"]}
        return self._one("v3/schedules", schedule_id, "schedule", answers.v3_schedule, params)

    def escalation_policy(self, policy_id: str) -> Policy:
        """GET /escalation_policies/{id}"""
        return self._one("escalation_policies", policy_id, "escalation_policy", answers.policy)

    def team_name(self, team_id: str) -> str:
        """GET /teams/{id}"""
        return self._one("teams", team_id, "team", answers.name)

    def team_members(self, team_id: str) -> list[Entry]:
        """GET /teams/{id}/members"""
        path = f"/teams/{quote(team_id, safe='')}/members"
        rows = self._rows(path, "members", {"include[]": ["users"], "total": "true"})
        return _typed(path, answers.members, rows)

    def user(self, user_id: str) -> Person:
        """GET /users/{id}: 404 for a deleted user."""
        return self._one("users", user_id, "user", answers.person)

    def _one(
        self, path: str, one_id: str, key: str, read: Callable[[Any], T], params: Mapping[str, object] | None = None
    ) -> T:
        where = f"/{path}/{quote(one_id, safe='')}"
        return _typed(where, read, self._get(where, key, dict, params or {})[key])

    def _get(self, path: str, key: str, kind: type, params: Mapping[str, object]) -> dict[str, Any]:
        """The answer as a JSON object that has a `kind` under `key`."""
        return self._http.ask("GET", path, lambda answer: _whole(path, answer, key, kind), params=params)

    def _rows(self, path: str, key: str, params: Mapping[str, object]) -> list[Any]:
        """The rows of all pages.

        They can move from page to page, as PagerDuty computes them for each. So they are read again until their number
        is `total` and none comes twice, or until two readings agree: a restricted key may see fewer than `total`.
        Raises PassingFault after four readings.
        """
        before = None
        for _ in range(READINGS):
            pages = list(self._pages(path, key, params))
            rows = [row for page in pages for row in page[key]]
            totals = [page["total"] for page in pages if isinstance(page.get("total"), int)]
            different, counted = len({repr(row) for row in rows}), all(total == len(rows) for total in totals)
            once = different == len(rows) or len(pages) == 1
            settled = counted or different == len(rows) or different >= max(totals)
            if (once and counted) or (rows == before and settled):
                return rows
            before = rows
        raise PassingFault(f"PagerDuty {path}", "the rows change from page to page", code="pagerduty_broken_answer")

    def _pages(self, path: str, key: str, params: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """The next page begins where this one ended: the server may give fewer rows than asked for."""
        offset = 0
        while offset + PAGE <= MAX_ROWS:
            page = self._get(path, key, list, {**params, "limit": PAGE, "offset": offset})
            if isinstance(page.get("total"), int) and page["total"] > MAX_ROWS:
                raise Refused(
                    f"PagerDuty {path}",
                    f"there are {page['total']} rows, and PagerDuty shows only {MAX_ROWS}",
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


def _span(since: datetime, until: datetime) -> dict[str, str]:
    """Whole seconds in UTC: with fractions, PagerDuty may render an empty schedule."""
    return {"since": f"{since:{TIME}}", "until": f"{until:{TIME}}", "time_zone": "UTC"}


def _shortest(window: Window) -> dict[str, str]:
    """An instant as a second, the shortest span for which PagerDuty renders a schedule."""
    return {**_span(window.since, window.until or window.since + timedelta(seconds=1)), "overflow": "true"}


def _whole(path: str, answer: Any, key: str, kind: type) -> dict[str, Any]:
    if not isinstance(answer, dict) or not isinstance(answer.get(key), kind):
        what = "the answer is not the JSON that it should be"
        raise BrokenAnswer(f"PagerDuty {path}", what, code="pagerduty_broken_answer", remedy=NOT_THE_SERVICE)
    return answer


def _typed(path: str, read: Callable[[Any], T], answer: Any) -> T:
    try:
        return read(answer)
    except answers.WRONG_SHAPE as error:
        lacks = f": it lacks {error}" if isinstance(error, KeyError) else ""
        raise Refused(
            f"PagerDuty {path}",
            f"the answer is of a shape that this version does not know{lacks}",
            code="unknown_kind",
            remedy="Upgrade the sync, or report this.",
        ) from None
