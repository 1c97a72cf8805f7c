"""A group that left the config: what is said of it, once, and when nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.config.values import MOST as MOST_NAMES
from oncall_sync.models import GroupState, Problem, UserGroup
from oncall_sync.rules.targets import find_targets, removed_from_config
from tests.builders import HANDLE, Situation, crowd, problem, user_group

OLD = user_group("ada", "bo", handle="old-oncall", id="S01")
NAMES = {"UADA": "Ada"}


def left(group: UserGroup | None = OLD, *, options: dict[str, Any] | None = None, **reading: Any) -> Any:
    """What is said of the remembered groups; the config has @oncall alone."""
    states = {HANDLE: GroupState(id="SONCALL"), "old-oncall": GroupState(id="S01")}
    read = Situation(options=options or {}).reading().model_copy(update=reading)
    groups = [group] if group else []
    targets = find_targets(read.config.groups, {handle: state.id for handle, state in states.items()}, groups)
    return removed_from_config(read, states, targets, groups, NAMES)


def said(**more: Any) -> str:
    told = left(OLD.model_copy(update=more))["old-oncall"]
    assert isinstance(told, Problem)
    assert (told.level, told.code) == ("warning", "left_config")
    return told.message


def test_it_is_told_with_its_present_members_by_name_or_id() -> None:
    assert said() == (
        "@old-oncall is not in the config any more: nobody keeps it up to date. It still has Ada, UBO. "
        "Disable it in Slack, or put it back."
    )


def test_only_what_left_is_told() -> None:
    assert list(left()) == ["old-oncall"]


def test_an_empty_one_says_so() -> None:
    assert "It has no members. Disable it" in said(members=())


def test_of_many_members_some_are_named() -> None:
    members = tuple(f"U{name}" for name in crowd(MOST_NAMES + 3))
    assert said(members=members).count("Up0") == MOST_NAMES
    assert " and 3 more. " in said(members=members)


def test_one_that_was_renamed_is_told_by_both_handles() -> None:
    assert said(handle="legacy").startswith("@old-oncall (now @legacy) is not in the config")
    assert said(handle="Old-OnCall").startswith("@old-oncall is not in the config")


@pytest.mark.parametrize(
    "group",
    [None, {"disabled": True}, {"managed_by": "its membership is locked"}],
    ids=["gone", "disabled", "kept by somebody else"],
)
def test_of_a_group_that_needs_nobody_any_more_nothing_is_said(group: dict[str, Any] | None) -> None:
    assert left(OLD.model_copy(update=group) if group else None) == {"old-oncall": None}


def test_one_that_the_config_has_by_another_handle_did_not_leave() -> None:
    assert left(options={"id": "S01"}) == {"old-oncall": None}
    assert left(OLD.model_copy(update={"handle": HANDLE})) == {"old-oncall": None}


def test_one_whose_new_entry_has_a_mistake_did_not_leave() -> None:
    renamed = OLD.model_copy(update={"handle": "new-oncall"})
    assert left(renamed, mistaken={"new-oncall": (problem("config_mistake"),)}) == {"old-oncall": None}


@pytest.mark.parametrize(
    "reading",
    [
        {"mistaken": {"old-oncall": (problem("config_mistake"),)}},
        {"problems": (problem("config_unusable"),)},
        {"full": False},
        {"plan_only": "dry_run"},
    ],
    ids=["it has a mistake", "an older config is in use", "some groups only", "nothing may be written"],
)
def test_a_run_that_does_not_know_all_of_todays_config_says_nothing_and_forgets_nothing(
    reading: dict[str, Any],
) -> None:
    assert left(**reading) == {}
