"""Brakes stop one group, loudly, and no other."""

from __future__ import annotations

import pytest

from oncall_sync.config import Group
from oncall_sync.memory import Memory
from oncall_sync.models import GroupState, Problem, UserGroup
from oncall_sync.rules.targets import _conflicts, find_group
from oncall_sync.state import save_states
from tests.builders import DictStore, Situation, crowd, plan_all, problem, user_group

GROUP = Group(schedules=("PDAY",))


def shrunk(before: int, after: int, **more: object) -> Situation:
    return Situation(on_call={"PDAY": crowd(after)}, members=crowd(before), **more)  # type: ignore[arg-type]


def stopped(situation: Situation) -> str | None:
    plan = situation.plan()
    if plan.change:
        return None
    assert plan.status == "failed"
    assert (plan.added, plan.removed) == ((), ())
    return plan.problems[0].code


# ── max_members ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("people", "code"), [(3, None), (4, "max_members")])
def test_max_members_refuses_a_plan_with_more(people: int, code: str | None) -> None:
    situation = Situation(on_call={"PDAY": crowd(people)}, members=["ada"], options={"max_members": "3"})
    assert stopped(situation) == code


def test_the_max_members_brake_says_how_many_the_limit_and_what_to_do() -> None:
    situation = Situation(on_call={"PDAY": crowd(4)}, members=["ada"], options={"max_members": "3"})
    assert situation.plan().problems[0].message == (
        "@oncall: the plan has 4 members and max_members is 3; the group stays as it is. "
        "Correct the sources, or raise max_members."
    )


def test_max_members_says_nothing_of_a_group_that_does_not_change() -> None:
    situation = Situation(on_call={"PDAY": crowd(4)}, members=crowd(4), options={"max_members": "3"})
    assert situation.plan().status == "unchanged"


# ── shrinking ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (6, 1, None),  # five people
        (7, 1, "shrink"),  # six people, to less than half
        (12, 6, None),  # six people, to exactly half
        (13, 6, "shrink"),
        (100, 50, None),
        (100, 49, "shrink"),
        (3, 1, None),  # a third is left, but few people leave
        (1, 40, None),
    ],
)
def test_a_group_does_not_shrink_by_more_than_five_and_to_less_than_half(
    before: int, after: int, code: str | None
) -> None:
    assert stopped(shrunk(before, after)) == code


def test_the_shrink_brake_says_from_how_many_to_how_many_and_how_to_accept_it() -> None:
    assert shrunk(200, 1).plan().problems[0].message == (
        "@oncall: the plan shrinks the group from 200 to 1 members (P0000); the group stays as it is. "
        'If that is right, trigger a run with accept_shrink ["oncall"]; if not, correct the handle.'
    )


def test_a_shrink_is_written_once_a_run_accepts_it() -> None:
    plan = shrunk(200, 1, accept_shrink=["oncall"]).plan()
    assert plan.status == "would_update"
    assert len(plan.removed) == 199


def test_accepting_the_shrink_of_another_group_changes_nothing() -> None:
    assert stopped(shrunk(200, 1, accept_shrink=["other"])) == "shrink"


def test_accepting_a_shrink_does_not_lift_max_members() -> None:
    situation = shrunk(200, 4, accept_shrink=["oncall"], options={"max_members": "3"})
    assert stopped(situation) == "max_members"


def test_a_stopped_group_still_shows_who_is_in_it() -> None:
    assert len(shrunk(7, 1).plan().members) == 7


# ── groups that others manage ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("in_sync", [True, False])
def test_a_group_that_somebody_else_manages_is_refused_with_the_reason(in_sync: bool) -> None:
    situation = Situation(members=["ada" if in_sync else "bo"], slack={"managed_by": "its membership is locked"})
    assert stopped(situation) == "managed_group"
    assert "because its membership is locked" in situation.plan().problems[0].message


def test_a_group_that_somebody_disabled_in_slack_is_not_enabled() -> None:
    situation = Situation(members=["bo"], slack={"disabled": True})
    assert stopped(situation) == "disabled_group"


def test_a_group_that_the_sync_disabled_is_not_taken_for_one_that_somebody_else_did() -> None:
    situation = Situation(members=["bo"], slack={"disabled": True}, remembered=GroupState(disabled=True))
    assert stopped(situation) is None


@pytest.mark.parametrize(("by", "status"), [("USYNC", "would_update"), ("UADMIN", "failed")])
def test_with_its_memory_lost_the_sync_still_knows_which_groups_it_disabled_itself(by: str, status: str) -> None:
    plan = plan_all({"oncall": Situation()}, [user_group("bo", disabled=True, disabled_by=by)])
    assert plan.groups["oncall"].status == status


