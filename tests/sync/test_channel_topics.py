"""`topic`: one line of a channel's topic says who is on call; nothing else of it is touched, nor set for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.models import Report
from sandbox import Channel, Fault, UserGroup
from tests.sync.checks import codes, said
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

MINUTE = timedelta(minutes=1)
ONE = NOON + HOUR
INFO, SET = "conversations.info", "conversations.setTopic"


@pytest.fixture
def team(sync: Sync) -> Sync:
    """The topic of CTEAM is to say who is on call for @alpha: Ada, and from one o'clock on Bo."""
    sync.sandbox.world.slack.scopes += ["channels:read", "channels:write.topic"]
    sync.sandbox.world.channels["CTEAM"] = Channel(name="team", topic="Be nice")
    sync.configure(config("schedules: [SADA], topic: CTEAM"))
    hand_over(sync.sandbox.world, "SADA", "PBO", ONE)
    return sync


def at(sync: Sync, time: Any) -> Report:
    """A run at that time."""
    sync.now = time
    return sync.run()


def topic(sync: Sync) -> str:
    return sync.sandbox.world.channels["CTEAM"].topic


def asked(sync: Sync) -> tuple[int, int]:
    """How often the topic was read, and set."""
    return sync.sandbox.count("slack", INFO), sync.sandbox.count("slack", SET)


def test_the_first_run_puts_the_line_before_what_is_there(team: Sync) -> None:
    report = team.run()

    assert topic(team) == "On call: Ada | Be nice"
    assert asked(team) == (1, 1)
    assert codes(report) == set()
    assert report.requests["slack"] == team.sandbox.count("slack")


def test_a_line_that_did_not_change_costs_no_request(team: Sync) -> None:
    team.run()
    at(team, NOON + MINUTE)
    at(team, ONE - MINUTE)

    assert asked(team) == (1, 1)


def test_a_handoff_replaces_the_line_and_leaves_the_rest_and_its_place(team: Sync) -> None:
    team.run()
    team.sandbox.world.channels["CTEAM"].topic = "Runbooks: <https://a.example|a> | On call: Ada | A &amp; B\n&lt;3"
    at(team, ONE)

    assert topic(team) == "Runbooks: <https://a.example|a> | On call: Bo | A &amp; B\n&lt;3"
    assert asked(team) == (2, 2)


def test_a_line_that_somebody_removed_comes_back_with_the_next_handoff(team: Sync) -> None:
    team.run()
    team.sandbox.world.channels["CTEAM"].topic = ""
    at(team, NOON + MINUTE)
    assert topic(team) == ""
    at(team, ONE)

    assert topic(team) == "On call: Bo"


def test_a_line_that_somebody_mended_by_hand_is_not_set_again(team: Sync) -> None:
    team.run()
    team.sandbox.world.channels["CTEAM"].topic = "On call: Bo | Be nice"
    at(team, ONE)

    assert asked(team) == (2, 1)


def test_after_memory_was_lost_the_topic_is_read_and_not_set(team: Sync) -> None:
    team.sandbox.world.people["PADA"].name = "Ada & <Co>"
    team.run()
    team.store.clear()
    at(team, NOON + MINUTE)

    assert topic(team) == "On call: Ada &amp; &lt;Co&gt; | Be nice"
    assert asked(team) == (2, 1)


def test_nobody_is_said_when_nobody_is_on_call(team: Sync) -> None:
    team.configure(config("schedules: [SEMPTY], topic: CTEAM"))
    team.run()

    assert topic(team) == "On call: nobody | Be nice"


@pytest.mark.parametrize("kind", [{"dry_run": True}, {"as_of": "2026-03-02T13:30:00Z"}, {"cleared": True}])
def test_a_run_that_only_plans_or_was_cleared_touches_no_channel(team: Sync, kind: dict[str, Any]) -> None:
    """Not even for @beta, which is right."""
    team.configure("defaults: {topic: CTEAM}\ngroups: {alpha: {schedules: [SADA]}, beta: {schedules: [SBO]}}")
    report = team.run(**kind)

    assert report.groups["beta"].status == "unchanged"
    assert asked(team) == (0, 0)


