"""What the plan of a group leaves for the next run to remember."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall_sync.models import GroupPlan, GroupState, OnCall
from oncall_sync.rules.plan import not_planned, plan_group, unwritten
from tests.builders import AT, HOUR, MINUTE, Situation, problem, slack_ids

NOW = AT + MINUTE  # when Slack's groups were read
BEFORE = GroupState(id="SONCALL", verified_at=AT - HOUR, members=slack_ids("bo"), on_call={"PUBO": OnCall(name="Bo")})
RIGHT = Situation(members=["ada"], remembered=BEFORE)
CHANGED = Situation(members=["bo"], remembered=BEFORE)
UNREADABLE = Situation(members=["bo"], broken=["PDAY"], remembered=BEFORE)
NOBODY = Situation(on_call={"PDAY": []}, members=["bo"], remembered=BEFORE)
DISABLING = NOBODY.but(options={"when_empty": "disable"})
DISABLED = NOBODY.but(slack={"disabled": True}, remembered=BEFORE.model_copy(update={"disabled": True}))


def remembered(situation: Situation, **before: object) -> GroupState:
    return situation.but(remembered=situation.remembered.model_copy(update=before)).plan().next


@pytest.mark.parametrize("situation", [RIGHT, CHANGED, NOBODY])
def test_a_group_whose_sources_were_all_read_is_verified_and_fails_no_longer(situation: Situation) -> None:
    after = remembered(situation, failing_since=AT - HOUR)
    assert (after.verified_at, after.failing_since) == (NOW, None)


def test_a_failed_group_keeps_the_time_when_it_was_right_and_the_first_of_its_failures() -> None:
    assert remembered(UNREADABLE).verified_at == AT - HOUR
    assert remembered(UNREADABLE).failing_since == NOW
    assert remembered(UNREADABLE, failing_since=AT - HOUR).failing_since == AT - HOUR


@pytest.mark.parametrize("situation", [NOBODY, DISABLING, DISABLED])
def test_an_emptiness_counts_since_the_first_run_in_a_row_that_saw_it(situation: Situation) -> None:
    assert remembered(situation, empty_since=None).empty_since == NOW
    assert remembered(situation, empty_since=AT - HOUR).empty_since == AT - HOUR


@pytest.mark.parametrize("situation", [RIGHT, CHANGED, UNREADABLE])
def test_a_run_that_sees_somebody_or_cannot_read_begins_the_count_of_empty_runs_again(situation: Situation) -> None:
    assert remembered(situation, empty_since=AT - HOUR).empty_since is None
    assert not_planned(BEFORE.model_copy(update={"empty_since": AT - HOUR}), NOW).next.empty_since is None


def test_that_the_sync_disabled_a_group_is_remembered_until_the_group_is_enabled() -> None:
    assert remembered(DISABLING, empty_since=AT - HOUR).disabled
    assert remembered(DISABLED).disabled
    assert remembered(DISABLED.but(broken=["PDAY"])).disabled
    assert not remembered(DISABLED.but(on_call={"PDAY": ["ada"]})).disabled


@pytest.mark.parametrize("situation", [RIGHT, CHANGED, UNREADABLE, NOBODY])
def test_a_group_that_is_seen_enabled_is_not_remembered_as_disabled(situation: Situation) -> None:
    assert not remembered(situation, disabled=True).disabled


def test_the_members_are_remembered_as_planned_and_otherwise_as_before() -> None:
    assert remembered(RIGHT).members == slack_ids("ada")
    assert remembered(CHANGED).members == slack_ids("ada")
    assert remembered(UNREADABLE.but(members=["ada"])).members == slack_ids("bo")
    assert remembered(NOBODY.but(members=["ada"])).members == slack_ids("bo")


def test_who_is_on_call_is_remembered_of_a_verified_group_with_rotations() -> None:
    assert set(remembered(RIGHT).on_call or ()) == {"PUADA"}
    assert set(remembered(UNREADABLE).on_call or ()) == {"PUBO"}
    assert remembered(RIGHT.but(on_call={"team:PTEAM": ["ada"]})).on_call is None


def test_the_channel_whose_topic_names_them_is_remembered_without_the_write_too() -> None:
    options = {"topic": "C0123ABC"}
    assert (
        remembered(CHANGED.but(options=options)).topic
        == not_written(CHANGED.but(options=options)).next.topic
        == "C0123ABC"
    )
    assert remembered(RIGHT.but(options=options, on_call={"team:PTEAM": ["ada"]})).topic is None


# ── where the change does not come about ─────────────────────────────────────────────────────────────────


def not_written(situation: Situation, status: str = "superseded") -> GroupPlan:
    return unwritten(situation.plan(), situation.remembered, status, NOW, problem("why"))  # type: ignore[arg-type]


def test_a_group_that_was_not_written_has_its_old_members_and_says_why() -> None:
    plan = not_written(CHANGED)
    assert (plan.status, plan.change, plan.added, plan.removed) == ("superseded", None, (), ())
    assert [member.slack_id for member in plan.members] == ["UBO"]
    assert [each.code for each in plan.problems] == ["why"]


def test_a_group_that_was_not_written_was_right_when_it_was_right_before() -> None:
    assert not_written(CHANGED).next == BEFORE


def test_only_a_failed_write_begins_a_failure_and_one_that_must_wait_ends_none() -> None:
    assert not_written(CHANGED, "failed").next.failing_since == NOW
    failing = CHANGED.but(remembered=BEFORE.model_copy(update={"failing_since": AT - HOUR}))
    assert not_written(failing).next.failing_since == AT - HOUR


def test_what_pagerduty_says_is_remembered_without_the_write_too() -> None:
    quiet = DISABLING.but(remembered=BEFORE.model_copy(update={"empty_since": AT - HOUR}))
    assert not_written(quiet).next.empty_since == AT - HOUR
    busy = CHANGED.but(remembered=BEFORE.model_copy(update={"empty_since": AT - HOUR}))
    assert not_written(busy).next.empty_since is None


def test_without_the_write_a_group_is_as_disabled_as_it_was() -> None:
    quiet = DISABLING.but(remembered=BEFORE.model_copy(update={"empty_since": AT - HOUR}))
    assert not not_written(quiet).next.disabled
    assert not_written(DISABLED.but(on_call={"PDAY": ["ada"]})).next.disabled


def test_an_expired_entry_is_reported_once_whether_the_group_is_written_or_not() -> None:
    inputs = CHANGED.but(options={"always": ["cy"]}).inputs()
    expired = inputs.group.always[0].model_copy(update={"until": AT})
    inputs = replace(inputs, group=inputs.group.model_copy(update={"always": (expired,)}))
    plan = plan_group(inputs)
    assert [problem.code for problem in plan.problems] == ["expired"]
    for after in (plan.next, unwritten(plan, BEFORE, "superseded", NOW).next):
        again = plan_group(replace(inputs, previous=after))
        assert (again.problems, again.next.reported) == ((), plan.next.reported)
