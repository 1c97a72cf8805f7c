"""A late write is superseded, not failed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from oncall_sync.journal import later_run
from oncall_sync.memory import Memory
from oncall_sync.models import Change, to_json
from oncall_sync.steps import superseded
from tests.builders import AT, HOUR, MINUTE, STARTED, Situation, change
from tests.sync.driver import DictStore

SECOND = timedelta(seconds=1)


def test_a_plan_of_this_run_is_written_as_long_as_it_has_not_expired() -> None:
    assert superseded(change(expires_at=AT + MINUTE), STARTED, AT + MINUTE - SECOND) is None


@pytest.mark.parametrize("late", [timedelta(0), SECOND, 24 * HOUR])
def test_a_plan_lapses_when_a_shift_it_rests_on_has_ended_or_ten_minutes_have_passed(late: timedelta) -> None:
    why = superseded(change(expires_at=AT + MINUTE), STARTED, AT + MINUTE + late)
    assert why == "the plan is too old: a shift that it rests on has ended, or ten minutes have passed"


def test_a_plan_lapses_when_its_run_was_cleared_since() -> None:
    why = superseded(change(expires_at=AT + HOUR), STARTED + 5 * MINUTE, AT)
    assert why == "the run was cleared since; what it read is from before that"


def test_a_plan_lapses_when_another_run_that_read_later_writes() -> None:
    why = superseded(change(expires_at=AT + HOUR), STARTED, AT, later_run=True)
    assert why == "another run, which read PagerDuty later, writes or has written meanwhile"


@pytest.mark.parametrize("said", ["wrote", "at"])
def test_a_later_run_is_one_that_read_later_and_not_by_a_clock_that_was_wrong(said: str) -> None:
    memory = Memory(DictStore())
    memory.save("writing" if said == "wrote" else "reported", {said: (AT + MINUTE).isoformat()})

    assert later_run(memory, AT, AT + HOUR)
    assert not later_run(memory, AT + MINUTE, AT + HOUR)
    assert not later_run(memory, AT, AT + MINUTE - SECOND)
    assert not later_run(memory, None, AT + HOUR)


@pytest.mark.parametrize("damaged", [None, 7, [], "soon"])
def test_damaged_memory_supersedes_nobody(damaged: object) -> None:
    memory = Memory(DictStore())
    memory.save("writing", {"wrote": damaged})
    assert not later_run(memory, AT, AT + HOUR)


def test_clearing_yesterdays_write_never_puts_yesterdays_people_back() -> None:
    plan = Situation(on_call={"PDAY": ["ada"]}, members=["bo"]).plan()
    assert plan.change is not None
    assert superseded(plan.change, STARTED, AT + MINUTE) is None
    assert superseded(plan.change, STARTED + 24 * HOUR, AT + 24 * HOUR)  # cleared, and run again
    assert superseded(plan.change, STARTED, AT + 24 * HOUR)  # resumed after a day without a scheduler


def test_a_plan_is_the_same_after_its_way_through_xcom() -> None:
    before = change("oncall", "ada", expires_at=AT + MINUTE)
    after = Change.model_validate(to_json(before))
    assert after == before
    assert superseded(after, STARTED, AT) is None
