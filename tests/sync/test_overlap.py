"""Overlaps: from the shifts in PagerDuty to the members of a group, at each moment at which somebody joins or leaves.

Ada hands over to Dee an hour after noon, in every test here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sandbox import Override, PlannedShift, Policy, Schedule, World
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, config, hand_over

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HANDOFF = NOON + HOUR
OVERLAP = "overlap: {before: 15m, after: 30m}"
WAYS = {
    "a schedule": "schedules: [SADA]",
    "a policy": "escalation_policies: [PESC]",
    "a schedule on no policy": "schedules: [SALONE]",
    "a shift-based schedule": "schedules: [SV3]",
    "a shift-based schedule on no policy": "schedules: [SV3ALONE]",
}


@pytest.fixture
def turns(sync: Sync) -> Sync:
    world = sync.sandbox.world
    world.schedules |= {"SALONE": Schedule(), "SV3": Schedule(kind="v3"), "SV3ALONE": Schedule(kind="v3")}
    world.policies["PESC"] = Policy(levels=[["SADA"]])
    world.policies["PV3"] = Policy(levels=[["SV3"]])
    for schedule in ("SALONE", "SV3", "SV3ALONE"):
        world.schedules[schedule].shifts = [PlannedShift(person="PADA", start=NOON - HOUR)]
    for schedule in ("SADA", "SALONE", "SV3", "SV3ALONE"):
        hand_over(world, schedule, "PDEE", HANDOFF)
        hand_over(world, schedule, "PCY", HANDOFF + 8 * HOUR)
    return sync


def at(sync: Sync, moment: datetime, handle: str = "alpha") -> set[str]:
    sync.now = moment
    sync.run()
    return sync.members(handle)


@pytest.mark.parametrize("alpha", WAYS.values(), ids=WAYS)
def test_the_incoming_join_early_and_the_outgoing_stay_on_to_the_second(turns: Sync, alpha: str) -> None:
    turns.configure(config(f"{alpha}, {OVERLAP}"))
    members = {
        after: at(turns, HANDOFF + after)
        for moment in (-15 * MINUTE, 0 * MINUTE, 30 * MINUTE)
        for after in (moment - SECOND, moment, moment + SECOND)
    }

    assert members == {
        -15 * MINUTE - SECOND: {"UADA"},
        -15 * MINUTE: {"UADA", "UDEE"},
        -15 * MINUTE + SECOND: {"UADA", "UDEE"},
        -SECOND: {"UADA", "UDEE"},
        0 * MINUTE: {"UADA", "UDEE"},
        SECOND: {"UADA", "UDEE"},
        30 * MINUTE - SECOND: {"UADA", "UDEE"},
        30 * MINUTE: {"UDEE"},
        30 * MINUTE + SECOND: {"UDEE"},
    }
    assert len([write for write in turns.writes() if write.params["usergroup"] == "SGALPHA"]) == 3


def test_each_group_has_its_own_overlap_on_the_same_schedule_and_one_without_has_none(turns: Sync) -> None:
    sources = "schedules: [SADA]"
    turns.configure(
        f"groups:\n  alpha: {{{sources}, {OVERLAP}}}\n  beta: {{{sources}, overlap: {{before: 5m, after: 45m}}}}\n"
        f"  late: {{{sources}}}\n"
    )
    seen = {}
    for minutes in (-16, -15, -5, 0, 29, 30, 44, 45):
        at(turns, HANDOFF + minutes * MINUTE)
        seen[minutes] = [len(turns.members(handle)) for handle in ("alpha", "beta", "late")]

    assert seen == {
        -16: [1, 1, 1],
        -15: [2, 1, 1],
        -5: [2, 2, 1],
        0: [2, 2, 1],
        29: [2, 2, 1],
        30: [1, 2, 1],
        44: [1, 2, 1],
        45: [1, 1, 1],
    }
    assert turns.members("late") == {"UDEE"}


def test_groups_with_other_overlaps_on_one_schedule_cost_one_request(turns: Sync) -> None:
    more = "  more: {schedules: [SADA], overlap: {after: 1h}}\n"
    turns.configure(f"groups:\n  alpha: {{schedules: [SADA, SBO, SCY], {OVERLAP}}}\n{more}")

    assert turns.run().requests["pagerduty"] == 1


def test_an_overlap_as_a_default_holds_for_every_group_but_those_that_say_otherwise(turns: Sync) -> None:
    turns.configure(
        "defaults: {overlap: {after: 30m}}\ngroups:\n  alpha: {schedules: [SADA]}\n"
        "  beta: {schedules: [SADA], overlap: {after: 0s}}\n"
    )

    assert at(turns, HANDOFF + MINUTE) == {"UADA", "UDEE"}
    assert turns.members("beta") == {"UDEE"}


# ── gaps, overrides, the same person again ───────────────────────────────────────────────────────────────


def shifts(world: World, schedule: str, *turns: tuple[str, datetime, datetime]) -> None:
    world.schedules[schedule].shifts = [PlannedShift(person=who, start=start, end=end) for who, start, end in turns]


@pytest.mark.parametrize("alpha", WAYS.values(), ids=WAYS)
def test_in_a_gap_the_fallback_comes_in_beside_whoever_still_stays_or_already_joined(turns: Sync, alpha: str) -> None:
    turns.configure(config(f"{alpha}, {OVERLAP}, fallback: [bo@acme.example]"))
    for schedule in ("SADA", "SALONE", "SV3", "SV3ALONE"):
        shifts(
            turns.sandbox.world,
            schedule,
            ("PADA", NOON - HOUR, HANDOFF),
            ("PDEE", HANDOFF + HOUR, HANDOFF + 2 * HOUR),
        )
    members = {minutes: at(turns, HANDOFF + minutes * MINUTE) for minutes in (-1, 0, 29, 30, 44, 45, 59, 60)}

    assert members == {
        -1: {"UADA"},
        0: {"UADA", "UBO"},
        29: {"UADA", "UBO"},
        30: {"UBO"},
        44: {"UBO"},
        45: {"UBO", "UDEE"},
        59: {"UBO", "UDEE"},
        60: {"UDEE"},
    }


@pytest.mark.parametrize("alpha", WAYS.values(), ids=WAYS)
def test_an_override_during_the_overlap_is_a_shift_of_its_own(turns: Sync, alpha: str) -> None:
    """Bo takes over from five to twenty-five minutes after the handoff."""
    turns.configure(config(f"{alpha}, overlap: {{before: 2m, after: 10m}}"))
    for schedule in ("SADA", "SALONE", "SV3", "SV3ALONE"):
        override = Override(person="PBO", start=HANDOFF + 5 * MINUTE, end=HANDOFF + 25 * MINUTE)
        turns.sandbox.world.schedules[schedule].overrides = [override]
    members = {minutes: at(turns, HANDOFF + minutes * MINUTE) for minutes in (0, 2, 3, 9, 10, 14, 15, 22, 23, 34, 35)}

    assert members == {
        0: {"UADA", "UDEE"},
        2: {"UADA", "UDEE"},
        3: {"UADA", "UDEE", "UBO"},
        9: {"UADA", "UDEE", "UBO"},
        10: {"UDEE", "UBO"},
        14: {"UDEE", "UBO"},
        15: {"UBO"},
        22: {"UBO"},
        23: {"UBO", "UDEE"},
        34: {"UBO", "UDEE"},
        35: {"UDEE"},
    }


def test_the_same_person_twice_in_a_row_neither_leaves_nor_joins(turns: Sync) -> None:
    turns.configure(config(f"schedules: [SADA, SV3], {OVERLAP}"))
    shifts(turns.sandbox.world, "SADA", ("PADA", NOON - HOUR, HANDOFF))
    shifts(turns.sandbox.world, "SV3", ("PADA", HANDOFF, HANDOFF + HOUR))
    at(turns, HANDOFF - HOUR)
    turns.sandbox.requests.clear()

    for minutes in (-15, -1, 0, 1, 29, 30, 31):
        assert at(turns, HANDOFF + minutes * MINUTE) == {"UADA"}
    assert turns.writes() == []


# ── longer than the shift ────────────────────────────────────────────────────────────────────────────────
