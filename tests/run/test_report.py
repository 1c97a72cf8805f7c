"""What became of each group, and what the next runs remember of it."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.memory import Memory
from oncall_sync.models import GroupReport, GroupState, People, Plan, Problem, Report, RunResults, SlackIds, to_json
from oncall_sync.state import load_states, save_states
from oncall_sync.steps import report
from tests.builders import (
    AT,
    HANDLE,
    HOUR,
    MINUTE,
    DictStore,
    Situation,
    change,
    kept,
    member,
    outcome,
    planned,
    problem,
    run,
    services,
)

NOW = AT + 5 * MINUTE  # when report runs; the plan is of AT + 1 minute, the write of AT + 4 minutes
PLANNED_AT, WRITTEN_AT = AT + MINUTE, AT + 4 * MINUTE
CHANGED = planned("bo", after=["ada"])
DISABLED = planned("bo", change=change(action="disable"), members=(member("bo"),), added=(), removed=())


class Remembered:
    """A memory that holds this state of @oncall, and what report makes of it."""

    def __init__(self, **state: Any) -> None:
        self.store = DictStore()
        self._memory = Memory(self.store)
        save_states(self._memory, {HANDLE: GroupState(**state)} if state else {})
        self.store.written.clear()

    def report(self, made: RunResults) -> Report:
        return report(made, services(self._memory, now=NOW))

    def after(self, made: RunResults) -> GroupState:
        self.report(made)
        return load_states(self._memory)[HANDLE]


def of(made: RunResults, **state: Any) -> GroupReport:
    return Remembered(**state).report(made).groups[HANDLE]


# ── what became of a group ───────────────────────────────────────────────────────────────────────────────


def test_a_written_change_is_updated_with_the_members_that_slack_answered() -> None:
    group = of(run(CHANGED, outcomes={HANDLE: outcome("ada")}))
    assert group.status == "updated"
    assert [(m.slack_id, m.name, m.via) for m in group.members] == [("UADA", "Ada", ("PDAY",))]
    assert (group.added, group.removed) == (("UADA",), ("UBO",))


def test_a_group_shows_those_who_were_written_not_those_who_were_planned() -> None:
    """One account turned out to be deactivated, and Slack took the others."""
    gone = problem("deactivated_account", "warning")
    made = run(planned("bo", after=["ada", "cy"]), outcomes={HANDLE: outcome("ada", problems=(gone,))})
    group = of(made)
    assert (group.status, group.added, group.removed) == ("updated", ("UADA",), ("UBO",))
    assert [m.slack_id for m in group.members] == ["UADA"]
    assert group.problems == (gone,)


def test_a_group_is_unchanged_if_all_who_were_to_join_turned_out_to_have_no_account() -> None:
    assert of(run(planned("bo", after=["ada", "bo"]), outcomes={HANDLE: outcome("bo")})).status == "unchanged"


def test_a_failed_write_leaves_the_members_that_were_there_and_says_why() -> None:
    refused = problem("permission_denied")
    group = of(run(CHANGED, failures={HANDLE: refused}))
    assert (group.status, group.added, group.removed) == ("failed", (), ())
    assert [m.slack_id for m in group.members] == ["UBO"]
    assert group.problems == (refused,)


def test_a_write_that_ended_without_a_word_is_failed() -> None:
    group = of(run(CHANGED))
    assert group.status == "failed"
    assert [p.code for p in group.problems] == ["task_failed"]


def test_a_superseded_write_is_not_failed_and_leaves_the_members_that_were_there() -> None:
    group = of(run(CHANGED, superseded={HANDLE: "the plan is too old"}))
    assert (group.status, group.added) == ("superseded", ())
    assert [m.slack_id for m in group.members] == ["UBO"]
    assert [(p.level, p.message) for p in group.problems] == [("info", "@oncall was not written: the plan is too old.")]


def test_a_group_with_an_unreadable_source_stays_failed_although_people_were_added() -> None:
    made = run(planned("bo", after=["ada", "bo"], status="failed"), outcomes={HANDLE: outcome("ada", "bo")})
    group = of(made)
    assert (group.status, group.added) == ("failed", ("UADA",))


NEW = planned(after=["ada"], id=None, problems=(problem("to_create", "info"), problem("no_slack_account", "warning")))


def test_a_group_that_was_created_has_its_id_and_is_not_to_be_created_any_more() -> None:
    told = problem("created", "info")
    made = run(NEW, outcomes={HANDLE: outcome("ada", created="S0NEW", problems=(told,))})
    memory = Remembered()
    group = memory.report(made).groups[HANDLE]
    assert (group.id, group.status, group.added) == ("S0NEW", "updated", ("UADA",))
    assert [p.code for p in group.problems] == ["created", "no_slack_account"]
    assert load_states(Memory(memory.store))[HANDLE].id == "S0NEW"


def test_a_group_that_could_not_be_created_still_says_that_it_was_to_be() -> None:
    refused = problem("handle_already_exists")
    group = of(run(NEW, failures={HANDLE: refused}))
    assert (group.id, group.status, group.members) == (None, "failed", ())
    assert [p.code for p in group.problems] == ["handle_already_exists", "to_create", "no_slack_account"]


def test_a_disabled_group_still_shows_its_members() -> None:
    group = of(run(DISABLED, outcomes={HANDLE: outcome("bo")}))
    assert (group.status, group.removed) == ("updated", ())
    assert [m.slack_id for m in group.members] == ["UBO"]


def test_a_run_that_only_plans_says_what_it_would_do() -> None:
    group = of(run(CHANGED, writes=False))
    assert (group.status, group.added, group.removed) == ("would_update", ("UADA",), ("UBO",))


# ── the whole report ─────────────────────────────────────────────────────────────────────────────────────


def test_every_status_is_counted_in_one_order_and_those_that_do_not_occur_too() -> None:
    made = run(CHANGED, kept("ada"), kept("ada"), kept("ada", status="failed"), outcomes={HANDLE: outcome("ada")})
    assert [*Remembered().report(made).counts.items()] == [
        ("updated", 1),
        ("unchanged", 2),
        ("would_update", 0),
        ("nobody_on_call", 0),
        ("deferred", 0),
        ("superseded", 0),
        ("failed", 1),
    ]


def test_the_requests_of_all_tasks_are_added_up() -> None:
    made = run(
        plan=Plan(planned_at=PLANNED_AT, groups={HANDLE: CHANGED}, requests=1),
        reading=Situation().reading().model_copy(update={"requests": 3}),
        people=People(requests=2),
        ids=SlackIds(requests=5),
        outcomes={HANDLE: outcome("ada", requests=4)},
    )
    assert Remembered().report(made).requests == {"pagerduty": 5, "slack": 10}


def test_the_names_of_those_who_left_are_told_where_they_are_known() -> None:
    nameless = member("cy").model_copy(update={"name": "UCY"})
    made = run(planned("bo", "cy", after=["ada"], before=(member("bo"), nameless)), outcomes={HANDLE: outcome("ada")})
    assert Remembered().report(made).names == {"UBO": "Bo"}


def test_a_report_tells_its_instant_and_config() -> None:
    made = Remembered().report(run(kept("ada")))
    assert (made.as_of, made.writes, made.config) == (AT, True, "sha256:0")


def test_every_key_of_the_report_is_always_there() -> None:
    value = Remembered().report(run(kept("ada"))).model_dump(mode="json")
    assert list(value) == [
        "as_of",
        "writes",
        "plan_only",
        "config",
        "heartbeat",
        "team",
        "groups",
        "names",
        "problems",
        "counts",
        "requests",
    ]
    assert list(value["groups"][HANDLE]) == [
        "id",
        "status",
        "verified_at",
        "failing_since",
        "members",
        "added",
        "removed",
        "problems",
    ]
    assert list(value["groups"][HANDLE]["members"][0]) == ["slack_id", "name", "until", "via"]


def test_problems_of_the_run_come_from_the_reading_and_from_the_tasks() -> None:
    reading = Situation().reading().model_copy(update={"problems": (problem("config_unusable"),)})
    made = run(kept("ada"), reading=reading, problems=(problem("task_failed"),))
    assert [p.code for p in Remembered().report(made).problems] == ["config_unusable", "task_failed"]


# ── runs that did not come so far ────────────────────────────────────────────────────────────────────────


def test_without_a_plan_every_group_of_the_config_is_failed() -> None:
    wrong = problem("config_mistake")
    reading = Situation().reading().model_copy(update={"mistaken": {"typo": (wrong,)}})
    made = Remembered(id="SONCALL").report(RunResults(writes=True, started=reading.run_started, reading=reading))
    assert {handle: group.status for handle, group in made.groups.items()} == {HANDLE: "failed", "typo": "failed"}
    assert made.groups["typo"].problems == (wrong,)
    assert made.groups[HANDLE].id == "SONCALL"


def without_reading(**more: Any) -> RunResults:
    known: dict[str, Any] = {
        "writes": True,
        "started": AT,
        "problems": (problem("pagerduty_auth"),),
        "configured": (HANDLE,),
    }
    return RunResults(**known | more)


def test_without_a_reading_the_groups_are_those_of_the_config() -> None:
    made = Remembered(id="SONCALL").report(without_reading())
    assert {handle: group.status for handle, group in made.groups.items()} == {HANDLE: "failed"}
    assert (made.groups[HANDLE].id, made.groups[HANDLE].failing_since) == ("SONCALL", NOW)
    assert (made.as_of, made.config) == (None, None)
    assert [p.code for p in made.problems] == ["pagerduty_auth"]


def test_without_a_reading_a_run_that_was_not_to_write_says_nothing_of_any_group() -> None:
    memory = Remembered(id="SONCALL")
    assert memory.report(without_reading(writes=False)).groups == {}
    assert memory.store.written == []


def test_without_a_reading_nothing_that_is_remembered_of_other_groups_is_lost() -> None:
    memory = Remembered(id="SONCALL", verified_at=AT - HOUR)
    memory.report(without_reading(configured=("second",)))
    states = load_states(Memory(memory.store))
    assert states[HANDLE] == GroupState(id="SONCALL", verified_at=AT - HOUR)
    assert states["second"].failing_since == NOW


def test_without_a_plan_only_the_groups_that_the_run_serves_are_failed() -> None:
    situation = Situation()
    reading = situation.reading().model_copy(update={"served": (), "full": False})
    assert Remembered().report(RunResults(writes=True, started=reading.run_started, reading=reading)).groups == {}


# ── what is remembered ───────────────────────────────────────────────────────────────────────────────────


def test_what_the_plan_leaves_is_remembered() -> None:
    plan = kept("ada")
    assert Remembered(failing_since=AT - HOUR).after(run(plan)) == plan.next


def test_an_updated_group_was_verified_when_it_was_written_and_has_the_members_that_were() -> None:
    made = run(planned("bo", after=["ada", "cy"]), outcomes={HANDLE: outcome("ada")})
    after = Remembered().after(made)
    assert (after.verified_at, after.members) == (WRITTEN_AT, ("UADA",))


def test_a_group_that_stays_failed_after_a_write_is_not_verified() -> None:
    plan = planned("bo", after=["ada", "bo"], status="failed", next=GroupState(verified_at=AT - HOUR))
    assert Remembered().after(run(plan, outcomes={HANDLE: outcome("ada", "bo")})).verified_at == AT - HOUR


@pytest.mark.parametrize(
    ("failure", "members"),
    [
        (problem("permission_denied"), ("UBO",)),
        (problem("slack_down").model_copy(update={"passing": True}), None),
        (problem("members_differ"), None),
    ],
    ids=["refused", "no answer", "another answer"],
)
def test_who_is_in_a_group_is_known_after_a_failed_write_only_if_slack_refused_it(
    failure: Problem, members: tuple[str, ...] | None
) -> None:
    made = run(CHANGED, failures={HANDLE: failure})
    assert Remembered(id="SONCALL", members=("UBO",)).after(made).members == members


def test_without_a_look_at_the_group_it_stays_remembered_who_disabled_it() -> None:
    reading = Situation().reading()
    assert (
        Remembered(disabled=True).after(RunResults(writes=True, started=reading.run_started, reading=reading)).disabled
    )


@pytest.mark.parametrize("status", ["failed", "unchanged"])
@pytest.mark.parametrize(
    ("plan_only", "full", "written"),
    [("dry_run", False, set()), ("the config does not say writes: true", True, {"watch", "on_call"})],
    ids=["a preview", "writes: false"],
)
def test_a_run_that_only_plans_remembers_no_state_and_shows_the_one_before(
    plan_only: str, full: bool, written: set[str], status: str
) -> None:
    """With `writes: false` who is on call has been seen all the same, and the watcher compares with that."""
    memory = Remembered(verified_at=AT - HOUR, failing_since=AT - HOUR)
    reading = Situation(plan_only=plan_only).reading().model_copy(update={"full": full})
    made = memory.report(run(kept("ada", status=status), writes=False, reading=reading))
    assert {key.split(".")[0] for key in memory.store.written} == written
    assert (made.groups[HANDLE].verified_at, made.groups[HANDLE].failing_since) == (AT - HOUR, AT - HOUR)


def test_a_run_whose_tasks_were_cleared_after_the_reading_remembers_nothing() -> None:
    memory = Remembered(verified_at=AT - HOUR)
    memory.report(run(kept("ada"), started=AT + HOUR))
    assert memory.store.written == []


def test_a_run_of_some_groups_keeps_what_is_known_of_the_others() -> None:
    memory = Remembered(verified_at=AT - HOUR)
    some = Situation().reading().model_copy(update={"full": False})
    made = run(kept("ada"), reading=some)
    assert made.plan is not None
    only = made.plan.model_copy(update={"groups": {"second": kept("ada")}})
    report(
        RunResults(writes=True, started=made.started, reading=some, plan=only), services(Memory(memory.store), now=NOW)
    )
    assert sorted(load_states(Memory(memory.store))) == [HANDLE, "second"]


REMOVED = problem("left_config", "warning")
WITHOUT_ONCALL = Plan(planned_at=PLANNED_AT, groups={"second": kept("ada")}, removed_from_config={HANDLE: REMOVED})


@pytest.mark.parametrize("warning", [REMOVED, None], ids=["with a warning", "with nothing to say"])
def test_a_group_that_the_config_no_longer_names_is_reported_and_forgotten_at_once(warning: Problem | None) -> None:
    memory = Remembered(verified_at=AT)
    made = memory.report(run(plan=WITHOUT_ONCALL.model_copy(update={"removed_from_config": {HANDLE: warning}})))
    assert made.problems == ((warning,) if warning else ())
    assert list(made.groups) == list(load_states(Memory(memory.store))) == ["second"]


@pytest.mark.parametrize("more", [{"started": AT + HOUR}, {"writes": False}], ids=["cleared since", "only plans"])
def test_a_run_that_remembers_nothing_reports_and_forgets_no_removed_group(more: dict[str, Any]) -> None:
    """The next run would report it again, and so would the one after that."""
    memory = Remembered(verified_at=AT)
    assert memory.report(run(plan=WITHOUT_ONCALL, **more)).problems == ()
    assert list(load_states(Memory(memory.store))) == [HANDLE]


def test_a_run_without_a_plan_forgets_no_group() -> None:
    memory = Remembered(verified_at=AT)
    reading = Situation().reading().model_copy(update={"served": ()})
    memory.report(RunResults(writes=True, started=reading.run_started, reading=reading))
    assert list(load_states(Memory(memory.store))) == [HANDLE]


# ── what "now" means ─────────────────────────────────────────────────────────────────────────────────────


def test_a_full_run_that_writes_is_the_present() -> None:
    assert run(kept("ada")).is_current_state


@pytest.mark.parametrize(
    "more",
    [
        {"writes": False},
        {"started": AT + HOUR},
        {"plan": None},
        {"reading": Situation().reading().model_copy(update={"full": False})},
        {"reading": None},
    ],
    ids=["only plans", "cleared since", "no plan", "some groups", "no reading"],
)
def test_any_other_run_is_not_the_present(more: dict[str, Any]) -> None:
    assert not run(kept("ada"), **more).is_current_state


def test_a_plan_is_the_same_after_its_way_through_xcom() -> None:
    assert type(CHANGED).model_validate(to_json(CHANGED)) == CHANGED
