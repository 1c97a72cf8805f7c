"""`announce`: one message per handoff in the group's channel; never two, never a failed run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from oncall_sync.models import Report
from oncall_sync.slack import client
from oncall_sync.slack.client import SlackApi
from sandbox import Channel, Fault, Override, UserGroup
from tests.sync.checks import codes, said
from tests.sync.driver import Killed, Sync
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ONE = NOON + HOUR
POST = "chat.postMessage"
BO_FOR_ADA = "@alpha: Bo took over from Ada."


@pytest.fixture
def team(sync: Sync) -> Sync:
    """@alpha announces in CTEAM, and the first run has been."""
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.channels |= {"CTEAM": Channel(name="team"), "COTHER": Channel(name="other")}
    sync.configure(config("schedules: [SADA], announce: CTEAM"))
    sync.run()
    sync.sandbox.requests.clear()
    return sync


def told(sync: Sync) -> list[str]:
    return [message["text"] for message in sync.sandbox.world.messages]


def at(sync: Sync, time: Any) -> Report:
    """A run at that time."""
    sync.now = time
    return sync.run()


def bo_takes_over(sync: Sync) -> None:
    """At one o'clock."""
    hand_over(sync.sandbox.world, "SADA", "PBO", ONE)


# ── what is told, and once ───────────────────────────────────────────────────────────────────────────────


def test_the_first_run_and_one_in_which_nothing_changed_tell_nothing_and_ask_nothing(team: Sync) -> None:
    at(team, NOON + MINUTE)

    assert told(team) == []
    assert team.sandbox.count("slack") == 1


def test_a_handoff_is_told_once_with_one_request(team: Sync) -> None:
    bo_takes_over(team)

    first, second = at(team, ONE + SECOND), at(team, ONE + MINUTE)

    assert told(team) == [BO_FOR_ADA]
    assert team.sandbox.world.messages[0]["channel"] == "CTEAM"
    assert team.sandbox.count("slack", POST) == 1
    assert (first.requests["slack"], second.requests["slack"]) == (3, 1)  # the list, the write, the message
    assert codes(first) == set()


def test_an_override_and_its_deletion_are_told_when_they_happen(team: Sync) -> None:
    override = Override(person="PCY", start=ONE, end=ONE + 4 * HOUR)
    team.sandbox.world.schedules["SADA"].overrides.append(override)
    at(team, ONE + SECOND)
    team.sandbox.world.schedules["SADA"].overrides.clear()
    at(team, ONE + 30 * MINUTE)

    until = "(until <!date^1772470800^{date_short_pretty} at {time}|2026-03-02 17:00 UTC>)"
    assert told(team) == [f"@alpha: Cy {until} took over from Ada.", "@alpha: Ada took over from Cy."]


@pytest.mark.parametrize("overlap", ["{before: 15m}", "{after: 30m}", "{before: 15m, after: 30m}"])
def test_there_is_one_message_at_the_handoff_however_long_people_overlap(team: Sync, overlap: str) -> None:
    team.configure(config(f"schedules: [SADA], announce: CTEAM, overlap: {overlap}"))
    bo_takes_over(team)
    team.run()
    when: list[int] = []
    for minute in range(40, 100, 5):
        at(team, NOON + minute * MINUTE)
        when += [minute] * (len(told(team)) - len(when))

    assert told(team) == [BO_FOR_ADA]
    assert when == [60]
    assert team.members("alpha") == {"UBO"}
    assert len(team.writes()) == 2


def test_of_two_schedules_the_one_that_hands_over_is_told_and_who_stays(team: Sync) -> None:
    team.configure(config("schedules: [SADA, SDEE], announce: CTEAM"))
    at(team, NOON + MINUTE)
    bo_takes_over(team)
    at(team, ONE)

    assert told(team)[-1] == "@alpha: Bo took over from Ada. Still on call: Dee."


def test_who_goes_from_one_schedule_of_a_group_to_another_stays_on_call(team: Sync) -> None:
    team.configure(config("schedules: [SADA, SBO], announce: CTEAM"))
    at(team, NOON + MINUTE)
    before = len(told(team))
    hand_over(team.sandbox.world, "SADA", "PBO", ONE)
    hand_over(team.sandbox.world, "SBO", "PADA", ONE)
    at(team, ONE)

    assert len(told(team)) == before


