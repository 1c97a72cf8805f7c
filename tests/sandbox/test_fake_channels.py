"""The fake Slack's channels: messages that are posted, topics that are set."""

import pytest

from sandbox import Sandbox
from tests.sandbox.clients import Call

EVERY_SCOPE = ["chat:write", "channels:read", "channels:write.topic", "groups:read", "groups:write.topic"]


@pytest.fixture
def may_post(sandbox: Sandbox) -> None:
    sandbox.world.slack.scopes += EVERY_SCOPE


def shown_topic(slack: Call, channel: str = "CIN") -> str:
    value: str = slack("conversations.info", channel=channel)["channel"]["topic"]["value"]
    return value


@pytest.mark.usefixtures("may_post")
def test_a_message_is_kept_for_tests_to_look_at(sandbox: Sandbox, slack: Call) -> None:
    answer = slack("chat.postMessage", channel="CIN", text="Ada is on call")
    assert answer["message"]["text"] == "Ada is on call"
    assert [(each["channel"], each["text"]) for each in sandbox.world.messages] == [("CIN", "Ada is on call")]


@pytest.mark.usefixtures("may_post")
def test_a_message_may_name_the_channel_where_a_topic_needs_its_id(sandbox: Sandbox, slack: Call) -> None:
    assert slack("chat.postMessage", channel="#in", text="Ada is on call")["ok"]
    assert [each["text"] for each in sandbox.world.messages] == ["Ada is on call"]
    assert slack("conversations.setTopic", channel="#in", topic="x")["error"] == "channel_not_found"


@pytest.mark.usefixtures("may_post")
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"channel": "CNOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "in", "text": "x"}, "channel_not_found"),
        ({"channel": "CTHEIRS", "text": "x"}, "channel_not_found"),
        ({"channel": "COLD", "text": "x"}, "is_archived"),
        ({"channel": "COUT", "text": "x"}, "not_in_channel"),
        ({"channel": "#out", "text": "x"}, "not_in_channel"),
        ({"channel": "CIN"}, "no_text"),
        ({"channel": "CIN", "text": "x", "username": "Airflow"}, "missing_scope"),
    ],
)
def test_a_message_is_refused_with_slacks_reasons(
    sandbox: Sandbox, slack: Call, fields: dict[str, str], error: str
) -> None:
    assert slack("chat.postMessage", **fields)["error"] == error
    assert sandbox.world.messages == []


@pytest.mark.usefixtures("may_post")
@pytest.mark.parametrize("channel", ["CIN", "CMINE"])
def test_a_topic_is_set_and_shown(sandbox: Sandbox, slack: Call, channel: str) -> None:
    answer = slack("conversations.setTopic", channel=channel, topic="On call: Ada")
    assert answer["channel"]["topic"]["value"] == shown_topic(slack, channel) == "On call: Ada"
    assert sandbox.world.channels[channel].topic == "On call: Ada"


@pytest.mark.usefixtures("may_post")
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"channel": "CNOWHERE", "topic": "x"}, "channel_not_found"),
        ({"channel": "CTHEIRS", "topic": "x"}, "channel_not_found"),
        ({"channel": "COLD", "topic": "x"}, "is_archived"),
        ({"channel": "COUT", "topic": "x"}, "not_in_channel"),
        ({"channel": "CIN", "topic": "x" * 251}, "too_long"),
        ({"channel": "CIN", "topic": "x" * 249 + "&"}, "too_long"),
        ({"channel": "CIN"}, "invalid_arguments"),
    ],
)
def test_a_topic_is_refused_with_slacks_reasons(
    sandbox: Sandbox, slack: Call, fields: dict[str, str], error: str
) -> None:
    assert slack("conversations.setTopic", **fields)["error"] == error
    assert sandbox.world.topics == []


@pytest.mark.usefixtures("may_post")
def test_a_topic_has_250_characters_and_may_be_empty(slack: Call) -> None:
    for topic in ("x" * 250, ""):
        assert slack("conversations.setTopic", channel="CIN", topic=topic)["ok"]
        assert shown_topic(slack) == topic


