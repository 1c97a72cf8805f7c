"""A late write is superseded, not failed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from oncall_sync.journal import later_run
from oncall_sync.memory import Memory
from oncall_sync.models import Change, to_json
from oncall_sync.steps import superseded
from tests.builders import AT, HOUR, MINUTE, STARTED, change
from tests.sync.driver import DictStore

SECOND = timedelta(seconds=1)
TOO_OLD = "the plan is too old: a shift that it rests on has ended, or ten minutes have passed"


@pytest.mark.parametrize(
    ("started", "now", "later_run", "why"),
    [
        (STARTED, AT + MINUTE - SECOND, False, None),
        (STARTED, AT + MINUTE, False, TOO_OLD),
        (STARTED, AT + 24 * HOUR, False, TOO_OLD),
        (STARTED + 5 * MINUTE, AT, False, "the run was cleared since; what it read is from before that"),
        (STARTED, AT, True, "another run, which read PagerDuty later, writes or has written meanwhile"),
    ],
    ids=[
        "in time",
        "the plan has just expired",
        "a day without a scheduler",
        "cleared since",
        "another run read later",
    ],
)
def test_a_late_write_is_superseded_with_the_reason(
    started: datetime, now: datetime, later_run: bool, why: str | None
) -> None:
    planned = change(expires_at=AT + MINUTE)
    for each in (planned, Change.model_validate(to_json(planned))):
        assert superseded(each, started, now, later_run) == why


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