def test_people_without_slack_are_on_call_all_the_same(team: Sync) -> None:
    """The group stays right for the others; who is missing there is the report's matter."""
    team.configure(config("schedules: [SADA, SDEE], announce: CTEAM"))
    at(team, NOON + MINUTE)
    hand_over(team.sandbox.world, "SADA", "PNORA", ONE)
    report = at(team, ONE)

    assert told(team)[-1] == "@alpha: Nora took over from Ada. Still on call: Dee."
    assert codes(report) == {"no_slack_account"}


def test_nobody_is_told_and_that_the_group_keeps_its_members(team: Sync) -> None:
    hand_over(team.sandbox.world, "SADA", None, ONE)
    at(team, ONE)
    at(team, ONE + MINUTE)

    assert told(team) == ["@alpha: Ada went off call. Nobody is on call; the group keeps its members."]


def test_a_fallback_that_stands_in_is_told(team: Sync) -> None:
    team.configure(config("schedules: [SADA], announce: CTEAM, fallback: [pia@acme.example]"))
    hand_over(team.sandbox.world, "SADA", None, ONE)
    at(team, ONE)

    assert told(team) == ["@alpha: Ada went off call. Nobody is on call; the fallback stands in."]
    assert team.members("alpha") == {"UPIA"}


def test_a_group_that_is_disabled_is_told_once_when_its_last_shift_ends_and_once_when_somebody_comes(
    team: Sync,
) -> None:
    team.configure(config("schedules: [SADA], announce: CTEAM, when_empty: disable"))
    hand_over(team.sandbox.world, "SADA", None, ONE)
    hand_over(team.sandbox.world, "SADA", "PBO", ONE + HOUR)
    for minute in (60, 65, 70, 120, 125):
        at(team, NOON + minute * MINUTE)

    assert told(team) == [
        "@alpha: Ada went off call. Nobody is on call; the group is disabled if this lasts.",
        "@alpha: Bo came on call.",
    ]
    assert team.sandbox.count("slack", "usergroups.disable") == 1


def test_groups_of_one_channel_have_a_message_each(team: Sync) -> None:
    team.configure("defaults: {announce: CTEAM}\ngroups: {alpha: {schedules: [SADA]}, beta: {schedules: [SBO]}}")
    at(team, NOON + MINUTE)
    bo_takes_over(team)
    hand_over(team.sandbox.world, "SBO", "PCY", ONE)
    at(team, ONE)

    assert told(team) == [BO_FOR_ADA, "@beta: Cy took over from Bo."]


def test_a_group_without_rotations_has_nobody_on_call_to_tell_of(team: Sync) -> None:
    team.configure(config("always: [pia@acme.example], announce: CTEAM"))
    at(team, NOON + MINUTE)

    assert team.members("alpha") == {"UPIA"}
    assert told(team) == []


# ── what is not told ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("asked", [{"dry_run": True}, {"as_of": "2026-03-02T13:30:00Z"}])
def test_a_run_that_only_plans_tells_nothing_and_the_next_one_does(team: Sync, asked: dict[str, Any]) -> None:
    bo_takes_over(team)
    team.now = ONE
    team.run(**asked)
    assert team.sandbox.count("slack", POST) == 0
    at(team, ONE + MINUTE)

    assert told(team) == [BO_FOR_ADA]


def test_after_memory_was_lost_the_next_run_is_a_first_one(team: Sync) -> None:
    bo_takes_over(team)
    team.store.clear()
    at(team, ONE)
    assert told(team) == []
    hand_over(team.sandbox.world, "SADA", "PCY", ONE + MINUTE)
    at(team, ONE + MINUTE)

    assert told(team) == ["@alpha: Cy took over from Bo."]


@pytest.mark.parametrize(("late", "messages"), [(HOUR, [BO_FOR_ADA]), (HOUR + SECOND, [])])
def test_a_handoff_that_no_run_saw_for_more_than_an_hour_is_not_told(
    team: Sync, late: timedelta, messages: list[str]
) -> None:
    bo_takes_over(team)
    at(team, ONE + late)

    assert told(team) == messages
    assert team.members("alpha") == {"UBO"}