@pytest.mark.usefixtures("may_post")
def test_each_setting_of_a_topic_is_recorded_even_of_one_that_stands_there(sandbox: Sandbox, slack: Call) -> None:
    for topic in ("Ada", "Ada", "Bo & Cy"):
        slack("conversations.setTopic", channel="CIN", topic=topic)
    recorded = [(each["channel"], each["topic"]) for each in sandbox.world.topics]
    assert recorded == [("CIN", "Ada"), ("CIN", "Ada"), ("CIN", "Bo &amp; Cy")]
    assert sandbox.world.messages == []


@pytest.mark.usefixtures("may_post")
@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        ("R&D: <Ada>", "R&amp;D: &lt;Ada&gt;"),
        ("R&amp;D: &lt;Ada&gt;", "R&amp;D: &lt;Ada&gt;"),
        ("&copy;", "&amp;copy;"),
        ("<@UADA> in <#CIN|in>, <!subteam^SONE|@one>", "<@UADA> in <#CIN|in>, <!subteam^SONE|@one>"),
        ("ada.l+x@acme.example", "<mailto:ada.l+x@acme.example|ada.l+x@acme.example>"),
        ("see https://acme.example/?a=1&b", "see <https://acme.example/?a=1&amp;b>"),
        ("ask @one", "ask @one"),
    ],
)
def test_a_topic_comes_back_as_slack_keeps_it(slack: Call, topic: str, shown: str) -> None:
    slack("conversations.setTopic", channel="CIN", topic=topic)
    assert shown_topic(slack) == shown
    slack("conversations.setTopic", channel="CIN", topic=shown)
    assert shown_topic(slack) == shown


def test_a_topic_of_the_world_file_is_shown_like_one_that_was_set(sandbox: Sandbox, slack: Call) -> None:
    sandbox.world.slack.scopes.append("channels:read")
    sandbox.world.channels["CIN"].topic = "R&D"
    assert shown_topic(slack) == "R&amp;D"


@pytest.mark.parametrize(
    ("channel", "scopes", "needed"),
    [
        ("CIN", [], "channels:read"),
        ("CIN", ["groups:read"], "channels:read"),
        ("CMINE", ["channels:read"], "groups:read"),
    ],
)
def test_reading_public_and_private_channels_needs_different_scopes(
    sandbox: Sandbox, slack: Call, channel: str, scopes: list[str], needed: str
) -> None:
    sandbox.world.slack.scopes = scopes
    answer = slack("conversations.info", channel=channel)
    assert (answer["error"], answer["needed"]) == ("missing_scope", needed)


@pytest.mark.parametrize(
    ("channel", "scope", "needed"),
    [("CIN", "groups:write.topic", "channels:write.topic"), ("CMINE", "channels:manage", "groups:write.topic")],
)
def test_so_does_setting_their_topics(sandbox: Sandbox, slack: Call, channel: str, scope: str, needed: str) -> None:
    sandbox.world.slack.scopes = [scope]
    answer = slack("conversations.setTopic", channel=channel, topic="x")
    assert (answer["error"], answer["needed"]) == ("missing_scope", needed)
    assert sandbox.world.topics == []


@pytest.mark.usefixtures("may_post")
@pytest.mark.parametrize("channel", ["CNOWHERE", "CTHEIRS"])
def test_an_unknown_channel_and_a_private_one_of_others_are_not_found(slack: Call, channel: str) -> None:
    assert slack("conversations.info", channel=channel)["error"] == "channel_not_found"


@pytest.mark.usefixtures("may_post")
def test_a_channel_tells_whether_the_app_is_in_it_and_whether_it_is_archived(slack: Call) -> None:
    found = {key: slack("conversations.info", channel=key)["channel"] for key in ("CIN", "COUT", "COLD", "CMINE")}
    assert [found[key]["is_member"] for key in found] == [True, False, True, True]
    assert [found[key]["is_archived"] for key in found] == [False, False, True, False]
    assert [found[key]["is_private"] for key in found] == [False, False, False, True]
