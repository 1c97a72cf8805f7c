"""`topic`: one line of a channel's topic names who is on call; the rest stays, and nothing is set for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import Channel, Fault, UserGroup
from tests.sync.checks import codes, message, run_at
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

ONE = NOON + HOUR
READ, SET = "conversations.info", "conversations.setTopic"
SHARED = "defaults: {topic: CTEAM}\ngroups:\n  alpha: {schedules: [SADA]}\n  beta: {schedules: [SBO, SDEE]}\n"


@pytest.fixture
def team(sync: Sync) -> Sync:
    """The topic of CTEAM names who is on call for @alpha: Ada, and from one o'clock on Bo."""
    sync.sandbox.world.slack.scopes += ["channels:read", "channels:write.topic"]
    sync.sandbox.world.channels["CTEAM"] = Channel(name="team", topic="Be nice")
    sync.configure(config("schedules: [SADA], topic: CTEAM"))
    hand_over(sync.sandbox.world, "SADA", "PBO", ONE)
    return sync


def topic(sync: Sync) -> str:
    return sync.sandbox.world.channels["CTEAM"].topic


def set_by_hand(sync: Sync, topic: str) -> None:
    sync.sandbox.world.channels["CTEAM"].topic = topic


def asked(sync: Sync) -> tuple[int, int]:
    """How often a topic was read, and set."""
    return sync.sandbox.count("slack", READ), sync.sandbox.count("slack", SET)


def test_the_line_comes_before_what_is_there_and_costs_no_request_until_it_changes(team: Sync) -> None:
    report = team.run()
    assert topic(team) == "On call: Ada | Be nice"
    assert (codes(report), report.requests["slack"]) == (set(), team.sandbox.count("slack"))

    run_at(team, ONE - MINUTE)
    assert asked(team) == (1, 1)


def test_a_handoff_replaces_the_line_and_the_rest_stays_in_its_place(team: Sync) -> None:
    team.run()
    set_by_hand(team, "Runbooks: <https://a.example|a> | On call: Ada | A &amp; B\n&lt;3")
    run_at(team, ONE)

    assert topic(team) == "Runbooks: <https://a.example|a> | On call: Bo | A &amp; B\n&lt;3"
    assert asked(team) == (2, 2)


def test_a_line_that_a_person_removed_comes_back_with_the_next_handoff(team: Sync) -> None:
    team.run()
    set_by_hand(team, "")
    run_at(team, NOON + MINUTE)
    assert topic(team) == ""
    run_at(team, ONE)

    assert topic(team) == "On call: Bo"


def test_a_line_that_is_right_already_is_read_and_not_set(team: Sync) -> None:
    """A person changed it, or memory was lost."""
    team.sandbox.world.people["PADA"].name = "Ada & <Co>"
    team.run()
    team.store.clear()
    run_at(team, NOON + MINUTE)
    assert topic(team) == "On call: Ada &amp; &lt;Co&gt; | Be nice"
    set_by_hand(team, "On call: Bo | Be nice")
    run_at(team, ONE)

    assert asked(team) == (3, 1)


@pytest.mark.parametrize("kind", [{"dry_run": True}, {"as_of": "2026-03-02T13:30:00Z"}, {"cleared": True}])
def test_a_run_that_only_plans_or_was_cleared_touches_no_channel(team: Sync, kind: dict[str, Any]) -> None:
    """Not even for @beta, which is right."""
    team.configure(SHARED.replace("SBO, SDEE", "SBO"))
    report = team.run(**kind)

    assert report.groups["beta"].status == "unchanged"
    assert asked(team) == (0, 0)


# ── several groups ───────────────────────────────────────────────────────────────────────────────────────


def test_groups_that_share_a_channel_share_the_line_and_one_request(team: Sync) -> None:
    """A group without rotations has nobody on call."""
    team.configure(SHARED + "  late: {always: [cy@acme.example]}\n")
    team.run()

    assert topic(team) == "On call: @alpha Ada; @beta Bo, Dee | Be nice"
    assert asked(team) == (1, 1)


BETA_HAS = {"a mistake": "schedule: [SBO, SDEE]", "an unreadable source": "schedules: [SBO, SDEE, SLOOSE]"}


@pytest.mark.parametrize("beta", BETA_HAS.values(), ids=BETA_HAS)
def test_a_group_that_fails_stays_in_the_line_as_it_was(team: Sync, beta: str) -> None:
    team.configure(SHARED)
    team.run()
    team.sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))
    team.configure(SHARED.replace("schedules: [SBO, SDEE]", beta))

    assert run_at(team, ONE).groups["beta"].status == "failed"
    assert topic(team) == "On call: @alpha Bo; @beta Bo, Dee | Be nice"


