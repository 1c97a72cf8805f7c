"""Slack's Web API, as far as the sync uses it: one short method per endpoint; answers.py takes the answers apart.

https://docs.slack.dev/reference/methods. web_client.py sends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from oncall_sync.config import NewGroup
from oncall_sync.errors import Refused, SyncError
from oncall_sync.models import Address, SlackId, UserGroup, replaced
from oncall_sync.slack import answers
from oncall_sync.slack.answers import WRONG_SHAPE, Account, Channel
from oncall_sync.slack.errors import NETWORK, NO_SUCH_USER, broken, from_network, from_response
from oncall_sync.slack.same_person import ORGANIZATION, SamePerson
from oncall_sync.transport import WaitBudget

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.web import SlackResponse

T = TypeVar("T")
P = ParamSpec("P")

PAGE = 999  # accounts per page of users.list: the most that Slack takes
ATTEMPTS = 3  # at a question whose answer comes broken
SHORT = 10  # seconds for an answer that the sync can do without


class SlackApi:
    """Reads and writes user groups. `requests` counts what was sent, without repeats of dropped connections.

    Raises Refused (InvalidUsers among them), RateLimited and PassingFault; see errors.py.
    """

    def __init__(self, client: WebClient, budget: WaitBudget) -> None:
        self.requests = 0
        self.same_person = SamePerson()
        self._client = client
        self._budget = budget
        self._attempts = ATTEMPTS
        self._own_id = ""

    def user_groups(self, of: Collection[str] = (), people: Collection[SlackId] = ()) -> list[UserGroup]:
        """usergroups.list: all groups with their members, disabled ones too, in one answer.

        Each member comes by the ID that the sync uses. To recognize more of them on Enterprise Grid, Slack is asked who
        the unknown members `of` these groups (handles or IDs) are, should they be some of `people`.
        """
        where, send = "Slack usergroups.list", self._client.usergroups_list
        groups = self._ask(where, answers.user_groups, send, include_users=True, include_disabled=True)
        if any(person.startswith(ORGANIZATION) for person in people):
            members = {m for group in groups if {group.handle.lower(), group.id} & {*of} for m in group.members}
            with suppress(SyncError):  # the plan then takes them for others, and the brakes hold
                self.same_person.recognize(members, people, self.account_by_id)
        return [replaced(group, members=self.same_person.used_ids(group.members)) for group in groups]

    def own_id(self) -> SlackId:
        """auth.test, once: the member ID behind the token."""
        self._own_id = self._own_id or self.identity()[0]
        return self._own_id

    def may_be_own(self, slack_id: SlackId) -> bool:
        """False where it is somebody else: on Enterprise Grid the token's user may have a second ID of another kind."""
        return slack_id == self.own_id() or slack_id[:1] != self.own_id()[:1]

    def identity(self) -> tuple[SlackId, frozenset[str] | None]:
        """auth.test: the member ID behind the token, and its scopes; None where Slack does not name them."""
        return self._ask("Slack auth.test", answers.identity, self._client.auth_test)

    def may_edit(self, group_id: SlackId) -> None:
        """usergroups.update without any field: nothing changes, but a token without permission is refused all the same.

        There is no call that only asks. A real edit would be seen by the group's members and could race with the sync;
        one that names no field has nothing to write, and meets the same check (`permission_denied`). Grafana OnCall
        probes the same way.
        """
        self._ask("Slack usergroups.update", answers.has("ok"), self._client.usergroups_update, usergroup=group_id)

    def account_by_email(self, email: Address) -> Account | None:
        """users.lookupByEmail; None where the email is unknown, or its account is deactivated."""
        return self._account("Slack users.lookupByEmail", self._client.users_lookupByEmail, email=email)

    def account_by_id(self, slack_id: SlackId) -> Account | None:
        """users.info: also a deactivated account; None where there is none of this ID."""
        return self._account(f"Slack users.info {slack_id}", self._client.users_info, user=slack_id)

    def accounts(self, cursor: str = "") -> tuple[list[Account], str]:
        """users.list: a page of all accounts, deactivated ones and bots too, in no order; and the next page's cursor.

        The cursor of the first page, and after the last one, is "".
        """
        return self._ask(
            "Slack users.list", answers.accounts, self._client.users_list, limit=PAGE, cursor=cursor or None
        )

    def set_members(self, handle: str, group_id: SlackId, members: Sequence[SlackId]) -> tuple[SlackId, ...]:
        """usergroups.users.update: replaces all members, all or nothing. The members as Slack now has them."""
        send = self._client.usergroups_users_update
        written = self._ask(f"@{handle}", answers.members, send, usergroup=group_id, users=list(members))
        if written is None:
            raise broken(f"@{handle}", "Slack does not say who is in the group now")
        if set(written) != set(members):
            self.same_person.recognize(written, members, self.account_by_id)
            return self.same_person.used_ids(written)
        return written

    def create_group(self, handle: str, new: NewGroup) -> SlackId:
        """usergroups.create: the ID of the new group, which is enabled and empty.

        The only call that may not be repeated as it is: a second one is refused because of what the first has done.
        """
        group_id = self._ask(
            f"@{handle}",
            answers.group_id,
            self._client.usergroups_create,
            name=new.name or handle,
            handle=handle,
            description=new.description,
            channels=list(new.channels) or None,
        )
        if not group_id:
            raise broken(f"@{handle}", "Slack does not say the ID of the new group")
        return group_id

    def enable(self, handle: str, group_id: SlackId) -> None:
        """usergroups.enable"""
        self._ask(f"@{handle}", answers.has("usergroup"), self._client.usergroups_enable, usergroup=group_id)

    def disable(self, handle: str, group_id: SlackId) -> None:
        """usergroups.disable: the group keeps its members, but can no longer be mentioned."""
        self._ask(f"@{handle}", answers.has("usergroup"), self._client.usergroups_disable, usergroup=group_id)

    def post(self, channel: str, text: str) -> None:
        """chat.postMessage, with the scope chat:write alone: no name or icon of our own."""
        where, send = f"Slack channel {channel}", self._client.chat_postMessage
        self._ask(where, answers.has("ts"), send, channel=channel, text=text, unfurl_links=False)

    def channel(self, channel: str) -> Channel:
        """conversations.info"""
        where = f"Slack channel {channel}"
        return self._ask(where, answers.channel, self._client.conversations_info, channel=channel)

    def topic(self, channel: str) -> str:
        """The channel's topic as Slack keeps it."""
        topic = self.channel(channel).topic
        if topic is None:
            raise broken(f"Slack channel {channel}", "Slack does not say what its topic is")
        return topic

    def set_topic(self, channel: str, topic: str) -> None:
        """conversations.setTopic: at most 250 characters; each call shows in the channel."""
        where, send = f"Slack channel {channel}", self._client.conversations_setTopic
        self._ask(where, answers.has("ok"), send, channel=channel, topic=topic)

    def without_retries(self) -> None:
        """From now on nothing is sent twice, as it may have been done, and no answer is awaited for long."""
        self._client.retry_handlers, self._attempts = [], 1
        self._client.timeout = min(self._client.timeout, SHORT)

    def limit_waits(self, seconds: float) -> None:
        """All waits that Slack asks for may take no longer than this together."""
        self._budget.left = min(self._budget.left, max(seconds, 0.0))

    def _account(
        self, where: str, send: Callable[P, SlackResponse], *args: P.args, **kwargs: P.kwargs
    ) -> Account | None:
        try:
            return self._ask(where, answers.user, send, *args, **kwargs)
        except Refused as refusal:
            if refusal.code in NO_SUCH_USER:
                return None
            raise

    def _ask(
        self,
        where: str,
        read: Callable[[SlackResponse], T],
        send: Callable[P, SlackResponse],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `read` takes from the answer; an answer that it cannot read is broken, and asked for again."""
        from slack_sdk.errors import SlackApiError  # noqa: PLC0415 - see connections.slack

        def once() -> T:
            self.requests += 1
            try:
                return read(send(*args, **kwargs))
            except SlackApiError as error:
                raise from_response(where, error, self._client.token or "") from None
            except WRONG_SHAPE:
                raise broken(where) from None
            except NETWORK as error:
                raise from_network(where, error) from None

        return self._budget.retry(once, self._attempts)
