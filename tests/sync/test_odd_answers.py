"""Answers of odd shapes, and memory that is damaged: each costs nobody a place in a group, and lets nobody in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import Fault
from tests.sync.checks import codes
from tests.sync.driver import Sync
from tests.sync.watching import Watching
from tests.sync.worlds import HOUR, config


def row(schedule: str, person: str | None) -> dict[str, Any]:
    return {
        "escalation_policy": {"id": "POLICY1"},
        "escalation_level": 1,
        "schedule": {"id": schedule, "type": "schedule_reference"},
        "user": {"id": person, "type": "user", "name": "X", "email": f"{(person or 'P')[1:].lower()}@acme.example"},
        "start": None,
        "end": None,
    }


def answer(sync: Sync, endpoint: str, body: Any, match: dict[str, Any] | None = None) -> None:
    fault = Fault(endpoint=endpoint, match=match, status=200, body=json.dumps(body), times=None)
    sync.sandbox.faults.add(fault.model_copy(update={"content_type": "application/json"}))


ROWS = [row("SBO", "PBO"), row("SCY", "PCY")]
GROUPS = [
    {"id": "SGALPHA", "handle": "alpha", "users": ["UPIA"], "date_delete": 0},
    {"id": "SGBETA", "handle": "beta", "users": ["UBO"], "date_delete": 0},
    {"id": "SGLATE", "handle": "late", "users": ["UPIA"], "date_delete": 0},
]
ODD: dict[str, tuple[str, Any, set[str]]] = {
    "a row that is a text": ("GET /oncalls", {"oncalls": ["text", *ROWS], "more": False}, {"UADA"}),
    "a row whose user is a text": (
        "GET /oncalls",
        {"oncalls": [{**row("SADA", "PADA"), "user": "PADA"}, *ROWS], "more": False},
        {"UPIA"},
    ),
    "people without an ID": ("GET /oncalls", {"oncalls": [row("SADA", None), *ROWS], "more": False}, {"UPIA"}),
    "a total that is no number": (
        "GET /oncalls",
        {"oncalls": [row("SADA", "PADA"), *ROWS], "more": False, "total": "many"},
        {"UADA"},
    ),
    "another group without a handle": (
        "usergroups.list",
        {"ok": True, "usergroups": [*GROUPS, None, {"id": "SGX", "handle": None}, {"handle": "x", "id": 7}]},
        {"UADA"},
    ),
    "a group without its members": (
        "usergroups.list",
        {"ok": True, "usergroups": [{**GROUPS[0], "users": None}, *GROUPS[1:]]},
        {"UPIA"},
    ),
}


@pytest.mark.parametrize(("endpoint", "body", "alpha"), ODD.values(), ids=ODD)
def test_an_odd_answer_costs_at_most_the_group_that_it_concerns(
    sync: Sync, endpoint: str, body: Any, alpha: set[str]
) -> None:
    answer(sync, endpoint, body)

    report = sync.run()

    assert sync.members("alpha") == alpha
    assert report.groups["alpha"].status == ("failed" if alpha == {"UPIA"} else "updated")
    assert (report.groups["late"].status, sync.members("late")) == ("updated", {"UCY"})


@pytest.mark.parametrize(
    ("user", "code"), [({"id": "PADA", "name": "Ada"}, "no_email"), (["PADA"], "pagerduty_broken_answer")]
)
def test_a_person_whose_email_is_not_shown_is_not_taken_for_deleted(sync: Sync, user: Any, code: str) -> None:
    answer(sync, "GET /users/{id}", {"user": user}, match={"id": "PADA"})
    sync.configure(config("schedules: [SLOOSEPAIR]"))

    assert codes(sync.run()) == {code}
    assert sync.members("alpha") == {"UPIA"}


def test_dead_schedules_that_sort_first_do_not_stop_the_others(sync: Sync) -> None:
    """PagerDuty refuses a batch because of one ID, and the halving meets only refusals at first."""
    for n in range(6):
        sync.sandbox.faults.add(
            Fault(endpoint="GET /oncalls", match={"schedule_ids[]": f"A00{n}"}, status=404, times=None)
        )
    sync.configure(config() + "".join(f"  g{n}: {{schedules: [A00{n}]}}\n" for n in range(6)))

    report = sync.run()

    assert (sync.members("alpha"), sync.members("late")) == ({"UADA"}, {"UCY"})
    assert {report.groups[f"g{n}"].status for n in range(6)} == {"failed"}


@pytest.mark.parametrize("schedule", ["SADA", "SLOOSE", "SLOOSEPAIR"])
def test_a_shift_to_the_end_of_the_calendar_never_ends(sync: Sync, schedule: str) -> None:
    """Some tool writes 9999-12-31 where PagerDuty has null."""
    for shift in sync.sandbox.world.schedules[schedule].shifts:
        shift.end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    sync.configure(config(f"schedules: [{schedule}], overlap: {{after: 24h}}"))
    watching = Watching(sync).settled()

    watching.pass_by(HOUR)

    assert watching.wakes == []
    assert sync.run().counts["failed"] == 0


def test_pages_that_are_shorter_than_asked_for_are_read_to_the_end(sync: Sync) -> None:
    for offset, rows in (("0", [row("SADA", "PADA")]), ("1", ROWS)):
        answer(sync, "GET /oncalls", {"oncalls": rows, "more": offset == "0", "total": 3}, match={"offset": offset})

    assert sync.run().counts["failed"] == 0
    assert sync.members("alpha") == {"UADA"}


def test_an_address_that_is_too_long_for_the_server_is_asked_for_in_halves(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=414, body="", times=1))

    assert sync.run().counts["failed"] == 0
    assert sync.members("alpha") == {"UADA"}


# ── damaged memory ───────────────────────────────────────────────────────────────────────────────────────

DAMAGED = {
    "account_list.0": {"ada@acme.example": 7},
    "groups.0": {"alpha": {"verified_at": "0001-01-01T00:00:00"}, "late": 7},
    "slack_ids.0": {
        "ada@acme.example": {"slack_id": "UXXX", "checked_at": 10**400, "name": "Ada"},
        "cy@acme.example": "UXXX",
    },
    "config.0": {"hash": "sha256:1", "0000": 7},
    "schedules.0": {"SADA": "many"},
    "people.0": {"PADA": [1]},
    "rechecked.0": {"ada@acme.example": None},
}


@pytest.mark.parametrize("key", DAMAGED)
def test_damaged_memory_counts_as_lost(sync: Sync, key: str) -> None:
    sync.store[key] = DAMAGED[key]

    assert sync.run().counts["updated"] == 2
    assert (sync.members("alpha"), sync.members("late")) == ({"UADA"}, {"UCY"})


def test_an_account_that_was_checked_in_the_future_is_forgotten(sync: Sync) -> None:
    """A clock was wrong."""
    checked = {"slack_id": "UQUINN", "checked_at": "2036-03-02T12:00:00Z", "name": "Ada"}
    sync.store["slack_ids.0"] = {"ada@acme.example": checked}

    sync.run()

    assert sync.members("alpha") == {"UADA"}
