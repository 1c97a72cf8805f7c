"""The watcher and runs that are killed or fail: another is asked for, less and less often, and writes once."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.memory import Memory
from sandbox import Fault, Request
from tests.sync.driver import TASKS, DictStore, Killed, Task
from tests.sync.watching import MINUTE, POLL, SECOND, Watching, kill
from tests.sync.worlds import HOUR

LESS_AND_LESS_OFTEN = [0, 1, 3, 7, 15, 30, 45, 60]  # minutes: 1, 2, 4, 8, 15, 15, … after the one before


class Dying(DictStore):
    """The run that sets this key is killed before it has."""

    def __init__(self, known: DictStore, key: str) -> None:
        super().__init__(known)
        self.key = key

    def set(self, key: str, value: Any) -> None:
        if key == self.key:
            raise Killed
        super().set(key, value)


def asked_for(request: Request) -> str:
    return str(request.params.get("schedule_ids[]"))


# ── killed runs ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("task", TASKS)
def test_a_run_killed_anywhere_is_made_up_for_a_minute_later_and_the_change_is_written_once(
    calm: Watching, task: Task
) -> None:
    calm.override("SADA", "PDEE")
    calm.sync.before[task] = kill

    calm.pass_by(50 * MINUTE)

    assert calm.asks() == [0, 1]
    assert calm.sync.members("alpha") == {"UDEE"}
    assert [write.params["users"] for write in calm.sync.writes()] == ["UDEE"]
    assert [event.handle for event in calm.sync.events] == ["alpha"]


def test_as_long_as_no_run_settles_it_the_dag_is_woken_less_and_less_often(calm: Watching) -> None:
    calm.runs = False
    calm.override("SADA", "PDEE", minutes=600)

    calm.pass_by(61 * MINUTE)

    assert calm.asks() == LESS_AND_LESS_OFTEN


def test_the_run_that_lives_at_last_writes_it_and_all_is_calm(calm: Watching) -> None:
    calm.override("SADA", "PDEE", minutes=600)

    def kill_the_next() -> None:
        if len(calm.wakes) < 3:
            calm.sync.before["report"] = kill_the_next
        kill()

    calm.sync.before["report"] = kill_the_next
    calm.pass_by(2 * HOUR)

    assert calm.asks() == LESS_AND_LESS_OFTEN[:4]
    assert len(calm.sync.writes()) == 1


def test_another_change_wakes_the_dag_at_once_though_the_first_is_not_settled(calm: Watching) -> None:
    calm.runs = False
    calm.override("SADA", "PDEE")
    calm.pass_by(5 * MINUTE)
    calm.override("SBO", "PCY")
    calm.pass_by(POLL)
    calm.override("SADA", "PCY")
    calm.pass_by(POLL)

    assert calm.asks() == [0, 1, 3, 5, 5.5]


def test_the_same_change_after_a_run_settled_it_wakes_the_dag_at_once(calm: Watching) -> None:
    for _ in range(3):
        calm.override("SADA", "PDEE")
        calm.pass_by(POLL)
        calm.world.schedules["SADA"].overrides.clear()
        calm.pass_by(POLL)

    assert calm.asks() == [0, 0.5, 1, 1.5, 2, 2.5]


def test_the_same_people_are_another_change_when_a_run_has_settled_on_others_since(calm: Watching) -> None:
    calm.runs = False
    calm.override("SADA", "PDEE")
    calm.pass_by(4 * MINUTE)
    calm.override("SADA", "PCY")
    calm.run()
    calm.world.schedules["SADA"].overrides.pop()
    assert calm.sync.members("alpha") == {"UCY"}

    calm.pass_by(POLL)

    assert calm.asks() == [0, 1, 3, 4]


@pytest.mark.parametrize("save", ["groups.0", "on_call.0", "watch.0"])
def test_a_report_killed_before_one_of_its_saves_is_made_up_for_though_pagerduty_is_as_before(
    calm: Watching, save: str
) -> None:
    """Slack holds Dee, and Ada is on call again."""
    calm.pass_by(MINUTE)
    calm.override("SADA", "PDEE")
    calm.sync.store = Dying(calm.sync.store, save)
    calm.run()
    assert calm.sync.members("alpha") == {"UDEE"}
    calm.world.schedules["SADA"].overrides.clear()
    calm.sync.store = DictStore(calm.sync.store)
    calm.restart()

    calm.pass_by(2 * MINUTE)

    assert calm.sync.members("alpha") == {"UADA"}


def test_a_schedule_that_oncalls_refuses_for_ever_though_it_reads_by_itself_causes_one_run(calm: Watching) -> None:
    """Nothing that /oncalls says of it could ever be compared: it is left to the heartbeat and to its shift's end."""
    refused = Fault(endpoint="GET /oncalls", status=403, times=None, match=lambda request: "SADA" in asked_for(request))
    calm.sync.sandbox.faults.add(refused)

    calm.pass_by(2 * HOUR)

    assert len(calm.wakes) == 1
    assert [report.groups["alpha"].status for report in calm.reports] == ["unchanged"]
    assert "schedule:SADA" not in Memory(calm.sync.store).load("on_call")


# ── runs that fail ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault",
    [
        Fault(endpoint="usergroups.users.update", status=503),
        Fault(endpoint="users.lookupByEmail", status=503),
    ],
    ids=lambda fault: f"{fault.endpoint} {fault.error or fault.status}",
)
def test_what_fails_for_a_reason_that_passes_is_tried_again_by_another_run(calm: Watching, fault: Fault) -> None:
    broken = calm.sync.sandbox.faults.add(fault.model_copy(update={"times": None}))
    calm.override("SADA", "PDEE")
    calm.pass_by(POLL)
    assert calm.reports[0].groups["alpha"].status == "failed"
    calm.sync.sandbox.faults.clear()
    assert broken.times is None

    calm.pass_by(30 * MINUTE)

    assert calm.asks() == [0, 1]
    assert calm.sync.members("alpha") == {"UDEE"}


def test_what_fails_for_a_reason_that_does_not_pass_is_left_to_people(calm: Watching) -> None:
    calm.sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="permission_denied", times=None))
    calm.override("SADA", "PDEE")

    calm.pass_by(30 * MINUTE)

    assert calm.asks() == [0]
    assert len(calm.sync.writes()) == 1
    assert calm.reports[0].groups["alpha"].status == "failed"


def test_a_plan_that_lapsed_before_its_write_is_made_up_for_by_the_run_that_follows_at_once(calm: Watching) -> None:
    calm.override("SADA", "PDEE")

    def late() -> None:
        calm.sync.late = HOUR
        calm.sync.before["report"] = in_time

    def in_time() -> None:
        calm.sync.late = 0 * SECOND

    calm.sync.before["update_groups"] = late
    calm.pass_by(30 * MINUTE)

    assert calm.asks() == [0]
    assert [report.groups["alpha"].status for report in calm.reports] == ["superseded", "updated"]
    assert len(calm.sync.writes()) == 1
