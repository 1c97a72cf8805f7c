"""Whose shifts a group has: those of its rotations, without placeholders and those under `never`."""

from __future__ import annotations

import pytest

from oncall_sync.history import GroupShift
from sandbox import Fault
from tests.history.past import DAY, HOUR, NEXT_DAY, Past, shift, turns_of


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


LEFT_OUT: dict[str, tuple[str, str, str]] = {
    "a placeholder": ("SGAP", "", ""),
    "never, by email": ("SADA", "never: [ADA@acme.example]", ""),
    "never, by the address in Slack": (
        "SADA",
        "never: [ada.l@acme.io]",
        "slack_accounts: {ada@acme.example: ada.l@acme.io}",
    ),
    "never, by the email of who has the same Slack account": (
        "SADA",
        "never: [ada@old.example]",
        "slack_accounts: {ada@acme.example: UADA, ada@old.example: UADA}",
    ),
    "never, on no policy": ("SLOOSE", "never: [cy@acme.example]", ""),
}


@pytest.mark.parametrize(("schedule", "option", "top"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_who_is_no_member_is_in_the_rotation_but_not_in_the_group(
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
    assert turns_of(history.groups["with"]) == turns_of(history.rotations["SADA"])


def test_fallback_and_always_have_no_shifts(past: Past) -> None:
    past.configure("all: {schedules: [SEMPTY, SBO], always: [pia@acme.example], fallback: [cy@acme.example]}")

    assert of_group(past) == [("PBO", "SBO")]


def test_a_person_who_is_deleted_by_now_was_on_call(past: Past) -> None:
    past.schedule("SGONE", kind="v3", on_policy=False, shifts=[shift("PGONE", DAY, NEXT_DAY)])
    past.sandbox.faults.add(Fault(endpoint="GET /users/{id}", status=404, match={"id": "PGONE"}, times=None))
    past.configure("all: {schedules: [SGONE, SBO]}")

    history = past.read()

    assert turns_of(history.rotations["SGONE"]) == [("PGONE", DAY, NEXT_DAY)]
    assert {each.person for each in history.groups["all"]} == {"PGONE", "PBO"}
    assert history.names["PGONE"] == "PGONE"


def test_no_email_is_in_what_the_run_leaves_behind(past: Past) -> None:
    past.configure(
        """all: {schedules: [SADA, SLOOSE, SPAIR, SLOOSEPAIR, SGAP, SNORA, SGONE, SDEE]}
        other: {schedules: [SADA], never: [ada@acme.example], always: [pia@acme.example]}""",
        "slack_accounts: {ada@acme.example: ada.l@acme.io}",
    )

    assert "@" not in past.read().model_dump_json()
