"""What the channel of a group is told when somebody else is on call, to the letter; and when it is told nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import Group
from oncall_sync.models import GroupPlan, GroupState, OnCall
from oncall_sync.rules.messages import handoff
from tests.builders import AT, HOUR, MINUTE, kept, member

EVENING = AT + 8 * HOUR
THEN = "(until <!date^1795453200^{date_short_pretty} at {time}|2026-11-23 17:00 UTC>)"

People = Iterable[OnCall]


def on_call(name: str, until: datetime | None = None, since: datetime | None = AT - 2 * MINUTE) -> OnCall:
    return OnCall(name=name, since=since, until=until)


def told(
    before: People | None,
    after: People | None,
    plan: GroupPlan | None = None,
    seen: datetime | None = AT - 15 * MINUTE,
    **options: Any,
) -> str | None:
    """The message, nine in the morning; people of one name are one person. seen: when the first were on call."""
    group = Group.model_validate({"schedules": ("PDAY",), "announce": "C0TEAM", **options})
    message = handoff(
        "oncall",
        group,
        (plan or kept()).model_copy(update={"next": GroupState(on_call=_by_name(after), verified_at=AT)}),
        GroupState(on_call=_by_name(before), verified_at=seen),
        AT,
    )
    assert message is None or (message.handle, message.channel) == ("oncall", "C0TEAM")
    return message.text if message else None


def _by_name(people: People | None) -> dict[str, OnCall] | None:
    return None if people is None else {f"P{one.name}": one for one in people}


ADA, BO, CY = on_call("Ada Okafor"), on_call("Bo Lindqvist"), on_call("Cy Marsh")


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_takes_over_from_one_until_a_time_that_each_reader_sees_in_their_zone() -> None:
    assert told([ADA], [on_call("Bo Lindqvist", EVENING)]) == f"@oncall: Bo Lindqvist {THEN} took over from Ada Okafor."


def test_a_shift_without_a_known_end_says_none() -> None:
    assert told([ADA], [BO]) == "@oncall: Bo Lindqvist took over from Ada Okafor."


def test_several_take_over_from_several_each_with_their_own_end() -> None:
    after = [on_call("Dee", EVENING), on_call("Emil")]
    assert told([ADA, BO, CY], after) == (
        f"@oncall: Dee {THEN} and Emil took over from Ada Okafor, Bo Lindqvist and Cy Marsh."
    )


def test_those_who_stay_are_named_with_their_end() -> None:
    assert told([ADA, BO], [on_call("Bo Lindqvist", EVENING), CY]) == (
        f"@oncall: Cy Marsh took over from Ada Okafor. Still on call: Bo Lindqvist {THEN}."
    )


def test_somebody_comes_beside_others() -> None:
    assert told([ADA], [ADA, on_call("Bo Lindqvist", EVENING)]) == (
        f"@oncall: Bo Lindqvist {THEN} came on call. Still on call: Ada Okafor."
    )


def test_somebody_goes_and_others_remain() -> None:
    assert told([ADA, BO], [BO]) == "@oncall: Ada Okafor went off call. Still on call: Bo Lindqvist."


def test_somebody_comes_where_nobody_was() -> None:
    assert told([], [ADA]) == "@oncall: Ada Okafor came on call."


def test_nobody_is_on_call_any_more_and_the_group_keeps_its_members() -> None:
    plan = kept("ada", status="nobody_on_call")
    assert told([ADA, BO], [], plan) == (
        "@oncall: Ada Okafor and Bo Lindqvist went off call. Nobody is on call; the group keeps its members."
    )


def test_nobody_is_on_call_any_more_and_the_group_is_to_be_disabled() -> None:
    plan = kept("ada", status="nobody_on_call")
    assert told([ADA], [], plan, when_empty="disable") == (
        "@oncall: Ada Okafor went off call. Nobody is on call; the group is disabled if this lasts."
    )


def test_nobody_is_on_call_any_more_and_the_fallback_stands_in() -> None:
    plan = GroupPlan(status="updated", members=(member("lead", "fallback"),))
    assert told([ADA], [], plan) == "@oncall: Ada Okafor went off call. Nobody is on call; the fallback stands in."


def test_nobody_is_on_call_any_more_and_only_those_who_are_always_members_are_left() -> None:
    plan = GroupPlan(status="updated", members=(member("boss", "always"),))
    assert told([ADA], [], plan) == "@oncall: Ada Okafor went off call. Nobody is on call."


def test_of_more_than_ten_people_the_others_are_counted() -> None:
    thirteen = [on_call(f"P{n:02}") for n in range(13)]
    assert told([ADA], thirteen) == (
        "@oncall: P00, P01, P02, P03, P04, P05, P06, P07, P08, P09 and 3 more took over from Ada Okafor."
    )


def test_ten_people_are_all_named() -> None:
    ten = [on_call(f"P{n}") for n in range(10)]
    assert told(ten, [ADA]) == ("@oncall: Ada Okafor took over from P0, P1, P2, P3, P4, P5, P6, P7, P8 and P9.")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U0ADA>", "&lt;@U0ADA&gt;"),
        ("Ops & Co", "Ops &amp; Co"),
        ("&lt;", "&amp;lt;"),
        ("*x*", "∗x∗"),  # noqa: RUF001
        ("_x_ ~y~ `z`", "ˍxˍ ∼y∼ ˋzˋ"),  # noqa: RUF001
        ("Ada\n> Okafor\t", "Ada &gt; Okafor"),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_a_name_neither_notifies_nor_formats_nor_breaks_the_line(name: str, shown: str) -> None:
    assert told([ADA], [on_call(name)]) == f"@oncall: {shown} took over from Ada Okafor."
    assert told([on_call(name)], [ADA]) == f"@oncall: Ada Okafor took over from {shown}."
    assert told([ADA], [ADA, on_call(name)]) == f"@oncall: {shown} came on call. Still on call: Ada Okafor."


# ── silence ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_people_are_no_news_even_with_another_name_or_end() -> None:
    renamed = OnCall(name="Ada Lovelace", until=EVENING)
    state = {"PADA": ADA}, {"PADA": renamed}
    group = Group(schedules=("PDAY",), announce="C0TEAM")
    before, after = (GroupState(on_call=people, verified_at=AT) for people in state)
    assert handoff("oncall", group, kept(next=after), before, AT) is None


def test_a_group_without_a_channel_tells_nothing() -> None:
    assert told([ADA], [BO], announce=None) is None


def test_the_first_time_that_a_group_is_seen_is_no_handoff() -> None:
    assert told(None, [ADA]) is None


def test_a_group_of_which_nothing_is_known_now_tells_nothing() -> None:
    assert told([ADA], None) is None


# ── how long ago ─────────────────────────────────────────────────────────────────────────────────────────

YESTERDAY = AT - 24 * HOUR


@pytest.mark.parametrize(("ago", "news"), [(HOUR, True), (HOUR + timedelta(seconds=1), False)])
def test_a_handoff_is_told_within_the_hour(ago: timedelta, news: bool) -> None:
    """The group had failed since yesterday, so that nothing was told at the time."""
    assert bool(told([ADA], [on_call("Bo", since=AT - ago)], seen=YESTERDAY)) is news


@pytest.mark.parametrize(("ago", "news"), [(HOUR, True), (HOUR + timedelta(seconds=1), False)])
def test_that_somebody_went_is_told_within_an_hour_of_the_end_of_their_shift(ago: timedelta, news: bool) -> None:
    assert bool(told([on_call("Ada", AT - ago)], [], seen=YESTERDAY)) is news


def test_of_several_handoffs_the_latest_counts() -> None:
    after = [on_call("Bo", since=AT - 5 * HOUR), on_call("Cy", since=AT - MINUTE)]
    assert told([ADA], after, seen=YESTERDAY)


def test_who_comes_back_when_an_override_is_deleted_is_news_although_their_shift_began_long_ago() -> None:
    """The override would have lasted until the evening; a quarter of an hour ago it was still there."""
    assert told([on_call("Bo", EVENING)], [on_call("Ada", since=YESTERDAY)])


def test_an_edit_that_may_have_been_hours_ago_is_no_news() -> None:
    assert told([on_call("Bo", EVENING)], [on_call("Ada", since=YESTERDAY)], seen=AT - 2 * HOUR) is None


def test_who_has_always_been_on_call_and_was_not_a_moment_ago_is_news() -> None:
    assert told([ADA], [on_call("Bo", since=None)])
