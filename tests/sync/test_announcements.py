"""`announce`: one message per handoff in the group's channel; never two, and never a failed run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from oncall_sync.slack import client
from oncall_sync.slack.client import SlackApi
from sandbox import Channel, Fault, UserGroup
from tests.sync.checks import codes, message, run_at
from tests.sync.driver import Killed, Sync
from tests.sync.watching import MINUTE, SECOND, kill
from tests.sync.worlds import HOUR, NOON, config, crowd, hand_over

ONE = NOON + HOUR
POST = "chat.postMessage"
BO_FOR_ADA = "@alpha: Bo took over from Ada."


@pytest.fixture
def team(sync: Sync) -> Sync:
    """@alpha announces in CTEAM; the first run is over. At one o'clock Bo takes over from Ada."""
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.channels["CTEAM"] = Channel(name="team")
    sync.configure(config("schedules: [SADA], announce: CTEAM"))
    sync.run()
    sync.sandbox.requests.clear()
    hand_over(sync.sandbox.world, "SADA", "PBO", ONE)
    return sync


def posted(sync: Sync) -> list[str]:
    return [message["text"] for message in sync.sandbox.world.messages]


def configure(team: Sync, alpha: str) -> None:
    """And the first run with it."""
    team.configure(config(f"{alpha}, announce: CTEAM"))
    run_at(team, NOON + MINUTE)
    team.sandbox.world.messages.clear()


# ── what is announced, and once ──────────────────────────────────────────────────────────────────────────


def test_a_handoff_is_announced_once_with_one_request_and_nothing_else_is(team: Sync) -> None:
    run_at(team, NOON + MINUTE)
    assert (posted(team), team.sandbox.count("slack")) == ([], 1)

    first, second = run_at(team, ONE + SECOND), run_at(team, ONE + MINUTE)

    assert posted(team) == [BO_FOR_ADA]
    assert team.sandbox.world.messages[0]["channel"] == "CTEAM"
    assert (first.requests["slack"], second.requests["slack"]) == (3, 1)  # the list, the write, the message
    assert codes(first) == set()


def test_there_is_one_message_at_the_handoff_however_long_people_overlap(team: Sync) -> None:
    configure(team, "schedules: [SADA], overlap: {before: 15m, after: 30m}")
    when: list[int] = []
    for minute in range(40, 100, 5):
        run_at(team, NOON + minute * MINUTE)
        when += [minute] * (len(posted(team)) - len(when))

    assert (posted(team), when) == ([BO_FOR_ADA], [60])
    assert team.members("alpha") == {"UBO"}


def test_a_person_without_slack_is_on_call_all_the_same(team: Sync) -> None:
    team.sandbox.world.schedules["SADA"].shifts[-1].person = "PNORA"
    configure(team, "schedules: [SADA, SDEE]")
    report = run_at(team, ONE)

    assert posted(team) == ["@alpha: Nora took over from Ada. Still on call: Dee."]
    assert codes(report) == {"no_slack_account"}


def test_a_disabled_group_is_announced_when_its_last_shift_ends_and_when_somebody_comes(team: Sync) -> None:
    team.sandbox.world.schedules["SADA"].shifts[-1].start += HOUR
    configure(team, "schedules: [SADA], when_empty: disable")
    for minute in (60, 65, 70, 120, 125):
        run_at(team, NOON + minute * MINUTE)

    assert posted(team) == [
        "@alpha: Ada went off call. Nobody is on call; the group is disabled if this lasts.",
        "@alpha: Bo came on call.",
    ]
    assert team.sandbox.count("slack", "usergroups.disable") == 1


# ── runs that do not announce, and the run that then does ────────────────────────────────────────────────


def only_planned(team: Sync) -> None:
    run_at(team, ONE, dry_run=True)


def refused(team: Sync) -> None:
    team.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="permission_denied"))
    assert run_at(team, ONE).groups["alpha"].status == "failed"


def superseded(team: Sync) -> None:
    team.late = HOUR
    assert run_at(team, ONE).groups["alpha"].status == "superseded"
    team.late = timedelta()


def killed(team: Sync) -> None:
    team.before["report"] = kill
    with pytest.raises(Killed):
        run_at(team, ONE)


