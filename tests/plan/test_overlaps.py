"""How long a shift makes somebody a member, and which moments follow from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import AT, HANDLE, HOUR, MINUTE, Situation, plan_all, slack_ids, user_group

SECOND = timedelta(seconds=1)
HANDOFF = AT + 8 * HOUR
TURNS = {"PDAY": [("ada", AT, HANDOFF), ("bo", HANDOFF, HANDOFF + 8 * HOUR)]}
BOTH = {"before": "15m", "after": "30m"}


def at(moment: datetime, overlap: dict[str, str], on_call: Any = TURNS, **more: Any) -> Situation:
    options = {"overlap": overlap, **more.pop("options", {})}
    return Situation(on_call=on_call, options=options, as_of=moment, **more)


def members(situation: Situation) -> tuple[str, ...]:
    return tuple(sorted(situation.roster().members))


MOMENTS: list[tuple[dict[str, str], timedelta, tuple[str, ...]]] = [
    (BOTH, -15 * MINUTE - SECOND, ("ada",)),
    (BOTH, -15 * MINUTE, ("ada", "bo")),
    (BOTH, -15 * MINUTE + SECOND, ("ada", "bo")),
    (BOTH, -SECOND, ("ada", "bo")),
    (BOTH, 0 * SECOND, ("ada", "bo")),
    (BOTH, SECOND, ("ada", "bo")),
    (BOTH, 30 * MINUTE - SECOND, ("ada", "bo")),
    (BOTH, 30 * MINUTE, ("bo",)),
    (BOTH, 30 * MINUTE + SECOND, ("bo",)),
    ({"before": "15m"}, -15 * MINUTE - SECOND, ("ada",)),
    ({"before": "15m"}, -15 * MINUTE, ("ada", "bo")),
    ({"before": "15m"}, -SECOND, ("ada", "bo")),
    ({"before": "15m"}, 0 * SECOND, ("bo",)),
    ({"after": "30m"}, -SECOND, ("ada",)),
    ({"after": "30m"}, 0 * SECOND, ("ada", "bo")),
    ({"after": "30m"}, 30 * MINUTE - SECOND, ("ada", "bo")),
    ({"after": "30m"}, 30 * MINUTE, ("bo",)),
    ({}, -SECOND, ("ada",)),
    ({}, 0 * SECOND, ("bo",)),
]


@pytest.mark.parametrize(("overlap", "after", "people"), MOMENTS)
def test_the_incoming_join_early_and_the_outgoing_stay_on(
    overlap: dict[str, str], after: timedelta, people: tuple[str, ...]
) -> None:
    assert members(at(HANDOFF + after, overlap)) == slack_ids(*people)


@pytest.mark.parametrize(("after", "name"), [(-SECOND, "Ada"), (0 * SECOND, "Bo"), (SECOND, "Bo")])
def test_who_is_on_call_does_not_depend_on_the_overlap(after: timedelta, name: str) -> None:
    on_call = at(HANDOFF + after, BOTH).roster().on_call

    assert [person.name for person in on_call.values()] == [name]


def test_a_member_stays_until_the_overlap_after_their_shift_ends() -> None:
    assert at(AT + HOUR, BOTH).roster().members["UADA"].until == HANDOFF + 30 * MINUTE


def test_a_shift_without_bounds_has_no_overlap() -> None:
    found = at(AT, BOTH, {"PDAY": ["ada"]}).roster()

    assert found.members["UADA"].until is None
    assert found.until is None


GAP = {"PDAY": [("ada", AT - HOUR, AT), ("bo", AT + HOUR, AT + 2 * HOUR)]}


@pytest.mark.parametrize(
    ("after", "people"),
    [
        (-SECOND, ("ada",)),
        (0 * SECOND, ("ada", "cy")),
        (30 * MINUTE - SECOND, ("ada", "cy")),
        (30 * MINUTE, ("cy",)),
        (45 * MINUTE - SECOND, ("cy",)),
        (45 * MINUTE, ("bo", "cy")),
        (HOUR - SECOND, ("bo", "cy")),
        (HOUR, ("bo",)),
    ],
)
def test_the_fallback_comes_in_while_nobody_is_on_call_whatever_the_overlap(
    after: timedelta, people: tuple[str, ...]
) -> None:
    assert members(at(AT + after, BOTH, GAP, options={"fallback": ["cy"]})) == slack_ids(*people)


def test_in_a_gap_without_a_fallback_the_overlap_alone_decides() -> None:
    assert members(at(AT + 10 * MINUTE, BOTH, GAP)) == slack_ids("ada")
    assert at(AT + 10 * MINUTE, BOTH, GAP, members=["ada"]).plan().status == "unchanged"
    assert at(AT + 40 * MINUTE, BOTH, GAP, members=["ada"]).plan().status == "nobody_on_call"


def test_an_outgoing_person_does_not_stand_for_somebody_on_call_who_cannot_be_reached() -> None:
    plan = at(HANDOFF, BOTH, members=["ada"], no_account=["bo"]).plan()

    assert plan.status == "failed"
    assert "nobody_reachable" in {problem.code for problem in plan.problems}


# ── the moments that are known beforehand ────────────────────────────────────────────────────────────────


def moments(situation: Situation) -> tuple[datetime | None, datetime | None]:
    found = situation.roster()
    return found.until, found.unseen_until


@pytest.mark.parametrize(
    ("after", "moment"),
    [
        (-HOUR, -15 * MINUTE),
        (-15 * MINUTE - SECOND, -15 * MINUTE),
        (-15 * MINUTE, 30 * MINUTE),
        (0 * SECOND, 30 * MINUTE),
        (30 * MINUTE - SECOND, 30 * MINUTE),
        (30 * MINUTE, 8 * HOUR + 30 * MINUTE),
    ],
)
def test_the_next_moment_is_when_somebody_joins_or_leaves_and_no_handoff_in_between(
    after: timedelta, moment: timedelta
) -> None:
    assert moments(at(HANDOFF + after, BOTH)) == (HANDOFF + moment, HANDOFF + moment)


def test_without_an_overlap_a_handoff_is_a_moment_that_oncalls_tells_of() -> None:
    assert moments(at(AT + HOUR, {})) == (HANDOFF, None)
    assert moments(at(AT + HOUR, {}, alone=["PDAY"])) == (HANDOFF, HANDOFF)


def test_with_a_fallback_each_handoff_is_a_moment_too_as_nobody_may_follow() -> None:
    assert moments(at(AT, BOTH, GAP, options={"fallback": ["cy"]})) == (AT + 30 * MINUTE, AT + 30 * MINUTE)
    assert moments(at(AT - MINUTE, BOTH, GAP, options={"fallback": ["cy"]})) == (AT, AT)


def test_the_handoffs_of_a_schedule_that_oncalls_does_not_tell_of_are_moments_too() -> None:
    assert moments(at(HANDOFF - MINUTE, BOTH, alone=["PDAY"])) == (HANDOFF, HANDOFF)


def test_two_shifts_of_the_same_person_in_a_row_are_one_membership() -> None:
    twice = {
        "PDAY": [("ada", AT, HANDOFF), ("ada", HANDOFF, HANDOFF + HOUR), ("bo", HANDOFF + HOUR, HANDOFF + 9 * HOUR)]
    }

    for moment in (AT, HANDOFF - MINUTE, HANDOFF, HANDOFF + 31 * MINUTE):
        situation = at(moment, BOTH, twice)
        assert members(situation) == slack_ids("ada")
        assert moments(situation) == (HANDOFF + 45 * MINUTE,) * 2


def test_a_pause_shorter_than_the_overlap_is_no_moment() -> None:
    lunch = {"PDAY": [("ada", AT, AT + HOUR), ("ada", AT + HOUR + 45 * MINUTE, HANDOFF)]}
    assert moments(at(AT, BOTH, lunch))[0] == HANDOFF + 30 * MINUTE

    longer = {"PDAY": [("ada", AT, AT + HOUR), ("ada", AT + HOUR + 46 * MINUTE, HANDOFF)]}
    assert moments(at(AT, BOTH, longer))[0] == AT + HOUR + 30 * MINUTE


def test_an_unreadable_schedule_gives_the_watcher_no_moment() -> None:
    assert moments(at(AT, BOTH, broken=["PDAY"])) == (HANDOFF - 15 * MINUTE, None)


@pytest.mark.parametrize(
    ("moment", "expires"),
    [
        (HANDOFF - 16 * MINUTE, HANDOFF - 15 * MINUTE),
        (HANDOFF - 5 * MINUTE, HANDOFF + 5 * MINUTE),
        (HANDOFF + 29 * MINUTE, HANDOFF + 30 * MINUTE),
    ],
)
def test_a_plan_lapses_at_the_next_moment_or_after_ten_minutes_and_not_before(
    moment: datetime, expires: datetime
) -> None:
    change = at(moment, BOTH, members=["cy"]).plan().change

    assert change
    assert change.expires_at == expires


def test_the_next_moment_goes_with_the_plan_also_where_nothing_changes() -> None:
    plan = plan_all({HANDLE: at(HANDOFF, BOTH)}, [user_group("ada", "bo")])

    assert (plan.groups[HANDLE].status, plan.changes_at) == ("unchanged", HANDOFF + 30 * MINUTE)


# ── longer than the shift ────────────────────────────────────────────────────────────────────────────────

SHORT = {
    "PDAY": [
        ("ada", AT, AT + 20 * MINUTE),
        ("bo", AT + 20 * MINUTE, AT + 40 * MINUTE),
        ("cy", AT + 40 * MINUTE, HANDOFF),
    ]
}


def too_long(situation: Situation) -> list[str]:
    return [p.message for p in situation.plan().problems if (p.level, p.code) == ("warning", "overlap_too_long")]


def test_an_overlap_longer_than_the_shift_is_told_and_the_group_is_written_all_the_same() -> None:
    situation = at(AT + 45 * MINUTE, BOTH, SHORT)

    assert too_long(situation) == [
        "Ada's shift on PDAY is 20m long, and the group's overlap is 30m after each shift, so that people of several "
        "shifts are members at once. Shorten `overlap` in the config, unless that is meant.",
        "Bo's shift on PDAY is 20m long, and the group's overlap is 30m after each shift, so that people of several "
        "shifts are members at once. Shorten `overlap` in the config, unless that is meant.",
    ]
    assert situation.plan().status == "would_update"
    assert [member.name for member in situation.plan().members] == ["Ada", "Bo", "Cy"]


def test_the_longer_side_of_the_overlap_is_named() -> None:
    assert "1h before each shift" in too_long(at(AT, {"before": "1h", "after": "30m"}, SHORT))[0]


@pytest.mark.parametrize("after", ["20m", "19m"])
def test_an_overlap_as_long_as_the_shift_is_not_longer(after: str) -> None:
    assert too_long(at(AT, {"after": after}, SHORT)) == []


def test_a_short_shift_of_nobody_in_the_group_is_not_told() -> None:
    assert too_long(at(AT + HOUR + 10 * MINUTE, BOTH, SHORT)) == []
    assert too_long(at(AT, BOTH, SHORT, placeholders=["ada"], options={"never": ["bo"]})) == []
