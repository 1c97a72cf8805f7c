"""Who is on call at one instant, read with few requests: `read_sources` on schedules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.pagerduty.answers import Window
from oncall_sync.pagerduty.on_call import Hint, batches
from sandbox import Fault, PlannedShift, Sandbox
from tests.builders import source_of
from tests.steps.reading import Reader, asked, people, problem
from tests.sync.worlds import HOUR, NOON, crowd

SECOND = timedelta(seconds=1)
WAYS = {"on a policy": "SADA", "on no policy": "SLOOSE", "shift-based": "SPAIR", "shift-based, no policy": "SLOOSEPAIR"}


def set_shifts(sandbox: Sandbox, schedule: str, *shifts: tuple[str | None, datetime, datetime | None]) -> None:
    sandbox.world.schedules[schedule].shifts = [PlannedShift(person=p, start=s, end=e) for p, s, e in shifts]


def answer(sandbox: Sandbox, body: str, endpoint: str = "GET /oncalls", times: int | None = None) -> None:
    fault = Fault(endpoint=endpoint, status=200, body=body, content_type="application/json", times=times)
    sandbox.faults.add(fault)


def row(schedule: str = "SADA", kind: str = "schedule_reference", user: str = '{"id": "PADA", "type": "user"}') -> str:
    named = f'"schedule": {{"id": "{schedule}", "type": "{kind}"}}, "escalation_policy": {{"id": "POLICY1"}}'
    return f'{{{named}, "escalation_level": 1, "user": {user}, "start": null, "end": null}}'


def page(*rows: str) -> str:
    return f'{{"more": false, "oncalls": [{", ".join(rows)}]}}'


# ── who is on call ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("schedule", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("after", "person"),
    [(-SECOND, "PBO"), (timedelta(0), "PDEE"), (SECOND, "PDEE")],
    ids=["a second before", "at the handoff", "a second after"],
)
def test_the_instant_of_a_handoff_belongs_to_the_incoming_person_alone(
    read: Reader, sandbox: Sandbox, schedule: str, after: timedelta, person: str
) -> None:
    set_shifts(sandbox, schedule, ("PBO", NOON - HOUR, NOON), ("PDEE", NOON, NOON + HOUR))

    assert people(read(schedule, at=NOON + after), schedule) == [person]


@pytest.mark.parametrize("schedule", WAYS.values(), ids=WAYS)
def test_a_shift_has_its_true_end(read: Reader, sandbox: Sandbox, schedule: str) -> None:
    set_shifts(sandbox, schedule, ("PDEE", NOON - HOUR, NOON + HOUR))

    assert [shift.end for shift in read(schedule).rotations[source_of(schedule)].shifts] == [NOON + HOUR]


def test_a_shift_without_an_end_never_ends(read: Reader) -> None:
    """/oncalls has null there."""
    assert [shift.end for shift in read("SADA").rotations[source_of("SADA")].shifts] == [None]


def test_a_handoff_to_nobody_leaves_nobody(read: Reader, sandbox: Sandbox) -> None:
    set_shifts(sandbox, "SADA", ("PBO", NOON - HOUR, NOON))

    assert people(read("SADA"), "SADA") == []


@pytest.mark.parametrize("schedule", ["SPAIR", "SLOOSEPAIR"])
def test_a_shift_based_schedule_has_several_people_at_once_and_an_empty_slot_is_nobody(
    read: Reader, sandbox: Sandbox, schedule: str
) -> None:
    shift = (NOON - HOUR, NOON + HOUR)
    set_shifts(sandbox, schedule, (None, *shift), ("PBO", *shift), ("PDEE", *shift))

    assert people(read(schedule), schedule) == ["PBO", "PDEE"]


def test_two_shifts_of_one_person_are_one_person_until_the_later_end(read: Reader, sandbox: Sandbox) -> None:
    set_shifts(sandbox, "SPAIR", ("PADA", NOON - HOUR, NOON + HOUR), ("PADA", NOON - HOUR, NOON + 2 * HOUR))

    (shift,) = read("SPAIR").rotations[source_of("SPAIR")].shifts
    assert (shift.person, shift.end) == ("PADA", NOON + 2 * HOUR)


def test_emails_are_lower_case_and_a_deleted_user_has_none(read: Reader) -> None:
    found = read("SDEE", "SGONE").people

    assert found["PDEE"].email == "dee@acme.example"
    assert (found["PGONE"].email, found["PGONE"].deleted) == (None, True)


# ── few requests ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("schedules", "requests"), [(100, 1), (130, 2), (200, 2), (450, 5)])
def test_hundreds_of_schedules_cost_a_request_per_hundred_rows_and_no_empty_page(
    read: Reader, sandbox: Sandbox, schedules: int, requests: int
) -> None:
    """PagerDuty's own default of 25 rows would lose people silently."""
    crowd(sandbox.world, schedules)
    ids = [f"S{n:04}" for n in range(schedules)]

    found = read(*ids)

    assert [people(found, schedule) for schedule in ids] == [[f"P{n:04}"] for n in range(schedules)]
    assert sandbox.count("pagerduty") == requests
    assert max(len(request.params["schedule_ids[]"]) for request in sandbox.requests) <= 200


