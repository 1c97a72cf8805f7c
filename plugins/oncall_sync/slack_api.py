"""Slack's Web API, as far as the sync uses it: one short method per endpoint, the answer's shape beside it.

https://docs.slack.dev/reference/methods. The client is slack_sdk's, made by the Slack provider's hook (connections.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from oncall_sync.errors import BrokenAnswer, Refused
from oncall_sync.models import Address, SlackId, UserGroup
from oncall_sync.slack_errors import NETWORK, NO_SUCH_USER, asked_wait, from_network, from_response
from oncall_sync.waiting import WaitBudget

PAGE = 200  # accounts per page of users.list: what Slack recommends
Account = dict[str, Any]


class RateLimitHandler(RetryHandler):
    """429: sleeps as long as Slack asks, as far as the task's budget goes (slack_sdk's own has no bound)."""

    def __init__(self, budget: WaitBudget) -> None:
        super().__init__(max_retry_count=20)
        self._budget = budget

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return response is not None and response.status_code == HTTPStatus.TOO_MANY_REQUESTS

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        asked = asked_wait(response.headers if response else None)
        self._budget.requested(asked or 1.0, f"Slack {request.url.rpartition('/')[2]}")
        state.next_attempt_requested = True
        state.increment_current_attempt()


def retry_handlers(budget: WaitBudget) -> list[RetryHandler]:
    """For the hook: connection errors and 429. Broken answers and 5xx are asked for again by `SlackApi`."""
    return [ConnectionErrorRetryHandler(max_retry_count=2), RateLimitHandler(budget)]


class SlackApi:
    """Reads and writes user groups. `requests` counts the calls.

    Raises Refused (InvalidUsers among them), RateLimited and PassingFault; see errors.py.
    """

    def __init__(self, client: WebClient, budget: WaitBudget) -> None:
        self.requests = 0
        self._client = client
        self._budget = budget

    def user_groups(self) -> list[UserGroup]:
        """usergroups.list: all groups with their members, disabled ones too, in one answer.

        [{"id": "S1", "handle": "platform-oncall", "users": ["U1"], "date_delete": 0, "is_idp_group": false, …}]
        """
        groups = self._call(
            "Slack usergroups.list",
            "usergroups",
            lambda: self._client.usergroups_list(include_users=True, include_disabled=True),
        )["usergroups"]
        return [_user_group(group) for group in groups]

    def own_id(self) -> SlackId:
        """auth.test: the member ID behind the token."""
        return str(self._call("Slack auth.test", "user_id", self._client.auth_test)["user_id"])

    def account_by_email(self, email: Address) -> Account | None:
        """users.lookupByEmail: {"id", "name", "deleted", "profile": {…}}; None where unknown or deactivated."""
        return self._account("Slack users.lookupByEmail", lambda: self._client.users_lookupByEmail(email=email))

    def account_by_id(self, slack_id: SlackId) -> Account | None:
        """users.info: the same for a member ID; here a deactivated account comes, with `deleted: true`."""
        return self._account(f"Slack users.info {slack_id}", lambda: self._client.users_info(user=slack_id))

    def accounts(self) -> Iterator[list[Account]]:
        """users.list: every account, deactivated ones and bots too, a page at a time, in no order."""
        cursor = ""
        while True:
            answer = self._users_page(cursor)
            yield list(answer["members"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def set_members(self, handle: str, group_id: SlackId, members: Sequence[SlackId]) -> list[SlackId]:
        """usergroups.users.update: replaces all members, all or nothing. The members as Slack now has them."""
        answer = self._call(
            f"@{handle}",
            "usergroup",
            lambda: self._client.usergroups_users_update(usergroup=group_id, users=list(members)),
        )
        return list(answer["usergroup"]["users"])

    def enable(self, handle: str, group_id: SlackId) -> None:
        """usergroups.enable"""
        self._call(f"@{handle}", "ok", lambda: self._client.usergroups_enable(usergroup=group_id))

    def disable(self, handle: str, group_id: SlackId) -> None:
        """usergroups.disable: the group keeps its members, but can no longer be mentioned."""
        self._call(f"@{handle}", "ok", lambda: self._client.usergroups_disable(usergroup=group_id))

    def _users_page(self, cursor: str) -> Any:
        return self._call(
            "Slack users.list", "members", lambda: self._client.users_list(limit=PAGE, cursor=cursor or None)
        )

    def _account(self, where: str, call: Callable[[], Any]) -> Account | None:
        try:
            return dict(self._call(where, "user", call)["user"])
        except Refused as refusal:
            if refusal.code in NO_SUCH_USER:
                return None
            raise

    def _call(self, where: str, key: str, call: Callable[[], Any]) -> Any:
        """The answer as a JSON object that has `key`."""
        return self._budget.ask_again(lambda: self._call_once(where, key, call))

    def _call_once(self, where: str, key: str, call: Callable[[], Any]) -> Any:
        self.requests += 1
        try:
            answer = call().data
            if key in answer:
                return answer
        except SlackApiError as error:
            raise from_response(where, error) from None
        except NETWORK as error:
            raise from_network(where, error) from None
        except (AttributeError, TypeError):
            pass  # slack_sdk takes every answer for an object
        raise BrokenAnswer(where, "Slack's answer is not what it should be", code="slack_broken_answer")


def _user_group(group: dict[str, Any]) -> UserGroup:
    return UserGroup(
        id=group["id"],
        handle=group.get("handle", ""),
        members=tuple(group.get("users") or ()),
        disabled=bool(int(group.get("date_delete") or 0)),
        disabled_by=group.get("deleted_by") or None,
        managed_by=_managed_by(group),
    )


def _managed_by(group: dict[str, Any]) -> str | None:
    if group.get("is_idp_group"):
        return "its members come from the identity provider"
    if group.get("is_org_level"):
        return "it belongs to the whole organization, and only its dashboard edits it"
    if group.get("auto_type"):
        return f"Slack itself fills it with every {group['auto_type']} of the workspace"
    if group.get("is_membership_locked"):
        return "its membership is locked"
    if group.get("is_external"):
        return "it belongs to another workspace"
    return None
