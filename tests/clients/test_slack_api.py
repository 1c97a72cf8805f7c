"""The Slack client: what it sends, what it returns, and which error says what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.errors import BrokenAnswer, InvalidUsers, PassingFault, RateLimited, Refused
from oncall_sync.slack.client import SlackApi
from sandbox import Channel, Fault, Sandbox
from tests.sync.driver import Sync
from tests.sync.worlds import crowd


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    return sync.sandbox


@pytest.fixture
def slack(sync: Sync) -> SlackApi:
    return sync.slack("")


# ── endpoints ────────────────────────────────────────────────────────────────────────────────────────────


def test_one_answer_holds_all_groups_with_members_the_disabled_ones_too(slack: SlackApi, sandbox: Sandbox) -> None:
    sandbox.world.group("late").disabled = True

    groups = {group.handle: group for group in slack.user_groups()}

    assert groups.keys() == {"alpha", "beta", "late", "design"}
    assert groups["design"].members == ("UPIA", "UQUINN")
    assert [group.disabled for group in groups.values()].count(True) == 1
    assert groups["late"].disabled
    assert sandbox.count("slack") == slack.requests == 1


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("is_idp_group", True, "identity provider"),
        ("is_org_level", True, "organization"),
        ("is_membership_locked", True, "locked"),
        ("is_external", True, "from outside of this workspace"),
        ("auto_type", "admin", "Slack itself fills it with every admin or owner"),
        ("auto_type", "owner", "Slack itself fills it with every admin or owner"),
    ],
)
def test_groups_that_somebody_else_manages_say_who(
    slack: SlackApi, sandbox: Sandbox, field: str, value: Any, why: str
) -> None:
    setattr(sandbox.world.group("alpha"), field, value)

    managed = {group.handle: group.managed_by for group in slack.user_groups()}

    assert why in (managed.pop("alpha") or "")
    assert set(managed.values()) == {None}


def test_by_member_id_a_deactivated_account_comes_and_says_so(slack: SlackApi, sandbox: Sandbox) -> None:
    sandbox.world.accounts["UADA"].deleted = True
    account = slack.account_by_id("UADA")

    assert account
    assert account.unusable == "deactivated_account"
    assert slack.account_by_id("UNOPE") is None


def test_all_pages_of_accounts_come_each_account_once(slack: SlackApi, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 1100)

    pages = [slack.accounts()]
    while cursor := pages[-1][1]:
        pages.append(slack.accounts(cursor))

    ids = [account.id for page, _ in pages for account in page]
    assert sorted(ids) == sorted(sandbox.world.accounts)
    assert [len(page) for page, _ in pages] == [999, len(ids) - 999]
    assert {request.params["limit"] for request in sandbox.requests} == {"999"}


@pytest.fixture
def may_post(sandbox: Sandbox) -> None:
    """chat:write alone: a name or an icon of one's own would need chat:write.customize."""
    sandbox.world.slack.scopes.append("chat:write")
    sandbox.world.channels["CALERTS"] = Channel(name="data-alerts")


@pytest.mark.usefixtures("may_post")
@pytest.mark.parametrize("channel", ["CALERTS", "#data-alerts"])
def test_a_message_is_posted_by_channel_id_or_name_and_shows_no_preview_of_its_links(
    slack: SlackApi, sandbox: Sandbox, channel: str
) -> None:
    slack.post(channel, "<!subteam^SGALPHA> load failed (<https://airflow.example|log>)")

    (message,) = sandbox.world.messages
    assert message["text"] == "<!subteam^SGALPHA> load failed (<https://airflow.example|log>)"
    assert sandbox.requests[0].params.keys() == {"channel", "text", "unfurl_links"}
    assert str(sandbox.requests[0].params["unfurl_links"]).lower() in {"0", "false"}


