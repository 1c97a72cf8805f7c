"""Slack's answers as typed values: nothing behind the client reads their JSON.

Each function raises one of WRONG_SHAPE for an answer of another shape; the client makes a BrokenAnswer of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import ValidationError

from oncall_sync.models import Model, SlackId, UserGroup

T = TypeVar("T")
WRONG_SHAPE = (ValidationError, LookupError, TypeError, AttributeError)


class Account(Model):
    """The account of a person, a guest or a bot.

    name: the fullest one that it has. email: lower-case; "" where Slack shows none. other_id: on Enterprise Grid a
    person has an ID in the workspace and one in the organization; users.* may show the one and usergroups.* the other
    (seen, not documented). unusable: the problem code that says why no user group takes the account; "" where one does.
    guest: a multi-channel guest, whom Slack may refuse as a member.
    """

    id: SlackId
    name: str
    email: str = ""
    other_id: SlackId | None = None
    unusable: str = ""
    guest: bool = False


class Channel(Model):
    """topic: as Slack keeps it ("A &amp; B"); None where Slack shows none."""

    name: str = ""
    is_member: bool = False
    is_archived: bool = False
    topic: str | None = None


def user(answer: Any) -> Account:
    """{"user": {"id", …}}"""
    return account(answer["user"])


def account(user: Any) -> Account:
    """{"id", "name", "real_name", "deleted", "is_bot", "profile": {"email", "real_name", …}, …}"""
    slack_id, profile = user["id"], user.get("profile") or {}
    name = profile.get("real_name") or user.get("real_name") or user.get("name") or slack_id
    other_id = (user.get("enterprise_user") or {}).get("id")
    return Account(
        id=slack_id,
        name=str(name).encode(errors="replace").decode(),  # half of an emoji, where somebody cut the name, is no text
        email=str(profile.get("email") or "").lower(),
        other_id=other_id if other_id != slack_id else None,
        unusable=_unusable(user),
        guest=bool(user.get("is_restricted")),
    )


def _unusable(user: Any) -> str:
    if user.get("deleted"):
        return "deactivated_account"
    if user.get("is_bot") or user["id"] == "USLACKBOT":
        return "bot_account"
    return "guest_account" if user.get("is_ultra_restricted") else ""


def accounts(answer: Any) -> tuple[list[Account], str]:
    """{"members": [user, …], "response_metadata": {"next_cursor": "dXNlcjpVMEc5V0ZYTlo="}}, without what is no account.

    The accounts, and the cursor of the next page; "" after the last one.
    """
    return list(_each(answer["members"], account)), str((answer["response_metadata"] or {}).get("next_cursor") or "")


def user_groups(answer: Any) -> list[UserGroup]:
    """{"usergroups": [{"id", "handle", "users": ["U1"], "date_delete": 0, "is_idp_group": false, …}]}

    Without those of another shape: a group of the config is then reported as missing.
    """
    return list(_each(answer["usergroups"], _user_group))


def _user_group(group: Any) -> UserGroup:
    return UserGroup(
        id=group["id"],
        handle=group["handle"],
        members=tuple(group.get("users") or ()),
        disabled=bool(int(group.get("date_delete") or 0)),
        disabled_by=group.get("deleted_by") or None,
        managed_by=_managed_by(group),
        team=str(group.get("team_id") or ""),
    )


MANAGED = {
    "is_idp_group": "its members come from the identity provider",
    "is_org_level": "it belongs to the whole organization, and only its dashboard edits it",
    "auto_type": "Slack itself fills it with every admin or owner of the workspace",
    "is_membership_locked": "its membership is locked",
    "is_external": "it is managed from outside of this workspace",
}


def _managed_by(group: Any) -> str | None:
    if group.get("users") is None and str(group.get("user_count", "")) != "0":
        return "Slack does not say who is in it"
    return next((why for key, why in MANAGED.items() if group.get(key)), None)


def members(answer: Any) -> tuple[SlackId, ...] | None:
    """{"usergroup": {"id", "users": ["U1"], …}}; None where it does not say who is in the group."""
    users = _dict(answer["usergroup"]).get("users")
    return tuple(map(str, users)) if isinstance(users, list) else None


def group_id(answer: Any) -> SlackId:
    """{"usergroup": {"id", …}}; "" where it does not say the ID."""
    return str(_dict(answer["usergroup"]).get("id") or "")


def channel(answer: Any) -> Channel:
    """{"channel": {"id", "name", "is_member", "is_archived", "topic": {"value": "On call: Ada"}, …}}"""
    shown = _dict(answer["channel"])
    return Channel(
        name=str(shown.get("name") or ""),
        is_member=bool(shown.get("is_member")),
        is_archived=bool(shown.get("is_archived")),
        topic=(shown.get("topic") or {}).get("value"),
    )


def identity(answer: Any) -> tuple[SlackId, frozenset[str] | None]:
    """{"user_id": "U1", …}; the scopes come in a header, `x-oauth-scopes: usergroups:read,usergroups:write`.

    None where Slack does not name them.
    """
    has("user_id")(answer)
    scopes = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes")
    named = None if scopes is None else frozenset(scope.strip() for scope in str(scopes).split(","))
    return str(answer["user_id"]), named


def has(key: str) -> Callable[[Any], None]:
    """An answer of which nothing is used: {"ok": true}, {"ts": "1503435956.000247", …}"""

    def read(answer: Any) -> None:
        if answer[key] is None:
            raise LookupError(key)

    return read


def _each(values: Any, read: Callable[[Any], T]) -> Iterator[T]:
    """Without those of another shape."""
    if not isinstance(values, list):
        raise TypeError
    for value in values:
        with suppress(ValueError, *WRONG_SHAPE):
            yield read(value)


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value
