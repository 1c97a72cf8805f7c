"""Which Slack group an entry means, and which groups the config no longer names."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.config import Group
from oncall_sync.errors import MOST as MOST_NAMES
from oncall_sync.models import GroupState, Problem, UserGroup
from oncall_sync.rules.targets import Targets, find_group, find_targets, removed_from_config
from tests.builders import HANDLE, Situation, crowd, problem, user_group

GROUP = Group(schedules=("PDAY",))
PINNED = GROUP.model_copy(update={"id": "S09"})
CREATED = Group.model_validate({"schedules": ["PDAY"], "create_if_missing": "true"})

ENABLED = user_group(handle="OnCall", id="S01")
DISABLED = user_group(handle="oncall", id="S02", disabled=True)
RENAMED = user_group(handle="renamed", id="S03")
OTHER = user_group(handle="other", id="S09")
UPPER = user_group(handle="ONCALL", id="S04")


@pytest.mark.parametrize(
    ("entry", "groups", "expected"),
    [
        (PINNED, [ENABLED, RENAMED, OTHER], "S09"),
        (GROUP, [ENABLED, RENAMED], "S01"),
        (GROUP, [DISABLED, ENABLED, RENAMED], "S01"),
        (GROUP, [ENABLED, DISABLED, RENAMED], "S01"),
        (GROUP, [DISABLED, RENAMED], "S03"),
        (CREATED, [DISABLED, RENAMED], "S03"),
        (GROUP, [OTHER, RENAMED], "S03"),
        (CREATED, [OTHER, RENAMED], "S03"),
        (GROUP, [ENABLED, UPPER, RENAMED], "S03"),
        (GROUP, [OTHER, DISABLED], "S02"),
        (CREATED, [OTHER, DISABLED], "S02"),
        (CREATED, [OTHER], ""),
        (CREATED, [], ""),
    ],
    ids=[
        "pinned before all others",
        "an enabled one of the handle, in any case, before the remembered one",
        "the enabled one of two",
        "in any order",
        "the remembered one before a disabled one of the handle",
        "and that is never a reason to create one",
        "the remembered one where the handle is gone",
        "and that is no reason either",
        "the remembered one of several that differ only in case",
        "a disabled one of the handle",
        "which is not created again",
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


@pytest.mark.parametrize(
    ("entry", "groups", "message"),
    [
        (GROUP, [OTHER], "with `create_if_missing: true` the sync creates it"),
        (GROUP, [user_group(handle="on-call"), OTHER], "Did you mean @on-call?"),
        (PINNED, [ENABLED], "no user group with the ID S09. Correct `id`"),
        (PINNED.model_copy(update={"create_if_missing": CREATED.create_if_missing}), [], "Correct `id`"),
        (CREATED, [ENABLED, UPPER], "Slack has no user group with this handle."),
    ],
    ids=[
        "not created unless the config says so",
        "the nearest handle is named",
        "a pinned ID is not replaced by the handle",
        "nor created, as a new one has another ID",
        "several that differ only in case",
    ],
)
def test_an_entry_that_means_no_group_stops(entry: Group, groups: list[UserGroup], message: str) -> None:
    stop = find_group("oncall", entry, groups)
    assert isinstance(stop, Problem)
    assert stop.code == "no_such_group"
    assert message in stop.message
    assert ("Did you mean" in stop.message) is ("Did you mean" in message)


def targets(remembered: str | None, *groups: UserGroup, entry: Group = GROUP) -> Targets:
    return find_targets({"oncall": entry}, {"oncall": remembered}, groups)


def test_a_renamed_group_says_so_with_both_ways_to_fix_it_unless_it_is_pinned() -> None:
    note = targets("S03", RENAMED).notes["oncall"]
    assert (note.level, note.code) == ("warning", "renamed")
    assert note.message == (
        "@oncall is now called @renamed in Slack; it is still kept up to date by its ID S03. "
        "Rename it in the config, or pin it with `id: S03`."
    )
    assert targets("S01", ENABLED).notes == targets(None, OTHER, entry=PINNED).notes == {}


def test_a_group_to_create_is_a_warning_if_handles_are_like_it() -> None:
    note = targets(None, user_group(handle="onkall"), user_group(handle="design"), entry=CREATED).notes["oncall"]
    assert (note.level, note.code) == ("warning", "to_create")
    assert note.message == (
        "@oncall: Slack has no user group with this handle yet; it is created with its first members. "
        "Similar handles exist: @onkall."
    )
    note = targets(None, user_group(handle="onkall", disabled=True), entry=CREATED).notes["oncall"]
    assert (note.level, "Similar" in note.message) == ("info", False)


# ── never two entries for one group ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entries", "stops"),
    [
        ({"oncall": "S03", "renamed": "S03"}, ["oncall"]),
        ({"one": "S03", "two": "S03"}, ["one", "two"]),
    ],
    ids=["the renamed one gives way to the one that names the group", "both remember it"],
)
def test_entries_that_mean_the_same_group_stop(entries: dict[str, str], stops: list[str]) -> None:
    found = find_targets(dict.fromkeys(entries, GROUP), entries, [RENAMED])
    assert sorted(found.stops) == stops
    assert {stop.code for stop in found.stops.values()} == {"same_group"}
    assert "means the same Slack group (S03, @renamed)" in found.stops[stops[0]].message


def test_entries_that_pin_the_same_group_stop_and_groups_to_create_are_no_conflict() -> None:
    entries = {"a": PINNED, "b": PINNED, "c": CREATED, "d": CREATED}
    assert sorted(find_targets(entries, {}, [OTHER]).stops) == ["a", "b"]


def test_handles_that_were_swapped_mean_the_groups_that_have_them_now() -> None:
    groups = [user_group(handle="two", id="S01"), user_group(handle="one", id="S02")]
    found = find_targets({"one": GROUP, "two": GROUP}, {"one": "S01", "two": "S02"}, groups)
    assert {handle: target.id for handle, target in found.groups.items()} == {"one": "S02", "two": "S01"}
    assert (found.stops, found.notes) == ({}, {})


# ── groups that the config no longer names ───────────────────────────────────────────────────────────────

OLD = user_group("ada", "bo", handle="old-oncall", id="S01")


def removed(group: UserGroup | None = OLD, *, options: dict[str, Any] | None = None, **reading: Any) -> Any:
    """The config has @oncall alone; @old-oncall is remembered too."""
    states = {HANDLE: GroupState(id="SONCALL"), "old-oncall": GroupState(id="S01")}
    read = Situation(options=options or {}).reading().model_copy(update=reading)
    groups = [group] if group else []
    found = find_targets(read.config.groups, {handle: state.id for handle, state in states.items()}, groups)
    return removed_from_config(read, states, found, groups, {"UADA": "Ada"})


def message(**more: Any) -> str:
    (warning,) = removed(OLD.model_copy(update=more)).values()
    assert (warning.level, warning.code) == ("warning", "left_config")
    return str(warning.message)


def test_a_removed_group_is_reported_with_its_present_handle_and_members() -> None:
    assert message() == (
        "@old-oncall is not in the config any more: nobody keeps it up to date. It still has Ada, UBO. "
        "Disable it in Slack, or put it back."
    )
    assert "It has no members. Disable it" in message(members=())
    assert " and 3 more. " in message(members=tuple(f"U{name}" for name in crowd(MOST_NAMES + 3)))
    assert message(handle="legacy").startswith("@old-oncall (now @legacy) is not in the config")
    assert message(handle="Old-OnCall").startswith("@old-oncall is not in the config")


RENAMED_OLD = OLD.model_copy(update={"handle": "new-oncall"})


@pytest.mark.parametrize(
    "found",
    [
        removed(None),
        removed(OLD.model_copy(update={"disabled": True})),
        removed(OLD.model_copy(update={"managed_by": "its membership is locked"})),
        removed(options={"id": "S01"}),
        removed(OLD.model_copy(update={"handle": HANDLE})),
        removed(RENAMED_OLD, mistaken={"new-oncall": (problem("config_mistake"),)}),
    ],
    ids=["gone", "disabled", "managed", "pinned by another entry", "named by another entry", "its entry has a mistake"],
)
def test_nothing_is_reported_of_a_group_that_needs_nobody_or_has_another_entry(found: Any) -> None:
    assert found == {"old-oncall": None}


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
def test_a_run_that_does_not_know_all_of_todays_config_reports_and_forgets_no_group(reading: dict[str, Any]) -> None:
    assert removed(**reading) == {}