@pytest.mark.usefixtures("may_post")
@pytest.mark.parametrize(
    ("spoilt", "code", "remedy"),
    [
        ({"is_member": False}, "not_in_channel", "Invite the app to the channel"),
        ({"is_private": True, "is_member": False}, "channel_not_found", "a private one is seen only by an app that"),
        ({"is_archived": True}, "is_archived", "Unarchive the channel"),
    ],
)
def test_a_channel_that_takes_no_message_is_named_with_what_to_do(
    slack: SlackApi, sandbox: Sandbox, spoilt: dict[str, Any], code: str, remedy: str
) -> None:
    for key, value in spoilt.items():
        setattr(sandbox.world.channels["CALERTS"], key, value)

    with pytest.raises(Refused, match=remedy) as refused:
        slack.post("#data-alerts", "load failed")

    assert refused.value.code == code
    assert str(refused.value).startswith(f"Slack channel #data-alerts: Slack refuses ({code}).")
    assert sandbox.world.messages == []


@pytest.mark.usefixtures("may_post")
def test_a_message_that_met_a_fault_of_slacks_is_posted_again(slack: SlackApi, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(endpoint="chat.postMessage", status=503))

    slack.post("CALERTS", "load failed")

    assert [message["text"] for message in sandbox.world.messages] == ["load failed"]
    assert slack.requests == 2


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────────


def fails(sandbox: Sandbox, times: int | None = None, **fault: Any) -> None:
    sandbox.faults.add(Fault.model_validate({"service": "slack", "times": times, **fault}))


