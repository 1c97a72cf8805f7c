"""Slack's Web API, as far as the sync uses it: one short method per endpoint, the answer's shape beside it.

https://docs.slack.dev/reference/methods. The client is slack_sdk's, made by the Slack provider's hook (connections.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from oncall_sync.config import NewGroup
from oncall_sync.errors import Refused
from oncall_sync.models import Address, SlackId, UserGroup
from oncall_sync.slack.errors import NETWORK, NO_SUCH_USER, broken, from_network, from_response
from oncall_sync.transport import WaitBudget

if TYPE_CHECKING:
    from slack_sdk import WebClient

PAGE = 200  # accounts per page of users.list: what Slack recommends
ATTEMPTS = 3  # at a question whose answer comes broken
SHORT = 10  # seconds for an answer that the sync can do without
Account = dict[str, Any]


class SlackApi:
    """Reads and writes user groups. `requests` counts what was sent, without repeats of dropped connections.

    Raises Refused (InvalidUsers among them), RateLimited and PassingFault; see errors.py.
    """

    def __init__(self, client: WebClient, budget: WaitBudget) -> None:
        self.requests = 0
        self._client = client
        self._budget = budget
        self._attempts = ATTEMPTS

    def user_groups(self) -> list[UserGroup]:
        """usergroups.list: all groups with their members, disabled ones too, in one answer.

        [{"id": "S1", "handle": "platform-oncall", "users": ["U1"], "date_delete": 0, "is_idp_group": false, …}]
        """
        groups = self._call(
            "Slack usergroups.list",
            "usergroups",
            lambda: self._client.usergroups_list(include_users=True, include_disabled=True),
            list,
        )["usergroups"]
        return [known for known in map(_user_group, groups) if known]

    def own_id(self) -> SlackId:
        """auth.test: the member ID behind the token."""
        return self.identity()[0]

    def identity(self) -> tuple[SlackId, frozenset[str] | None]:
        """auth.test: the member ID behind the token, and its scopes; None where Slack does not tell them.

        They come in a header, `x-oauth-scopes: usergroups:read,usergroups:write`.
        """
        headers: dict[str, Any] = {}

        def ask() -> Any:
            answer = self._client.auth_test()
            headers.update({name.lower(): value for name, value in answer.headers.items()})
            return answer

        own_id = str(self._call("Slack auth.test", "user_id", ask)["user_id"])
        scopes = headers.get("x-oauth-scopes")
        return own_id, None if scopes is None else frozenset(scope.strip() for scope in str(scopes).split(","))

    def may_edit(self, group_id: SlackId) -> None:
        """usergroups.update without any field: Slack changes nothing, but refuses whom it would refuse with one.

        There is no call that only asks. A real edit would be seen by the group's members and could race with the sync;
        one that names no field has nothing to write, and meets the same check (`permission_denied`). Grafana OnCall
        probes the same way.
        """
        where = "Slack usergroups.update"
        self._call(where, "ok", lambda: self._client.usergroups_update(usergroup=group_id))

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
            yield [account for account in answer["members"] if _is_account(account)]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def set_members(self, handle: str, group_id: SlackId, members: Sequence[SlackId]) -> list[SlackId]:
        """usergroups.users.update: replaces all members, all or nothing. The members as Slack now has them."""
        answer = self._call(
            f"@{handle}",
            "usergroup",
            lambda: self._client.usergroups_users_update(usergroup=group_id, users=list(members)),
            dict,
        )
        users = answer["usergroup"].get("users")
        if not isinstance(users, list):
            raise broken(f"@{handle}", "Slack does not say who is in the group now")
        return list(map(str, users))

    def create_group(self, handle: str, new: NewGroup) -> SlackId:
        """usergroups.create: {"usergroup": {"id": "S1", …}}, enabled and empty. The only call that may not be repeated
        as it is: a second one is refused because of what the first has done."""
        answer = self._call(
            f"@{handle}",
            "usergroup",
            lambda: self._client.usergroups_create(
                name=new.name or handle,
                handle=handle,
                description=new.description,
                channels=list(new.channels) or None,
            ),
            dict,
        )
        group_id = answer["usergroup"].get("id")
        if not group_id:
            raise broken(f"@{handle}", "Slack does not say the ID of the new group")
        return str(group_id)

    def wait_at_most(self, seconds: float) -> None:
        """No longer than this altogether, also when Slack asks for it."""
        self._budget.left = min(self._budget.left, max(seconds, 0.0))

    def enable(self, handle: str, group_id: SlackId) -> None:
        """usergroups.enable: {"usergroup": {…}}"""
        self._call(f"@{handle}", "usergroup", lambda: self._client.usergroups_enable(usergroup=group_id))

    def disable(self, handle: str, group_id: SlackId) -> None:
        """usergroups.disable: {"usergroup": {…}}; it keeps its members, but can no longer be mentioned."""
        self._call(f"@{handle}", "usergroup", lambda: self._client.usergroups_disable(usergroup=group_id))

    def post(self, channel: str, text: str) -> None:
        """chat.postMessage, with the scope chat:write alone: no name or icon of our own."""
        self._call(
            f"Slack channel {channel}",
            "ts",
            lambda: self._client.chat_postMessage(channel=channel, text=text, unfurl_links=False),
        )

    def channel(self, channel: str) -> dict[str, Any]:
        """conversations.info: {"id", "name", "is_member", "is_archived", "topic": {"value": "A &amp; B"}, …}"""
        where = f"Slack channel {channel}"
        answer = self._call(where, "channel", lambda: self._client.conversations_info(channel=channel), dict)
        return dict(answer["channel"])

    def topic(self, channel: str) -> str:
        """The channel's topic as Slack keeps it."""
        match self.channel(channel):
            case {"topic": {"value": str(topic)}}:
                return topic
        where = f"Slack channel {channel}"
        raise broken(where, "Slack does not say what its topic is")

    def set_topic(self, channel: str, topic: str) -> None:
        """conversations.setTopic: at most 250 characters; each call shows in the channel."""
        self._call(
            f"Slack channel {channel}",
            "ok",
            lambda: self._client.conversations_setTopic(channel=channel, topic=topic),
        )

    def never_twice(self) -> None:
        """From now on nothing is sent again that may have been done, and no answer is awaited for long."""
        self._client.retry_handlers, self._attempts = [], 1
        self._client.timeout = min(self._client.timeout, SHORT)

    def _users_page(self, cursor: str) -> Any:
        return self._call(
            "Slack users.list", "members", lambda: self._client.users_list(limit=PAGE, cursor=cursor or None), list
        )

    def _account(self, where: str, call: Callable[[], Any]) -> Account | None:
        try:
            user = self._call(where, "user", call)["user"]
        except Refused as refusal:
            if refusal.code in NO_SUCH_USER:
                return None
            raise
        if not _is_account(user):
            raise broken(where)
        return dict(user)

    def _call(self, where: str, key: str, call: Callable[[], Any], kind: type = object) -> Any:
        """The answer as a JSON object that has `key`, and there a `kind`."""
        return self._budget.ask_again(lambda: self._call_once(where, key, call, kind), self._attempts)

    def _call_once(self, where: str, key: str, call: Callable[[], Any], kind: type) -> Any:
        from slack_sdk.errors import SlackApiError  # noqa: PLC0415 - see connections.slack

        self.requests += 1
        try:
            answer = call().data
            if answer.get(key) is not None and isinstance(answer[key], kind):
                return answer
        except SlackApiError as error:
            raise from_response(where, error, self._client.token or "") from None
        except NETWORK as error:
            raise from_network(where, error) from None
        except (AttributeError, TypeError):
            pass  # slack_sdk takes every answer for an object
        raise broken(where)


def _is_account(account: Any) -> bool:
    if not (isinstance(account, dict) and isinstance(account.get("id"), str)):
        return False
    return all(isinstance(account.get(key) or {}, dict) for key in ("profile", "enterprise_user"))


def _user_group(group: Any) -> UserGroup | None:
    """None for what is no group that this version knows: a group of the config is then reported as missing."""
    try:
        return UserGroup(
            id=group["id"],
            handle=group["handle"],
            members=tuple(group.get("users") or ()),
            disabled=bool(int(group.get("date_delete") or 0)),
            disabled_by=group.get("deleted_by") or None,
            managed_by=_managed_by(group),
            team=str(group.get("team_id") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


MANAGED = {
    "is_idp_group": "its members come from the identity provider",
    "is_org_level": "it belongs to the whole organization, and only its dashboard edits it",
    "auto_type": "Slack itself fills it with every admin or owner of the workspace",
    "is_membership_locked": "its membership is locked",
    "is_external": "it is managed from outside of this workspace",
}


def _managed_by(group: dict[str, Any]) -> str | None:
    if group.get("users") is None and str(group.get("user_count", "")) != "0":
        return "Slack does not say who is in it"
    return next((why for key, why in MANAGED.items() if group.get(key)), None)