@pytest.mark.parametrize(
    ("remembered", "status"),
    [({}, "would_update"), ({"oncall": GroupState(id="SONCALL")}, "failed"), ({"other": GroupState()}, "would_update")],
    ids=["nothing at all", "as one that the sync left enabled", "another group alone"],
)
def test_who_disabled_a_group_is_asked_only_where_nothing_is_remembered_of_it(
    remembered: dict[str, GroupState], status: str
) -> None:
    """The token's user may be a person's: what that person disables by hand stays disabled."""
    memory = Memory(DictStore())
    save_states(memory, remembered)
    current = [user_group("bo", disabled=True, disabled_by="USYNC")]
    plan = plan_all({"oncall": Situation()}, current, memory=memory)
    assert plan.groups["oncall"].status == status
    assert plan.requests == (1 if "oncall" in remembered else 2)


ON_CALL, NOBODY = Situation(), Situation(on_call={"PDAY": []})


@pytest.mark.parametrize(
    ("situation", "by", "status", "requests"),
    [
        (ON_CALL, "USYNC", "would_update", 2),
        (ON_CALL, "UADMIN", "failed", 2),
        (ON_CALL, None, "would_update", 1),
        (ON_CALL, "WSYNC", "would_update", 2),
        (NOBODY, "UADMIN", "nobody_on_call", 1),
    ],
    ids=["by the sync", "by somebody since", "Slack does not say", "an ID of another kind", "nobody to enable it for"],
)
def test_of_a_group_that_the_sync_disabled_slack_is_asked_who_did_it_last_before_it_is_enabled(
    situation: Situation, by: str | None, status: str, requests: int
) -> None:
    """Between two runs somebody may have enabled it, and somebody disabled it again."""
    memory = Memory(DictStore())
    save_states(memory, {"oncall": GroupState(disabled=True)})
    plan = plan_all({"oncall": situation}, [user_group("bo", disabled=True, disabled_by=by)], memory=memory)
    group = plan.groups["oncall"]
    assert (group.status, plan.requests) == (status, requests)
    assert group.next.disabled is (status == "nobody_on_call")
    assert (group.change is not None) is (status == "would_update")


@pytest.mark.parametrize(("known", "status"), [("SONCALL", "would_update"), ("SGONE", "failed")])
def test_that_the_sync_disabled_a_group_says_nothing_of_another_that_has_its_handle_now(
    known: str, status: str
) -> None:
    memory = Memory(DictStore())
    save_states(memory, {"oncall": GroupState(id=known, disabled=True)})
    plan = plan_all({"oncall": Situation()}, [user_group("bo", disabled=True)], memory=memory)
    assert plan.groups["oncall"].status == status


@pytest.mark.parametrize("disabled", [True, False])
def test_that_the_sync_disabled_a_group_which_two_entries_now_mean_holds_only_while_it_is_disabled(
    disabled: bool,
) -> None:
    memory = Memory(DictStore())
    save_states(memory, {"one": GroupState(disabled=True)})
    situations = {handle: Situation(options={"id": "S0123"}) for handle in ("one", "two")}
    plan = plan_all(situations, [user_group("bo", id="S0123", disabled=disabled)], memory=memory).groups["one"]
    assert ([problem.code for problem in plan.problems], plan.next.disabled) == (["same_group"], disabled)


def test_with_its_memory_lost_the_sync_knows_a_pinned_group_that_it_disabled_by_its_id() -> None:
    renamed = user_group("bo", handle="renamed", id="S123", disabled=True, disabled_by="USYNC")
    plan = plan_all({"oncall": Situation(options={"id": "S123"})}, [renamed])
    assert plan.groups["oncall"].status == "would_update"


# ── finding the group ────────────────────────────────────────────────────────────────────────────────────


def found(handle: str, group: Group, *groups: UserGroup) -> UserGroup:
    match = find_group(handle, group, groups)
    assert isinstance(match, UserGroup)
    return match


def not_found(handle: str, group: Group, *groups: UserGroup) -> Problem:
    match = find_group(handle, group, groups)
    assert isinstance(match, Problem)
    assert match.code == "no_such_group"
    return match


def test_a_group_is_found_by_its_handle_in_any_case() -> None:
    assert found("oncall", GROUP, user_group(handle="other"), user_group(handle="OnCall")).handle == "OnCall"


def test_a_pinned_group_is_found_by_its_id_whatever_its_handle_is_now() -> None:
    pinned = Group(schedules=("PDAY",), id="S123")
    renamed = user_group(handle="renamed", id="S123")
    assert found("oncall", pinned, user_group(handle="oncall"), renamed).id == "S123"