REFUSED = {
    "invalid_auth": "valid bot or user token",
    "not_authed": "valid bot or user token",
    "account_inactive": "valid bot or user token",
    "token_revoked": "valid bot or user token",
    "token_expired": "valid bot or user token",
    "not_allowed_token_type": "valid bot or user token",
    "no_permission": "token of someone who may",
    "permission_denied": "let everyone edit user groups",
    "plan_upgrade_required": "paid Slack plan",
    "paid_teams_only": "paid Slack plan",
    "no_such_subteam": "correct the handle or the id",
    "subteam_max_users_exceeded": "fewer people",
    "something_new": "docs.slack.dev/reference/methods",
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_pass_is_asked_once_and_says_what_to_do(slack: SlackApi, sandbox: Sandbox, code: str) -> None:
    fails(sandbox, error=code)

    with pytest.raises(Refused, match=REFUSED[code]) as refused:
        slack.set_members("alpha", "SGALPHA", ["UADA"])

    assert refused.value.code == code
    assert str(refused.value).startswith(f"@alpha: Slack refuses ({code}).")
    assert sandbox.count("slack") == 1
    assert not isinstance(refused.value, InvalidUsers)


SCOPES: dict[str, Callable[[SlackApi], Any]] = {
    "usergroups:read": lambda slack: slack.user_groups(),
    "usergroups:write": lambda slack: slack.set_members("alpha", "SGALPHA", ["UADA"]),
    "users:read.email": lambda slack: slack.account_by_email("ada@acme.example"),
    "users:read": lambda slack: slack.accounts(),
}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_missing_scope_is_named_with_where_to_add_it(slack: SlackApi, sandbox: Sandbox, scope: str) -> None:
    sandbox.world.slack.scopes.remove(scope)

    with pytest.raises(Refused) as refused:
        SCOPES[scope](slack)

    assert refused.value.code == "missing_scope"
    assert f"Add the scope {scope} to the app" in str(refused.value)
    assert "OAuth & Permissions" in str(refused.value)
    assert "install the app again" in str(refused.value)


@pytest.mark.parametrize(
    "code", ["invalid_users", "invalid_user", "failed_for_some_users", "single_channel_guests_cannot_be_added"]
)
def test_an_invalid_member_is_an_error_of_its_own(slack: SlackApi, sandbox: Sandbox, code: str) -> None:
    fails(sandbox, error=code)

    with pytest.raises(InvalidUsers):
        slack.set_members("alpha", "SGALPHA", ["UADA"])


PASSING: dict[str, dict[str, Any]] = {
    "internal_error": {"error": "internal_error"},
    "fatal_error": {"error": "fatal_error"},
    "service_unavailable": {"error": "service_unavailable"},
    "request_timeout": {"error": "request_timeout"},
    "500 HTML": {"status": 500},
    "502 HTML": {"status": 502},
    "503": {"status": 503},
    "504": {"status": 504},
    "HTML 200": {"status": 200, "body": "<html></html>"},
    "empty 200": {"status": 200, "body": ""},
    "null": {"status": 200, "body": "null"},
    "truncated body": {"kind": "truncate"},
    "truncated JSON": {"kind": "truncate_json"},
    "dropped": {"kind": "drop"},
    "dropped in the middle": {"kind": "drop_body"},
}
NOTHING = '{"ok": true, "usergroups": null, "usergroup": null, "user": null, "members": null, "channel": null}'
CALLS: dict[str, Callable[[SlackApi], Any]] = {
    "usergroups.list": lambda slack: slack.user_groups(),
    "usergroups.users.update": lambda slack: slack.set_members("alpha", "SGALPHA", ["UADA"]),
    "users.lookupByEmail": lambda slack: slack.account_by_email("ada@acme.example"),
    "users.list": lambda slack: slack.accounts(),
    "users.info": lambda slack: slack.account_by_id("UADA"),
    "conversations.info": lambda slack: slack.channel("CTEAM"),
    "usergroups.enable": lambda slack: slack.enable("alpha", "SGALPHA"),
    "auth.test": lambda slack: slack.own_id(),
    "chat.postMessage": lambda slack: slack.post("CTEAM", "x"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_asked_for_again_twice(slack: SlackApi, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    fails(sandbox, times=2, **fault)
    assert slack.user_groups()
    assert sandbox.count("slack") == 3

    fails(sandbox, **fault)
    with pytest.raises(PassingFault) as raised:
        slack.user_groups()
    assert raised.value.code in {"slack_down", "slack_broken_answer"}
    assert sandbox.count("slack") == 6
    assert "xoxb" not in str(raised.value)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("answer", ["{}", "[]", '{"ok": true}', NOTHING], ids=["{}", "[]", "ok alone", "null"])
def test_an_answer_without_its_content_is_broken(
    slack: SlackApi, sandbox: Sandbox, answer: str, call: Callable[[SlackApi], Any]
) -> None:
    fails(sandbox, status=200, body=answer)

    with pytest.raises(BrokenAnswer):
        call(slack)


def test_nobody_listening_is_a_passing_fault(sync: Sync) -> None:
    slack = sync.slack("")
    sync.sandbox.stop()

    with pytest.raises(PassingFault, match="Slack cannot be reached"):
        slack.user_groups()


# ── rate limits ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"retry-after": "7"}, 7), ({"Retry-After": "30"}, 30), ({"retry-after": "soon"}, 1), ({}, 1)],
)
def test_a_rate_limit_is_waited_out_as_long_as_slack_asks(sync: Sync, headers: dict[str, str], wait: float) -> None:
    fails(sync.sandbox, times=1, status=429, headers=headers)

    slack = sync.slack("")
    assert slack.user_groups()
    assert (sync.slept, slack.requests) == ([wait], 2)


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
def test_a_rate_limit_without_status_429_is_one_too(sync: Sync, code: str) -> None:
    fails(sync.sandbox, times=1, error=code)

    assert sync.slack("").user_groups()
    assert sync.slept == [1]


def test_the_budget_is_one_for_all_calls_of_the_client(sync: Sync) -> None:
    slack = sync.slack("")
    for _ in range(2):
        fails(sync.sandbox, times=1, status=429, headers={"retry-after": "30"})
        slack.user_groups()
    fails(sync.sandbox, times=1, status=429, headers={"retry-after": "30"})

    with pytest.raises(RateLimited):
        slack.account_by_email("ada@acme.example")
    assert sync.slept == [30, 30]