def test_ids_that_had_several_rows_in_the_last_run_are_asked_for_together() -> None:
    """1,500 schedules, a fifth of them with two rows: 1,800 rows are 18 pages, however they are spread."""
    ids = [f"P{n:04}" for n in range(1500)]
    hints = {schedule: Hint(rows=2) for schedule in ids[::5]}

    made = [list(batch.sources) for batch in batches(dict.fromkeys(map(source_of, ids), Window(NOON)), hints)]

    rows = [sum(hints.get(schedule, Hint()).rows for schedule in batch) for batch in made]
    assert sum(-(-number // 100) for number in rows) == 18
    assert sorted(schedule for batch in made for schedule in batch) == ids


def test_a_schedule_without_a_row_is_read_by_itself_and_only_then_empty(read: Reader, sandbox: Sandbox) -> None:
    found = read("SADA", "SEMPTY")

    assert (people(found, "SADA"), people(found, "SEMPTY")) == (["PADA"], [])
    assert found.alone == (source_of("SEMPTY"),)
    assert asked(sandbox) == ["GET /oncalls", "GET /schedules/{id}"]


@pytest.mark.parametrize(
    ("schedule", "remembered", "path"),
    [
        ("SLOOSEPAIR", [], ["GET /schedules/{id}", "GET /v3/schedules/{id}"]),
        ("SLOOSEPAIR", ["SLOOSEPAIR"], ["GET /v3/schedules/{id}"]),
        ("SLOOSE", ["SLOOSE"], ["GET /v3/schedules/{id}", "GET /schedules/{id}"]),
    ],
    ids=["never read", "remembered", "no longer shift-based"],
)
def test_the_path_that_a_schedule_answers_on_is_remembered(
    read: Reader, sandbox: Sandbox, schedule: str, remembered: list[str], path: list[str]
) -> None:
    found = read(schedule, shift_based=remembered)

    assert "PCY" in people(found, schedule)
    assert asked(sandbox) == ["GET /oncalls", *path]
    assert found.hints[schedule].shift_based == (path[-1] == "GET /v3/schedules/{id}")


# ── what PagerDuty refuses ───────────────────────────────────────────────────────────────────────────────


def refuses(sandbox: Sandbox, status: int, *schedules: str) -> None:
    """/oncalls refuses every request that names one of these."""
    for schedule in schedules:
        fault = {"endpoint": "GET /oncalls", "match": {"schedule_ids[]": schedule}, "status": status, "times": None}
        sandbox.faults.add(Fault.model_validate(fault))


@pytest.mark.parametrize(
    ("schedule", "code", "remedy"),
    [("SNOPE", "pagerduty_not_found", "Check the ID in the config"), ("SBO", "pagerduty_forbidden", "access")],
    ids=["unknown", "hidden from the key"],
)
def test_a_schedule_that_cannot_be_read_has_a_problem_and_the_others_people(
    read: Reader, sandbox: Sandbox, schedule: str, code: str, remedy: str
) -> None:
    sandbox.world.pagerduty.forbidden.append("SBO")

    found = read("SADA", schedule, "SCY")

    wrong = problem(found, schedule)
    assert (wrong.code, wrong.passing) == (code, False)
    assert wrong.message.startswith(f"PagerDuty schedule {schedule} could not be read.")
    assert remedy in wrong.message
    assert (people(found, "SADA"), people(found, "SCY")) == (["PADA"], ["PCY"])


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_batch_that_is_refused_for_one_of_its_ids_is_halved_until_the_others_are_read(
    read: Reader, sandbox: Sandbox, status: int
) -> None:
    crowd(sandbox.world, 64)
    refuses(sandbox, status, "SNOPE")

    found = read(*(f"S{n:04}" for n in range(64)), "SNOPE")

    assert all(people(found, f"S{n:04}") == [f"P{n:04}"] for n in range(64))
    assert problem(found, "SNOPE")
    assert found.refused == (source_of("SNOPE"),)
    assert sandbox.count("pagerduty", "GET /oncalls") <= 16
    assert sandbox.count("pagerduty", "GET /schedules/{id}") == 1


def test_many_wrong_ids_beside_schedules_that_were_read_are_no_wrong_key(read: Reader, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 150)
    wrong = [f"SZ{n:02}" for n in range(12)]
    refuses(sandbox, 400, *wrong)

    found = read(*(f"S{n:04}" for n in range(150)), *wrong)

    assert all(people(found, f"S{n:04}") == [f"P{n:04}"] for n in range(150))
    assert all(problem(found, schedule) for schedule in wrong)


def test_a_wrong_key_is_no_matter_of_single_schedules(read: Reader, sandbox: Sandbox) -> None:
    sandbox.world.pagerduty.token = "another"

    with pytest.raises(Refused, match=r"API key .* wrong or revoked"):
        read("SADA", "SLOOSE")
    assert sandbox.count("pagerduty") == 1


# ── what passes: noted, and the others go on ─────────────────────────────────────────────────────────────


def test_a_source_that_cannot_be_read_now_is_noted_and_the_others_have_people(read: Reader, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))

    found = read("SADA", "SLOOSE")

    assert people(found, "SADA") == ["PADA"]
    assert (problem(found, "SLOOSE").code, problem(found, "SLOOSE").passing) == ("pagerduty_down", True)
    assert [fault.code for fault in read.faults.noted] == ["pagerduty_down"]


def test_a_batch_that_cannot_be_read_leaves_the_other_one(read: Reader, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 250)
    refuses(sandbox, 503, "S0210")

    found = read(*(f"S{n:04}" for n in range(250)))

    assert people(found, "S0000") == ["P0000"]
    assert all(problem(found, f"S{n:04}").passing for n in range(200, 250))


@pytest.mark.parametrize(
    ("fault", "asked_for"),
    [({"status": 503}, 3), ({"status": 429, "headers": {"ratelimit-reset": "900"}}, 1)],
    ids=["after three faults", "after a rate limit"],
)
def test_the_rest_is_unreadable_without_being_asked_for(
    read: Reader, sandbox: Sandbox, fault: dict[str, Any], asked_for: int
) -> None:
    """Each fault may cost a minute of time-outs."""
    crowd(sandbox.world, 6)
    del sandbox.world.policies["POLICY3"]
    sandbox.faults.add(Fault.model_validate({"endpoint": "GET /schedules/{id}", "times": None, **fault}))

    found = read("SADA", *(f"S{n:04}" for n in range(6)))

    assert people(found, "SADA") == ["PADA"]
    assert all(problem(found, f"S{n:04}").passing for n in range(6))
    assert len({request.params["id"] for request in sandbox.requests if "id" in request.params}) == asked_for


@pytest.mark.parametrize("sources", [("SADA", "SLOOSE"), ("SADA", "team:PTEAM")])
def test_when_nothing_can_be_read_pagerduty_is_down(read: Reader, sandbox: Sandbox, sources: tuple[str, ...]) -> None:
    sandbox.faults.add(Fault(service="pagerduty", status=503, times=None))

    with pytest.raises(PassingFault, match="503"):
        read(*sources)


# ── answers of an unknown shape ──────────────────────────────────────────────────────────────────────────

FINAL = '{{"schedule": {{"final_schedule": {{"rendered_schedule_entries": [{}]}}}}}}'
STRANGE: dict[str, tuple[str, str]] = {
    "an unknown kind of schedule": ("GET /oncalls", page(row(kind="schedule_v9"))),
    "an unknown kind of user": ("GET /oncalls", page(row(user='{"id": "PADA", "type": "robot"}'))),
    "a row without a user": ("GET /oncalls", page(row(user="null"))),
    "a user without an ID": ("GET /oncalls", page(row(user='{"id": null, "type": "user"}'))),
    "a time that is none": ("GET /oncalls", page(row().replace('"start": null', '"start": "yesterday"'))),
    "a time without an offset": ("GET /oncalls", page(row().replace('"end": null', '"end": "2026-03-02T12:00:00"'))),
    "a schedule without its final schedule": ("GET /schedules/{id}", '{"schedule": {"id": "SADA"}}'),
    "an entry without a user": ("GET /schedules/{id}", FINAL.format('{"start": null, "end": null}')),
    "an entry of an unknown kind": (
        "GET /schedules/{id}",
        FINAL.format('{"start": null, "end": null, "user": {"id": "PADA", "type": "robot"}}'),
    ),
}


@pytest.mark.parametrize(("endpoint", "body"), STRANGE.values(), ids=STRANGE)
def test_an_answer_of_an_unknown_shape_is_reported_and_not_dropped(
    read: Reader, sandbox: Sandbox, endpoint: str, body: str
) -> None:
    if endpoint != "GET /oncalls":
        sandbox.world.policies.clear()
    answer(sandbox, body, endpoint)

    wrong = problem(read("SADA"), "SADA")

    assert (wrong.code, wrong.passing) == ("unknown_kind", False)
    assert wrong.message.startswith("PagerDuty schedule SADA could not be read")
    assert "this version does not know" in wrong.message


@pytest.mark.parametrize("member", ['{"type": "user_member"}', '{"type": "user_member", "user_id": null}'])
def test_a_member_of_a_shift_based_schedule_without_an_id_makes_it_unreadable(
    read: Reader, sandbox: Sandbox, member: str
) -> None:
    """Left out, the person would be taken out of the group."""
    whole = '{"start_time": null, "end_time": null, "member": {"type": "user_member", "user_id": "PBO"}}'
    entry = f'{{"start_time": null, "end_time": null, "member": {member}}}'
    body = f'{{"schedule": {{"final_schedule": {{"computed_shift_assignments": [{whole}, {entry}]}}}}}}'
    answer(sandbox, body, "GET /v3/schedules/{id}")

    assert problem(read("SLOOSEPAIR", shift_based=["SLOOSEPAIR"]), "SLOOSEPAIR").code == "unknown_kind"


def test_a_row_that_cannot_be_read_hides_neither_the_others_nor_that_something_is_wrong(
    read: Reader, sandbox: Sandbox
) -> None:
    answer(sandbox, page(row(user='{"id": "PX", "type": "robot"}'), row()))

    found = read("SADA")

    assert problem(found, "SADA").code == "unknown_kind"
    assert [shift.person for shift in found.rotations[source_of("SADA")].shifts] == ["PADA"]


def test_rows_of_what_was_not_asked_for_are_ignored(read: Reader, sandbox: Sandbox) -> None:
    answer(sandbox, page(row("SBO"), row(), "7", "{}"))

    found = read("SADA")

    assert people(found, "SADA") == ["PADA"]
    assert set(found.rotations) == {source_of("SADA")}
