"""Who is on call at one instant, read with few requests: the rules of `read_sources`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import Source
from oncall_sync.errors import PassingFault, Refused
from oncall_sync.memory import Memory
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.pagerduty.on_call import batches
from oncall_sync.pagerduty.rotations import Rotations, Window
from oncall_sync.parameters import Parameters
from oncall_sync.steps.fetch_schedules import fetch_schedules, read_sources
from sandbox import Fault, Override, PlannedShift, Policy, Sandbox, Schedule, grid
from tests.sync.driver import DictStore, Sync
from tests.sync.worlds import HOUR, NOON, crowd, hand_over

SECOND = timedelta(seconds=1)
Read = Callable[..., Rotations]


ADAS_ROW = (
    '{"schedule": {"id": "SADA", "type": "schedule_reference"}, "user": {"id": "PADA", "type": "user", '
    '"name": "Ada", "email": "ada@acme.example"}, "escalation_policy": {"id": "POLICY1"}, "escalation_level": 1, '
    '"start": null, "end": null}'
)


@pytest.fixture
def read(sync: Sync) -> Read:
    """`read("SADA", "SBO")` at noon."""

    def read(*schedules: str, at: datetime = NOON, last_try: bool = False, shift_based: Any = ()) -> Rotations:
        found = Rotations(Window(at), shift_based=frozenset(shift_based))
        read_sources(
            sync.pagerduty(""), [Source("schedule", schedule) for schedule in schedules], found, last_try, rows={}
        )
        return found

    return read


@pytest.fixture
def sandbox(sync: Sync) -> Sandbox:
    return sync.sandbox


def on_call(found: Rotations, schedule: str) -> list[str]:
    """The people by ID, sorted; a schedule that could not be read fails the test."""
    assert found.rotations[Source("schedule", schedule)].problem is None
    return sorted(shift.person for shift in found.rotations[Source("schedule", schedule)].shifts)


def set_shifts(sandbox: Sandbox, schedule: str, *shifts: tuple[str | None, datetime, datetime | None]) -> None:
    sandbox.world.schedules[schedule].shifts = [PlannedShift(person=p, start=s, end=e) for p, s, e in shifts]


WAYS = {"on a policy": "SADA", "on no policy": "SLOOSE", "shift-based": "SPAIR", "shift-based, no policy": "SLOOSEPAIR"}


@pytest.mark.parametrize("schedule", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("after", "person"),
    [(-SECOND, "PBO"), (timedelta(0), "PDEE"), (SECOND, "PDEE")],
    ids=["a second before", "at the handoff", "a second after"],
)
def test_the_instant_of_a_handoff_belongs_to_the_incoming_person_alone(
    read: Read, sandbox: Sandbox, schedule: str, after: timedelta, person: str
) -> None:
    set_shifts(sandbox, schedule, ("PBO", NOON - HOUR, NOON), ("PDEE", NOON, NOON + HOUR))

    found = read(schedule, at=NOON + after)

    assert on_call(found, schedule) == [person]


@pytest.mark.parametrize("schedule", WAYS.values(), ids=WAYS)
def test_the_end_of_the_shift_is_told_where_it_is_known(read: Read, sandbox: Sandbox, schedule: str) -> None:
    set_shifts(sandbox, schedule, ("PDEE", NOON - HOUR, NOON + HOUR))

    assert [shift.end for shift in read(schedule).rotations[Source("schedule", schedule)].shifts] == [NOON + HOUR]


def test_a_shift_without_end_never_ends(read: Read) -> None:
    """/oncalls has null there."""
    assert [shift.end for shift in read("SADA").rotations[Source("schedule", "SADA")].shifts] == [None]


def test_a_handoff_into_nothing_leaves_nobody(read: Read, sandbox: Sandbox) -> None:
    set_shifts(sandbox, "SADA", ("PBO", NOON - HOUR, NOON))

    assert on_call(read("SADA"), "SADA") == []


@pytest.mark.parametrize(("schedule", "people"), [("SPAIR", ["PADA", "PBO"]), ("SLOOSEPAIR", ["PADA", "PCY"])])
def test_several_people_are_on_call_at_once_in_a_shift_based_schedule(
    read: Read, schedule: str, people: list[str]
) -> None:
    assert on_call(read(schedule), schedule) == people


@pytest.mark.parametrize("schedule", ["SPAIR", "SLOOSEPAIR"])
def test_a_slot_that_nobody_has_is_nobody(read: Read, sandbox: Sandbox, schedule: str) -> None:
    set_shifts(sandbox, schedule, (None, NOON - HOUR, NOON + HOUR), ("PBO", NOON - HOUR, NOON + HOUR))

    assert on_call(read(schedule), schedule) == ["PBO"]


def test_a_schedule_on_two_policies_has_each_person_once(read: Read, sandbox: Sandbox) -> None:
    """SADA comes twice in /oncalls: it is on two policies."""
    found = read("SADA")

    assert on_call(found, "SADA") == ["PADA"]
    assert sandbox.count("pagerduty") == 1


def test_an_override_takes_the_place_of_who_was_planned(read: Read, sandbox: Sandbox) -> None:
    for schedule in ("SADA", "SLOOSE"):
        sandbox.world.schedules[schedule].overrides = [Override(person="PDEE", start=NOON, end=NOON + HOUR)]

    found = read("SADA", "SLOOSE")

    assert on_call(found, "SADA") == on_call(found, "SLOOSE") == ["PDEE"]


def test_people_who_are_called_directly_by_a_policy_are_on_call_for_no_schedule(read: Read, sandbox: Sandbox) -> None:
    sandbox.world.policies["POLICY1"].levels.append(["PDEE"])

    assert on_call(read("SADA"), "SADA") == ["PADA"]


def test_emails_are_compared_in_lower_case(read: Read) -> None:
    assert read("SDEE").people["PDEE"].email == "dee@acme.example"


def test_a_deleted_user_is_told_as_such(read: Read) -> None:
    found = read("SGONE")

    assert on_call(found, "SGONE") == ["PGONE"]
    assert found.people["PGONE"].deleted
    assert found.people["PGONE"].email is None


def test_a_schedule_without_a_row_is_verified_by_itself_and_only_then_empty(read: Read, sandbox: Sandbox) -> None:
    found = read("SADA", "SEMPTY")

    assert on_call(found, "SEMPTY") == []
    asked = [(request.endpoint, request.params.get("id")) for request in sandbox.requests]
    assert asked == [("GET /oncalls", None), ("GET /schedules/{id}", "SEMPTY")]


def test_a_shift_based_schedule_is_asked_for_on_its_own_path_from_the_second_time_on(
    read: Read, sandbox: Sandbox
) -> None:
    first = read("SLOOSEPAIR")
    assert first.shift_based == {"SLOOSEPAIR"}
    sandbox.requests.clear()

    read("SLOOSEPAIR", shift_based=first.shift_based)

    assert [request.endpoint for request in sandbox.requests] == ["GET /oncalls", "GET /v3/schedules/{id}"]


def test_a_schedule_that_was_shift_based_and_is_no_more_is_still_found(read: Read) -> None:
    found = read("SLOOSE", shift_based={"SLOOSE"})

    assert on_call(found, "SLOOSE") == ["PCY"]
    assert found.shift_based == frozenset()


UNREADABLE = {
    "unknown": ("SNOPE", "pagerduty_not_found", "Check the ID in the config"),
    "hidden from the key": ("SBO", "pagerduty_forbidden", "access"),
}


@pytest.mark.parametrize(("schedule", "code", "remedy"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_schedule_that_cannot_be_read_has_a_problem_and_the_others_people(
    read: Read, sandbox: Sandbox, schedule: str, code: str, remedy: str
) -> None:
    sandbox.world.pagerduty.forbidden.append("SBO")

    found = read("SADA", schedule, "SCY")

    problem = found.rotations[Source("schedule", schedule)].problem
    assert problem
    assert problem.code == code
    assert problem.message.startswith(f"PagerDuty schedule {schedule} could not be read.")
    assert remedy in problem.message
    assert (on_call(found, "SADA"), on_call(found, "SCY")) == (["PADA"], ["PCY"])


def refuses(sandbox: Sandbox, status: int, *schedules: str) -> None:
    """/oncalls refuses every request that names one of these."""
    for schedule in schedules:
        fault = {"endpoint": "GET /oncalls", "match": {"schedule_ids[]": schedule}, "status": status, "times": None}
        sandbox.faults.add(Fault.model_validate(fault))


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_batch_that_is_refused_for_one_of_its_ids_is_halved_until_the_others_are_read(
    read: Read, sandbox: Sandbox, status: int
) -> None:
    crowd(sandbox.world, 64)
    refuses(sandbox, status, "SNOPE")

    found = read(*(f"S{n:04}" for n in range(64)), "SNOPE")

    assert all(on_call(found, f"S{n:04}") == [f"P{n:04}"] for n in range(64))
    assert found.rotations[Source("schedule", "SNOPE")].problem
    assert sandbox.count("pagerduty", "GET /oncalls") <= 16
    assert sandbox.count("pagerduty", "GET /schedules/{id}") == 1


def test_more_than_a_hundred_rows_come_in_pages_and_all_of_them_count(read: Read, sandbox: Sandbox) -> None:
    """PagerDuty's own default of 25 rows would lose people silently."""
    crowd(sandbox.world, 130)
    schedules = [f"S{n:04}" for n in range(130)]

    found = read(*schedules)

    assert [on_call(found, schedule) for schedule in schedules] == [[f"P{n:04}"] for n in range(130)]
    pages = [(request.params["limit"], request.params["offset"]) for request in sandbox.requests]
    assert pages == [("100", "0"), ("100", "100")]


