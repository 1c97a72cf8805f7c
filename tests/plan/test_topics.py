"""The line of a channel's topic that says who is on call."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.models import GroupState, OnCall
from oncall_sync.rules.messages import TopicLine, topic_lines, with_line

LINE = "On call: Bo Lindqvist"


def state(*names: str, topic: str | None = "C1") -> GroupState:
    return GroupState(topic=topic, on_call={f"P{name}": OnCall(name=name) for name in names})


def lines(**states: GroupState) -> dict[str, str]:
    return {topic.channel: topic.line for topic in topic_lines(states)}


def test_one_group_is_not_named() -> None:
    assert lines(storage=state("June", "Ada Okafor")) == {"C1": "On call: Ada Okafor, June"}


def test_several_groups_of_one_channel_are_named() -> None:
    assert topic_lines({"storage": state("June"), "platform": state("Bo", "Ada")}) == (
        TopicLine("C1", "On call: @platform Ada, Bo; @storage June", ("platform", "storage")),
    )


def test_each_channel_has_a_line_of_its_own() -> None:
    assert lines(a=state("Ada"), b=state("Bo", topic="C2")) == {"C1": "On call: Ada", "C2": "On call: Bo"}


def test_nobody_is_said_too() -> None:
    assert lines(a=state()) == {"C1": "On call: nobody"}
    assert lines(a=state(), b=state("Bo")) == {"C1": "On call: @a nobody; @b Bo"}


def test_a_group_that_was_never_read_is_left_out_and_the_others_keep_their_names() -> None:
    assert lines(a=GroupState(topic="C1"), b=state("Bo")) == {"C1": "On call: @b Bo"}


def test_a_channel_of_which_nothing_is_known_and_a_group_without_one_have_no_line() -> None:
    assert lines(a=GroupState(topic="C1"), b=state("Bo", topic=None)) == {}


def test_a_name_is_written_as_slack_keeps_it_and_cannot_break_out_of_the_line() -> None:
    assert lines(a=state("<!here> | Ops & Co\nx")) == {"C1": "On call: &lt;!here&gt; / Ops &amp; Co x"}


@pytest.mark.parametrize(
    ("topic", "wanted"),
    [
        ("", LINE),
        ("Runbooks: <https://a.example|here> &amp; more", f"{LINE} | Runbooks: <https://a.example|here> &amp; more"),
        ("On call: Ada", LINE),
        ("On call: nobody | Be nice", f"{LINE} | Be nice"),
        ("Be nice | On call: Ada, Cy", f"Be nice | {LINE}"),
        ("Be nice | On call: Ada | On call: somebody's note", f"Be nice | {LINE} | On call: somebody's note"),
        ("Be nice\nOn call: Ada\n\nBye", f"Be nice\n{LINE}\n\nBye"),
        ("Who is On call: ask", f"{LINE} | Who is On call: ask"),
        ("a |On call: Ada", f"{LINE} | a |On call: Ada"),
        ("On call: <mailto:a@b.example|a@b.example>, Ada | x", f"{LINE} | x"),
    ],
)
def test_the_line_replaces_the_old_one_or_comes_first_and_the_rest_stays(topic: str, wanted: str) -> None:
    assert with_line(topic, LINE) == wanted


@given(st.text(alphabet=st.sampled_from("On cal:|\n &;x"), max_size=60), st.sampled_from([LINE, r"On call: \1 \g<0>"]))
def test_a_topic_that_has_the_line_stays_as_it_is(topic: str, line: str) -> None:
    once = with_line(topic, line)
    assert line in once
    assert with_line(once, line) == once
