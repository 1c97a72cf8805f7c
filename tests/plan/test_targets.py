"""Which Slack group an entry means when handles change: by what is pinned, by handle, by what is remembered."""

from __future__ import annotations

import pytest

from oncall_sync.config import Group
from oncall_sync.models import Problem, UserGroup
from oncall_sync.rules.targets import Targets, _conflicts, find_group, find_targets
from tests.builders import user_group

GROUP = Group(schedules=("PDAY",))
PINNED = GROUP.model_copy(update={"id": "S09"})
CREATED = Group.model_validate({"schedules": ["PDAY"], "create_if_missing": "true"})

ENABLED = user_group(handle="oncall", id="S01")
DISABLED = user_group(handle="oncall", id="S02", disabled=True)
RENAMED = user_group(handle="renamed", id="S03")
OTHER = user_group(handle="other", id="S09")


@pytest.mark.parametrize(
    ("entry", "groups", "expected"),
    [
        (PINNED, [ENABLED, RENAMED, OTHER], "S09"),
        (GROUP, [ENABLED, RENAMED], "S01"),
        (GROUP, [DISABLED, ENABLED, RENAMED], "S01"),
        (GROUP, [DISABLED, RENAMED], "S03"),
        (CREATED, [DISABLED, RENAMED], "S03"),
        (GROUP, [OTHER, RENAMED], "S03"),
        (CREATED, [OTHER, RENAMED], "S03"),
        (GROUP, [OTHER, DISABLED], "S02"),
        (CREATED, [OTHER, DISABLED], "S02"),
        (CREATED, [OTHER], ""),
        (CREATED, [], ""),
    ],
    ids=[
        "pinned before all others",
        "an enabled one of the handle before the remembered one",
        "the enabled one of two",
        "the remembered one before a disabled one of the handle",
        "and that is never a reason to create one",
        "the remembered one where the handle is gone",
        "and that is no reason either",
        "a disabled one of the handle",
        "which is not created anew",
        "none: to be created",
        "none at all: to be created",
    ],
)
def test_the_group_that_an_entry_means_whose_handle_was_s03(
    entry: Group, groups: list[UserGroup], expected: str
) -> None:
    target = find_group("oncall", entry, groups, "S03")
    assert isinstance(target, UserGroup)
    assert target.id == expected


def stopped(entry: Group, *groups: UserGroup, remembered: str | None = None) -> Problem:
    problem = find_group("oncall", entry, groups, remembered)
    assert isinstance(problem, Problem)
    return problem


def test_a_group_is_not_created_unless_the_config_says_so() -> None:
    message = stopped(GROUP, OTHER).message
    assert "with `create_if_missing: true` the sync creates it" in message


def test_a_pinned_group_that_is_gone_is_not_created_as_a_new_one_has_another_id() -> None:
    pinned = CREATED.model_copy(update={"id": "S09"})
    assert "Correct `id`" in stopped(pinned, OTHER.model_copy(update={"id": "S10"})).message


def test_a_handle_that_several_groups_have_in_other_cases_is_not_created() -> None:
    upper, mixed = user_group(handle="ONCALL", id="S01"), user_group(handle="OnCall", id="S02")
    assert stopped(CREATED, upper, mixed).code == "no_such_group"


def test_of_groups_that_differ_only_in_case_the_remembered_one_is_meant() -> None:
    upper, mixed = user_group(handle="ONCALL", id="S01"), user_group(handle="OnCall", id="S02")
    assert find_group("oncall", GROUP, [upper, mixed], "S02") == mixed
    assert find_targets({"oncall": GROUP}, {"oncall": "S02"}, [upper, mixed]).notes == {}


# ── what is said of it ───────────────────────────────────────────────────────────────────────────────────


def targets(remembered: str | None, *groups: UserGroup, entry: Group = GROUP) -> Targets:
    return find_targets({"oncall": entry}, {"oncall": remembered}, groups)


def test_a_renamed_group_says_so_with_both_ways_to_mend_it() -> None:
    note = targets("S03", RENAMED).notes["oncall"]
    assert (note.level, note.code) == ("warning", "renamed")
    assert note.message == (
        "@oncall is now called @renamed in Slack; it is still kept up to date by its ID S03. "
        "Rename it in the config, or pin it with `id: S03`."
    )


def test_nothing_is_said_of_a_group_that_is_pinned_or_has_the_handle() -> None:
    assert targets("S03", ENABLED).notes == {}
    assert targets("S03", user_group(handle="OnCall", id="S03")).notes == {}
    assert targets(None, OTHER, entry=PINNED).notes == {}


def test_a_group_to_create_names_handles_that_are_like_it() -> None:
    note = targets(None, user_group(handle="onkall"), user_group(handle="design"), entry=CREATED).notes["oncall"]
    assert (note.level, note.code) == ("warning", "to_create")
    assert note.message == (
        "@oncall: Slack has no user group with this handle yet; it is created with its first members. "
        "Similar handles exist: @onkall."
    )


def test_without_such_handles_it_is_no_warning() -> None:
    groups = user_group(handle="design"), user_group(handle="onkall", disabled=True)
    note = targets(None, *groups, entry=CREATED).notes["oncall"]
    assert (note.level, "Similar" in note.message) == ("info", False)


# ── never two entries for one group ──────────────────────────────────────────────────────────────────────


def test_an_entry_whose_group_now_has_the_handle_of_another_gives_way_to_it() -> None:
    found = find_targets({"oncall": GROUP, "renamed": GROUP}, {"oncall": "S03", "renamed": "S03"}, [RENAMED])
    assert list(found.stops) == ["oncall"]
    assert "another entry of the config means the same Slack group (S03, @renamed)" in found.stops["oncall"].message


def test_two_entries_that_remember_the_same_group_both_stop() -> None:
    found = find_targets({"one": GROUP, "two": GROUP}, {"one": "S03", "two": "S03"}, [RENAMED])
    assert sorted(found.stops) == ["one", "two"]


def test_handles_that_were_swapped_mean_the_groups_that_have_them_now() -> None:
    groups = [user_group(handle="two", id="S01"), user_group(handle="one", id="S02")]
    found = find_targets({"one": GROUP, "two": GROUP}, {"one": "S01", "two": "S02"}, groups)
    assert {handle: target.id for handle, target in found.groups.items()} == {"one": "S02", "two": "S01"}
    assert (found.stops, found.notes) == ({}, {})


def test_groups_that_are_to_be_created_are_no_conflict() -> None:
    new = UserGroup(id="", handle="one"), UserGroup(id="", handle="two")
    assert _conflicts(dict(zip(("one", "two"), new, strict=True)), ()) == {}
