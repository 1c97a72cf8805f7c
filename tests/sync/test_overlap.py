"""Overlaps: from the shifts in PagerDuty to the members of a group, and when the watcher wakes the Dag for them.

Ada hands over to Dee an hour after noon, in every test here.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from sandbox import Override, PlannedShift, Policy, Schedule
from tests.sync.checks import run_at
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, SECOND, Watching
from tests.sync.worlds import HOUR, NOON, config

HANDOFF = NOON + HOUR + 7 * SECOND  # at no heartbeat and at no poll
OVERLAP = "overlap: {before: 15m, after: 30m}"
SCHEDULES = ("SADA", "SALONE", "SV3", "SV3ALONE")
WAYS = {
    "a schedule": "schedules: [SADA]",
    "a policy": "escalation_policies: [PESC]",
    "a schedule on no policy": "schedules: [SALONE]",
    "a shift-based schedule": "schedules: [SV3]",
    "a shift-based schedule on no policy": "schedules: [SV3ALONE]",
}
by_all_ways = pytest.mark.parametrize("alpha", WAYS.values(), ids=WAYS)
Turn = tuple[str, datetime, datetime | None]


def shifts(sync: Sync, *turns: Turn) -> None:
    for schedule in SCHEDULES:
        sync.sandbox.world.schedules[schedule].shifts = [PlannedShift(person=p, start=s, end=e) for p, s, e in turns]


def overrides(sync: Sync, person: str, start: datetime, end: datetime) -> None:
    for schedule in SCHEDULES:
        sync.sandbox.world.schedules[schedule].overrides = [Override(person=person, start=start, end=end)]


@pytest.fixture
def turns(sync: Sync) -> Sync:
    world = sync.sandbox.world
    world.schedules |= {"SALONE": Schedule(), "SV3": Schedule(kind="v3"), "SV3ALONE": Schedule(kind="v3")}
    world.policies |= {"PESC": Policy(levels=[["SADA"]]), "PV3": Policy(levels=[["SV3"]])}
    shifts(sync, ("PADA", NOON - HOUR, HANDOFF), ("PDEE", HANDOFF, HANDOFF + 8 * HOUR))
    return sync


def members(sync: Sync, *minutes: int) -> dict[int, set[str]]:
    """Of @alpha, so many minutes after the handoff."""
    found = {}
    for each in minutes:
        run_at(sync, HANDOFF + each * MINUTE)
        found[each] = sync.members("alpha")
    return found


@by_all_ways
def test_the_incoming_join_early_and_the_outgoing_stay_on_to_the_second(turns: Sync, alpha: str) -> None:
    turns.configure(config(f"{alpha}, {OVERLAP}"))
    seen = {}
    for moment in (-15 * MINUTE, 0 * MINUTE, 30 * MINUTE):
        for after in (moment - SECOND, moment):
            run_at(turns, HANDOFF + after)
            seen[after] = turns.members("alpha")

    assert seen == {
        -15 * MINUTE - SECOND: {"UADA"},
        -15 * MINUTE: {"UADA", "UDEE"},
        -SECOND: {"UADA", "UDEE"},
        0 * MINUTE: {"UADA", "UDEE"},
        30 * MINUTE - SECOND: {"UADA", "UDEE"},
        30 * MINUTE: {"UDEE"},
    }
    assert [write.params["usergroup"] for write in turns.writes()].count("SGALPHA") == 3


@by_all_ways
def test_an_override_during_the_overlap_is_a_shift_of_its_own(turns: Sync, alpha: str) -> None:
    """Bo takes over from five to twenty-five minutes after the handoff."""
    turns.configure(config(f"{alpha}, overlap: {{before: 2m, after: 10m}}"))
    overrides(turns, "PBO", HANDOFF + 5 * MINUTE, HANDOFF + 25 * MINUTE)

    assert members(turns, 2, 3, 9, 10, 14, 15, 22, 23, 34, 35) == {
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


@by_all_ways
def test_in_a_gap_the_fallback_joins_those_who_stay_on_or_come_early(turns: Sync, alpha: str) -> None:
    turns.configure(config(f"{alpha}, {OVERLAP}, fallback: [bo@acme.example]"))
    shifts(turns, ("PADA", NOON - HOUR, HANDOFF), ("PDEE", HANDOFF + HOUR, HANDOFF + 2 * HOUR))

    assert members(turns, -1, 0, 29, 30, 44, 45, 59, 60) == {
        -1: {"UADA"},
        0: {"UADA", "UBO"},
        29: {"UADA", "UBO"},
        30: {"UBO"},
        44: {"UBO"},
        45: {"UBO", "UDEE"},
        59: {"UBO", "UDEE"},
        60: {"UDEE"},
    }


def test_each_group_has_its_own_overlap_on_the_same_schedule_for_one_request(turns: Sync) -> None:
    sources = "schedules: [SADA]"
    turns.configure(
        f"groups:\n  alpha: {{{sources}, {OVERLAP}}}\n  beta: {{{sources}, overlap: {{before: 5m, after: 45m}}}}\n"
    )
    seen = {}
    for minutes in (-15, -5, 30, 45):
        report = run_at(turns, HANDOFF + minutes * MINUTE)
        seen[minutes] = [len(turns.members(handle)) for handle in ("alpha", "beta")]

    assert seen == {-15: [2, 1], -5: [2, 2], 30: [1, 2], 45: [1, 1]}
    assert report.requests["pagerduty"] == 1


# ── the watcher ──────────────────────────────────────────────────────────────────────────────────────────


def wakes(watching: Watching) -> list[float]:
    """How many seconds after the handoff the watcher has woken the Dag."""
    return [(at - HANDOFF).total_seconds() for at, _ in watching.wakes]


def with_heartbeats(watching: Watching, end: datetime) -> list[float]:
    """Airflow begins a run every 15 minutes as well."""
    while watching.sync.now < end:
        watching.until(min(watching.sync.now + 15 * MINUTE, end))
        watching.run()
    return wakes(watching)


@by_all_ways
def test_the_watcher_wakes_the_dag_when_somebody_joins_hands_over_and_leaves(turns: Sync, alpha: str) -> None:
    turns.configure(config(f"{alpha}, {OVERLAP}"))
    watching = Watching(turns).settled()

    assert with_heartbeats(watching, HANDOFF + HOUR) == [-15 * 60 + 1, 1, 30 * 60 + 1]
    assert turns.members("alpha") == {"UDEE"}
    assert [(event.added, event.removed) for event in turns.events if event.handle == "alpha"] == [
        (("UDEE",), ()),
        ((), ("UADA",)),
    ]


def test_without_an_overlap_the_watcher_wakes_the_dag_for_the_handoff_alone(turns: Sync) -> None:
    watching = Watching(turns).settled()

    assert with_heartbeats(watching, HANDOFF + HOUR) == [1]


def test_the_first_run_knows_the_next_moment_without_a_heartbeat_in_between(turns: Sync) -> None:
    """That Dee comes next is no difference to what /oncalls says about the instant."""
    turns.configure(config(f"schedules: [SADA], {OVERLAP}"))
    soon = NOON + 20 * MINUTE
    shifts(turns, ("PADA", NOON - HOUR, soon), ("PDEE", soon, None))
    watching = Watching(turns).settled()

    watching.until(NOON + 14 * MINUTE)

    assert [at for at, _ in watching.wakes] == [soon - 15 * MINUTE]
    assert turns.members("alpha") == {"UADA", "UDEE"}


def test_an_override_is_seen_by_the_next_poll_and_its_overlap_ends_to_the_second(turns: Sync) -> None:
    turns.configure(config("schedules: [SADA], overlap: {after: 5m}"))
    watching = Watching(turns).settled()
    begin = turns.now + 11 * SECOND
    overrides(turns, "PBO", begin, begin + 2 * HOUR)
    watching.pass_by(MINUTE)
    assert turns.members("alpha") == {"UADA", "UBO"}
    watching.forget()

    watching.pass_by(20 * MINUTE)

    assert [at for at, _ in watching.wakes] == [begin + 5 * MINUTE + SECOND]
    assert turns.members("alpha") == {"UBO"}
