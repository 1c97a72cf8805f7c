"""What the watcher compares with: when a run writes it, what it holds, and when it differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import Source
from oncall_sync.errors import PassingFault, Refused
from oncall_sync.memory import Memory
from oncall_sync.models import GroupPlan, Plan, Problem, Reading, RunResults
from oncall_sync.steps import report
from oncall_sync.watcher import fingerprint
from oncall_sync.watcher.fingerprint import Fingerprint, OnCall
from tests.builders import (
    AT,
    HANDLE,
    HOUR,
    MINUTE,
    DictStore,
    Situation,
    kept,
    outcome,
    plan_all,
    planned,
    problem,
    run,
    services,
    user_group,
)

HASH = "sha256:file"
PDAY, PNIGHT, PLOOSE, PLONG, PREFUSED = (
    Source("schedule", id_) for id_ in ("PDAY", "PNIGHT", "PLOOSE", "PLONG", "PREFUSED")
)
ONE: OnCall = {PDAY: ("PUADA",)}
DOWN = Problem.of(PassingFault("PagerDuty", "answers 503", code="pagerduty_down"))
FORBIDDEN = Problem.of(Refused("Slack", "refuses", code="permission_denied"))


def reading(situation: Situation | None = None, **more: Any) -> Reading:
    return (situation or Situation()).reading().model_copy(update={"file_hash": HASH, **more})


def left_by(*made: RunResults) -> Fingerprint | None:
    """What the reports of these runs leave for the watcher."""
    memory = Memory(DictStore())
    for each in made:
        report(each, services(memory, now=AT + MINUTE))
    return fingerprint.load(memory)


def settled(situation: Situation | None = None, **more: Any) -> Fingerprint:
    situation = situation or Situation()
    read = reading(situation, **more)
    inputs = replace(situation.inputs(), reading=situation.reading().model_copy(update={"verified": read.verified}))
    plan = Plan(planned_at=AT, groups={HANDLE: kept("ada")}, changes_at=inputs.roster.unseen_until)
    found = left_by(run(plan=plan, reading=read))
    assert found
    return found


# ── what a run leaves ────────────────────────────────────────────────────────────────────────────────────


def test_a_run_leaves_its_config_its_instant_and_who_is_on_call() -> None:
    found = settled(Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["cy", "bo"]}))

    assert (found.file_hash, found.connection, found.at) == (HASH, "pagerduty_default", AT)
    assert found.on_call == {PDAY: ("PUADA",), PNIGHT: ("PUBO", "PUCY")}
    assert found.until is None


@pytest.mark.parametrize("status", ["unchanged", "nobody_on_call", "updated", "would_update"])
def test_a_run_that_served_all_groups_settles_the_matter(status: Any) -> None:
    assert left_by(run(kept("ada", status=status), reading=reading()))


def test_a_written_change_settles_it_and_one_that_somebody_must_mend_too() -> None:
    changed = planned("bo", after=["ada"])
    assert left_by(run(changed, reading=reading(), outcomes={HANDLE: outcome("ada")}))
    assert left_by(run(changed, reading=reading(), failures={HANDLE: FORBIDDEN}))


def test_a_group_that_failed_for_good_does_not_keep_the_others_waiting() -> None:
    for code in ("max_members", "shrink", "nobody_reachable", "config_mistake", "managed_group"):
        assert left_by(run(kept("ada", status="failed", problems=(problem(code),)), kept("bo"), reading=reading()))


UNFINISHED: dict[str, GroupPlan] = {
    "failed for a passing reason": kept("ada", status="failed", problems=(DOWN,)),
    "failed for two reasons of which one passes": kept("ada", status="failed", problems=(FORBIDDEN, DOWN)),
    "deferred": kept("ada", status="deferred"),
    "superseded": kept("ada", status="superseded"),
    "a write without a word": planned("bo", after=["ada"]),
}


@pytest.mark.parametrize("plan", UNFINISHED.values(), ids=UNFINISHED)
def test_with_one_group_unfinished_nothing_is_settled(plan: GroupPlan) -> None:
    assert left_by(run(kept("ada"), plan, kept("ada"), reading=reading())) is None


def test_a_passing_warning_of_a_group_that_was_served_keeps_nobody() -> None:
    warning = DOWN.model_copy(update={"level": "warning"})
    assert left_by(run(kept("ada", problems=(warning,)), reading=reading()))


NOT_ALL: dict[str, dict[str, Any]] = {
    "some groups, another time, a dry run or a backfill": {"reading": reading(full=False)},
    "cleared since": {"reading": reading(), "started": AT + HOUR},
    "no plan": {"reading": reading(), "plan": None},
    "no reading": {"reading": None},
}


@pytest.mark.parametrize("more", NOT_ALL.values(), ids=NOT_ALL)
def test_a_run_that_is_not_about_all_groups_as_they_are_settles_nothing(more: dict[str, Any]) -> None:
    assert left_by(run(kept("ada"), **more)) is None


@pytest.mark.parametrize("more", [*NOT_ALL.values(), {"plan": Plan(planned_at=AT, groups=UNFINISHED)}])
def test_what_an_earlier_run_left_stays_then(more: dict[str, Any]) -> None:
    later = {"reading": reading(Situation(on_call={"PDAY": ["bo"]}), as_of=AT + HOUR), **more}
    assert left_by(run(kept("ada"), reading=reading()), run(kept("ada"), **later)) == settled()


def test_with_writes_false_a_plan_settles_the_matter() -> None:
    stopped = reading(Situation(plan_only="the config does not say writes: true"))
    assert left_by(run(planned("bo", after=["ada"]), reading=stopped, writes=False))


# ── schedules that /oncalls does not tell of ─────────────────────────────────────────────────────────────


def test_a_schedule_that_could_not_be_read_is_left_out() -> None:
    assert settled(Situation(on_call={"PDAY": ["ada"], "PGONE": []}, broken=["PGONE"])).on_call == ONE


def test_one_that_was_read_by_itself_has_no_row_and_its_end_is_what_to_wait_for() -> None:
    ends: dict[str, list[str | tuple[str, datetime]]] = {
        "PDAY": ["ada"],
        "PLOOSE": [("bo", AT + 2 * HOUR)],
        "PLONG": [("cy", AT + 3 * HOUR), "dee"],
    }

    found = settled(Situation(on_call=ends), verified=(PLOOSE, PLONG))

    assert found.on_call == {PDAY: ("PUADA",), PLOOSE: (), PLONG: ()}
    assert found.until == AT + 2 * HOUR


def test_one_that_oncalls_refuses_is_not_compared_with_it_and_its_end_is_waited_for() -> None:
    ends: dict[str, list[str | tuple[str, datetime]]] = {"PDAY": ["ada"], "PREFUSED": [("bo", AT + HOUR)]}

    found = settled(Situation(on_call=ends), verified=(PREFUSED,), refused=(PREFUSED,))

    assert found.on_call == ONE
    assert found.until == AT + HOUR
    assert differs(found, ONE) is None


def test_the_ends_that_oncalls_tells_of_are_left_to_oncalls() -> None:
    assert settled(Situation(on_call={"PDAY": [("ada", AT + HOUR)]})).until is None


def test_the_end_of_one_that_could_not_be_read_counts_for_nothing() -> None:
    half_read = Situation(on_call={"PDAY": ["ada"], "PLOOSE": [("bo", AT + HOUR)]}, broken=["PLOOSE"])
    assert settled(half_read, verified=(PLOOSE,)).until is None


# ── when it differs ──────────────────────────────────────────────────────────────────────────────────────


def differs(
    known: Fingerprint, seen: OnCall | None, file_hash: str | None = HASH, now: datetime = AT + MINUTE
) -> str | None:
    return known.differs(seen, file_hash, now)


def test_what_is_as_the_run_left_it_does_not_differ() -> None:
    assert differs(settled(), ONE) is None


def test_more_schedules_than_were_asked_for_do_not_matter() -> None:
    assert differs(settled(), {**ONE, Source("schedule", "POTHER"): ("PUBO",)}) is None


SEEN: dict[str, OnCall] = {
    "somebody else": {PDAY: ("PUBO",)},
    "one more": {PDAY: ("PUADA", "PUBO")},
    "nobody": {PDAY: ()},
    "refused": {},
}


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
def test_another_person_a_lost_row_and_a_refused_schedule_differ(seen: OnCall) -> None:
    assert differs(settled(), seen) == "who is on call changed: PDAY"


def test_a_row_where_there_was_none_differs() -> None:
    found = settled(Situation(on_call={"PDAY": [], "PLOOSE": ["bo"]}), verified=(PDAY, PLOOSE))
    assert differs(found, {PDAY: (), PLOOSE: ()}) is None
    assert differs(found, {PDAY: ("PUADA",), PLOOSE: ()}) == "who is on call changed: PDAY"
    assert differs(found, {PDAY: (), PLOOSE: ("PUBO",)}) == "who is on call changed: PLOOSE"


def test_ten_schedules_are_named_at_most() -> None:
    many = {f"P{n:02}": ["ada"] for n in range(12)}
    assert differs(settled(Situation(on_call=many)), {}) == "who is on call changed: " + ", ".join(sorted(many)[:10])


def test_another_config_differs_whoever_is_on_call() -> None:
    assert differs(settled(), ONE, file_hash="sha256:edited") == "the config was edited"


def test_a_config_that_cannot_be_read_does_not_differ_and_who_is_on_call_still_may() -> None:
    assert differs(settled(), ONE, file_hash=None) is None
    assert differs(settled(), {}, file_hash=None) == "who is on call changed: PDAY"


def test_where_pagerduty_cannot_be_read_only_the_config_may_differ() -> None:
    assert differs(settled(), None) is None
    assert differs(settled(), None, file_hash="sha256:edited") == "the config was edited"
    ended = settled(Situation(on_call={"PLOOSE": [("bo", AT)]}), verified=(PLOOSE,))
    assert differs(ended, None, now=AT + HOUR) is None


def test_the_end_of_a_shift_that_oncalls_does_not_tell_of_differs_from_that_instant_on() -> None:
    found = settled(Situation(on_call={"PLOOSE": [("bo", AT + HOUR)]}), verified=(PLOOSE,))
    assert differs(found, {PLOOSE: ()}, now=AT + HOUR - timedelta(microseconds=1)) is None
    assert "other members, which /oncalls does not show" in (differs(found, {PLOOSE: ()}, now=AT + HOUR) or "")


# ── a run that wrote and did not settle ──────────────────────────────────────────────────────────────────


def after_a_write(at: datetime) -> Fingerprint:
    """What is known after a run at AT that settled, and one that was about to write at `at`, of which nothing came."""
    memory = Memory(DictStore())
    report(run(kept("ada"), reading=reading()), services(memory, now=AT))
    plan_all({HANDLE: Situation(as_of=at)}, [user_group("bo")], memory=memory)
    found = fingerprint.load(memory)
    assert found
    return found


def test_a_run_that_wrote_differs_a_minute_later_from_the_one_that_settled() -> None:
    found = after_a_write(AT + MINUTE)
    assert differs(found, ONE, now=AT + 2 * MINUTE - timedelta(seconds=1)) is None
    assert differs(found, ONE, now=AT + 2 * MINUTE) == "a run wrote, and none has served all groups since"


def test_a_run_that_settled_later_or_is_the_same_does_not() -> None:
    assert differs(after_a_write(AT), ONE, now=AT + HOUR) is None
    assert differs(after_a_write(AT - MINUTE), ONE, now=AT + HOUR) is None


def test_a_run_of_old_that_was_cleared_takes_back_no_newer_write() -> None:
    memory = Memory(DictStore())
    report(run(kept("ada"), reading=reading()), services(memory, now=AT))
    for at in (AT + MINUTE, AT - HOUR):
        plan_all({HANDLE: Situation(as_of=at)}, [user_group("bo")], memory=memory, now=AT + MINUTE)
    found = fingerprint.load(memory)
    assert found
    assert found.wrote == AT + MINUTE
    assert differs(found, ONE, now=AT + 2 * MINUTE) == "a run wrote, and none has served all groups since"


def test_a_write_that_is_still_to_come_by_a_clock_that_was_wrong_hides_no_other() -> None:
    memory = Memory(DictStore())
    memory.save("writing", {"wrote": (AT + 9 * HOUR).isoformat()})
    report(run(kept("ada"), reading=reading()), services(memory, now=AT))
    plan_all({HANDLE: Situation(as_of=AT + MINUTE)}, [user_group("bo")], memory=memory, now=AT + MINUTE)
    assert memory.load("writing") == {"wrote": (AT + MINUTE).isoformat(), "unreported": False}


@pytest.mark.parametrize(
    "situation", [Situation(members=["ada"]), Situation(plan_only="dry_run")], ids=["nothing changes", "only plans"]
)
def test_a_run_that_writes_nothing_is_not_remembered_as_one_that_wrote(situation: Situation) -> None:
    memory = Memory(DictStore())
    plan_all({HANDLE: situation}, [user_group(*situation.members or ["bo"])], memory=memory)
    assert memory.load("writing") == {}


def test_it_is_remembered_before_the_first_write() -> None:
    memory = Memory(DictStore())
    plan = plan_all({HANDLE: Situation()}, [user_group("bo")], memory=memory)
    assert plan.groups[HANDLE].change
    assert memory.load("writing") == {"wrote": AT.isoformat(), "unreported": False}


# ── a run that is killed while it settles ────────────────────────────────────────────────────────────────


class Killed(Exception):
    pass


class Dying(DictStore):
    def set(self, key: str, value: Any) -> None:
        if key == "watch.0":
            raise Killed
        super().set(key, value)


@pytest.mark.parametrize("before", [["ada"], ["ada", "bo"]])
def test_killed_between_its_two_saves_what_it_read_does_not_count_as_settled(before: list[str]) -> None:
    """What the run before read differs from the truth, or what this one read does: never neither."""
    memory = Memory(DictStore())
    report(run(kept("ada"), reading=reading(Situation(on_call={"PDAY": before}))), services(memory, now=AT))
    dying = Dying()
    dying.update({f"{name}.0": memory.load(name) for name in ("watch", "on_call")})
    later = reading(Situation(on_call={"PDAY": ["cy"]}), as_of=AT + MINUTE)
    with pytest.raises(Killed):
        report(run(kept("cy"), reading=later), services(Memory(dying), now=AT + MINUTE))

    found = fingerprint.load(Memory(dying))
    assert found
    assert found.at == AT
    as_before = {PDAY: tuple(f"PU{name.upper()}" for name in before)}
    assert differs(found, as_before) == "who is on call changed: PDAY"


# ── what is remembered may be anything ───────────────────────────────────────────────────────────────────


def remembered(**entries: Any) -> Fingerprint | None:
    store = DictStore()
    report(run(kept("ada"), reading=reading()), services(Memory(store), now=AT))
    store |= {f"{name}.0": entry for name, entry in entries.items()}
    return fingerprint.load(Memory(store))


def test_what_was_remembered_is_read_back() -> None:
    assert remembered() == settled()


WHOLE = settled().model_dump(mode="json", exclude={"on_call"})


@pytest.mark.parametrize(
    "entries",
    [
        {"watch": {}},
        {"watch": None},
        {"watch": "text"},
        {"watch": {**WHOLE, "at": "yesterday"}},
        {"watch": {**WHOLE, "at": "2026-11-23T09:00:00"}},
        {"watch": {key: value for key, value in WHOLE.items() if key != "file_hash"}},
        {"watch": {**WHOLE, "until": 5.5, "since": []}},
        {"on_call": {"schedule:PDAY": "PUADA"}},
        {"on_call": {"schedule:PDAY": [["PUADA"]]}},
        {"on_call": {}},
        {"on_call": None},
        {"on_call": {"schedule:PDAY": ["PUADA"], "schedule:PMORE": []}},
        {"on_call": {"PDAY": ["PUADA"]}},
    ],
    ids=str,
)
def test_what_is_damaged_or_of_another_version_is_no_memory(entries: dict[str, Any]) -> None:
    assert remembered(**entries) is None


@pytest.mark.parametrize("entry", [{"wrote": "yesterday"}, {"wrote": []}, "text", None], ids=str)
def test_where_only_the_instant_of_the_last_write_is_damaged_the_rest_holds(entry: Any) -> None:
    assert remembered(writing=entry) == settled()


def test_many_schedules_are_remembered_in_pieces_and_without_one_of_them_there_is_no_memory() -> None:
    store = DictStore()
    many = {f"PSCHEDULE{n:05}": ["ada", "bo"] for n in range(3000)}
    report(run(kept("ada"), reading=reading(Situation(on_call=many))), services(Memory(store), now=AT))
    found = fingerprint.load(Memory(store))
    assert found
    assert len(found.on_call) == 3000
    assert "on_call.1" in store
    del store["on_call.1"]
    assert fingerprint.load(Memory(store)) is None