@pytest.mark.parametrize("rows", [100, 200])
def test_a_full_last_page_costs_no_empty_one(read: Read, sandbox: Sandbox, rows: int) -> None:
    crowd(sandbox.world, rows)

    read(*(f"S{n:04}" for n in range(rows)))

    assert sandbox.count("pagerduty") == rows // 100


def test_hundreds_of_schedules_of_one_person_are_asked_for_in_batches_that_fit_into_an_address(
    read: Read, sandbox: Sandbox
) -> None:
    crowd(sandbox.world, 450)

    found = read(*(f"S{n:04}" for n in range(450)))

    assert len(found.rotations) == 450
    assert sandbox.count("pagerduty") == 5
    assert max(len(request.params["schedule_ids[]"]) for request in sandbox.requests) <= 200


def test_pages_that_moved_while_they_were_read_are_read_anew(read: Read, sandbox: Sandbox) -> None:
    """A policy that comes in front after the first page pushes the last row of it onto the second page."""
    crowd(sandbox.world, 130)
    schedules = [f"S{n:04}" for n in range(130)]
    moved: list[bool] = []

    def push(request: Any) -> bool:
        if request.params["offset"] == "100" and not moved:
            moved.append(True)
            sandbox.world.policies = {"PNEW": Policy(levels=[["S0129"]]), **sandbox.world.policies}
        return False

    sandbox.faults.add(Fault(endpoint="GET /oncalls", match=push))

    found = read(*schedules)

    assert [on_call(found, schedule) for schedule in schedules] == [[f"P{n:04}"] for n in range(130)]
    assert sandbox.count("pagerduty") == 4


