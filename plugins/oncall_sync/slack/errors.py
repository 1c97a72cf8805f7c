"""Slack's error codes, sorted into what passes and what does not, each with what to do about it.

https://docs.slack.dev/reference/methods lists the codes per method; application errors come as `ok: false` on HTTP 200.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from oncall_sync.errors import BrokenAnswer, InvalidUsers, PassingFault, RateLimited, Refused, SyncError
from oncall_sync.transport import cause

if TYPE_CHECKING:
    from slack_sdk.errors import SlackApiError

# "some aspect may have succeeded": every call of ours may be repeated, a write replaces the whole set.
PASSING = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}
INVALID_USERS = {
    "invalid_users",
    "invalid_user",
    "failed_for_some_users",
    "single_channel_guests_cannot_be_added",
}
NAME_TAKEN = {"handle_already_exists", "name_already_exists"}
NO_SUCH_USER = {"users_not_found", "user_not_found"}
NOT_JSON = "Received a response in a non-JSON format"  # slack_sdk's words, in place of a code
NETWORK = (OSError, ValueError, HTTPException)  # ValueError: truncated JSON comes as a bare JSONDecodeError

_AUTH = "Put a valid bot or user token (xoxb-…, xoxp-…) into the password of the Slack connection."
OF_THE_TOKEN = {
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "missing_scope",
}
_HANDLE = "Slack takes no such handle; choose another in the config."
_PLAN = "User groups need a paid Slack plan."
REMEDIES = {
    **dict.fromkeys(OF_THE_TOKEN, _AUTH),
    "permission_denied": "Only some people may edit user groups here (default: owners and admins). In Slack "
    "let everyone edit user groups (Settings > Permissions > User groups), or use a user token of someone who may.",
    "no_permission": "The user behind the token may not do this; use a token of someone who may.",
    "plan_upgrade_required": _PLAN,
    "paid_teams_only": _PLAN,
    "not_in_channel": "Invite the app to the channel; to post in a public one, the scope chat:write.public will do.",
    "is_archived": "Unarchive the channel, or name another one.",
    "channel_not_found": "Check the channel's ID or name; a private one is seen only by an app that was invited.",
    "no_such_subteam": "The user group is gone; correct the handle or the id in the config.",
    "handle_already_exists": "A channel, a person or a user group that this token cannot see has this name already; "
    "choose another handle in the config.",
    "bad_handle": _HANDLE,
    "forbidden_handle": _HANDLE,
    "name_already_exists": "Another user group has the name that the new one was to get; give it another one by "
    "create_if_missing: {name: …} in the config.",
    "invalid_channel_provided": "Correct create_if_missing: {channels: […]} in the config: IDs of channels that are "
    "not archived, and that the app can see.",
    "subteam_max_users_exceeded": "Slack allows no more members in one user group; name fewer people.",
}


def from_response(where: str, error: SlackApiError, token: str = "") -> SyncError:
    """The SyncError for an answer of Slack: `ok: false`, or a status other than 200; whatever it echoes, without the
    token."""
    response = error.response
    status, code, wait = response.status_code, _word(error, "error", token), asked_wait(response.headers)
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in {"ratelimited", "rate_limited"}:
        return RateLimited(where, "Slack asks to wait", code="rate_limited", retry_after=wait)
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in PASSING:
        word = code if code in PASSING else status
        return BrokenAnswer(where, f"Slack answers {word}", code="slack_down", retry_after=wait)
    remedy = REMEDIES.get(code, "See the method's page on docs.slack.dev/reference/methods.")
    if code == "missing_scope":
        remedy = add_scopes([_word(error, "needed", token) or "?"])
    if code.startswith(NOT_JSON):
        code, remedy = "", "That was not Slack: check the connection's base_url and the proxy."
    if status == HTTPStatus.OK and not code:
        return broken(where)
    kind = InvalidUsers if code in INVALID_USERS else Refused
    return kind(where, f"Slack refuses ({code or status})", code=code or "slack_refused", remedy=remedy)


def broken(where: str, what: str = "Slack's answer is not what it should be") -> BrokenAnswer:
    """For an answer that came, but not as Slack gives it."""
    return BrokenAnswer(where, what, code="slack_broken_answer")


def from_network(where: str, error: Exception) -> PassingFault:
    """Connection errors were repeated by slack_sdk; a truncated answer was not."""
    if isinstance(error, ValueError | HTTPException) and not isinstance(error, ConnectionError):
        return broken(where, "Slack's answer broke off in the middle")
    remedy = "If this lasts, check the network, the proxy and the connection's base_url."
    reason, remedy = cause(error, remedy)
    return PassingFault(where, f"Slack cannot be reached ({reason})", code="slack_down", remedy=remedy)


def add_scopes(scopes: Sequence[str]) -> str:
    """What to do about scopes that the token lacks."""
    return (
        f"Add the scope{'s' if len(scopes) > 1 else ''} {', '.join(scopes)} to the app (api.slack.com/apps > OAuth & "
        "Permissions), install the app again, and put the new token into the Slack connection's password."
    )


def asked_wait(headers: Mapping[str, Any] | None) -> float | None:
    """Seconds of `Retry-After`, whose name comes in any case and whose value as text or list of texts."""
    for name, value in (headers or {}).items():
        if name.lower() == "retry-after":
            text = str(value[0] if isinstance(value, list) else value)
            return min(float(text), 24 * 3600.0) if text.isdecimal() else None
    return None


def _word(error: SlackApiError, key: str, token: str) -> str:
    """From the answer's JSON; slack_sdk takes every JSON for an object."""
    answer = getattr(error.response, "data", error.response)
    word = str(answer.get(key) or "") if isinstance(answer, dict) else ""
    return word.replace(token, "…") if token else word
