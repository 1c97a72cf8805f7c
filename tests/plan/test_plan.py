"""What has to change in one group, and what must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import NewGroup
from oncall_sync.models import Change, GroupState
from oncall_sync.rules.plan import plan_group
from oncall_sync.rules.targets import DESCRIPTION, with_defaults
from tests.builders import AT, HOUR, MINUTE, STARTED, OnCall, Situation, crowd, email, slack_ids

IN_SYNC = Situation(on_call={"PDAY": ["ada", "bo"]}, members=["ada", "bo"])
QUIET = Situation(on_call={"PDAY": []}, members=["ada"])
SEEN_BEFORE = GroupState(empty_since=AT - MINUTE)
DISABLING = QUIET.but(options={"when_empty": "disable"}, remembered=SEEN_BEFORE)
OFF = GroupState(empty_since=AT - MINUTE, disabled=True)


def codes(situation: Situation) -> list[str]:
    return [problem.code for problem in situation.plan().problems]


def written(situation: Situation) -> Change:
    plan = situation.plan()
    assert plan.status == "would_update"
    assert plan.change
    return plan.change


def kept(situation: Situation, status: str = "failed") -> str:
    """The message why the group stays exactly as it is."""
    plan = situation.plan()
    assert (plan.status, plan.change, plan.added, plan.removed) == (status, None, (), ())
    assert {member.slack_id for member in plan.members} == set(slack_ids(*situation.members))
    return plan.problems[0].message


# ── equal sets, and a change ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("members", [["ada", "bo"], ["bo", "ada"]])
def test_equal_sets_are_not_written_whatever_their_order(members: list[str]) -> None:
    plan = IN_SYNC.but(members=members).plan()
    assert (plan.status, plan.change, plan.added, plan.removed, plan.problems) == ("unchanged", None, (), (), ())


def test_an_unchanged_group_still_shows_who_is_in_it_until_when_and_why() -> None:
    shown = Situation(on_call={"PDAY": [("ada", AT + HOUR)]}, members=["ada"]).plan().members
    assert [(m.slack_id, m.name, m.until, m.via) for m in shown] == [("UADA", "Ada", AT + HOUR, ("PDAY",))]


def test_a_handoff_is_one_write_of_the_complete_new_set_and_people_who_joined_by_hand_leave() -> None:
    plan = IN_SYNC.but(members=["bo", "joiner"]).plan()
    assert plan.change
    assert (plan.change.action, plan.change.group_id) == ("update", "SONCALL")
    assert (plan.change.connection, plan.change.run_started) == ("slack_api_default", STARTED)
    assert plan.change.members == slack_ids("ada", "bo")
    assert plan.change.addresses == {"UADA": email("ada"), "UBO": email("bo")}
    assert (plan.added, plan.removed) == (("UADA",), ("UJOINER",))
    assert [m.slack_id for m in plan.before] == ["UBO", "UJOINER"]


def test_a_person_without_an_account_is_reported_and_the_others_are_written() -> None:
    three = IN_SYNC.but(on_call={"PDAY": ["ada", "bo", "cy"]}, no_account=["cy"])
    assert (three.plan().status, codes(three)) == ("unchanged", ["no_slack_account"])
    assert written(three.but(members=["ada"])).members == slack_ids("ada", "bo")


@pytest.mark.parametrize(
    ("situation", "on_call"),
    [
        (Situation(on_call={"PDAY": ["ada"], "team:PTEAM": ["eve"]}, options={"always": ["flo"]}), ["ada"]),
        (Situation(on_call={"team:PTEAM": ["eve"]}), ["eve"]),
        (Situation(on_call={"PDAY": [], "team:PTEAM": ["eve"]}, options={"fallback": ["bo"]}), ["bo"]),
    ],
    ids=["those on call", "the team where there is no rotation", "the fallback"],
)
def test_a_write_says_without_whom_it_must_not_happen(situation: Situation, on_call: list[str]) -> None:
    assert written(situation).on_call == slack_ids(*on_call)


@pytest.mark.parametrize(
    ("first_end", "lapses_after"),
    [(None, 10 * MINUTE), (AT + HOUR, 10 * MINUTE), (AT + 4 * MINUTE, 4 * MINUTE)],
    ids=["endless shifts", "a shift that ends later", "a shift that ends sooner"],
)
@pytest.mark.parametrize("placeholders", [[], ["ada"]])
def test_a_plan_lapses_after_ten_minutes_or_when_a_shift_it_rests_on_ends(
    first_end: datetime | None, lapses_after: timedelta, placeholders: list[str]
) -> None:
    shifts: list[OnCall] = ["ada" if first_end is None else ("ada", first_end), "bo"]
    situation = Situation(on_call={"PDAY": shifts}, members=["cy"], placeholders=placeholders)
    assert written(situation).expires_at == AT + lapses_after


# ── nobody on call ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on_call", [[], ["noop"]], ids=["nobody", "only a placeholder"])
def test_with_nobody_on_call_the_group_keeps_its_members(on_call: list[str]) -> None:
    situation = QUIET.but(on_call={"PDAY": on_call}, placeholders=["noop"], remembered=SEEN_BEFORE)
    message = "@oncall: nobody is on call for PDAY; the group keeps its members."
    assert kept(situation, "nobody_on_call") == message
    assert [(p.level, p.code) for p in situation.plan().problems] == [("info", "nobody_on_call")]


def test_with_only_people_under_never_on_call_the_message_says_so() -> None:
    situation = QUIET.but(on_call={"PDAY": ["bo"]}, options={"never": ["bo"]})
    assert "@oncall: nobody but people under `never` is on call for PDAY;" in kept(situation, "nobody_on_call")


def test_with_nobody_on_call_the_fallback_and_the_always_members_are_written() -> None:
    assert written(DISABLING.but(options={"fallback": ["bo"], "when_empty": "disable"})).members == ("UBO",)
    assert written(QUIET.but(options={"always": ["bo"]})).members == ("UBO",)


def test_a_team_of_nobody_keeps_the_members_and_is_reported() -> None:
    assert kept(QUIET.but(on_call={"team:PTEAM": []}), "nobody_on_call").startswith("@oncall: nobody is in team PTEAM;")
    beside = Situation(on_call={"PDAY": ["ada"], "team:PTEAM": []}, members=["bo"])
    assert [(p.code, p.message) for p in beside.plan().problems] == [
        (
            "empty_team",
            "PagerDuty team PTEAM has no members. Put people into it in PagerDuty, or take it out of the config.",
        )
    ]


def test_a_group_of_expired_entries_alone_names_nobody_and_keeps_its_members() -> None:
    inputs = Situation(on_call={}, options={"always": ["ada"]}, members=["bo"]).inputs()
    expired = inputs.group.always[0].model_copy(update={"until": AT})
    plan = plan_group(replace(inputs, group=inputs.group.model_copy(update={"always": (expired,)})))
    assert plan.status == "nobody_on_call"
    message = "@oncall: every entry under `always` has expired; the group keeps its members."
    assert message in [problem.message for problem in plan.problems]


@pytest.mark.parametrize("seconds", [None, 0, 1, 59, 60])
def test_a_group_is_disabled_only_by_an_emptiness_seen_in_runs_in_a_row_for_a_minute(seconds: int | None) -> None:
    """Somebody may just be editing the schedule."""
    since = None if seconds is None else AT - timedelta(seconds=seconds)
    situation = DISABLING.but(remembered=GroupState(empty_since=since))
    if seconds == 60:
        assert (written(situation).action, written(situation).members) == ("disable", ())
        assert [m.slack_id for m in situation.plan().members] == ["UADA"]
    else:
        assert "disabled when a later run sees the same" in kept(situation, "nobody_on_call")


@pytest.mark.parametrize("members", [["bo"], ["ada"]], ids=["other members", "the same members"])
def test_a_group_that_the_sync_disabled_stays_so_until_somebody_is_on_call(members: list[str]) -> None:
    disabled = DISABLING.but(members=members, slack={"disabled": True}, remembered=OFF)
    assert "stays disabled" in kept(disabled, "nobody_on_call")
    change = written(disabled.but(on_call={"PDAY": ["ada"]}))
    assert (change.action, change.members) == ("enable", ("UADA",))


# ── nobody reachable ─────────────────────────────────────────────────────────────────────────────────────

ALWAYS = Situation(on_call={}, options={"always": ["ada"]}, members=["bo"])


@pytest.mark.parametrize(
    "situation",
    [
        IN_SYNC.but(members=["cy"], no_account=["ada"], deleted=["bo"], options={"when_empty": "disable"}),
        IN_SYNC.but(no_account=["ada", "bo"], options={"always": ["cy"]}),
        DISABLING.but(options={"fallback": ["cy"], "when_empty": "disable"}, no_account=["cy"]),
        Situation(on_call={"PDAY": ["ada"], "team:PTEAM": ["eve"]}, no_account=["ada"], members=["cy"]),
        ALWAYS.but(no_account=["ada"]),
    ],
    ids=["those on call", "beside always members", "the fallback", "beside a team", "named people alone"],
)
def test_when_nobody_who_is_meant_can_be_reached_the_group_stays_and_fails(situation: Situation) -> None:
    assert "nobody of them can be reached in Slack" in kept(situation)
    assert codes(situation)[0] == "nobody_reachable"


def test_when_nobody_on_call_can_be_reached_the_fallback_is_written() -> None:
    situation = IN_SYNC.but(no_account=["ada", "bo"], options={"fallback": ["cy"]})
    assert written(situation).members == ("UCY",)
    assert codes(situation) == ["no_slack_account", "no_slack_account"]


def test_a_group_of_named_people_alone_needs_no_schedule() -> None:
    assert (written(ALWAYS).members, codes(ALWAYS)) == (("UADA",), [])


# ── what could not be read removes nobody ────────────────────────────────────────────────────────────────

TWO_SOURCES = Situation(on_call={"PDAY": ["ada"], "PNIGHT": ["bo"]}, members=["cy"])
BROKEN = [
    pytest.param({"broken": ["PDAY"]}, "PDAY could not be read", id="PagerDuty could not read the schedule"),
    pytest.param({"unread": ["ada"]}, "ada could not be read", id="PagerDuty could not tell who the person is"),
    pytest.param({"unaskable": ["ada"]}, "Slack answers 503", id="Slack could not look the person up"),
]


@pytest.mark.parametrize(("fault", "message"), BROKEN)
def test_a_group_of_one_unreadable_source_stays_exactly_as_it_is(fault: dict[str, Any], message: str) -> None:
    assert message in kept(Situation(members=["bo"], **fault))
    assert message in kept(DISABLING.but(on_call={"PDAY": ["ada"]}, **fault)), "it is not an empty one"


@pytest.mark.parametrize(("fault", "message"), BROKEN)
def test_a_group_of_several_sources_gets_the_people_of_the_readable_ones_and_loses_nobody(
    fault: dict[str, Any], message: str
) -> None:
    plan = TWO_SOURCES.but(**fault).plan()
    assert plan.status == "failed"
    assert plan.change
    assert set(plan.change.members) >= set(slack_ids("bo", "cy"))
    assert plan.removed == ()
    assert message in plan.problems[0].message


def test_nobody_leaves_while_an_always_person_could_not_be_looked_up() -> None:
    plan = Situation(members=["bo"], options={"always": ["dan"]}, unaskable=["dan"]).plan()
    assert plan.status == "failed"
    assert plan.change
    assert plan.change.members == slack_ids("ada", "bo")


def test_beside_the_unreadable_source_which_is_reported_once_people_without_an_account_are_too() -> None:
    twice = TWO_SOURCES.but(on_call={"PDAY": ["ada", "dan"], "PNIGHT": ["ada"]}, unaskable=["ada"], no_account=["dan"])
    assert codes(twice) == ["slack_unreadable", "no_slack_account"]


# ── groups that must not be touched, and brakes ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("members", [["ada"], ["bo"]], ids=["in sync", "not in sync"])
def test_a_group_that_somebody_else_manages_or_disabled_is_refused_with_the_reason(members: list[str]) -> None:
    managed = Situation(members=members, slack={"managed_by": "its membership is locked"})
    assert "may not edit the group, because its membership is locked" in kept(managed)
    assert "somebody disabled this group in Slack" in kept(Situation(members=members, slack={"disabled": True}))


def crowds(before: int, after: int, **more: Any) -> Situation:
    return Situation(on_call={"PDAY": crowd(after)}, members=crowd(before), **more)


def test_max_members_refuses_a_plan_with_more_and_says_how_many_the_limit_and_what_to_do() -> None:
    limit = {"max_members": "3"}
    assert len(written(crowds(1, 3, options=limit)).members) == 3
    assert kept(crowds(1, 4, options=limit)) == (
        "@oncall: the plan has 4 members and max_members is 3; the group stays as it is. "
        "Correct the sources, or raise max_members."
    )
    assert crowds(4, 4, options=limit).plan().status == "unchanged"


@pytest.mark.parametrize(
    ("before", "after", "stops"),
    [
        (6, 1, False),  # five people
        (7, 1, True),  # six people, to less than half
        (12, 6, False),  # six people, to exactly half
        (13, 6, True),
        (3, 1, False),  # to a third, but few people leave
        (1, 40, False),
    ],
)
def test_a_group_does_not_shrink_by_more_than_five_and_to_less_than_half(before: int, after: int, stops: bool) -> None:
    if stops:
        assert f"the plan shrinks the group from {before} to {after} members" in kept(crowds(before, after))
    else:
        assert len(written(crowds(before, after)).members) == after


def test_a_shrink_waits_until_a_run_accepts_it_for_that_group() -> None:
    assert kept(crowds(200, 1, accept_shrink=["other"])) == (
        "@oncall: the plan shrinks the group from 200 to 1 members (P0000); the group stays as it is. "
        'If that is right, trigger a run with accept_shrink ["oncall"]; if not, correct the handle.'
    )
    accepted = crowds(200, 4, accept_shrink=["oncall"])
    assert len(written(accepted).members) == 4
    assert "max_members" in kept(accepted.but(options={"max_members": "3"}))


# ── a group that Slack does not have yet ─────────────────────────────────────────────────────────────────

MISSING = IN_SYNC.but(members=[], slack={"id": ""}, options={"create_if_missing": {"name": "On call"}})


def test_a_missing_group_is_created_with_the_people_on_call_or_the_fallback() -> None:
    change = written(MISSING)
    assert (MISSING.plan().id, change.action, change.group_id, change.before) == (None, "create", "", ())
    assert change.members == slack_ids("ada", "bo")
    assert change.new == NewGroup(name="On call", description=DESCRIPTION)
    quiet = MISSING.but(on_call={"PDAY": []}, options={**MISSING.options, "fallback": ["cy"]})
    assert written(quiet).members == ("UCY",)


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        ({"on_call": {"PDAY": []}}, "nobody_on_call", "; the group is created when somebody is."),
        ({"no_account": ["ada", "bo"]}, "failed", "; the group is not created. Correct the addresses"),
        ({"options": {**MISSING.options, "max_members": "1"}}, "failed", "; the group is not created. Correct the"),
        ({"broken": ["PDAY"]}, "failed", "PDAY could not be read"),
    ],
)
def test_it_is_not_created_without_members_to_write(more: dict[str, Any], status: str, message: str) -> None:
    options = {**MISSING.options, "when_empty": "disable"} | more.pop("options", {})
    assert message in kept(MISSING.but(**more, options=options, remembered=SEEN_BEFORE), status)


def test_with_a_readable_schedule_beside_an_unreadable_one_it_is_created_and_has_failed() -> None:
    """As people join one that exists: some of those on call are better than nobody."""
    plan = MISSING.but(on_call={"PDAY": ["ada"], "PNIGHT": []}, broken=["PNIGHT"]).plan()
    assert plan.status == "failed"
    assert plan.change
    assert (plan.change.action, plan.change.members) == ("create", ("UADA",))


@pytest.mark.parametrize(
    ("handle", "asked", "name", "description"),
    [
        ("platform-oncall", {}, "Platform oncall", DESCRIPTION),
        ("data_on.call", {}, "Data on call", DESCRIPTION),
        ("-", {}, "-", DESCRIPTION),
        ("x", {"name": "X team", "description": "Ask us"}, "X team", "Ask us"),
    ],
)
def test_name_and_description_are_those_of_the_config_or_sensible(
    handle: str, asked: dict[str, Any], name: str, description: str
) -> None:
    new = with_defaults(handle, NewGroup(**asked, channels=("C0123",)))
    assert new == NewGroup.model_validate({"name": name, "description": description, "channels": ("C0123",)})