def test_one_page_with_fewer_rows_than_there_are_is_read_anew(read: Read, sandbox: Sandbox) -> None:
    """An answer out of some cache: whoever is missing would lose their place."""
    none = '{"oncalls": [], "more": false, "total": 1}'
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=none, content_type="application/json"))

    assert on_call(read("SADA"), "SADA") == ["PADA"]
    assert [request.endpoint for request in sandbox.requests] == ["GET /oncalls"] * 2


def test_a_total_that_always_counts_more_than_the_key_sees_is_asked_about_twice_and_stops_nothing(
    read: Read, sandbox: Sandbox
) -> None:
    body = f'{{"more": false, "total": 7, "oncalls": [{ADAS_ROW}]}}'
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body, times=None))

    assert on_call(read("SADA"), "SADA") == ["PADA"]
    assert sandbox.count("pagerduty") == 2


def test_the_same_row_twice_on_one_page_is_no_sign_that_pages_moved(read: Read, sandbox: Sandbox) -> None:
    body = f'{{"more": false, "oncalls": [{ADAS_ROW}, {ADAS_ROW}]}}'
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body, times=None))

    assert on_call(read("SADA"), "SADA") == ["PADA"]
    assert sandbox.count("pagerduty") == 1


def test_many_wrong_ids_beside_schedules_that_were_read_are_no_wrong_key(read: Read, sandbox: Sandbox) -> None:
    """/oncalls had answered, although every schedule that it told of is still without anybody."""
    crowd(sandbox.world, 150)
    wrong = [f"SZ{n:02}" for n in range(12)]
    refuses(sandbox, 400, *wrong)

    found = read(*(f"S{n:04}" for n in range(150)), *wrong)

    assert all(on_call(found, f"S{n:04}") == [f"P{n:04}"] for n in range(150))
    assert all(found.rotations[Source("schedule", schedule)].problem for schedule in wrong)


