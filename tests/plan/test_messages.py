"""What the sync writes into channels, to the letter, and when it writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.config import Group
from oncall_sync.models import GroupPlan, GroupState, OnCall
from oncall_sync.rules.messages import TopicLine, handoff, topic_lines, with_line
from tests.builders import AT, HOUR, MINUTE, kept, member

EVENING = AT + 8 * HOUR
THEN = "(until <!date^1795453200^{date_short_pretty} at {time}|2026-11-23 17:00 UTC>)"
YESTERDAY = AT - 24 * HOUR


def on_call(name: str, until: datetime | None = None, since: datetime | None = AT - 2 * MINUTE) -> OnCall:
    return OnCall(name=name, since=since, until=until)


def message(
    before: Iterable[OnCall] | None,
    after: Iterable[OnCall] | None,
    plan: GroupPlan | None = None,
    seen: datetime | None = AT - 15 * MINUTE,
    **options: Any,
) -> str | None:
    """The handoff, nine in the morning; people of one name are one person. seen: when the first were on call."""
    group = Group.model_validate({"schedules": ("PDAY",), "announce": "C0TEAM", **options})
    planned = (plan or kept()).model_copy(update={"next": GroupState(on_call=_by_name(after))})
    made = handoff("oncall", group, planned, GroupState(on_call=_by_name(before), verified_at=seen), AT)
    assert made is None or (made.handle, made.channel) == ("oncall", "C0TEAM")
    return made.text if made else None


def _by_name(people: Iterable[OnCall] | None) -> dict[str, OnCall] | None:
    return None if people is None else {f"P{one.name}": one for one in people}


ADA, BO, CY = on_call("Ada Okafor"), on_call("Bo Lindqvist"), on_call("Cy Marsh")
BO_TODAY = on_call("Bo Lindqvist", EVENING)


# ── handoffs, in words ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ([ADA], [BO_TODAY], f"Bo Lindqvist {THEN} took over from Ada Okafor."),
        ([ADA], [BO], "Bo Lindqvist took over from Ada Okafor."),
        (
            [ADA, BO, CY],
            [on_call("Dee", EVENING), on_call("Emil")],
            f"Dee {THEN} and Emil took over from Ada Okafor, Bo Lindqvist and Cy Marsh.",
        ),
        ([ADA, BO], [BO_TODAY, CY], f"Cy Marsh took over from Ada Okafor. Still on call: Bo Lindqvist {THEN}."),
        ([ADA], [ADA, BO_TODAY], f"Bo Lindqvist {THEN} came on call. Still on call: Ada Okafor."),
        ([ADA, BO], [BO], "Ada Okafor went off call. Still on call: Bo Lindqvist."),
        ([], [ADA], "Ada Okafor came on call."),
        (
            [ADA],
            [on_call(f"P{n:02}") for n in range(13)],
            "P00, P01, P02, P03, P04, P05, P06, P07, P08, P09 and 3 more took over from Ada Okafor.",
        ),
        (
            [on_call(f"P{n}") for n in range(10)],
            [ADA],
            "Ada Okafor took over from P0, P1, P2, P3, P4, P5, P6, P7, P8 and P9.",
        ),
    ],
    ids=["with an end", "without", "several", "one stays", "one joins", "one goes", "of nobody", "of 13", "from ten"],
)
def test_a_handoff_names_who_came_who_went_and_who_stays(before: Any, after: Any, text: str) -> None:
    assert message(before, after) == f"@oncall: {text}"


QUIET = kept("ada", status="nobody_on_call")


@pytest.mark.parametrize(
    ("plan", "options", "text"),
    [
        (QUIET, {}, "; the group keeps its members"),
        (QUIET, {"when_empty": "disable"}, "; the group is disabled if this lasts"),
        (GroupPlan(status="updated", members=(member("lead", "fallback"),)), {}, "; the fallback stands in"),
        (GroupPlan(status="updated", members=(member("boss", "always"),)), {}, ""),
    ],
)
def test_if_nobody_follows_the_message_says_what_becomes_of_the_group(
    plan: GroupPlan, options: dict[str, Any], text: str
) -> None:
    assert message([ADA], [], plan, **options) == f"@oncall: Ada Okafor went off call. Nobody is on call{text}."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("Ops & Co", "Ops &amp; Co"),
        ("&lt;", "&amp;lt;"),
        ("*x*", "∗x∗"),  # noqa: RUF001
        ("_x_ ~y~ `z`", "ˍxˍ ∼y∼ ˋzˋ"),  # noqa: RUF001
        ("Ada\n> Okafor\t", "Ada &gt; Okafor"),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_a_name_neither_notifies_nor_formats_nor_breaks_the_line(name: str, shown: str) -> None:
    assert message([ADA], [on_call(name)]) == f"@oncall: {shown} took over from Ada Okafor."
    assert message([on_call(name)], [ADA]) == f"@oncall: Ada Okafor took over from {shown}."


# ── when there is no message ─────────────────────────────────────────────────────────────────────────────


def test_there_is_no_message_without_a_channel_an_earlier_state_and_a_change_of_people() -> None:
    assert message([ADA], [BO], announce=None) is None
    assert message(None, [ADA]) is None
    assert message([ADA], None) is None
    assert message([ADA], [on_call("Ada Okafor", EVENING, since=None)]) is None


@pytest.mark.parametrize(("ago", "announced"), [(HOUR, True), (HOUR + timedelta(seconds=1), False)])
def test_a_handoff_is_announced_within_the_hour(ago: timedelta, announced: bool) -> None:
    """The group had failed since yesterday, so that nothing was announced at the time."""
    assert bool(message([ADA], [on_call("Bo", since=AT - ago)], seen=YESTERDAY)) is announced
    assert bool(message([on_call("Ada", AT - ago)], [], seen=YESTERDAY)) is announced


def test_of_several_handoffs_the_latest_counts() -> None:
    after = [on_call("Bo", since=AT - 5 * HOUR), on_call("Cy", since=AT - MINUTE)]
    assert message([ADA], after, seen=YESTERDAY)


def test_after_an_edit_in_pagerduty_it_counts_when_the_others_were_seen_last() -> None:
    """The override would have lasted until the evening; who comes back has been on call since yesterday, or always."""
    for since in (YESTERDAY, None):
        assert message([BO_TODAY], [on_call("Ada", since=since)])
        assert message([BO_TODAY], [on_call("Ada", since=since)], seen=AT - 2 * HOUR) is None


# ── topics ───────────────────────────────────────────────────────────────────────────────────────────────

LINE = "On call: Bo Lindqvist"


def state(*names: str, topic: str | None = "C1") -> GroupState:
    return GroupState(topic=topic, on_call={f"P{name}": OnCall(name=name) for name in names})


UNREAD = GroupState(topic="C1")


@pytest.mark.parametrize(
    ("states", "lines"),
    [
        ({"storage": state("June", "Ada Okafor")}, {"C1": "On call: Ada Okafor, June"}),
        ({"b": state("June"), "a": state("Bo", "Ada")}, {"C1": "On call: @a Ada, Bo; @b June"}),
        ({"a": state("Ada"), "b": state("Bo", topic="C2")}, {"C1": "On call: Ada", "C2": "On call: Bo"}),
        ({"a": state()}, {"C1": "On call: nobody"}),
        ({"a": UNREAD, "b": state("Bo")}, {"C1": "On call: @b Bo"}),
        ({"a": UNREAD, "b": state("Bo", topic=None)}, {}),
        ({"a": state("<!here> | Ops & Co\nx")}, {"C1": "On call: &lt;!here&gt; / Ops &amp; Co x"}),
    ],
    ids=["one group", "several groups", "several channels", "nobody", "one unread", "all unread", "an odd name"],
)
def test_a_channel_has_one_line_about_its_groups(states: dict[str, GroupState], lines: dict[str, str]) -> None:
    assert {topic.channel: topic.line for topic in topic_lines(states)} == lines


def test_a_line_belongs_to_all_groups_of_its_channel() -> None:
    assert topic_lines({"a": state("Ada"), "b": UNREAD}) == (TopicLine("C1", "On call: @a Ada", ("a", "b")),)


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