def test_a_run_for_some_groups_keeps_the_others_in_the_line_and_other_topics_as_they_are(team: Sync) -> None:
    team.configure(SHARED + "  late: {schedules: [SCY], topic: }\n")
    team.run()
    run_at(team, ONE, groups=["late"])
    assert asked(team) == (1, 1)
    run_at(team, ONE, groups=["alpha"])

    assert topic(team) == "On call: @alpha Bo; @beta Bo, Dee | Be nice"
    assert asked(team) == (2, 2)


def test_a_group_that_leaves_the_config_leaves_the_line(team: Sync) -> None:
    team.configure(SHARED)
    team.run()
    team.configure(SHARED.split("  beta", maxsplit=1)[0])
    run_at(team, NOON + MINUTE)

    assert topic(team) == "On call: Ada | Be nice"


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rest", ["x" * 240, "&amp;" * 48], ids=["letters", "entities, which count in full"])
def test_a_topic_that_would_be_too_long_stays_with_a_warning_until_it_fits(team: Sync, rest: str) -> None:
    set_by_hand(team, rest)
    report = team.run()

    assert (asked(team), report.counts["failed"]) == ((1, 0), 0)
    assert [(p.level, p.code) for p in report.groups["alpha"].problems] == [("warning", "topic_too_long")]
    assert message(report, "topic_too_long") == (
        "Slack channel CTEAM: its topic would have 255 characters with who is on call, and Slack takes 250; it stays "
        "as it is. Shorten the rest of the topic, or name the channel as `topic` of fewer groups."
    )
    set_by_hand(team, "x" * 235)
    assert codes(run_at(team, NOON + MINUTE)) == set()
    assert len(topic(team)) == 250


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("is_archived", "(is_archived). Unarchive the channel"),
        ("is_private", "(missing_scope). Add the scope groups:read to the app"),
    ],
)
def test_a_channel_whose_topic_cannot_be_set_is_a_warning_until_it_can(team: Sync, field: str, why: str) -> None:
    setattr(team.sandbox.world.channels["CTEAM"], field, True)
    report = team.run()

    assert [(p.level, p.code) for p in report.groups["alpha"].problems] == [("warning", "topic_not_set")]
    assert message(report, "topic_not_set").startswith(
        "Who is on call was not put into a channel's topic; the next run tries again. Slack channel CTEAM: Slack "
        f"refuses {why}"
    )
    setattr(team.sandbox.world.channels["CTEAM"], field, False)
    assert codes(run_at(team, NOON + MINUTE)) == set()
    assert topic(team) == "On call: Ada | Be nice"


@pytest.mark.parametrize("endpoint", [READ, SET])
@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 200, "body": "[1]"}, {"kind": "drop"}])
def test_what_a_fault_leaves_undone_is_done_by_the_next_run(team: Sync, endpoint: str, fault: dict[str, Any]) -> None:
    team.sandbox.faults.add(Fault(endpoint=endpoint, **fault))
    team.run()

    assert codes(run_at(team, NOON + MINUTE)) == set()
    assert topic(team) == "On call: Ada | Be nice"
    assert len(team.sandbox.world.topics) == 1


@pytest.mark.parametrize("channel", ["{}", '{"topic": {}}', '{"topic": {"value": null}}', '{"topic": null}', '"CTEAM"'])
def test_an_answer_without_a_topic_is_never_taken_for_an_empty_one(team: Sync, channel: str) -> None:
    team.sandbox.faults.add(Fault(endpoint=READ, status=200, body=f'{{"ok": true, "channel": {channel}}}'))

    assert codes(team.run()) == {"topic_not_set"}
    assert topic(team) == "Be nice"


def test_channels_beyond_slacks_rate_limit_are_set_by_the_next_run(team: Sync) -> None:
    world = team.sandbox.world
    crowd(world, 25)
    world.channels |= {f"C{n:04}": Channel(name=f"c{n}") for n in range(25)}
    world.user_groups |= {f"SG{n:04}": UserGroup(handle=f"g{n:04}", members=[f"U{n:04}"]) for n in range(25)}
    team.configure("groups:\n" + "".join(f"  g{n:04}: {{schedules: [S{n:04}], topic: C{n:04}}}\n" for n in range(25)))
    first = team.run()
    world.rate_limits.off()
    run_at(team, NOON + MINUTE)

    assert [codes(first, f"g{n:04}") for n in range(18, 25)] == [set()] * 2 + [{"topic_not_set"}] * 5
    assert "not tried, because Slack did not answer well" in message(first, "topic_not_set", "g0024")
    assert [world.channels[f"C{n:04}"].topic for n in range(25)] == [f"On call: Person {n}" for n in range(25)]
    assert len(world.topics) == 25