def test_the_instant_is_asked_for_in_whole_seconds_of_utc(read: Read, sandbox: Sandbox) -> None:
    read("SADA", "SLOOSE")

    oncalls, schedule = (request.params for request in sandbox.requests)
    assert (oncalls["since"], oncalls["until"], oncalls["time_zone"]) == (
        "2026-03-02T12:00:00Z",
        "2026-03-02T12:00:00Z",
        "UTC",
    )
    assert (schedule["since"], schedule["until"]) == ("2026-03-02T12:00:00Z", "2026-03-02T12:00:01Z")


def test_before_the_last_try_a_passing_fault_is_raised(read: Read, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))

    with pytest.raises(PassingFault):
        read("SADA", "SLOOSE")


def test_on_the_last_try_what_could_not_be_read_has_a_problem_and_the_rest_people(read: Read, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))

    found = read("SADA", "SLOOSE", last_try=True)

    assert on_call(found, "SADA") == ["PADA"]
    problem = found.rotations[Source("schedule", "SLOOSE")].problem
    assert problem
    assert problem.code == "pagerduty_down"


def test_on_the_last_try_one_batch_that_cannot_be_read_leaves_the_other_one(read: Read, sandbox: Sandbox) -> None:
    crowd(sandbox.world, 250)
    refuses(sandbox, 503, "S0210")

    found = read(*(f"S{n:04}" for n in range(250)), last_try=True)

    assert on_call(found, "S0000") == ["P0000"]
    assert all(found.rotations[Source("schedule", f"S{n:04}")].problem for n in range(200, 250))


def test_when_nothing_can_be_read_the_last_try_raises_too(read: Read, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(service="pagerduty", status=503, times=None))

    with pytest.raises(PassingFault, match="503"):
        read("SADA", "SLOOSE", last_try=True)


def test_a_wrong_key_is_not_a_matter_of_single_schedules(read: Read, sandbox: Sandbox) -> None:
    sandbox.world.pagerduty.token = "another"

    with pytest.raises(Refused, match=r"API key .* wrong or revoked"):
        read("SADA", "SLOOSE", last_try=True)
    assert sandbox.count("pagerduty") == 1


STRANGE: dict[str, tuple[str, str]] = {
    "an unknown kind of schedule": (
        "GET /oncalls",
        '{"more": false, "oncalls": [{"schedule": {"id": "SADA", "type": "schedule_v9"}, "user": {"id": "PADA", '
        '"type": "user"}, "start": null, "end": null}]}',
    ),
    "an unknown kind of user": (
        "GET /oncalls",
        '{"more": false, "oncalls": [{"schedule": {"id": "SADA", "type": "schedule_reference"}, "user": {"id": '
        '"PADA", "type": "robot"}, "start": null, "end": null}]}',
    ),
    "a row without a user": (
        "GET /oncalls",
        '{"more": false, "oncalls": [{"schedule": {"id": "SADA", "type": "schedule_reference"}, "user": null}]}',
    ),
    "a time that is none": (
        "GET /oncalls",
        '{"more": false, "oncalls": [{"schedule": {"id": "SADA", "type": "schedule_reference"}, "user": {"id": '
        '"PADA", "type": "user"}, "start": "yesterday", "end": null}]}',
    ),
    "a schedule without its final schedule": ("GET /schedules/{id}", '{"schedule": {"id": "SADA"}}'),
    "an entry without a user": (
        "GET /schedules/{id}",
        '{"schedule": {"final_schedule": {"rendered_schedule_entries": [{"start": null, "end": null}]}}}',
    ),
}


@pytest.mark.parametrize(("endpoint", "body"), STRANGE.values(), ids=STRANGE)
def test_an_answer_of_an_unknown_shape_is_reported_and_not_dropped(
    read: Read, sandbox: Sandbox, endpoint: str, body: str
) -> None:
    if endpoint != "GET /oncalls":
        sandbox.world.policies.clear()
    sandbox.faults.add(Fault(endpoint=endpoint, status=200, body=body, times=None))

    problem = read("SADA").rotations[Source("schedule", "SADA")].problem

    assert problem
    assert problem.code == "unknown_kind"
    assert "SADA" in problem.message


