"""The routes of the fake PagerDuty, and its error answers.

A handler takes the world, the query and the IDs of its path; it returns the JSON of a 200 answer, or raises.
"""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Handler = Callable[..., Json]
ROUTES: dict[str, Handler] = {}


def get(template: str) -> Callable[[Handler], Handler]:
    """Register a handler for `GET template`; `{id}` in it becomes an argument."""

    def register(handler: Handler) -> Handler:
        ROUTES[template] = handler
        return handler

    return register


class PagerDutyError(Exception):
    """An error answer: {"error": {"message", "code": PagerDuty's own, "errors": details if any}}."""

    def __init__(self, status: int, code: int, message: str, errors: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"message": message, "code": code} | ({"errors": errors} if errors else {})}


def not_found() -> PagerDutyError:
    return PagerDutyError(404, 2100, "Not Found")


def access_denied() -> PagerDutyError:
    return PagerDutyError(403, 2010, "Access Denied")


def bad_input(*errors: str) -> PagerDutyError:
    return PagerDutyError(400, 2001, "Invalid Input Provided", list(errors))


def bad_times() -> PagerDutyError:
    return PagerDutyError(400, 2004, "Invalid time values in 'since' and/or 'until' parameters")
