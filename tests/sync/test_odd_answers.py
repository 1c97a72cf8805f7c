"""Answers that no documentation promises and somebody will send: each costs nobody a place in a group."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import Group
from oncall_sync.models import Problem, Report, UserGroup
from oncall_sync.rules.targets import find_group
from sandbox import Account, Fault
from sandbox import UserGroup as SlackGroup
from tests.sync.driver import Sync
from tests.sync.watching import Watching
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

HTML = "<html>"


def codes(report: Report, handle: str = "alpha") -> set[str]:
    return {problem.code for problem in report.groups[handle].problems}


def row(schedule: str, person: str) -> dict[str, Any]:
    return {
        "escalation_policy": {"id": "POLICY1"},
        "escalation_level": 1,
        "schedule": {"id": schedule, "type": "schedule_reference"},
        "user": {"id": person, "type": "user", "name": person, "email": f"{person[1:].lower()}@acme.example"},
        "start": None,
        "end": None,
    }


def answer(sync: Sync, endpoint: str, body: Any, match: dict[str, Any] | None = None) -> None:
    fault = Fault(endpoint=endpoint, match=match, status=200, body=json.dumps(body), times=None)
    sync.sandbox.faults.add(fault.model_copy(update={"content_type": "application/json"}))


def test_a_server_that_gives_shorter_pages_than_asked_for_is_read_to_the_end(sync: Sync) -> None:
    first = {"oncalls": [row("SADA", "PADA")], "more": True, "total": 2, "limit": 1}
    second = {"oncalls": [row("SBO", "PBO")], "more": False, "total": 2, "limit": 1}
    for offset, page in (("0", first), ("1", second)):
        fault = Fault(endpoint="GET /oncalls", match={"offset": offset}, status=200, body=json.dumps(page), times=None)
        sync.sandbox.faults.add(fault.model_copy(update={"content_type": "application/json"}))
    sync.configure("groups: {alpha: {schedules: [SADA, SBO]}}")

    report = sync.run()

    assert sync.members("alpha") == {"UADA", "UBO"}
    assert report.counts["failed"] == 0


def test_rows_that_move_between_two_pages_are_read_again(sync: Sync) -> None:
    """One row too few the first time: the number of all rows says so."""
    crowd(sync.sandbox.world, 150)
    ids = ", ".join(f"S{n:04}" for n in range(150))
    sync.configure(f"groups: {{alpha: {{schedules: [{ids}]}}}}")
    short = json.dumps({"oncalls": [row("S0149", "P0149")], "more": False, "total": 149})
    sync.sandbox.faults.add(
        Fault(endpoint="GET /oncalls", match={"offset": "100"}, status=200, body=short, content_type="application/json")
    )

    sync.run()

    assert len(sync.members("alpha")) == 150


@pytest.mark.parametrize("odd", [None, "text", 7, {"schedule": "SADA"}, {"schedule": {"id": "SADA"}, "user": "PADA"}])
def test_a_row_that_is_no_row_costs_at_most_its_own_schedule(sync: Sync, odd: Any) -> None:
    body = json.dumps({"oncalls": [odd, row("SBO", "PBO"), row("SCY", "PCY")], "more": False})
    sync.sandbox.faults.add(
        Fault(endpoint="GET /oncalls", status=200, body=body, content_type="application/json", times=None)
    )

    report = sync.run()

    assert report.groups["late"].status == "updated"
    assert sync.members("late") == {"UCY"}


def test_dead_schedules_that_sort_first_do_not_stop_the_others(sync: Sync) -> None:
    """Where PagerDuty refuses a batch because of an ID, the halving meets only refusals at first."""
    ids = [f"A{n:03}" for n in range(6)]
    for schedule in ids:
        refusal = Fault(endpoint="GET /oncalls", match={"schedule_ids[]": schedule}, status=404, times=None)
        sync.sandbox.faults.add(refusal)
    groups = "".join(f"  g{n}: {{schedules: [{schedule}]}}\n" for n, schedule in enumerate(ids))
    sync.configure(config().rstrip() + "\n" + groups)

    report = sync.run()

    assert sync.members("alpha") == {"UADA"}
    assert report.groups["late"].status == "updated"
    assert {report.groups[f"g{n}"].status for n in range(6)} == {"failed"}


def test_an_address_too_long_for_the_server_is_asked_for_in_halves(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="GET /oncalls", status=414, body="", times=1))

    assert sync.run().counts["failed"] == 0
    assert sync.members("alpha") == {"UADA"}


def test_one_address_about_which_slack_always_fails_costs_its_own_group_alone(sync: Sync) -> None:
    down = Fault(
        endpoint="users.lookupByEmail", match={"email": "ada@acme.example"}, error="internal_error", times=None
    )
    sync.sandbox.faults.add(down)

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UPIA"}
    assert report.groups["late"].status == "updated"


def test_a_person_whose_email_the_key_may_not_see_is_not_taken_for_deleted(sync: Sync) -> None:
    body = json.dumps({"user": {"id": "PADA", "name": "Ada"}})
    sync.sandbox.faults.add(Fault(endpoint="GET /users/{id}", match={"id": "PADA"}, status=200, body=body, times=None))
    sync.configure(config("schedules: [SLOOSEPAIR]"))

    report = sync.run()

    assert codes(report) == {"no_email"}
    assert sync.members("alpha") == {"UPIA"}


@pytest.mark.parametrize("other", [{"id": "SGX", "handle": None}, {"id": "SGX"}, None, {"handle": "x", "id": 7}])
def test_an_odd_group_that_concerns_nobody_stops_nobody(sync: Sync, other: Any) -> None:
    groups = [
        {"id": "SGALPHA", "handle": "alpha", "users": ["UPIA"], "date_delete": 0},
        {"id": "SGBETA", "handle": "beta", "users": ["UBO"], "date_delete": 0},
        {"id": "SGLATE", "handle": "late", "users": ["UPIA"], "date_delete": 0},
        other,
    ]
    body = json.dumps({"ok": True, "usergroups": groups})
    sync.sandbox.faults.add(
        Fault(endpoint="usergroups.list", status=200, body=body, content_type="application/json", times=None)
    )

    assert sync.run().counts == sync.run(dry_run=True).counts | {"updated": 2, "would_update": 0}
    assert sync.members("alpha") == {"UADA"}


def test_a_group_whose_members_slack_does_not_tell_is_not_written(sync: Sync) -> None:
    groups = [{"id": "SGALPHA", "handle": "alpha", "users": None, "date_delete": 0}]
    body = json.dumps({"ok": True, "usergroups": groups})
    sync.sandbox.faults.add(
        Fault(endpoint="usergroups.list", status=200, body=body, content_type="application/json", times=None)
    )
    sync.configure("groups: {alpha: {schedules: [SADA]}}")

    assert sync.run().groups["alpha"].status == "failed"
    assert sync.writes() == []


@pytest.mark.parametrize("groups", [7, {}, "SGALPHA"])
def test_a_list_of_groups_that_is_no_list_is_a_broken_answer(sync: Sync, groups: Any) -> None:
    answer(sync, "usergroups.list", {"ok": True, "usergroups": groups})

    report = sync.run()

    assert {problem.code for problem in report.problems} == {"slack_broken_answer"}
    assert sync.writes() == []


@pytest.mark.parametrize("total", [[], {}, "2"])
def test_a_number_of_rows_that_is_no_number_stops_nobody(sync: Sync, total: Any) -> None:
    rows = [row("SADA", "PADA"), row("SBO", "PBO"), row("SCY", "PCY")]
    answer(sync, "GET /oncalls", {"oncalls": rows, "more": False, "total": total})

    assert sync.run().counts["failed"] == 0
    assert sync.members("alpha") == {"UADA"}


@pytest.mark.parametrize("users", [7, "UADA", [{"id": "UADA"}]])
def test_a_write_whose_answer_names_no_members_is_failed(sync: Sync, users: Any) -> None:
    answer(sync, "usergroups.users.update", {"ok": True, "usergroup": {"id": "SGALPHA", "users": users}})

    assert sync.run().groups["alpha"].status == "failed"


def test_people_without_an_id_are_not_taken_for_one(sync: Sync) -> None:
    rows = [row("SADA", "PADA"), row("SADA", "PBO"), row("SBO", "PBO"), row("SCY", "PCY")]
    for nobody in rows[:2]:
        nobody["user"]["id"] = None
    answer(sync, "GET /oncalls", {"oncalls": rows, "more": False})

    report = sync.run()

    assert codes(report) == {"unknown_kind"}
    assert sync.members("alpha") == {"UPIA"}
    assert report.groups["late"].status == "updated"


@pytest.mark.parametrize("user", [[], ["PCY"]])
def test_a_user_that_is_no_object_is_somebody_who_could_not_be_read(sync: Sync, user: Any) -> None:
    answer(sync, "GET /users/{id}", {"user": user})
    sync.configure(config("schedules: [SLOOSEPAIR]"))

    report = sync.run()

    assert codes(report) == {"pagerduty_broken_answer"}
    assert sync.members("alpha") == {"UPIA"}


def test_half_an_emoji_at_the_end_of_a_name_that_was_cut_stops_nobody(sync: Sync) -> None:
    """JSON can say it, and no text can hold it."""
    account = {"id": "UPIA", "profile": {"real_name": "Pia \ud83d"}}
    sync.configure(config("schedules: [SADA], always: [pia@acme.example]"))
    answer(sync, "users.lookupByEmail", {"ok": True, "user": account}, match={"email": "pia@acme.example"})
    sync.run()
    sync.configure(config())

    assert sync.run().groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UADA"}


@pytest.mark.parametrize("schedule", ["SADA", "SLOOSE", "SLOOSEPAIR"])
def test_a_shift_to_the_end_of_the_calendar_is_one_for_ever(sync: Sync, schedule: str) -> None:
    """Some tool writes 9999-12-31 where PagerDuty has null."""
    for shift in sync.sandbox.world.schedules[schedule].shifts:
        shift.end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    sync.configure(config(f"schedules: [{schedule}], overlap: {{after: 24h}}"))
    watching = Watching(sync).settled()

    watching.pass_by(HOUR)

    assert watching.wakes == []
    assert sync.run().counts["failed"] == 0


def test_groups_whose_handles_differ_only_in_case_are_not_mistaken_for_each_other() -> None:
    upper, lower = UserGroup(id="S5", handle="Alpha"), UserGroup(id="S1", handle="alpha")
    group = Group(schedules=("PC5BGL2",))

    assert find_group("alpha", group, [upper, lower]) == lower
    assert find_group("alpha", group, [upper]) == upper
    assert isinstance(find_group("alpha", group, [upper, UserGroup(id="S6", handle="ALPHA")]), Problem)


def test_a_write_that_slack_holds_back_until_the_shift_has_ended_is_not_sent(sync: Sync) -> None:
    hand_over(sync.sandbox.world, "SADA", "PBO", NOON + timedelta(seconds=10))
    limited = Fault(endpoint="usergroups.users.update", status=429, headers={"Retry-After": "30"}, times=1)
    sync.sandbox.faults.add(limited.model_copy(update={"match": {"usergroup": "SGALPHA"}}))
    sync.tries = 1

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UPIA"}
    assert [request.status for request in sync.writes() if request.params["usergroup"] == "SGALPHA"] == [429]


def test_a_group_does_not_shrink_to_its_always_when_the_person_on_call_turns_out_to_be_gone(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA], always: [bo@acme.example]"))
    sync.sandbox.world.group("alpha").members = ["UBO", "UPIA"]
    sync.run(dry_run=True)
    sync.sandbox.world.accounts["UADA"].deleted = True

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UBO", "UPIA"}


def test_never_bars_the_person_and_not_only_the_address(sync: Sync) -> None:
    top = "slack_accounts: {cy@acme.example: UADA}"
    sync.configure(config("schedules: [SBO, SCY], never: [ada@acme.example]", top=top))

    sync.run()

    assert sync.members("alpha") == {"UBO"}


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
    assert sync.members("alpha") == {"UADA"}


def test_a_stamp_from_the_future_does_not_keep_an_id_for_ever(sync: Sync) -> None:
    """A clock was wrong."""
    stamp = (NOON + timedelta(days=3650)).isoformat()
    sync.store["slack_ids.0"] = {"ada@acme.example": {"slack_id": "UQUINN", "checked_at": stamp, "name": "Ada"}}
    sync.run()

    assert sync.members("alpha") == {"UADA"}


def test_the_only_person_of_another_account_is_found(sync: Sync) -> None:
    """Two Slack accounts with one email, one deactivated: the list has both."""
    sync.sandbox.world.accounts["UOLD"] = Account(name="Ada", email="ada@acme.example", deleted=True)
    sync.sandbox.world.user_groups["SGX"] = SlackGroup(handle="x", members=["UOLD"])

    sync.run()

    assert sync.members("alpha") == {"UADA"}