@pytest.mark.parametrize("member", ['{"type": "user_member"}', '{"type": "user_member", "user_id": null}'])
def test_a_member_of_a_shift_based_schedule_without_an_id_makes_it_unreadable(
    read: Read, sandbox: Sandbox, member: str
) -> None:
    """Left out, the person would be taken out of the group."""
    whole = '{"start_time": null, "end_time": null, "member": {"type": "user_member", "user_id": "PBO"}}'
    entry = f'{{"start_time": null, "end_time": null, "member": {member}}}'
    body = f'{{"schedule": {{"final_schedule": {{"computed_shift_assignments": [{whole}, {entry}]}}}}}}'
    sandbox.faults.add(Fault(endpoint="GET /v3/schedules/{id}", status=200, body=body, times=None))

    problem = read("SLOOSEPAIR", shift_based=["SLOOSEPAIR"]).rotations[Source("schedule", "SLOOSEPAIR")].problem

    assert problem
    assert problem.code == "unknown_kind"


def test_rows_of_schedules_that_were_not_asked_for_are_ignored(read: Read, sandbox: Sandbox) -> None:
    body = (
        '{"more": false, "oncalls": [{"schedule": {"id": "SBO", "type": "schedule_reference"}, "user": {"id": "PBO", '
        '"type": "user", "name": "Bo", "email": "bo@acme.example"}, "start": null, "end": null}]}'
    )
    sandbox.faults.add(Fault(endpoint="GET /oncalls", status=200, body=body))

    found = read("SADA")

    assert found.rotations.keys() == {Source("schedule", "SADA")}


def test_the_next_shift_of_the_same_person_is_not_a_second_person(read: Read, sandbox: Sandbox) -> None:
    sandbox.world.schedules["SNEW"] = Schedule(kind="v3")
    set_shifts(sandbox, "SNEW", ("PADA", NOON - HOUR, NOON + HOUR), ("PADA", NOON - HOUR, NOON + 2 * HOUR))

    found = read("SNEW")

    assert on_call(found, "SNEW") == ["PADA"]


def test_a_handoff_changes_who_is_on_call(read: Read, sandbox: Sandbox) -> None:
    hand_over(sandbox.world, "SADA", "PDEE", NOON)

    assert on_call(read("SADA", at=NOON - SECOND), "SADA") == ["PADA"]
    assert on_call(read("SADA", at=NOON), "SADA") == ["PDEE"]


def test_batches_fill_whole_pages_as_far_as_the_last_run_knows() -> None:
    """1,500 schedules, a fifth of them with two rows: 1,800 rows are 18 pages, however they are spread."""
    ids = [f"P{n:04}" for n in range(1500)]
    rows = dict.fromkeys(ids[::5], 2)

    pages = [-(-sum(rows.get(schedule, 1) for schedule in batch) // 100) for batch in batches(ids, rows)]

    assert sum(pages) == 18
    assert sorted(schedule for batch in batches(ids, rows) for schedule in batch) == ids
    assert all(len(batch) <= 200 for batch in batches(ids, dict.fromkeys(ids, 0)))


def test_with_what_the_last_run_saw_duplicate_rows_cost_no_more_requests_than_their_pages(sync: Sync) -> None:
    crowded = grid(groups=100, schedules_per_group=3)
    for number, schedule in enumerate(sorted(crowded.schedules)):
        if number % 4 == 0:
            crowded.policies[f"PX{number}"] = Policy(levels=[[schedule]])
    memory = Memory(DictStore())
    text = "".join(f"  g{n}: {{schedules: [{schedule}]}}\n" for n, schedule in enumerate(sorted(crowded.schedules)))
    sync.config.write_text(f"groups:\n{text}")
    with Sandbox(crowded) as serving:

        def connect(_: str) -> PagerDutyApi:
            return PagerDutyApi(crowded.pagerduty.token, serving.pagerduty_url)

        for _ in range(2):
            serving.requests.clear()
            fetch_schedules(
                Parameters(),
                replace(sync.services(), memory=memory, pagerduty=connect, now=lambda: datetime.now(UTC)),
                None,
            )
        assert serving.count("pagerduty") == 4, "375 rows"
