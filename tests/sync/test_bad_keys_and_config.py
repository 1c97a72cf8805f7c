"""Keys, scopes and a config that stop the whole run: nothing is written, and it is said what to do."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from sandbox import Sandbox
from tests.sync.checks import BEFORE, Spoil, said, served_nobody
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, config, hand_over


def another(service: str) -> Spoil:
    return lambda sandbox: setattr(getattr(sandbox.world, service), "token", "another")


def without(*scopes: str) -> Spoil:
    def spoil(sandbox: Sandbox) -> None:
        sandbox.world.slack.scopes = [scope for scope in sandbox.world.slack.scopes if scope not in scopes]

    return spoil


WHOLE_RUN: dict[str, tuple[Spoil, str, list[str]]] = {
    "wrong PagerDuty key": (another("pagerduty"), "pagerduty_auth", ["API key", "https://api.eu.pagerduty.com"]),
    "wrong Slack token": (another("slack"), "invalid_auth", ["valid bot or user token", "Slack connection"]),
    "without usergroups:read": (
        without("usergroups:read"),
        "missing_scope",
        ["usergroups.list", "Add the scope usergroups:read", "install the app again"],
    ),
    "without users:read.email": (
        without("users:read.email"),
        "missing_scope",
        ["users.lookupByEmail", "Add the scope users:read.email", "install the app again"],
    ),
}


@pytest.mark.parametrize(("spoil", "code", "words"), WHOLE_RUN.values(), ids=WHOLE_RUN)
def test_what_is_wrong_with_a_key_stops_the_run_before_any_write_and_says_what_to_do(
    sync: Sync, spoil: Spoil, code: str, words: list[str]
) -> None:
    spoil(sync.sandbox)

    report = sync.run()

    assert [problem.code for problem in report.problems] == [code]
    assert [word for word in words if word not in report.problems[0].message] == []
    served_nobody(sync, report)


def test_a_run_that_could_not_even_begin_still_reports_the_groups_of_the_config(sync: Sync) -> None:
    sync.run()
    sync.sandbox.world.pagerduty.token = "another"
    sync.sandbox.requests.clear()

    report = sync.run()

    assert {handle: group.status for handle, group in report.groups.items()} == dict.fromkeys(
        ("alpha", "beta", "late"), "failed"
    )
    assert report.groups["alpha"].verified_at == NOON
    assert sync.writes() == []


def test_the_first_run_that_could_not_even_begin_reports_the_groups_of_the_config_too(sync: Sync) -> None:
    sync.sandbox.world.pagerduty.token = "another"

    report = sync.run()

    assert {handle: group.status for handle, group in report.groups.items()} == dict.fromkeys(
        ("alpha", "beta", "late"), "failed"
    )
    assert {group.failing_since for group in report.groups.values()} == {NOON}


def test_a_run_for_one_group_that_could_not_even_begin_reports_that_one_alone(sync: Sync) -> None:
    sync.run()
    sync.sandbox.world.pagerduty.token = "another"

    assert sync.run(groups=["alpha"]).groups.keys() == {"alpha"}
    sync.sandbox.world.pagerduty.token = "sandbox-pagerduty-key"
    assert sync.run().groups["beta"].failing_since is None


def test_a_wrong_key_is_asked_with_once(sync: Sync) -> None:
    sync.sandbox.world.pagerduty.token = "another"

    sync.run()

    assert sync.sandbox.count("pagerduty") == 1
    assert sync.sandbox.count("slack") == 0


def test_without_the_scope_to_write_each_change_fails_and_unchanged_groups_do_not(sync: Sync) -> None:
    without("usergroups:write")(sync.sandbox)

    report = sync.run()

    assert {handle: group.status for handle, group in report.groups.items()} == {
        "alpha": "failed",
        "beta": "unchanged",
        "late": "failed",
    }
    for handle in ("alpha", "late"):
        assert "Add the scope usergroups:write" in said(report, "missing_scope", handle)
    assert {handle: sync.members(handle) for handle in BEFORE} == BEFORE
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGALPHA", "SGLATE"}


def test_the_scope_for_emails_is_not_needed_while_all_slack_ids_are_known(sync: Sync) -> None:
    sync.run()
    without("users:read.email")(sync.sandbox)

    assert sync.run().counts["unchanged"] == 3


BROKEN = {
    "not YAML": "groups: [unclosed\n",
    "not a mapping": "just a text\n",
    "empty": "",
    "a mistake outside any group": "heartbeet: 5m\n" + config(),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_config_and_no_last_good_one_stop_the_run_before_any_request(sync: Sync, text: str) -> None:
    sync.configure(text)

    report = sync.run()

    assert [problem.code for problem in report.problems] == ["config_unusable"]
    assert "make check" in report.problems[0].message
    assert "oncall_sync.yaml" in report.problems[0].message
    assert sync.sandbox.requests == []


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_config_makes_the_run_serve_everybody_from_the_last_good_one_and_say_so(sync: Sync, text: str) -> None:
    good = sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.configure(text)

    report = sync.run()

    assert sync.members("alpha") == {"UDEE"}
    assert [(p.level, p.code) for p in report.problems] == [("error", "config_unusable")], "so the run ends failed"
    assert "this run works from the last one that could be." in report.problems[0].message
    assert report.config == good.config
    assert report.counts["updated"] == 1
    assert report.counts["unchanged"] == 2


def test_a_broken_file_is_told_before_a_group_that_only_it_has(sync: Sync) -> None:
    sync.run()
    sync.configure("heartbeet: 5m\ngroups:\n  brand-new: {schedules: [SADA]}\n")

    report = sync.run(groups=["brand-new"])

    (problem,) = report.problems
    assert problem.code == "config_unusable"
    assert "heartbeet: unknown key, did you mean heartbeat?" in problem.message
    assert "in that one, the config has no group @brand-new. Run `make check`." in problem.message


def test_a_missing_config_file_is_served_from_the_last_good_one_too(sync: Sync) -> None:
    sync.run()
    sync.config.unlink()

    report = sync.run()

    assert [problem.code for problem in report.problems] == ["config_unusable"]
    assert report.counts["unchanged"] == 3


def test_a_config_with_a_mistake_in_one_group_becomes_the_last_good_one_without_that_group(sync: Sync) -> None:
    sync.run()
    sync.configure(config("schedule: [SADA]"))
    worked_from = sync.run().config
    sync.configure(BROKEN["not YAML"])

    report = sync.run()

    assert report.config == worked_from
    assert {handle: group.status for handle, group in report.groups.items()} == {
        "beta": "unchanged",
        "late": "unchanged",
    }


def test_a_config_with_a_mistake_in_every_group_does_not_become_the_last_good_one(sync: Sync) -> None:
    good = sync.run()
    sync.configure("groups:\n  alpha: {schedule: [SADA]}\n")
    assert sync.run().groups["alpha"].status == "failed"
    sync.configure(BROKEN["not YAML"])

    report = sync.run()

    assert report.config == good.config
    assert report.counts["unchanged"] == 3


def test_a_group_that_was_taken_out_before_the_config_broke_does_not_come_back(sync: Sync) -> None:
    """A lasting mistake in one group must not keep an older config, with people of then, the last one."""
    sync.run()
    sync.configure(config("schedule: [SADA]").replace("  late: {schedules: [SCY]}\n", ""))
    sync.run()
    hand_over(sync.sandbox.world, "SCY", "PDEE", NOON)
    sync.configure(BROKEN["not YAML"])
    sync.sandbox.requests.clear()

    assert sync.run().groups.keys() == {"beta"}
    assert sync.writes() == []


STOPS = {
    "beside broken YAML": "writes: false\ngroups: [unclosed\n",
    "beside a mistake outside any group": "heartbeet: 5m\nwrites: false\n" + config(),
    "with a comment": "groups: [unclosed\nwrites: false  # until Monday\n",
    "quoted": "writes: 'false'\ngroups: [unclosed\n",
    "itself mistyped": "writes: flase\ngroups: [unclosed\n",
    "without a value": "writes:\ngroups: [unclosed\n",
    "with Windows line ends": "writes: false\r\ngroups: [unclosed\r\n",
}


@pytest.mark.parametrize("text", STOPS.values(), ids=STOPS)
def test_a_stop_in_a_config_that_cannot_be_used_holds_all_the_same(sync: Sync, text: str) -> None:
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.configure(text)
    sync.sandbox.requests.clear()

    report = sync.run()

    assert not report.writes
    assert report.groups["alpha"].status == "would_update"
    assert [problem.code for problem in report.problems] == ["config_unusable"]
    assert sync.writes() == []


@pytest.mark.parametrize("line", ["writes: true", "writes: True", "writes: true  # as ever", "# writes: false", "x: 1"])
def test_a_config_that_cannot_be_used_and_stops_nothing_stops_nothing(sync: Sync, line: str) -> None:
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.configure(f"{line}\ngroups: [unclosed\n")

    assert sync.run().writes
    assert sync.members("alpha") == {"UDEE"}


def test_a_last_good_config_that_this_version_cannot_read_is_no_config(sync: Sync) -> None:
    sync.run()
    text = '{"groups": 1}'
    sync.store["config.0"] = {"hash": "sha256:0", "check": sha256(text.encode()).hexdigest(), "0000": text}
    sync.configure(BROKEN["not YAML"])

    report = sync.run()

    assert [problem.code for problem in report.problems] == ["config_unusable"]


def test_a_group_that_recovers_is_failing_no_longer(sync: Sync) -> None:
    sync.configure(config("schedules: [SNOPE]"))
    assert sync.run().groups["alpha"].failing_since == NOON
    sync.now += timedelta(minutes=15)
    again = sync.run()
    assert again.groups["alpha"].failing_since == NOON
    sync.configure(config())

    report = sync.run()

    assert report.groups["alpha"].failing_since is None
    assert report.groups["alpha"].verified_at == sync.now


def test_the_world_of_these_tests_is_what_they_say(sync: Sync) -> None:
    """Without anything wrong, alpha gets Ada and late gets Cy."""
    report = sync.run()

    assert {handle: sync.members(handle) for handle in BEFORE} == BEFORE | {"alpha": {"UADA"}, "late": {"UCY"}}
    assert report.counts["failed"] == 0
    assert [p for group in report.groups.values() for p in group.problems] == []
