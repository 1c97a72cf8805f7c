"""Bad input costs the group that it concerns, says what to do, and takes nobody out of a group.

In every test here `alpha` is the group with something wrong, `beta` is right already, `late` is out of date (its new
member is Cy) and `design` is in no config; see worlds.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Fault, Sandbox
from tests.sync.checks import Spoil, codes, said, served_all_but_alpha
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, config


def edits(**fields: Any) -> Spoil:
    """alpha as its Slack group has these fields."""

    def spoil(sandbox: Sandbox) -> None:
        group = sandbox.world.group("alpha")
        for name, value in fields.items():
            setattr(group, name, value)

    return spoil


def refuses_alpha(error: str) -> Spoil:
    def spoil(sandbox: Sandbox) -> None:
        group = {"usergroup": "SGALPHA"}
        sandbox.faults.add(Fault(endpoint="usergroups.users.update", match=group, error=error, times=None))

    return spoil


def forbids_sada(sandbox: Sandbox) -> None:
    sandbox.world.pagerduty.forbidden.append("SADA")


def nothing(sandbox: Sandbox) -> None:
    """The config alone is wrong."""


ONE_GROUP: dict[str, tuple[str, Spoil, str, list[str]]] = {
    "unknown schedule": ("schedules: [SNOPE]", nothing, "pagerduty_not_found", ["SNOPE", "Check the ID in the config"]),
    "unknown schedule beside a good one": (
        "schedules: [SNOPE, SEMPTY]",
        nothing,
        "pagerduty_not_found",
        ["SNOPE", "Check the ID in the config"],
    ),
    "schedule hidden from the key": (
        "schedules: [SADA]",
        forbids_sada,
        "pagerduty_forbidden",
        ["SADA", "read-only account key"],
    ),
    "no group with the pinned ID": (
        "schedules: [SADA], id: S0NOPE",
        nothing,
        "no_such_group",
        ["S0NOPE", "Correct `id`"],
    ),
    "edits limited to admins": (
        "schedules: [SADA]",
        refuses_alpha("permission_denied"),
        "permission_denied",
        ["@alpha", "user token", "let everyone edit user groups"],
    ),
    "group deleted between plan and write": (
        "schedules: [SADA]",
        refuses_alpha("no_such_subteam"),
        "no_such_subteam",
        ["@alpha", "correct the handle or the id"],
    ),
    "too many for Slack": (
        "schedules: [SADA]",
        refuses_alpha("subteam_max_users_exceeded"),
        "subteam_max_users_exceeded",
        ["@alpha", "fewer people"],
    ),
    "no paid plan": ("schedules: [SADA]", refuses_alpha("paid_teams_only"), "paid_teams_only", ["@alpha", "paid"]),
    "managed by an identity provider": (
        "schedules: [SADA]",
        edits(is_idp_group=True),
        "managed_group",
        ["@alpha", "identity provider", "take the group out of the config"],
    ),
    "locked": ("schedules: [SADA]", edits(is_membership_locked=True), "managed_group", ["@alpha", "locked"]),
    "org-level": ("schedules: [SADA]", edits(is_org_level=True), "managed_group", ["@alpha", "organization"]),
    "of another workspace": ("schedules: [SADA]", edits(is_external=True), "managed_group", ["from outside"]),
    "all admins, kept by Slack itself": ("schedules: [SADA]", edits(auto_type="admin"), "managed_group", ["@alpha"]),
    "disabled by hand": (
        "schedules: [SADA]",
        edits(disabled=True),
        "disabled_group",
        ["@alpha", "Enable it there, or take it out of the config"],
    ),
    "only a user without Slack": (
        "schedules: [SNORA]",
        nothing,
        "nobody_reachable",
        ["@alpha", "stays as it is", "give the group a fallback"],
    ),
    "only a deleted PagerDuty user": ("schedules: [SGONE]", nothing, "nobody_reachable", ["stays as it is"]),
    "a fallback without Slack either": (
        "schedules: [SNORA], fallback: [also.nobody@acme.example]",
        nothing,
        "nobody_reachable",
        ["nor anybody of its fallback"],
    ),
    "more members than max_members": (
        "schedules: [SADA, SCY], max_members: 1",
        nothing,
        "max_members",
        ["2 members", "max_members is 1", "raise max_members"],
    ),
    "mistake in the group's config": (
        "schedule: [SADA]",
        nothing,
        "config_mistake",
        ["oncall_sync.yaml:4", "groups.alpha.schedule", "did you mean schedules?"],
    ),
    "a row of an unknown kind": (
        "schedules: [SADA]",
        lambda sandbox: sandbox.faults.add(
            Fault(
                endpoint="GET /oncalls",
                times=None,
                status=200,
                body='{"more": false, "oncalls": [{"schedule": {"id": "SADA", "type": "schedule_v4"}, "user": '
                '{"id": "PADA", "type": "user", "name": "Ada", "email": "ada@acme.example"}}]}',
            )
        ),
        "unknown_kind",
        ["SADA", "schedule_v4", "Upgrade the sync"],
    ),
}


@pytest.mark.parametrize(("alpha", "spoil", "code", "words"), ONE_GROUP.values(), ids=ONE_GROUP)
def test_what_is_wrong_with_one_group_stops_that_group_alone_and_says_what_to_do(
    sync: Sync, alpha: str, spoil: Spoil, code: str, words: list[str]
) -> None:
    sync.configure(config(alpha))
    spoil(sync.sandbox)

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert code in codes(report)
    assert [word for word in words if word not in said(report, code)] == []
    assert report.groups["alpha"].failing_since == NOON
    assert [member.slack_id for member in report.groups["alpha"].members] in ([], ["UPIA"])
    served_all_but_alpha(sync, report)


def test_a_handle_that_slack_does_not_know_is_answered_with_the_nearest_that_it_knows(sync: Sync) -> None:
    sync.configure(config(handle="alhpa"))

    report = sync.run()

    assert report.groups["alhpa"].status == "failed"
    message = said(report, "no_such_group", "alhpa")
    assert "Did you mean @alpha?" in message
    assert "Create it in Slack, or correct the handle" in message
    served_all_but_alpha(sync, report)


MANAGED: list[dict[str, Any]] = [
    {"is_idp_group": True},
    {"is_org_level": True},
    {"is_membership_locked": True},
    {"is_external": True},
    {"auto_type": "admin"},
    {"auto_type": "owner"},
]


@pytest.mark.parametrize("schedule", ["SADA", "SEMPTY"], ids=["somebody on call", "nobody on call"])
@pytest.mark.parametrize("fields", MANAGED, ids=str)
def test_a_group_that_somebody_else_manages_sees_no_write_of_any_kind(
    sync: Sync, fields: dict[str, Any], schedule: str
) -> None:
    sync.configure(config(f"schedules: [{schedule}], when_empty: disable, create_if_missing: true"))
    edits(**fields)(sync.sandbox)
    before = sync.sandbox.world.group("alpha").model_copy(deep=True)

    for _ in range(2):
        assert codes(sync.run()) == {"managed_group"}
        sync.now += HOUR

    assert {write.params["usergroup"] for write in sync.writes()} == {"SGLATE"}
    assert sync.sandbox.world.group("alpha") == before


def test_two_entries_that_mean_the_same_slack_group_stop_both_of_them_alone(sync: Sync) -> None:
    sync.configure(config(handle="alpha") + "  other: {schedules: [SDEE], id: SGALPHA}\n")

    report = sync.run()

    assert {report.groups[handle].status for handle in ("alpha", "other")} == {"failed"}
    assert "Keep one of them" in said(report, "same_group")
    served_all_but_alpha(sync, report)
