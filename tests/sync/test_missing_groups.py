"""`create_if_missing`: a group that Slack does not have is created once, with its people, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from oncall_sync.models import Report
from sandbox import Channel, Fault, UserGroup
from tests.sync.checks import Spoil, codes, said, served_all_but_alpha
from tests.sync.driver import Sync
from tests.sync.test_plan_only import WAYS
from tests.sync.worlds import HOUR, config, hand_over

ADA = "schedules: [SADA], create_if_missing: true"


def created(sync: Sync) -> list[str]:
    return [str(write.params["handle"]) for write in sync.writes() if write.endpoint == "usergroups.create"]


def asks_for(sync: Sync, inside: str = ADA) -> None:
    """The config has @gamma, which Slack has not, beside the usual @beta and @late."""
    sync.configure(config(inside, handle="gamma"))


def nothing_was_created(sync: Sync, report: Report) -> None:
    assert {group.handle for group in sync.sandbox.world.user_groups.values()} == {"alpha", "beta", "late", "design"}
    assert (report.groups["gamma"].id, report.groups["gamma"].members) == (None, ())
    served_all_but_alpha(sync, report)


def test_a_missing_group_is_created_with_who_is_on_call_and_then_kept(sync: Sync) -> None:
    asks_for(sync)

    report = sync.run()

    group = report.groups["gamma"]
    assert group.status == "updated"
    assert [member.name for member in group.members] == ["Ada"]
    assert sync.members("gamma") == {"UADA"}
    assert group.id in sync.sandbox.world.user_groups
    assert said(report, "created", "gamma") == f"Slack had no @gamma; it was created ({group.id})."
    assert (sync.events[0].action, sync.events[0].id, sync.events[0].added) == ("create", group.id, ("UADA",))
    made = sync.sandbox.world.group("gamma")
    assert (made.name, made.channels) == ("Gamma", [])
    assert "oncall_sync" in made.description

    sync.sandbox.requests.clear()
    again = sync.run()
    assert (again.groups["gamma"].id, again.groups["gamma"].status) == (group.id, "unchanged")
    assert again.groups["gamma"].problems == ()
    assert sync.writes() == []


def test_name_description_and_default_channels_are_those_of_the_config(sync: Sync) -> None:
    sync.sandbox.world.channels["C0GENERAL"] = Channel(name="general")
    how = "create_if_missing: {name: On call, description: Ask us, channels: [C0GENERAL]}"
    asks_for(sync, f"schedules: [SADA], {how}")

    sync.run()

    made = sync.sandbox.world.group("gamma")
    assert (made.name, made.description, made.channels) == ("On call", "Ask us", ["C0GENERAL"])


def test_near_handles_are_named_as_it_may_have_been_a_typing_error(sync: Sync) -> None:
    sync.configure(config(ADA, handle="alhpa"))

    report = sync.run()

    assert "Similar handles exist: @alpha." in said(report, "created", "alhpa")
    assert {p.level for p in report.groups["alhpa"].problems} == {"warning"}
    assert sync.members("alpha") == {"UPIA"}


def test_without_the_key_it_is_offered_and_nothing_is_created(sync: Sync) -> None:
    asks_for(sync, "schedules: [SADA]")

    report = sync.run()

    assert "with `create_if_missing: true` the sync creates it" in said(report, "no_such_group", "gamma")
    nothing_was_created(sync, report)


@pytest.mark.parametrize(("params", "top", "environment"), WAYS.values(), ids=WAYS)
def test_a_run_that_only_plans_shows_what_it_would_create(
    sync: Sync, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], top: str, environment: dict[str, str]
) -> None:
    sync.configure(config(ADA, top=top, handle="gamma"))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    group = sync.run(**params).groups["gamma"]

    assert (group.id, group.status, group.added) == (None, "would_update", ("UADA",))
    assert [problem.code for problem in group.problems] == ["to_create"]
    assert sync.writes() == []


# ── never created ────────────────────────────────────────────────────────────────────────────────────────

NOBODY: dict[str, tuple[str, str, str, str]] = {
    "nobody on call": ("schedules: [SEMPTY]", "nobody_on_call", "nobody_on_call", "is created when somebody is"),
    "only a placeholder": ("schedules: [SGAP]", "nobody_on_call", "nobody_on_call", "is created when somebody is"),
    "to be disabled": (
        "schedules: [SEMPTY], when_empty: disable",
        "nobody_on_call",
        "nobody_on_call",
        "is created when somebody is",
    ),
    "nobody reachable": ("schedules: [SNORA]", "failed", "nobody_reachable", "the group is not created"),
    "unreadable": ("schedules: [SNOPE]", "failed", "pagerduty_not_found", "SNOPE"),
    "too many": ("schedules: [SADA, SBO], max_members: 1", "failed", "max_members", "the group is not created"),
}


@pytest.mark.parametrize(("inside", "status", "code", "words"), NOBODY.values(), ids=NOBODY)
def test_a_group_without_members_to_write_is_not_created(
    sync: Sync, inside: str, status: str, code: str, words: str
) -> None:
    asks_for(sync, f"{inside}, create_if_missing: true")

    report = sync.run()

    assert report.groups["gamma"].status == status
    assert words in said(report, code, "gamma")
    nothing_was_created(sync, report)

    sync.now += HOUR
    sync.run()
    assert created(sync) == []


def test_it_is_created_as_soon_as_somebody_is_on_call(sync: Sync) -> None:
    asks_for(sync, "schedules: [SEMPTY], create_if_missing: true")
    sync.run()
    hand_over(sync.sandbox.world, "SEMPTY", "PDEE", sync.now)

    assert sync.run().groups["gamma"].status == "updated"
    assert sync.members("gamma") == {"UDEE"}


def test_a_handle_that_a_disabled_group_holds_is_not_created_and_the_error_says_so(sync: Sync) -> None:
    sync.sandbox.world.user_groups["SGAMMA"] = UserGroup(handle="gamma", disabled=True, members=["UPIA"])
    asks_for(sync)

    report = sync.run()

    assert "somebody disabled this group in Slack. Enable it there" in said(report, "disabled_group", "gamma")
    assert created(sync) == []
    assert sync.sandbox.world.group("gamma").disabled
    assert sync.members("gamma") == {"UPIA"}


# ── refused by Slack ─────────────────────────────────────────────────────────────────────────────────────


def answers(error: str) -> Spoil:
    return lambda sandbox: sandbox.faults.add(Fault(endpoint="usergroups.create", error=error, times=None))


def names_a_channel_so(sandbox: Any) -> None:
    sandbox.world.channels["C0GAMMA"] = Channel(name="gamma", is_private=True)


def names_a_person_so(sandbox: Any) -> None:
    sandbox.world.accounts["UPIA"].name = "Gamma"


def names_a_group_so(sandbox: Any) -> None:
    sandbox.world.group("design").name = "Gamma"


def as_it_is(sandbox: Any) -> None:
    """The config alone is wrong."""


TAKEN = ["A channel, a person or a user group that this token cannot see", "choose another handle"]
REFUSED: dict[str, tuple[str, Spoil, str, list[str]]] = {
    "no permission": ("true", answers("permission_denied"), "permission_denied", ["let everyone edit user groups"]),
    "no scope": ("true", answers("missing_scope"), "missing_scope", ["Add the scope"]),
    "no paid plan": ("true", answers("plan_upgrade_required"), "plan_upgrade_required", ["paid Slack plan"]),
    "the handle of a channel": ("true", names_a_channel_so, "handle_already_exists", TAKEN),
    "the handle of a person": ("true", names_a_person_so, "handle_already_exists", TAKEN),
    "the name of a group": ("true", names_a_group_so, "name_already_exists", ["create_if_missing: {name: …}"]),
    "a handle that Slack does not take": ("true", answers("bad_handle"), "bad_handle", ["choose another"]),
    "a reserved handle": ("true", answers("forbidden_handle"), "forbidden_handle", ["choose another"]),
    "an unknown channel": (
        "{channels: [C0NOWHERE]}",
        as_it_is,
        "invalid_channel_provided",
        ["create_if_missing: {channels: […]}", "not archived"],
    ),
}


@pytest.mark.parametrize(("how", "spoil", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_slack_does_not_create_stops_that_group_alone_and_says_what_to_do(
    sync: Sync, how: str, spoil: Spoil, code: str, words: list[str]
) -> None:
    asks_for(sync, f"schedules: [SADA], create_if_missing: {how}")
    spoil(sync.sandbox)

    report = sync.run()

    assert report.groups["gamma"].status == "failed"
    assert codes(report, "gamma") == {code, "to_create"}
    message = said(report, code, "gamma")
    assert message.startswith(f"@gamma: Slack refuses ({code}).")
    assert [word for word in words if word not in message] == []
    assert created(sync) == ["gamma"], "what cannot pass is not tried again"
    assert sync.events[-1].handle == "late"


# ── tried again, and beside other people ─────────────────────────────────────────────────────────────────


def test_a_created_group_whose_members_could_not_be_written_is_filled_by_the_next_run(sync: Sync) -> None:
    asks_for(sync)
    broken = Fault(endpoint="usergroups.users.update", match={"users": "UADA"}, error="fatal_error", times=None)
    sync.sandbox.faults.add(broken)

    failed = sync.run()

    assert failed.groups["gamma"].status == "failed"
    assert created(sync) == ["gamma"]
    sync.sandbox.faults.clear()

    assert sync.run().groups["gamma"].status == "updated"
    assert created(sync) == ["gamma"]
    assert sync.members("gamma") == {"UADA"}


def test_a_group_that_somebody_creates_between_plan_and_write_is_not_created_twice(sync: Sync) -> None:
    asks_for(sync)

    def somebody_creates_it() -> None:
        sync.sandbox.world.user_groups["SGAMMA"] = UserGroup(handle="gamma")

    sync.before["update_groups"] = somebody_creates_it

    assert sync.run().groups["gamma"].id == "SGAMMA"
    assert created(sync) == []
    assert sync.members("gamma") == {"UADA"}


def test_a_late_creation_is_superseded_and_made_by_the_next_run(sync: Sync) -> None:
    asks_for(sync)

    report = sync.run(cleared=True)

    assert report.groups["gamma"].status == "superseded"
    assert created(sync) == []
    assert sync.run().groups["gamma"].status == "updated"


def test_groups_to_create_are_rationed_like_all_changes(sync: Sync) -> None:
    entries = "".join(f"  g{n:03}: {{{ADA}}}\n" for n in range(152))
    sync.configure(f"groups:\n{entries}")
    sync.sandbox.world.rate_limits.off()

    report = sync.run()

    assert (report.counts["updated"], report.counts["deferred"]) == (150, 2)
    assert sync.wants_next
    assert len(created(sync)) == 150
    assert sync.run().counts == report.counts | {"updated": 2, "unchanged": 150, "deferred": 0}
