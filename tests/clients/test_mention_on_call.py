"""Whom mention_on_call mentions where nothing is remembered, and that it raises nothing that Slack says."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from oncall_sync.notifier import mention_on_call
from sandbox import Channel, Fault, Sandbox
from tests.sync.driver import Sync


@pytest.fixture
def sandbox(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    for name, value in sync.sandbox.environment().items():
        monkeypatch.setenv(name, value)
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.channels["CALERTS"] = Channel(name="alerts")
    return sync.sandbox


def mention(handle: str, sandbox: Sandbox) -> list[str]:
    """What is posted."""
    mention_on_call(handle, channel="#alerts", text="it burns").notify({})  # of no task
    return [message["text"] for message in sandbox.world.messages]


def test_slacks_list_is_asked_once_for_the_group_whatever_the_spelling_of_the_handle(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    assert mention("@Alpha", sandbox) == ["<!subteam^SGALPHA> it burns"]
    assert [request.endpoint for request in sandbox.requests] == ["usergroups.list", "chat.postMessage"]
    assert sandbox.requests[-1].params.keys() == {"channel", "text", "unfurl_links"}, "others need another scope"
    assert caplog.messages == []


def unlisted(sandbox: Sandbox) -> None:
    sandbox.world.slack.scopes.remove("usergroups:read")


def disabled(sandbox: Sandbox) -> None:
    sandbox.world.group("alpha").disabled = True


def renamed(sandbox: Sandbox) -> None:
    sandbox.world.group("alpha").handle = "elsewhere"


@pytest.mark.parametrize(
    ("happens", "warning"),
    [
        (unlisted, "Add the scope usergroups:read"),
        (disabled, "Slack has no user group @alpha: the message names it, and notifies nobody."),
        (renamed, "Slack has no user group @alpha: the message names it, and notifies nobody."),
    ],
)
def test_a_group_that_cannot_be_mentioned_is_named_with_a_warning(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, happens: Callable[[Sandbox], None], warning: str
) -> None:
    happens(sandbox)
    assert mention("alpha", sandbox) == ["@alpha it burns"]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert warning in caplog.text


def unscoped(sandbox: Sandbox) -> None:
    sandbox.world.slack.scopes.remove("chat:write")


def elsewhere(sandbox: Sandbox) -> None:
    sandbox.world.channels["CALERTS"].name = "elsewhere"


def uninvited(sandbox: Sandbox) -> None:
    sandbox.world.channels["CALERTS"].is_member = False


def retokened(sandbox: Sandbox) -> None:
    sandbox.world.slack.token = "xoxb-another-token"


def down(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(service="slack", status=503, times=None))


def busy(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(service="slack", status=429, headers={"retry-after": "600"}, times=None))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (unscoped, "Add the scope chat:write"),
        (elsewhere, "Check the channel's ID or name"),
        (uninvited, "Invite the app to the channel"),
        (retokened, "Put a valid bot or user token"),
        (down, "Slack answers 503"),
        (busy, "wait 600 s"),
    ],
)
def test_what_slack_refuses_is_one_line_in_the_log(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, happens: Callable[[Sandbox], None], reason: str
) -> None:
    token = sandbox.world.slack.token
    happens(sandbox)
    assert mention("alpha", sandbox) == []
    (error,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert error.startswith("The message to #alerts was not posted. Slack channel #alerts: ")
    assert reason in error
    assert "\n" not in error
    assert token not in caplog.text