# ── several groups ───────────────────────────────────────────────────────────────────────────────────────

SHARED = "defaults: {topic: CTEAM}\ngroups:\n  alpha: {schedules: [SADA]}\n  beta: {schedules: [SBO, SDEE]}\n"


def test_groups_that_share_a_channel_share_the_line_and_one_request(team: Sync) -> None:
    team.configure(SHARED)
    report = team.run()

    assert topic(team) == "On call: @alpha Ada; @beta Bo, Dee | Be nice"
    assert asked(team) == (1, 1)
    assert report.counts["failed"] == 0


def test_a_group_without_rotations_is_not_in_the_line(team: Sync) -> None:
    team.configure(SHARED + "  late: {always: [cy@acme.example]}\n")
    team.run()

    assert topic(team) == "On call: @alpha Ada; @beta Bo, Dee | Be nice"


def test_a_group_that_cannot_be_read_stays_in_the_line_as_it_was(team: Sync) -> None:
    team.configure(SHARED + "  late: {schedules: [SLOOSE]}\n")
    team.run()
    team.sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))
    report = at(team, ONE)

    assert report.groups["late"].status == "failed"
    assert topic(team) == "On call: @alpha Bo; @beta Bo, Dee; @late Cy | Be nice"


def test_a_group_with_a_mistake_in_the_config_stays_in_the_line_as_it_was(team: Sync) -> None:
    team.configure(SHARED)
    team.run()
    team.configure(SHARED.replace("schedules: [SBO, SDEE]", "schedule: [SBO, SDEE]"))
    report = at(team, ONE)

    assert report.groups["beta"].status == "failed"
    assert topic(team) == "On call: @alpha Bo; @beta Bo, Dee | Be nice"


def test_a_run_of_one_group_keeps_the_others_in_the_line(team: Sync) -> None:
    team.configure(SHARED)
    team.run()
    team.now = ONE
    team.run(groups=["alpha"])

    assert topic(team) == "On call: @alpha Bo; @beta Bo, Dee | Be nice"
    assert asked(team) == (2, 2)


def test_a_run_of_a_group_without_a_topic_leaves_the_topics_of_others_alone(team: Sync) -> None:
    team.run()
    at_one = asked(team)
    team.now = ONE
    team.run(groups=["late"])
    at(team, ONE + MINUTE)

    assert at_one == (1, 1)
    assert asked(team) == (2, 2)


def test_a_group_that_left_the_config_leaves_the_line(team: Sync) -> None:
    team.configure(SHARED)
    team.run()
    team.configure(SHARED.split("  beta", maxsplit=1)[0])
    at(team, NOON + MINUTE)

    assert topic(team) == "On call: Ada | Be nice"


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────


def test_a_topic_that_would_be_too_long_stays_and_the_groups_are_warned(team: Sync) -> None:
    team.sandbox.world.channels["CTEAM"].topic = "x" * 240
    report = team.run()

    assert asked(team) == (1, 0)
    assert [(p.level, p.code) for p in report.groups["alpha"].problems] == [("warning", "topic_too_long")]
    assert said(report, "topic_too_long") == (
        "Slack channel CTEAM: its topic would have 255 characters with who is on call, and Slack takes 250; it stays "
        "as it is. Shorten the rest of the topic, or name the channel as `topic` of fewer groups."
    )
    assert report.counts["failed"] == 0
    team.sandbox.world.channels["CTEAM"].topic = "x" * 235
    assert codes(at(team, NOON + MINUTE)) == set()
    assert len(topic(team)) == 250


