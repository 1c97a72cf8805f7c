"""`create_if_missing`: a group that Slack does not have is created once, with its people, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Channel, Fault, UserGroup
from tests.sync.checks import Spoil, as_it_is, codes, message, run_at
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE
from tests.sync.worlds import config, hand_over

ADA = "schedules: [SADA], create_if_missing: true"


@pytest.fixture
def gamma(sync: Sync) -> Sync:
    """The config has @gamma, which Slack does not have, beside the usual @beta and @late."""
    sync.configure(config(ADA, handle="gamma"))
    return sync


def created(sync: Sync) -> list[str]:
    return [str(write.params["handle"]) for write in sync.writes() if write.endpoint == "usergroups.create"]


def test_a_missing_group_is_created_with_the_person_on_call_and_then_kept(gamma: Sync) -> None:
    report = gamma.run()

    group, made = report.groups["gamma"], gamma.sandbox.world.group("gamma")
    assert (group.status, [member.name for member in group.members], made.members) == ("updated", ["Ada"], ["UADA"])
    assert message(report, "created", "gamma") == f"Slack had no @gamma; it was created ({group.id})."
    assert (gamma.events[0].action, gamma.events[0].id, gamma.events[0].added) == ("create", group.id, ("UADA",))
    assert (made.name, made.channels, "oncall_sync" in made.description) == ("Gamma", [], True)

    gamma.sandbox.requests.clear()
    again = gamma.run().groups["gamma"]
    assert (again.id, again.status, again.problems, gamma.writes()) == (group.id, "unchanged", (), [])


def test_name_description_and_default_channels_are_those_of_the_config(gamma: Sync) -> None:
    gamma.sandbox.world.channels["C0GENERAL"] = Channel(name="general")
    how = "create_if_missing: {name: On call, description: Ask us, channels: [C0GENERAL]}"
    gamma.configure(config(f"schedules: [SADA], {how}", handle="gamma"))

    gamma.run()

    made = gamma.sandbox.world.group("gamma")
    assert (made.name, made.description, made.channels) == ("On call", "Ask us", ["C0GENERAL"])


NOT_CREATED: dict[str, tuple[str, str, str]] = {
    "without the key": ("schedules: [SADA]", "no_such_group", "with `create_if_missing: true` the sync creates it"),
    "nobody on call": (
        "schedules: [SGAP], when_empty: disable, create_if_missing: true",
        "nobody_on_call",
        "is created when somebody is",
    ),
    "nobody reachable": ("schedules: [SNORA], create_if_missing: true", "nobody_reachable", "group is not created"),
    "unreadable": ("schedules: [SNOPE], create_if_missing: true", "pagerduty_not_found", "SNOPE"),
    "too many": (
        "schedules: [SADA, SBO], max_members: 1, create_if_missing: true",
        "max_members",
        "the group is not created",
    ),
}


@pytest.mark.parametrize(("inside", "code", "text"), NOT_CREATED.values(), ids=NOT_CREATED)
def test_a_group_without_members_to_write_is_not_created(gamma: Sync, inside: str, code: str, text: str) -> None:
    gamma.configure(config(inside, handle="gamma"))

    for _ in range(2):
        report = run_at(gamma, gamma.now + MINUTE)
        assert text in message(report, code, "gamma")
        assert (report.groups["gamma"].id, report.groups["gamma"].members) == (None, ())

    assert {group.handle for group in gamma.sandbox.world.user_groups.values()} == {"alpha", "beta", "late", "design"}


def test_it_is_created_as_soon_as_somebody_is_on_call(gamma: Sync) -> None:
    gamma.configure(config("schedules: [SEMPTY], create_if_missing: true", handle="gamma"))
    gamma.run()
    hand_over(gamma.sandbox.world, "SEMPTY", "PDEE", gamma.now)

    assert gamma.run().groups["gamma"].status == "updated"
    assert gamma.members("gamma") == {"UDEE"}


def test_a_disabled_group_with_this_handle_is_neither_enabled_nor_doubled(gamma: Sync) -> None:
    group = gamma.sandbox.world.user_groups["SGAMMA"] = UserGroup(handle="gamma", disabled=True, members=["UPIA"])

    assert "somebody disabled this group in Slack" in message(gamma.run(), "disabled_group", "gamma")
    assert (created(gamma), group.disabled, group.members) == ([], True, ["UPIA"])


def slack_answers(error: str) -> Spoil:
    return lambda sandbox: sandbox.faults.add(Fault(endpoint="usergroups.create", error=error, times=None))


def a_channel_has_the_handle(sandbox: Any) -> None:
    sandbox.world.channels["C0GAMMA"] = Channel(name="gamma", is_private=True)


def a_group_has_the_name(sandbox: Any) -> None:
    sandbox.world.group("design").name = "Gamma"


REFUSED: dict[str, tuple[str, Spoil, str, list[str]]] = {
    "no permission": ("true", slack_answers("permission_denied"), "permission_denied", ["let everyone edit"]),
    "no paid plan": ("true", slack_answers("plan_upgrade_required"), "plan_upgrade_required", ["paid Slack plan"]),
    "the handle of a channel": (
        "true",
        a_channel_has_the_handle,
        "handle_already_exists",
        ["A channel, a person or a user group that this token cannot see", "choose another handle"],
    ),
    "the name of a group": ("true", a_group_has_the_name, "name_already_exists", ["create_if_missing: {name: …}"]),
    "a reserved handle": ("true", slack_answers("forbidden_handle"), "forbidden_handle", ["choose another"]),
    "an unknown channel": (
        "{channels: [C0NOWHERE]}",
        as_it_is,
        "invalid_channel_provided",
        ["create_if_missing: {channels: […]}", "not archived"],
    ),
}


@pytest.mark.parametrize(("how", "spoil", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_slack_does_not_create_stops_that_group_alone_and_says_what_to_do(
    gamma: Sync, how: str, spoil: Spoil, code: str, words: list[str]
) -> None:
    gamma.configure(config(f"schedules: [SADA], create_if_missing: {how}", handle="gamma"))
    spoil(gamma.sandbox)

    report = gamma.run()

    text = message(report, code, "gamma")
    assert text.startswith(f"@gamma: Slack refuses ({code}).")
    assert [word for word in words if word not in text] == []
    assert (report.groups["gamma"].status, codes(report, "gamma")) == ("failed", {code, "to_create"})
    assert created(gamma) == ["gamma"], "what cannot pass is not tried again"
    assert (report.groups["late"].status, gamma.members("late")) == ("updated", {"UCY"})


def test_a_created_group_whose_members_could_not_be_written_is_filled_by_the_next_run(gamma: Sync) -> None:
    broken = Fault(endpoint="usergroups.users.update", match={"users": "UADA"}, error="fatal_error", times=None)
    gamma.sandbox.faults.add(broken)
    assert gamma.run().groups["gamma"].status == "failed"
    gamma.sandbox.faults.clear()

    assert gamma.run().groups["gamma"].status == "updated"
    assert (created(gamma), gamma.members("gamma")) == (["gamma"], {"UADA"})


def test_a_group_that_a_person_creates_between_plan_and_write_is_not_created_twice(gamma: Sync) -> None:
    theirs = {"SGAMMA": UserGroup(handle="gamma")}
    gamma.before["update_groups"] = lambda: gamma.sandbox.world.user_groups.update(theirs)

    assert gamma.run().groups["gamma"].id == "SGAMMA"
    assert (created(gamma), gamma.members("gamma")) == ([], {"UADA"})


def test_a_creation_that_comes_too_late_is_superseded_and_made_by_the_next_run(gamma: Sync) -> None:
    assert gamma.run(cleared=True).groups["gamma"].status == "superseded"
    assert created(gamma) == []

    assert gamma.run().groups["gamma"].status == "updated"
