"""How long a shift makes somebody a member, and when the members change next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import AT, HANDLE, HOUR, MINUTE, Situation, plan_all, slack_ids, user_group

SECOND = timedelta(seconds=1)
HANDOFF = AT + 8 * HOUR
TURNS = {"PDAY": [("ada", AT, HANDOFF), ("bo", HANDOFF, HANDOFF + 8 * HOUR)]}
GAP = {"PDAY": [("ada", AT - HOUR, AT), ("bo", AT + HOUR, AT + 2 * HOUR)]}
BOTH = {"before": "15m", "after": "30m"}


def at(moment: datetime, overlap: dict[str, str], on_call: Any = TURNS, **more: Any) -> Situation:
    options = {"overlap": overlap, **more.pop("options", {})}
    return Situation(on_call=on_call, options=options, as_of=moment, **more)


def members(situation: Situation) -> tuple[str, ...]:
    return tuple(sorted(situation.roster().members))


@pytest.mark.parametrize(
    ("overlap", "after", "people"),
    [
        (BOTH, -15 * MINUTE - SECOND, ("ada",)),
        (BOTH, -15 * MINUTE, ("ada", "bo")),
        (BOTH, 30 * MINUTE - SECOND, ("ada", "bo")),
        (BOTH, 30 * MINUTE, ("bo",)),
        ({"before": "15m"}, -15 * MINUTE, ("ada", "bo")),
        ({"before": "15m"}, -SECOND, ("ada", "bo")),
        ({"before": "15m"}, 0 * SECOND, ("bo",)),
        ({"after": "30m"}, -SECOND, ("ada",)),
        ({"after": "30m"}, 0 * SECOND, ("ada", "bo")),
        ({"after": "30m"}, 30 * MINUTE, ("bo",)),
        ({}, -SECOND, ("ada",)),
        ({}, 0 * SECOND, ("bo",)),
    ],
)
def test_the_incoming_join_early_and_the_outgoing_stay_on(
    overlap: dict[str, str], after: timedelta, people: tuple[str, ...]
) -> None:
    assert members(at(HANDOFF + after, overlap)) == slack_ids(*people)


@pytest.mark.parametrize(("after", "name"), [(-SECOND, "Ada"), (0 * SECOND, "Bo")])
def test_who_is_on_call_does_not_depend_on_the_overlap(after: timedelta, name: str) -> None:
    on_call = at(HANDOFF + after, BOTH).roster().on_call
    assert [person.name for person in on_call.values()] == [name]


def test_a_member_stays_until_the_overlap_after_their_shift_ends() -> None:
    assert at(AT + HOUR, BOTH).roster().members["UADA"].until == HANDOFF + 30 * MINUTE
    assert at(AT, BOTH, {"PDAY": ["ada"]}).roster().members["UADA"].until is None


@pytest.mark.parametrize(
    ("after", "people"),
    [
        (-SECOND, ("ada",)),
        (0 * SECOND, ("ada", "cy")),
        (30 * MINUTE, ("cy",)),
        (45 * MINUTE, ("bo", "cy")),
        (HOUR, ("bo",)),
    ],
)
def test_the_fallback_comes_in_while_nobody_is_on_call_whatever_the_overlap(
    after: timedelta, people: tuple[str, ...]
) -> None:
    assert members(at(AT + after, BOTH, GAP, options={"fallback": ["cy"]})) == slack_ids(*people)


def test_an_outgoing_person_does_not_stand_for_somebody_on_call_who_cannot_be_reached() -> None:
    plan = at(HANDOFF, BOTH, members=["ada"], no_account=["bo"]).plan()
    assert plan.status == "failed"
    assert "nobody_reachable" in {problem.code for problem in plan.problems}


# ── when the members change next ─────────────────────────────────────────────────────────────────────────


def moments(situation: Situation) -> tuple[datetime | None, datetime | None]:
    """When they change next, and when they do so and the watcher does not see it in /oncalls."""
    found = situation.roster()
    return found.until, found.unseen_until


@pytest.mark.parametrize(
    ("after", "moment"),
    [
        (-15 * MINUTE - SECOND, -15 * MINUTE),
        (-15 * MINUTE, 30 * MINUTE),
        (0 * SECOND, 30 * MINUTE),
        (30 * MINUTE, 8 * HOUR + 30 * MINUTE),
    ],
)
def test_with_an_overlap_it_is_when_somebody_joins_or_leaves_and_no_handoff_in_between(
    after: timedelta, moment: timedelta
) -> None:
    assert moments(at(HANDOFF + after, BOTH)) == (HANDOFF + moment, HANDOFF + moment)


def test_without_an_overlap_it_is_the_handoff_which_the_watcher_sees_unless_the_source_is_not_in_oncalls() -> None:
    assert moments(at(AT + HOUR, {})) == (HANDOFF, None)
    assert moments(at(AT + HOUR, {}, alone=["PDAY"])) == (HANDOFF, HANDOFF)
    assert moments(at(HANDOFF - MINUTE, BOTH, alone=["PDAY"])) == (HANDOFF, HANDOFF)


def test_with_a_fallback_each_handoff_counts_as_nobody_may_follow() -> None:
    assert moments(at(AT - MINUTE, BOTH, GAP, options={"fallback": ["cy"]})) == (AT, AT)


def test_shifts_of_the_same_person_without_a_pause_longer_than_the_overlap_are_one_membership() -> None:
    for pause, end in ((0, HANDOFF + 30 * MINUTE), (45, HANDOFF + 30 * MINUTE), (46, AT + 90 * MINUTE)):
        shifts = {"PDAY": [("ada", AT, AT + HOUR), ("ada", AT + HOUR + pause * MINUTE, HANDOFF)]}
        assert moments(at(AT, BOTH, shifts))[0] == end


def test_the_end_of_an_entry_of_the_config_counts_too() -> None:
    inputs = at(AT, {}, {"PDAY": ["ada"]}, options={"never": ["bo"]}).inputs()
    ending = inputs.group.never[0].model_copy(update={"until": AT + HOUR})
    roster = replace(inputs, group=inputs.group.model_copy(update={"never": (ending,)})).roster
    assert (roster.until, roster.unseen_until) == (AT + HOUR, AT + HOUR)


def test_an_unreadable_schedule_gives_the_watcher_no_moment() -> None:
    assert moments(at(AT, BOTH, broken=["PDAY"])) == (HANDOFF - 15 * MINUTE, None)


def test_the_next_moment_of_all_groups_goes_with_the_plan_also_where_nothing_changes() -> None:
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


def test_an_overlap_longer_than_the_shift_is_reported_and_the_group_is_written_all_the_same() -> None:
    situation = at(AT + 45 * MINUTE, BOTH, SHORT)
    assert too_long(situation) == [
        f"{name}'s shift on PDAY is 20m long, and the group's overlap is 30m after each shift, so that people of "
        "several shifts are members at once. Shorten `overlap` in the config, unless that is meant."
        for name in ("Ada", "Bo")
    ]
    assert situation.plan().status == "would_update"
    assert "1h before each shift" in too_long(at(AT, {"before": "1h", "after": "30m"}, SHORT))[0]


def test_an_overlap_as_long_as_the_shift_or_of_nobody_in_the_group_is_not_reported() -> None:
    assert too_long(at(AT, {"after": "20m"}, SHORT)) == []
    assert too_long(at(AT + HOUR + 10 * MINUTE, BOTH, SHORT)) == []
    assert too_long(at(AT, BOTH, SHORT, placeholders=["ada"], options={"never": ["bo"]})) == []