@pytest.mark.parametrize("first", [only_planned, refused, superseded, killed])
def test_a_run_that_did_not_write_leaves_the_message_to_the_one_that_does(
    team: Sync, first: Callable[[Sync], None]
) -> None:
    first(team)
    assert posted(team) == []
    run_at(team, ONE + MINUTE)

    assert posted(team) == [BO_FOR_ADA]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_at_the_post_never_posts_twice(
    team: Sync, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = SlackApi.post

    def dies(self: SlackApi, channel: str, text: str) -> None:
        if when == "after":
            post(self, channel, text)
        kill()

    with monkeypatch.context() as patched:
        patched.setattr(SlackApi, "post", dies)
        with pytest.raises(Killed):
            run_at(team, ONE)
    run_at(team, ONE + MINUTE)

    assert posted(team) == ([BO_FOR_ADA] if when == "after" else [])


def test_a_cleared_run_announces_nothing(team: Sync) -> None:
    run_at(team, ONE)
    hand_over(team.sandbox.world, "SADA", "PCY", ONE + 2 * MINUTE)
    run_at(team, ONE + 3 * MINUTE, cleared=True)

    assert posted(team) == [BO_FOR_ADA]


def test_after_memory_was_lost_the_next_run_is_a_first_one(team: Sync) -> None:
    team.store.clear()
    run_at(team, ONE)
    assert posted(team) == []
    hand_over(team.sandbox.world, "SADA", "PCY", ONE + MINUTE)
    run_at(team, ONE + MINUTE)

    assert posted(team) == ["@alpha: Cy took over from Bo."]


# ── channels that take no message ────────────────────────────────────────────────────────────────────────


def test_a_channel_that_takes_no_message_is_a_warning_of_its_group_and_no_more(team: Sync) -> None:
    team.sandbox.world.channels["CTEAM"].is_member = False
    report = run_at(team, ONE)

    assert (report.counts["failed"], report.groups["alpha"].status) == (0, "updated")
    assert [(p.level, p.code) for p in report.groups["alpha"].problems] == [("warning", "not_announced")]
    assert message(report, "not_announced").startswith(
        "@alpha: its message was not posted, and is not tried again. Slack channel CTEAM: Slack refuses "
        "(not_in_channel). Invite the app to the channel; to post in a public one, the scope chat:write.public will do"
    )
    assert codes(run_at(team, ONE + MINUTE)) == set()
    assert team.sandbox.count("slack", POST) == 1


FAULTS: dict[str, dict[str, Any]] = {
    "a server error after the message was posted": {"status": 500, "performed": True},
    "a dropped connection": {"kind": "drop"},
    "no answer": {"kind": "slow", "delay": 1.0},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_message_whose_answer_is_lost_is_not_posted_again(
    team: Sync, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SHORT", 0.3)
    team.sandbox.faults.add(Fault(endpoint=POST, **fault))
    report = run_at(team, ONE)
    run_at(team, ONE + MINUTE)

    assert team.sandbox.count("slack", POST) == 1
    assert report.groups["alpha"].status == "updated"
    assert message(report, "not_announced").startswith("@alpha: its message may not have been posted, and is not tried")


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ten(team: Sync) -> Sync:
    """Ten groups that all hand over at one o'clock, and announce it in CTEAM."""
    world = team.sandbox.world
    crowd(world, 10)
    world.user_groups |= {f"SG{n}": UserGroup(handle=f"g{n}", members=[f"U000{n}"]) for n in range(10)}
    groups = "".join(f"  g{n}: {{schedules: [S000{n}]}}\n" for n in range(10))
    team.configure(f"defaults: {{announce: CTEAM}}\ngroups:\n{groups}")
    team.run()
    for n in range(10):
        hand_over(world, f"S000{n}", f"P000{(n + 1) % 10}", ONE)
    team.sandbox.requests.clear()
    return team


def test_each_group_has_a_message_of_its_own_and_no_other_request(ten: Sync) -> None:
    assert run_at(ten, ONE).counts["updated"] == 10
    assert len(set(posted(ten))) == 10
    assert ten.sandbox.count("slack") == 1 + 10 + 10


def test_a_short_wait_that_slack_asks_for_is_kept_and_a_long_one_ends_all_posts(ten: Sync) -> None:
    ten.sandbox.faults.add(Fault(endpoint=POST, status=429, headers={"retry-after": "40"}, after=5, times=None))
    report = run_at(ten, ONE)

    assert (report.counts["updated"], len(posted(ten))) == (10, 5)
    assert ten.slept == [40]  # the second wait would be too long, and after two faults nothing more is tried
    assert ten.sandbox.count("slack", POST) == 5 + 3
    assert "too many requests; the server asks to" in message(report, "not_announced", "g5")
    assert message(report, "not_announced", "g9") == (
        "@g9: its message was not posted, and is not tried again. Slack channel CTEAM: not tried, because Slack did "
        "not answer well, or too slowly, just before."
    )


def test_a_slack_that_does_not_answer_holds_the_run_up_for_two_messages(
    ten: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SHORT", 0.3)
    ten.sandbox.faults.add(Fault(endpoint=POST, kind="slow", delay=1.0, times=None))
    report = run_at(ten, ONE)

    assert ten.sandbox.count("slack", POST) == 2
    assert [codes(report, f"g{n}") for n in range(10)] == [{"not_announced"}] * 10


def test_a_slack_that_answers_slowly_holds_the_run_up_for_so_many_seconds(
    ten: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("oncall_sync.steps.announce"), "PATIENCE", 0.5)
    ten.sandbox.faults.add(Fault(endpoint=POST, kind="slow", delay=0.2, times=None))
    report = run_at(ten, ONE)

    assert 1 <= len(posted(ten)) < 5
    assert (report.counts["updated"], codes(report, "g9")) == (10, {"not_announced"})
