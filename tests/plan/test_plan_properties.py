"""What holds for every plan, whatever PagerDuty, Slack and the config say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from oncall_sync.memory import Memory
from oncall_sync.models import GroupPlan, GroupState, Plan
from oncall_sync.rules.plan import MOST_WRITES, defer_excess_writes
from tests.builders import (
    AT,
    HANDLE,
    MINUTE,
    DictStore,
    Situation,
    applied,
    kept,
    name_of,
    plan_all,
    planned,
    slack_id,
    slack_ids,
    user_group,
)

NAMES = ("ada", "bo", "cy", "dan", "eve", "flo", "gil", "hal")
SOURCES = ("PDAY", "PNIGHT", "policy:PESC123:1", "policy:PESC123:2", "policy:PESC456:all", "team:PTEAM01")
names = st.lists(st.sampled_from(NAMES), unique=True, max_size=4)
few = st.lists(st.sampled_from(NAMES), unique=True, max_size=2)
mostly_none: st.SearchStrategy[list[str]] = st.one_of(st.just([]), st.just([]), few)
shifts = st.lists(
    st.one_of(
        st.sampled_from(NAMES),
        st.tuples(st.sampled_from(NAMES), st.integers(1, 90).map(lambda minutes: AT + minutes * MINUTE)),
        st.builds(
            lambda name, start, length: (name, AT + start * MINUTE, AT + (start + length) * MINUTE),
            st.sampled_from(NAMES),
            st.integers(-90, 90),
            st.integers(1, 90),
        ),
    ),
    unique_by=lambda shift: shift if isinstance(shift, str) else shift[0],
    max_size=4,
)
options = st.fixed_dictionaries(
    {"always": few, "never": few, "fallback": few, "when_empty": st.sampled_from(["keep", "disable"])},
    optional={
        "max_members": st.integers(1, 9).map(str),
        "overlap": st.dictionaries(st.sampled_from(["before", "after"]), st.sampled_from(["5m", "20m", "1h"])),
    },
)
instants = st.one_of(st.none(), st.integers(0, 300).map(lambda seconds: AT - timedelta(seconds=seconds)))
bystanders = st.integers(0, 30).map(lambda count: [f"x{n}" for n in range(count)])  # members for no known reason


@st.composite
def situations(draw: st.DrawFn, /, **fixed: Any) -> Situation:
    on_call = draw(st.dictionaries(st.sampled_from(SOURCES), shifts, max_size=3))
    if "team PTEAM01" in on_call:  # whose members take no turns
        on_call["team:PTEAM01"] = list(dict.fromkeys(map(name_of, on_call["team:PTEAM01"])))
    chosen = draw(options)
    assume(on_call or chosen["always"])
    # Most groups are as they should be: a refusal would hide all other rules.
    by_sync, by_hand, managed = draw(st.sampled_from([*[(0, 0, 0)] * 6, (1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]))
    drawn: dict[str, Any] = {
        "on_call": on_call,
        "options": chosen,
        "members": [*draw(names), *draw(bystanders)],
        "broken": [schedule for schedule in sorted(on_call) if draw(st.sampled_from([False, False, True]))],
        "no_account": draw(mostly_none),
        "deactivated": draw(mostly_none),
        "unaskable": draw(mostly_none),
        "deleted": draw(mostly_none),
        "unread": [name for name in draw(mostly_none) if _is_on_call(name, on_call)],
        "placeholders": draw(mostly_none),
        "slack": {"disabled": bool(by_sync or by_hand), "managed_by": "it is locked" if managed else None},
        "remembered": GroupState(empty_since=draw(instants), disabled=bool(by_sync)),
        "accept_shrink": draw(st.sampled_from([[], [HANDLE]])),
    }
    if draw(st.sampled_from([*[False] * 6, True])):  # Slack has no such group yet
        drawn |= {"members": [], "slack": {**drawn["slack"], "id": "", "disabled": False, "managed_by": None}}
        drawn["options"] = {**chosen, "create_if_missing": {}}
    return Situation(**drawn | fixed)


def _is_on_call(name: str, on_call: dict[str, Any]) -> bool:
    return any(name == name_of(shift) for shifts in on_call.values() for shift in shifts)


def readable(**fixed: Any) -> st.SearchStrategy[Situation]:
    return situations(broken=[], unaskable=[], unread=[], **fixed)


def unreadable() -> st.SearchStrategy[Situation]:
    return situations().filter(lambda situation: bool(situation.roster().unreadable))


def written(situation: Situation) -> GroupPlan:
    plan = situation.plan()
    event(f"{plan.status}, {plan.change.action if plan.change else 'no write'}")
    return plan


def named(situation: Situation) -> set[str]:
    on_call = [name_of(shift) for shifts in situation.on_call.values() for shift in shifts]
    return set(slack_ids(*on_call, *situation.options["always"], *situation.options["fallback"]))


def before(situation: Situation) -> set[str]:
    return set(slack_ids(*situation.members))


@given(situations())
def test_no_plan_empties_a_group(situation: Situation) -> None:
    plan = written(situation)
    if plan.change and plan.change.action != "disable":
        assert plan.change.members


@given(readable())
def test_a_plan_holds_nobody_whom_nobody_named(situation: Situation) -> None:
    plan = written(situation)
    if plan.change:
        assert set(plan.change.members) <= named(situation)


@given(unreadable())
def test_with_something_unreadable_a_plan_holds_those_who_were_there_and_those_who_are_named(
    situation: Situation,
) -> None:
    plan = written(situation)
    if plan.change:
        assert set(plan.change.members) <= named(situation) | before(situation)


@given(unreadable())
def test_nobody_leaves_while_something_is_unreadable(situation: Situation) -> None:
    plan = written(situation)
    assert plan.status == "failed"
    assert plan.removed == ()
    if plan.change:
        assert plan.change.action in {"update", "create"}
        assert set(plan.change.members) > before(situation)


@given(unreadable())
def test_a_group_all_of_whose_schedules_are_unread_stays_exactly_as_it_is(situation: Situation) -> None:
    situation = situation.but(broken=list(situation.on_call))
    assume(situation.on_call)
    assert written(situation).change is None


@given(situations())
def test_a_group_is_created_only_with_members_and_where_there_is_none(situation: Situation) -> None:
    plan = written(situation)
    if plan.change:
        assert (plan.change.action == "create") is (situation.slack.get("id") == "")
        assert plan.change.action != "create" or (plan.change.members and plan.change.new)
    assert (plan.id is None) is (situation.slack.get("id") == "")


@given(situations())
def test_equal_sets_are_never_written(situation: Situation) -> None:
    everyone = situation.roster().members
    equal = situation.but(slack={**situation.slack, "members": tuple(everyone), "disabled": False})
    assert written(equal).change is None or not everyone


@given(situations())
def test_a_change_always_changes_something(situation: Situation) -> None:
    plan = written(situation)
    if plan.change and plan.change.action == "update":
        assert set(plan.change.members) != before(situation)


@given(situations())
def test_applying_a_plan_and_planning_again_changes_nothing(situation: Situation) -> None:
    plan = written(situation)
    again = applied(situation, plan).plan()
    assert again.change is None
    if plan.status == "would_update" and plan.change and plan.change.action != "disable":
        assert again.status == "unchanged"


@given(situations())
def test_placeholders_and_never_people_are_never_added(situation: Situation) -> None:
    unwanted = {*situation.options["never"], *situation.placeholders}
    assert not set(written(situation).added) & set(slack_ids(*unwanted))


@given(situations())
def test_nobody_without_an_active_account_is_ever_added(situation: Situation) -> None:
    unreachable = {*situation.no_account, *situation.deactivated, *situation.unaskable}
    assert not set(written(situation).added) & set(slack_ids(*unreachable))


@given(situations())
def test_a_plan_describes_exactly_its_change(situation: Situation) -> None:
    plan = written(situation)
    shown = {member.slack_id for member in plan.members}
    if plan.change is None or plan.change.action == "disable":
        assert (plan.added, plan.removed) == ((), ())
        assert shown == before(situation)
    else:
        assert shown == set(plan.change.members)
        assert set(plan.added) == shown - before(situation)
        assert set(plan.removed) == before(situation) - shown


@given(situations())
def test_a_refused_group_has_no_change_and_says_why(situation: Situation) -> None:
    by_others = situation.slack["disabled"] and not situation.remembered.disabled
    plan = written(situation)
    if by_others or situation.slack["managed_by"]:
        assert plan.change is None
        assert plan.status == "failed"
        assert plan.problems


@given(situations())
def test_a_braked_group_has_no_change(situation: Situation) -> None:
    plan = written(situation)
    if {"max_members", "shrink", "nobody_reachable"} & {problem.code for problem in plan.problems}:
        assert plan.change is None
        assert plan.status == "failed"


@given(situations())
def test_no_write_goes_beyond_a_brake(situation: Situation) -> None:
    change, size = written(situation).change, len(situation.members)
    if change and change.action != "disable":
        assert len(change.members) <= int(situation.options.get("max_members", 1000))
        if HANDLE not in situation.accept_shrink:
            assert size - len(change.members) <= 5 or len(change.members) * 2 >= size


@given(readable(on_call={"PDAY": []}))
def test_a_group_is_disabled_only_where_the_config_asks_for_it_and_nobody_was_seen_for_a_minute(
    situation: Situation,
) -> None:
    plan = written(situation)
    if plan.change and plan.change.action == "disable":
        assert situation.options["when_empty"] == "disable"
        assert situation.remembered.empty_since
        assert situation.remembered.empty_since <= AT - MINUTE
        assert plan.next.empty_since == situation.remembered.empty_since


@given(situations())
def test_a_failed_group_always_says_why(situation: Situation) -> None:
    plan = written(situation)
    if plan.status == "failed":
        assert any(problem.level == "error" for problem in plan.problems)


@given(situations())
def test_a_change_knows_the_address_of_everybody_whom_it_adds(situation: Situation) -> None:
    plan = written(situation)
    if plan.change and plan.change.action != "disable":
        assert set(plan.added) <= plan.change.addresses.keys() <= set(plan.change.members)


@given(situations())
def test_a_change_expires_within_ten_minutes_and_before_anybody_joins_or_leaves(situation: Situation) -> None:
    change = written(situation).change
    if change:
        assert AT < change.expires_at <= AT + 10 * MINUTE
        last = situation.but(as_of=change.expires_at - timedelta(seconds=1))
        assert last.roster().members.keys() == situation.roster().members.keys()


@given(readable())
def test_the_moment_that_is_known_beforehand_is_one_at_which_nothing_has_changed_before(situation: Situation) -> None:
    roster = situation.roster()
    if roster.until:
        assert roster.until > AT
        last = situation.but(as_of=roster.until - timedelta(seconds=1))
        assert last.roster().members.keys() == roster.members.keys()


@given(situations(no_account=[], deactivated=[], unaskable=[], deleted=[], unread=[], placeholders=[]))
def test_what_befalls_one_group_changes_nothing_for_another(other: Situation) -> None:
    fine = Situation(on_call={"PFINE": ["bo"]}, options={"always": ["ada"]})
    groups = [user_group("cy", handle="fine"), user_group(*other.members, handle="other", **other.slack)]
    alone = plan_all({"fine": fine}, groups).groups["fine"]
    beside = plan_all({"fine": fine, "other": other}, groups).groups["fine"]
    assert beside == alone


@given(st.integers(0, 400), st.integers(0, 30), st.randoms(use_true_random=False))
def test_a_run_plans_at_most_150_writes_the_longest_wrong_first(changing: int, staying: int, random: Any) -> None:
    groups = {f"c{n}": planned("bo", after=["ada"]) for n in range(changing)}
    groups |= {f"s{n}": kept("ada") for n in range(staying)}
    states = {handle: GroupState(verified_at=AT - random.randrange(99) * MINUTE) for handle in groups}
    after = defer_excess_writes(Plan(planned_at=AT, groups=groups), states).groups
    writes = [states[handle].verified_at for handle, group in after.items() if group.change]
    waiting = [states[handle].verified_at for handle, group in after.items() if group.status == "deferred"]
    assert len(writes) == min(changing, MOST_WRITES)
    assert len(writes) + len(waiting) == changing
    assert all(write <= wait for write in writes if write for wait in waiting if wait)


@given(st.lists(readable(), min_size=1, max_size=4), st.booleans())
def test_memory_may_be_lost_without_a_wrong_member(several: list[Situation], lost: bool) -> None:
    """Whatever is remembered of the groups, nobody is written whom nobody named."""
    store = DictStore()
    known = {"empty_since": (AT - MINUTE).isoformat(), "disabled": True, "id": "?"}
    if not lost:
        store["groups.0"] = {f"g{n}": known for n in range(len(several))}
    first = several[0].on_call
    situations_by_handle = {f"g{n}": one.but(on_call=first) for n, one in enumerate(several) if first}
    assume(situations_by_handle)
    groups = [user_group(*one.members, handle=handle, **one.slack) for handle, one in situations_by_handle.items()]
    plan = plan_all(situations_by_handle, groups, memory=Memory(store))
    everybody = {slack_id(name) for name in NAMES}
    for group in plan.groups.values():
        if group.change and group.change.action != "disable":
            assert group.change.members
            assert set(group.change.members) <= everybody