def test_entities_count_with_all_their_characters(team: Sync) -> None:
    team.sandbox.world.channels["CTEAM"].topic = "&amp;" * 48
    report = team.run()

    assert codes(report) == {"topic_too_long"}
    assert asked(team) == (1, 0)


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ({"is_member": False}, "(not_in_channel). Invite the app to the channel"),
        ({"is_archived": True}, "(is_archived). Unarchive the channel"),
        ({"is_private": True}, "(missing_scope). Add the scope groups:read to the app"),
    ],
)
def test_a_channel_whose_topic_cannot_be_set_is_a_warning_until_it_can(
    team: Sync, spoilt: dict[str, Any], why: str
) -> None:
    channel = team.sandbox.world.channels["CTEAM"]
    team.sandbox.world.channels["CTEAM"] = channel.model_copy(update=spoilt)
    report = team.run()

    assert report.counts["failed"] == 0
    assert [(p.level, p.code) for p in report.groups["alpha"].problems] == [("warning", "topic_not_set")]
    assert said(report, "topic_not_set").startswith(
        "Who is on call was not put into a channel's topic; the next run tries again. Slack channel CTEAM: Slack "
        f"refuses {why}"
    )
    team.sandbox.world.channels["CTEAM"] = channel
    assert codes(at(team, NOON + MINUTE)) == set()
    assert topic(team) == "On call: Ada | Be nice"


def test_a_private_channel_takes_the_scopes_for_private_ones(team: Sync) -> None:
    team.sandbox.world.slack.scopes += ["groups:read", "groups:write.topic"]
    team.sandbox.world.channels["CTEAM"].is_private = True
    team.run()

    assert topic(team) == "On call: Ada | Be nice"


@pytest.mark.parametrize("endpoint", [INFO, SET])
@pytest.mark.parametrize(
    "fault", [{"status": 502}, {"status": 200, "body": "[1]"}, {"kind": "truncate"}, {"kind": "drop"}]
)
def test_what_a_fault_left_undone_is_done_by_the_next_run(team: Sync, endpoint: str, fault: dict[str, Any]) -> None:
    team.sandbox.faults.add(Fault(endpoint=endpoint, **fault))
    team.run()
    report = at(team, NOON + MINUTE)

    assert codes(report) == set()
    assert topic(team) == "On call: Ada | Be nice"
    assert len(team.sandbox.world.topics) == 1


@pytest.mark.parametrize("channel", ["{}", '{"topic": {}}', '{"topic": {"value": null}}', '{"topic": null}', '"CTEAM"'])
def test_an_answer_without_a_topic_is_never_taken_for_an_empty_one(team: Sync, channel: str) -> None:
    team.sandbox.faults.add(Fault(endpoint=INFO, status=200, body=f'{{"ok": true, "channel": {channel}}}'))
    report = team.run()

    assert codes(report) == {"topic_not_set"}
    assert topic(team) == "Be nice"


def test_of_many_channels_those_beyond_the_limit_are_set_by_later_runs(team: Sync) -> None:
    world = team.sandbox.world
    crowd(world, 25)
    world.channels |= {f"C{n:04}": Channel(name=f"c{n}") for n in range(25)}
    world.user_groups |= {f"SG{n:04}": UserGroup(handle=f"g{n:04}", members=[f"U{n:04}"]) for n in range(25)}
    team.configure("groups:\n" + "".join(f"  g{n:04}: {{schedules: [S{n:04}], topic: C{n:04}}}\n" for n in range(25)))
    first = team.run()
    world.rate_limits.off()
    second = at(team, NOON + MINUTE)

    assert [codes(first, f"g{n:04}") for n in range(18, 25)] == [set()] * 2 + [{"topic_not_set"}] * 5
    assert "not tried, because Slack did not answer well" in said(first, "topic_not_set", "g0024")
    assert second.counts["unchanged"] == 25
    assert [world.channels[f"C{n:04}"].topic for n in range(25)] == [f"On call: Person {n}" for n in range(25)]
    assert len(world.topics) == 25