def test_a_pinned_id_that_slack_does_not_know_is_not_replaced_by_the_handle() -> None:
    pinned = Group(schedules=("PDAY",), id="S123")
    assert "no user group with the ID S123" in not_found("oncall", pinned, user_group(handle="oncall")).message


@pytest.mark.parametrize("disabled_first", [True, False])
def test_an_enabled_group_goes_before_a_disabled_one_of_the_same_handle(disabled_first: bool) -> None:
    old, new = user_group(handle="oncall", id="S1OLD", disabled=True), user_group(handle="oncall", id="S2NEW")
    assert found("oncall", GROUP, *([old, new] if disabled_first else [new, old])).id == "S2NEW"


def test_an_unknown_handle_stops_with_the_nearest_one() -> None:
    message = not_found("platfrom-oncall", GROUP, user_group(handle="platform-oncall"), user_group(handle="x")).message
    assert message == (
        "@platfrom-oncall: Slack has no user group with this handle. Did you mean @platform-oncall? "
        "Create it in Slack, or correct the handle in the config; with `create_if_missing: true` the sync creates it."
    )


def test_an_unknown_handle_like_no_other_stops_without_a_guess() -> None:
    assert "Did you mean" not in not_found("oncall", GROUP, user_group(handle="zzz")).message


def test_two_entries_that_mean_the_same_slack_group_both_stop() -> None:
    same, other = user_group(handle="oncall", id="S123"), user_group(handle="other")
    stops = _conflicts({"oncall": same, "pinned": same, "other": other}, ())
    assert sorted(stops) == ["oncall", "pinned"]
    assert "the same Slack group (S123, @oncall)" in stops["pinned"].message


def test_two_entries_that_mean_the_same_slack_group_stop_each_other_also_when_only_one_is_served() -> None:
    situations = {"one": Situation(options={"id": "S0123"}), "two": Situation(options={"id": "S0123"})}
    plan = plan_all(situations, [user_group("bo", id="S0123")], served=["two"])
    assert {handle: [p.code for p in group.problems] for handle, group in plan.groups.items()} == {
        "two": ["same_group"]
    }


def test_different_groups_are_no_conflict() -> None:
    assert _conflicts({"a": user_group(handle="a"), "b": user_group(handle="b")}, ()) == {}


# ── no other group ───────────────────────────────────────────────────────────────────────────────────────


def test_every_way_to_stop_a_group_leaves_the_others_alone() -> None:
    fine = Situation(on_call={"PFINE": ["ada"]})
    plan = plan_all(
        {
            "fine": fine,
            "unknown": fine,
            "managed": fine,
            "shrunk": fine,
            "unread": Situation(on_call={"PBAD": []}, broken=["PBAD"]),
            "one": fine.but(options={"id": "STWICE"}),
            "two": fine.but(options={"id": "STWICE"}),
        },
        [
            user_group("bo", handle="fine"),
            user_group("bo", handle="managed", managed_by="its membership is locked"),
            user_group(*crowd(40), handle="shrunk"),
            user_group("bo", handle="unread"),
            user_group("bo", handle="twice"),
            user_group("bo", handle="never-mentioned"),
        ],
        mistaken={"typo": (problem("config_mistake"),)},
    )
    assert {handle: group.status for handle, group in plan.groups.items()} == {
        "fine": "would_update",
        **dict.fromkeys(["managed", "one", "shrunk", "two", "typo", "unknown", "unread"], "failed"),
    }
    assert [handle for handle, group in plan.groups.items() if group.change] == ["fine"]


def test_a_group_that_the_config_does_not_name_is_not_in_the_plan() -> None:
    plan = plan_all({"oncall": Situation()}, [user_group("bo"), user_group("bo", handle="other")])
    assert list(plan.groups) == ["oncall"]


def test_a_group_with_a_mistake_in_the_config_fails_with_the_mistake_and_is_not_written() -> None:
    wrong = problem("config_mistake", message="oncall_sync.yaml:3: groups.typo.schedule: unknown key")
    plan = plan_all({"oncall": Situation()}, [user_group("bo"), user_group(handle="typo")], mistaken={"typo": (wrong,)})
    assert plan.groups["typo"].problems == (wrong,)
    assert (plan.groups["typo"].status, plan.groups["typo"].change) == ("failed", None)
    assert plan.groups["oncall"].change is not None


def test_a_plan_costs_one_request_to_slack() -> None:
    situations = {handle: Situation() for handle in ("a", "b", "c")}
    assert plan_all(situations, [user_group("bo", handle=handle) for handle in situations]).requests == 1
