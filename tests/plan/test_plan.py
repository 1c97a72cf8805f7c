"""What has to change in one group, and when nothing has to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from oncall_sync.models import GroupState
from tests.builders import AT, HOUR, MINUTE, STARTED, OnCall, Situation, email, slack_ids

IN_SYNC = Situation(on_call={"PDAY": ["ada", "bo"]}, members=["ada", "bo"])


def codes(situation: Situation) -> list[str]:
    return [problem.code for problem in situation.plan().problems]


# ── doing nothing ────────────────────────────────────────────────────────────────────────────────────────


def test_equal_sets_are_not_written() -> None:
    plan = IN_SYNC.plan()
    assert plan.status == "unchanged"
    assert plan.change is None
    assert (plan.added, plan.removed, plan.problems) == ((), (), ())


def test_the_order_of_slacks_members_makes_no_difference() -> None:
    assert IN_SYNC.but(members=["bo", "ada"]).plan().change is None


def test_a_person_without_slack_beside_an_equal_set_is_reported_and_nothing_is_written() -> None:
    situation = IN_SYNC.but(on_call={"PDAY": ["ada", "bo", "cy"]}, no_account=["cy"])
    assert situation.plan().status == "unchanged"
    assert situation.plan().change is None
    assert codes(situation) == ["no_slack_account"]


def test_an_unchanged_group_still_tells_who_is_in_it_until_when_and_why() -> None:
    shown = Situation(on_call={"PDAY": [("ada", AT + HOUR)]}, members=["ada"]).plan().members
    assert [(m.slack_id, m.name, m.until, m.via) for m in shown] == [("UADA", "Ada", AT + HOUR, ("PDAY",))]


# ── a change ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_handoff_is_one_write_of_the_complete_new_set() -> None:
    plan = IN_SYNC.but(members=["bo", "cy"]).plan()
    assert plan.status == "would_update"
    assert plan.change is not None
    assert (plan.change.action, plan.change.group_id) == ("update", "SONCALL")
    assert plan.change.members == slack_ids("ada", "bo")
    assert (plan.added, plan.removed) == (("UADA",), ("UCY",))
    assert [m.slack_id for m in plan.before] == ["UBO", "UCY"]


def test_the_first_members_of_an_empty_group_are_written() -> None:
    plan = IN_SYNC.but(members=[]).plan()
    assert plan.change is not None
    assert plan.added == slack_ids("ada", "bo")


def test_people_who_joined_by_hand_leave() -> None:
    plan = IN_SYNC.but(members=["ada", "bo", "joiner"]).plan()
    assert plan.removed == ("UJOINER",)


def test_the_others_are_written_when_one_person_has_no_slack_account() -> None:
    situation = IN_SYNC.but(members=["ada"], on_call={"PDAY": ["ada", "bo", "cy"]}, no_account=["cy"])
    plan = situation.plan()
    assert plan.status == "would_update"
    assert plan.change is not None
    assert plan.change.members == slack_ids("ada", "bo")
    assert codes(situation) == ["no_slack_account"]


def test_a_change_knows_how_to_look_its_people_up_anew() -> None:
    plan = IN_SYNC.but(members=[], options={"fallback": ["cy"]}).plan()
    assert plan.change is not None
    assert plan.change.addresses == {"UADA": email("ada"), "UBO": email("bo")}


def test_a_change_goes_over_the_connection_that_the_config_names() -> None:
    plan = IN_SYNC.but(members=[]).plan()
    assert plan.change is not None
    assert plan.change.connection == "slack_api_default"
    assert plan.change.run_started == STARTED


@pytest.mark.parametrize(
    ("first_end", "lapses_after"),
    [(None, 10 * MINUTE), (AT + HOUR, 10 * MINUTE), (AT + 4 * MINUTE, 4 * MINUTE)],
    ids=["endless shifts", "a shift that ends later", "a shift that ends sooner"],
)
def test_a_plan_lapses_after_ten_minutes_or_when_a_shift_it_rests_on_ends(
    first_end: datetime | None, lapses_after: timedelta
) -> None:
    shifts: list[OnCall] = ["ada" if first_end is None else ("ada", first_end), "bo"]
    plan = Situation(on_call={"PDAY": shifts}, members=["cy"]).plan()
    assert plan.change is not None
    assert plan.change.expires_at == AT + lapses_after


def test_a_plan_rests_on_the_shift_of_a_placeholder_too() -> None:
    on_call: dict[str, list[OnCall]] = {"PDAY": [("noop", AT + 2 * MINUTE)], "PNIGHT": ["ada"]}
    plan = Situation(on_call=on_call, placeholders=["noop"], members=["cy"]).plan()
    assert plan.change is not None
    assert plan.change.expires_at == AT + 2 * MINUTE


# ── nobody on call ───────────────────────────────────────────────────────────────────────────────────────

QUIET = Situation(on_call={"PDAY": []}, members=["ada"])
DISABLING = QUIET.but(options={"when_empty": "disable"})
SEEN_BEFORE = GroupState(empty_since=AT - MINUTE)


@pytest.mark.parametrize("noop", [[], ["noop"]], ids=["nobody", "only a placeholder"])
def test_with_nobody_on_call_the_group_keeps_its_members(noop: list[str]) -> None:
    situation = QUIET.but(on_call={"PDAY": noop}, placeholders=["noop"], remembered=SEEN_BEFORE)
    plan = situation.plan()
    assert (plan.status, plan.change) == ("nobody_on_call", None)
    assert [m.slack_id for m in plan.members] == ["UADA"]
    assert [(p.level, p.code) for p in plan.problems] == [("info", "nobody_on_call")]


def test_with_nobody_on_call_the_fallback_is_written() -> None:
    plan = QUIET.but(options={"fallback": ["bo"], "when_empty": "disable"}, remembered=SEEN_BEFORE).plan()
    assert plan.status == "would_update"
    assert plan.change is not None
    assert (plan.change.action, plan.change.members) == ("update", ("UBO",))


def test_with_nobody_on_call_the_always_members_are_written() -> None:
    plan = QUIET.but(options={"always": ["bo"]}).plan()
    assert plan.change is not None
    assert plan.change.members == ("UBO",)
    assert [p.code for p in plan.problems] == ["nobody_on_call"]


def test_a_group_is_not_disabled_by_an_emptiness_seen_once() -> None:
    plan = DISABLING.plan()
    assert (plan.status, plan.change) == ("nobody_on_call", None)
    assert "disabled when a later run sees the same" in plan.problems[0].message


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_a_group_is_not_disabled_by_two_runs_that_follow_each_other_at_once(seconds: int) -> None:
    """Somebody may just be editing the schedule."""
    just_seen = GroupState(empty_since=AT - timedelta(seconds=seconds))
    assert DISABLING.but(remembered=just_seen).plan().change is None


def test_a_group_is_disabled_by_an_emptiness_seen_in_runs_in_a_row_for_a_minute() -> None:
    plan = DISABLING.but(remembered=SEEN_BEFORE).plan()
    assert plan.status == "would_update"
    assert plan.change is not None
    assert (plan.change.action, plan.change.members) == ("disable", ())
    assert [m.slack_id for m in plan.members] == ["UADA"]


def test_a_group_that_the_sync_disabled_stays_so_while_nobody_is_on_call() -> None:
    off = GroupState(empty_since=AT - MINUTE, disabled=True)
    plan = DISABLING.but(slack={"disabled": True}, remembered=off).plan()
    assert (plan.status, plan.change) == ("nobody_on_call", None)


@pytest.mark.parametrize("members", [["bo"], ["ada"]], ids=["other members", "the same members"])
def test_a_group_that_the_sync_disabled_is_enabled_when_somebody_is_on_call(members: list[str]) -> None:
    off = GroupState(empty_since=AT - MINUTE, disabled=True)
    situation = DISABLING.but(on_call={"PDAY": ["ada"]}, members=members, slack={"disabled": True}, remembered=off)
    plan = situation.plan()
    assert plan.change is not None
    assert (plan.change.action, plan.change.members) == ("enable", ("UADA",))


def test_an_unreadable_schedule_is_not_an_empty_one() -> None:
    plan = DISABLING.but(broken=["PDAY"], remembered=SEEN_BEFORE).plan()
    assert (plan.status, plan.change) == ("failed", None)


# ── nobody reachable ─────────────────────────────────────────────────────────────────────────────────────


def test_when_nobody_on_call_can_be_reached_the_group_stays_and_fails() -> None:
    situation = IN_SYNC.but(members=["cy"], no_account=["ada"], deleted=["bo"], options={"when_empty": "disable"})
    plan = situation.but(remembered=SEEN_BEFORE).plan()
    assert (plan.status, plan.change) == ("failed", None)
    assert [m.slack_id for m in plan.members] == ["UCY"]
    assert codes(situation) == ["nobody_reachable", "no_slack_account", "deleted_user"]


def test_always_members_do_not_hide_that_nobody_on_call_can_be_reached() -> None:
    plan = IN_SYNC.but(no_account=["ada", "bo"], options={"always": ["cy"]}).plan()
    assert (plan.status, plan.change) == ("failed", None)


def test_with_nobody_on_call_and_a_fallback_that_cannot_be_reached_the_group_stays_and_has_failed() -> None:
    options = {"fallback": ["cy"], "when_empty": "disable"}
    plan = QUIET.but(options=options, no_account=["cy"], remembered=SEEN_BEFORE).plan()
    assert plan.status == "failed"
    assert plan.change is None
    assert [problem.code for problem in plan.problems] == ["nobody_reachable", "no_slack_account"]


def test_when_nobody_on_call_can_be_reached_the_fallback_is_written() -> None:
    situation = IN_SYNC.but(no_account=["ada", "bo"], options={"fallback": ["cy"]})
    plan = situation.plan()
    assert plan.status == "would_update"
    assert plan.change is not None
    assert plan.change.members == ("UCY",)
    assert codes(situation) == ["no_slack_account", "no_slack_account"]


def test_a_group_of_named_people_alone_needs_no_schedule() -> None:
    situation = Situation(on_call={}, options={"always": ["ada"]}, members=["bo"])
    plan = situation.plan()
    assert plan.change is not None
    assert plan.change.members == ("UADA",)
    assert plan.problems == ()


def test_a_group_of_named_people_none_of_whom_is_in_slack_stays_and_fails() -> None:
    situation = Situation(on_call={}, options={"always": ["ada"]}, no_account=["ada"], members=["bo"])
    assert (situation.plan().status, situation.plan().change) == ("failed", None)
    assert codes(situation) == ["nobody_reachable", "no_slack_account"]