def test_what_a_failed_write_held_up_is_told_by_the_run_that_mends_it(team: Sync) -> None:
    bo_takes_over(team)
    team.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="permission_denied"))
    report = at(team, ONE)
    assert (report.groups["alpha"].status, told(team)) == ("failed", [])
    at(team, ONE + 20 * MINUTE)

    assert told(team) == [BO_FOR_ADA]


def test_while_a_schedule_cannot_be_read_nobody_is_said_to_have_gone(team: Sync) -> None:
    team.configure(config("schedules: [SADA, SLOOSE], announce: CTEAM"))
    at(team, NOON + MINUTE)
    before = told(team)
    team.sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))
    report = at(team, NOON + 2 * MINUTE)
    team.sandbox.faults.clear()
    at(team, NOON + 3 * MINUTE)

    assert report.groups["alpha"].status == "failed"
    assert told(team) == before


def test_a_superseded_write_is_told_by_the_run_that_writes(team: Sync) -> None:
    bo_takes_over(team)
    team.now, team.late = ONE, HOUR
    report = team.run()
    team.late = timedelta()
    assert (report.groups["alpha"].status, told(team)) == ("superseded", [])
    at(team, ONE + MINUTE)

    assert told(team) == [BO_FOR_ADA]


# ── killed runs ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_was_killed_before_its_report_leaves_the_message_to_the_next(team: Sync) -> None:
    bo_takes_over(team)
    team.before["report"] = die
    with pytest.raises(Killed):
        at(team, ONE)
    at(team, ONE + MINUTE)

    assert told(team) == [BO_FOR_ADA]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_was_killed_about_the_post_never_tells_twice(
    team: Sync, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = SlackApi.post

    def dies(self: SlackApi, channel: str, text: str) -> None:
        if when == "after":
            post(self, channel, text)
        die()

    bo_takes_over(team)
    with monkeypatch.context() as patched:
        patched.setattr(SlackApi, "post", dies)
        with pytest.raises(Killed):
            at(team, ONE)
    at(team, ONE + MINUTE)

    assert told(team) == ([BO_FOR_ADA] if when == "after" else [])


def die() -> None:
    raise Killed


def test_clearing_a_run_that_told_tells_nothing(team: Sync) -> None:
    bo_takes_over(team)
    at(team, ONE)
    hand_over(team.sandbox.world, "SADA", "PCY", ONE + 2 * MINUTE)
    team.now = ONE + 3 * MINUTE
    team.run(cleared=True)

    assert told(team) == [BO_FOR_ADA]


# ── channels that take no message ────────────────────────────────────────────────────────────────────────


def shut(team: Sync, **channel: Any) -> None:
    for key, value in channel.items():
        setattr(team.sandbox.world.channels["CTEAM"], key, value)


CLOSED: dict[str, tuple[Callable[[Sync], object], str]] = {
    "not in the channel": (
        lambda team: shut(team, is_member=False),
        "(not_in_channel). Invite the app to the channel; to post in a public one, the scope chat:write.public will do",
    ),
    "an archived channel": (lambda team: shut(team, is_archived=True), "(is_archived). Unarchive the channel"),
    "a channel that there is not": (
        lambda team: team.sandbox.world.channels.pop("CTEAM"),
        "(channel_not_found). Check the channel's ID",
    ),
    "a missing scope": (
        lambda team: team.sandbox.world.slack.scopes.remove("chat:write"),
        "(missing_scope). Add the scope chat:write to the app",
    ),
}


@pytest.mark.parametrize("case", CLOSED)
def test_a_channel_that_takes_no_message_is_a_warning_of_its_group_and_no_more(team: Sync, case: str) -> None:
    spoil, why = CLOSED[case]
    bo_takes_over(team)
    spoil(team)
    report = at(team, ONE)

    assert (report.counts["failed"], report.groups["alpha"].status) == (0, "updated")
    assert [(p.level, p.code) for p in report.groups["alpha"].problems] == [("warning", "not_announced")]
    text = said(report, "not_announced")
    assert text.startswith(
        f"@alpha: its message was not posted, and is not tried again. Slack channel CTEAM: Slack refuses {why}"
    )
    assert codes(report, "beta") == set()
    assert team.sandbox.count("slack", POST) == 1
    assert codes(at(team, ONE + MINUTE)) == set()


FAULTS: dict[str, dict[str, Any]] = {
    "a server error": {"status": 503},
    "a server error after the message was posted": {"status": 500, "performed": True},
    "an error of Slack's own": {"error": "internal_error"},
    "a dropped connection": {"kind": "drop"},
    "an answer that breaks off": {"kind": "truncate"},
    "an answer that is lost": {"kind": "drop_body"},
    "no answer": {"kind": "slow", "delay": 1.0},
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_message_whose_answer_is_lost_is_not_posted_again(
    team: Sync, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SHORT", 0.3)
    bo_takes_over(team)
    team.sandbox.faults.add(Fault(endpoint=POST, **FAULTS[case]))
    report = at(team, ONE)
    at(team, ONE + MINUTE)

    assert team.sandbox.count("slack", POST) == 1
    assert len(told(team)) <= 1
    assert report.groups["alpha"].status == "updated"
    assert said(report, "not_announced").startswith(
        "@alpha: its message may not have been posted, and is not tried again. Slack channel CTEAM: Slack"
    )


def test_a_short_wait_that_slack_asks_for_is_kept_and_the_message_goes_out(team: Sync) -> None:
    bo_takes_over(team)
    team.sandbox.faults.add(Fault(endpoint=POST, status=429, headers={"retry-after": "7"}))
    report = at(team, ONE)

    assert told(team) == [BO_FOR_ADA]
    assert team.slept == [7]
    assert codes(report) == set()


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────


def crowded(team: Sync, size: int) -> None:
    """So many groups that all hand over at one o'clock."""
    world = team.sandbox.world
    crowd(world, size)
    world.user_groups |= {f"SG{n:04}": UserGroup(handle=f"g{n:04}", members=[f"U{n:04}"]) for n in range(size)}
    groups = "".join(f"  g{n:04}: {{schedules: [S{n:04}]}}\n" for n in range(size))
    team.configure(f"defaults: {{announce: CTEAM}}\ngroups:\n{groups}")
    world.rate_limits.off()
    team.run()
    for n in range(size):
        hand_over(world, f"S{n:04}", f"P{(n + 1) % size:04}", ONE)
    team.sandbox.requests.clear()


def test_a_hundred_and_fifty_handoffs_are_as_many_posts_and_no_other_request(team: Sync) -> None:
    crowded(team, 150)
    report = at(team, ONE)

    assert report.counts["updated"] == 150
    assert len(told(team)) == len(set(told(team))) == 150
    assert team.sandbox.count("slack") == 1 + 150 + 150


def test_a_channel_that_takes_no_more_ends_the_run_soon_with_a_word_for_each_group(team: Sync) -> None:
    crowded(team, 20)
    team.sandbox.faults.add(Fault(endpoint=POST, status=429, headers={"retry-after": "40"}, after=5, times=None))
    report = at(team, ONE)

    assert report.counts["updated"] == 20
    assert len(told(team)) == 5
    assert team.slept == [40]  # the second wait would be too long, and after two that were nothing more is asked
    assert team.sandbox.count("slack", POST) == 5 + 3
    assert "was not posted, and is not tried again. Slack channel CTEAM: too many requests; the server asks to" in said(
        report, "not_announced", "g0005"
    )
    assert said(report, "not_announced", "g0019") == (
        "@g0019: its message was not posted, and is not tried again. Slack channel CTEAM: not tried, because Slack did "
        "not answer well, or too slowly, just before."
    )


def test_a_slack_that_hangs_holds_the_run_up_for_two_messages(team: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "SHORT", 0.3)
    crowded(team, 10)
    team.sandbox.faults.add(Fault(endpoint=POST, kind="slow", delay=1.0, times=None))
    report = at(team, ONE)

    assert team.sandbox.count("slack", POST) == 2
    assert [codes(report, f"g{n:04}") for n in range(10)] == [{"not_announced"}] * 10


def test_a_slack_that_is_slow_holds_the_run_up_no_longer_than_patience_lasts(
    team: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("oncall_sync.steps.announce"), "PATIENCE", 0.5)
    crowded(team, 10)
    team.sandbox.faults.add(Fault(endpoint=POST, kind="slow", delay=0.2, times=None))
    report = at(team, ONE)

    assert 1 <= len(told(team)) < 5
    assert report.counts["updated"] == 10
    assert codes(report, "g0009") == {"not_announced"}
