"""The one session for PagerDuty's API, its events and the watchdog, and the one map from their answers to errors.

requests is loaded with this module, so its users import it where they send: every task loads the Dag file, and few of
them ask PagerDuty.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session, Timeout
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ContentDecodingError

from oncall_sync.errors import BrokenAnswer, RateLimited, Refused, SyncError
from oncall_sync.transport import WaitBudget, cause, refuse_plain

T = TypeVar("T")

TIMEOUT = (5.0, 20.0)  # seconds to connect, seconds between two bytes of the answer
LONGEST_WAIT = 24 * 3600.0  # seconds; a server that asks for more is not believed


@dataclass(frozen=True)
class ErrorMap:
    """How the answers of one service become errors.

    service: in a sentence. where: before the path. success: its statuses. refusals: code and remedy by status; by 0 of
    any other. down, broken: the codes of what passes. unreachable: what to do if that lasts. words: the service's own,
    from its JSON.
    """

    service: str
    where: str
    refusals: Mapping[int, tuple[str, str]]
    success: Container[int] = (HTTPStatus.OK,)
    down: str = "pagerduty_down"
    broken: str = "pagerduty_broken_answer"
    unreachable: str = "If this lasts, check the network, the proxy and the connection's host."
    words: Callable[[Any], str] = lambda answer: ""

    def of_answer(self, where: str, answer: Response) -> SyncError:
        """For any status that is not among `success`."""
        status, wait = answer.status_code, _asked_wait(answer)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(where, f"{self.service} asks to wait", code="rate_limited", retry_after=wait)
        words = self.words(_json(answer))[:200]
        shown = f"{status}: {words}" if words else str(status)
        if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return BrokenAnswer(where, f"{self.service} answers {shown}", code=self.down, retry_after=wait)
        code, remedy = self.refusals.get(status, self.refusals[0])
        return Refused(where, f"{self.service} refuses ({shown})", code=code, remedy=remedy)

    def of_network(self, where: str, error: Exception) -> BrokenAnswer:
        """requests' own texts hold the whole address and names of Python objects: the kind of error says more."""
        if isinstance(error, ChunkedEncodingError | ContentDecodingError):
            what = f"the answer broke off in the middle ({type(error).__name__})"
            return BrokenAnswer(where, what, code=self.broken)
        what = "does not answer in time" if isinstance(error, Timeout) else "cannot be reached"
        reason, remedy = cause(error, self.unreachable)
        return BrokenAnswer(where, f"{self.service} {what} ({reason})", code=self.down, remedy=remedy)


class Http:
    """Sends the requests to one service; `requests` counts them, repeats included.

    budget: None sends each request once, and waits for nothing.
    """

    def __init__(
        self,
        base_url: str,
        errors: ErrorMap,
        *,
        headers: Mapping[str, str] | None = None,
        budget: WaitBudget | None = None,
        timeout: tuple[float, float] | None = None,
    ) -> None:
        self.requests = 0
        self._base_url, self._errors, self._budget, self._timeout = base_url, errors, budget, timeout
        self._session = session()
        self._session.headers.update(headers or {})

    def ask(self, method: str, path: str, read: Callable[[Any], T], **content: Any) -> T:
        """What `read` takes from the JSON of a successful answer, which is None if it is no JSON.

        content: `params` or `json`, as requests has them. Raises Refused, RateLimited and PassingFault; `read` raises
        BrokenAnswer where a repeat may help.
        """

        def once() -> T:
            return read(_json(self._send(method, path, content)))

        return self._budget.retry(once) if self._budget else once()

    def _send(self, method: str, path: str, content: dict[str, Any]) -> Response:
        """One attempt. A redirect is not followed: it would take the token along."""
        where = f"{self._errors.where} {path}".rstrip()
        url = self._base_url + path
        self.requests += 1
        try:
            timeout = self._timeout or TIMEOUT
            answer = self._session.request(method, url, timeout=timeout, allow_redirects=False, **content)
        except (OSError, ValueError) as error:  # all that requests raises
            raise self._errors.of_network(where, error) from None
        if answer.status_code not in self._errors.success:
            raise self._errors.of_answer(where, answer)
        return answer


class PlainAdapter(HTTPAdapter):
    """Plain HTTP to loopback only, and through no proxy."""

    def send(self, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:
        refuse_plain(urlsplit(request.url or "").hostname)
        return super().send(request, *arguments, **{**options, "proxies": None})


def session() -> Session:
    """It sends nothing without TLS, but to loopback; it repeats nothing, and reads no ~/.netrc."""
    made = Session()
    made.mount("http://", PlainAdapter())
    made.auth = lambda request: request  # without any, requests takes what ~/.netrc has for the host
    return made


def _json(answer: Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _asked_wait(answer: Response) -> float | None:
    """Seconds until the limit resets. PagerDuty sends `ratelimit-reset`; proxies before it send `Retry-After`."""
    for header in ("ratelimit-reset", "Retry-After"):
        value = answer.headers.get(header, "")
        if value.isascii() and value.isdecimal():
            return min(float(value), LONGEST_WAIT)
    return None
