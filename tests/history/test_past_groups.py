"""Whose shifts a group has: those of its rotations, without placeholders and those under `never`."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.history import GroupShift
from sandbox import Fault
from tests.history.past import DAY, HOUR, NEXT_DAY, Past, shift, told


def of_group(past: Past, handle: str = "all") -> list[tuple[str, str]]:
    return [(each.person, each.via) for each in past.read().groups[handle]]


def test_a_group_has_the_shifts_of_all_its_rotations_by_their_start_with_where_each_is_from(past: Past) -> None:
    past.schedule("SONE", shifts=[shift("PADA", DAY, DAY + HOUR), shift("PBO", DAY + 2 * HOUR, NEXT_DAY)])
    past.schedule("STWO", on_policy=False, shifts=[shift("PCY", DAY + HOUR, DAY + 2 * HOUR)])
    past.configure("all: {schedules: [STWO, SONE]}")

    assert past.read().groups["all"] == (
        GroupShift(person="PADA", start=DAY, end=DAY + HOUR, via="SONE"),
        GroupShift(person="PCY", start=DAY + HOUR, end=DAY + 2 * HOUR, via="STWO"),
        GroupShift(person="PBO", start=DAY + 2 * HOUR, end=NEXT_DAY, via="SONE"),
    )


def test_a_person_on_call_twice_at_once_is_told_with_both_rotations(past: Past) -> None:
    past.configure("all: {schedules: [SADA, SPAIR]}")

    assert of_group(past) == [("PADA", "SADA"), ("PADA", "SPAIR"), ("PBO", "SPAIR")]


def test_a_rotation_of_several_groups_is_read_once_and_is_in_each(past: Past) -> None:
    past.configure(
        """one: {schedules: [SLOOSE]}
        two: {schedules: [SLOOSE, SBO]}
        three: {schedules: [SLOOSE]}"""
    )

    history = past.read()

    assert {handle: {each.person for each in shifts} for handle, shifts in history.groups.items()} == {
        "one": {"PCY"},
        "two": {"PCY", "PBO"},
        "three": {"PCY"},
    }
    assert past.sandbox.count("pagerduty", "GET /oncalls") == 1
    assert past.sandbox.count("pagerduty", "GET /schedules/{id}") == 1


LEFT_OUT: dict[str, tuple[str, str, str]] = {
    "a placeholder": ("SGAP", "", ""),
    "never, by email": ("SADA", "never: [ADA@acme.example]", ""),
    "never, by the address in Slack": (
        "SADA",
        "never: [ada.l@acme.io]",
        "slack_accounts: {ada@acme.example: ada.l@acme.io}",
    ),
    "never, by the domain in Slack": (
        "SADA",
        "never: [ada@acme.io]",
        'slack_accounts: {"@acme.example": "@acme.io"}',
    ),
    "never, by the email of who has the same Slack account": (
        "SADA",
        "never: [ada@old.example]",
        "slack_accounts: {ada@acme.example: UADA, ada@old.example: UADA}",
    ),
    "never, by default": ("SADA", "", "defaults: {never: [ada@acme.example]}"),
    "never, on no policy": ("SLOOSE", "never: [cy@acme.example]", ""),
}


@pytest.mark.parametrize(("schedule", "option", "top"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_who_is_no_member_is_left_out_of_the_group_and_told_in_the_rotation(
    past: Past, schedule: str, option: str, top: str
) -> None:
    past.configure(f"all: {{schedules: [{schedule}, SBO]{option and ', '}{option}}}", top)

    history = past.read()

    assert {each.person for each in history.groups["all"]} == {"PBO"}
    assert len(history.rotations[schedule]) == 1
    assert history.rotations[schedule][0].person in history.names


def test_never_of_one_group_says_nothing_of_another(past: Past) -> None:
    past.configure(
        """without: {schedules: [SADA], never: [ada@acme.example]}
        with: {schedules: [SADA]}"""
    )

    history = past.read()

    assert history.groups["without"] == ()
    assert told(history.groups["with"]) == told(history.rotations["SADA"])


def test_a_group_without_rotations_has_no_shifts_and_costs_no_request(past: Past) -> None:
    past.configure("all: {always: [pia@acme.example], fallback: [bo@acme.example]}")

    history = past.read()

    assert (history.rotations, history.groups, history.requests) == ({}, {"all": ()}, 0)
    assert past.sandbox.requests == []


def test_fallback_and_always_have_no_shifts(past: Past) -> None:
    past.configure("all: {schedules: [SEMPTY, SBO], always: [pia@acme.example], fallback: [cy@acme.example]}")

    assert of_group(past) == [("PBO", "SBO")]


def test_everybody_has_a_name_whatever_kind_of_schedule_they_are_on(past: Past) -> None:
    past.configure("all: {schedules: [SADA, SLOOSE, SPAIR, SLOOSEPAIR, SGAP, SNORA]}")

    assert past.read().names == {"PADA": "Ada", "PBO": "Bo", "PCY": "Cy", "PNOOP": "Gap", "PNORA": "Nora"}


def test_somebody_without_a_slack_account_was_on_call_all_the_same(past: Past) -> None:
    past.configure("all: {schedules: [SNORA]}")

    assert of_group(past) == [("PNORA", "SNORA")]


@pytest.mark.parametrize(
    "gone",
    [
        {"on_policy": True},
        {"on_policy": False},
        {"kind": "v3", "on_policy": True},
        {"kind": "v3", "on_policy": False},
    ],
    ids=["v2 on a policy", "v2 on none", "v3 on a policy", "v3 on none"],
)
def test_somebody_who_is_deleted_by_now_was_on_call_and_is_told_by_name_or_id(past: Past, gone: dict[str, Any]) -> None:
    past.schedule("SGONE", shifts=[shift("PGONE", DAY, NEXT_DAY)], **gone)
    past.sandbox.faults.add(Fault(endpoint="GET /users/{id}", status=404, match={"id": "PGONE"}, times=None))
    past.configure("all: {schedules: [SGONE, SBO]}")

    history = past.read()

    assert told(history.rotations["SGONE"]) == [("PGONE", DAY, NEXT_DAY)]
    assert {each.person for each in history.groups["all"]} == {"PGONE", "PBO"}
    assert history.names["PGONE"] in {"Gone", "PGONE"}


def test_no_email_is_in_what_the_run_leaves_behind(past: Past) -> None:
    past.configure(
        """all: {schedules: [SADA, SLOOSE, SPAIR, SLOOSEPAIR, SGAP, SNORA, SGONE, SDEE]}
        other: {schedules: [SADA], never: [ada@acme.example], always: [pia@acme.example]}""",
        "slack_accounts: {ada@acme.example: ada.l@acme.io}",
    )

    assert "@" not in past.read().model_dump_json()
