"""Keys, scopes and a config that stop the whole run: nothing is written, and the report says what to do."""

from __future__ import annotations

from hashlib import sha256

import pytest

from sandbox import Fault, Sandbox
from tests.sync.checks import BEFORE, Spoil, members, message, nothing_is_written
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, config, hand_over


def another_token(service: str) -> Spoil:
    return lambda sandbox: setattr(getattr(sandbox.world, service), "token", "another")


def without(scope: str) -> Spoil:
    return lambda sandbox: sandbox.world.slack.scopes.remove(scope)


def redirected(service: str) -> Spoil:
    def spoil(sandbox: Sandbox) -> None:
        fault = {"service": service, "status": 302, "headers": {"location": f"{sandbox.url}/elsewhere"}, "body": ""}
        sandbox.faults.add(Fault.model_validate({**fault, "times": None}))

    return spoil


def may_read_nothing(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(service="pagerduty", status=403, times=None))


STOPPED: dict[str, tuple[Spoil, str, list[str]]] = {
    "a wrong PagerDuty key": (another_token("pagerduty"), "pagerduty_auth", ["API key", "https://api.eu.pagerduty"]),
    "a wrong Slack token": (another_token("slack"), "invalid_auth", ["valid bot or user token", "Slack connection"]),
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
    "a redirect of PagerDuty": (redirected("pagerduty"), "pagerduty_refused", ["302", "host"]),
    "a redirect of Slack": (redirected("slack"), "slack_refused", ["302"]),
}


@pytest.mark.parametrize(("spoil", "code", "words"), STOPPED.values(), ids=STOPPED)
def test_what_concerns_every_group_stops_the_run_before_any_write_and_says_what_to_do(
    sync: Sync, spoil: Spoil, code: str, words: list[str]
) -> None:
    spoil(sync.sandbox)

    report = sync.run()

    (problem,) = report.problems
    assert problem.code == code
    assert [word for word in words if word not in problem.message] == []
    if code.startswith("pagerduty"):
        assert len(sync.sandbox.requests) == 1, "it is not tried again"
    nothing_is_written(sync, report)


def test_a_key_that_may_read_nothing_is_answered_with_the_access_that_it_needs(sync: Sync) -> None:
    may_read_nothing(sync.sandbox)

    report = sync.run()

    assert "oncalls.read, schedules.read, users.read" in report.model_dump_json()
    nothing_is_written(sync, report)


def test_a_run_that_could_not_begin_reports_each_group_that_it_was_for_as_failed(sync: Sync) -> None:
    another_token("pagerduty")(sync.sandbox)
    first = sync.run().groups
    assert {handle: (group.status, group.failing_since) for handle, group in first.items()} == dict.fromkeys(
        ("alpha", "beta", "late"), ("failed", NOON)
    )
    assert sync.run(groups=["alpha"]).groups.keys() == {"alpha"}

    sync.sandbox.world.pagerduty.token = "sandbox-pagerduty-key"
    assert sync.run().groups["beta"].failing_since is None
    another_token("pagerduty")(sync.sandbox)
    assert sync.run().groups["beta"].verified_at == NOON


def test_without_the_scope_to_write_each_change_fails_and_unchanged_groups_do_not(sync: Sync) -> None:
    without("usergroups:write")(sync.sandbox)

    report = sync.run()

    statuses = {handle: group.status for handle, group in report.groups.items()}
    assert statuses == {"alpha": "failed", "beta": "unchanged", "late": "failed"}
    for handle in ("alpha", "late"):
        assert "Add the scope usergroups:write" in message(report, "missing_scope", handle)
    assert members(sync) == BEFORE


def test_while_all_slack_ids_are_remembered_the_scope_for_emails_is_not_needed(sync: Sync) -> None:
    sync.run()
    without("users:read.email")(sync.sandbox)

    assert sync.run().counts["unchanged"] == 3


# ── a config that cannot be used ─────────────────────────────────────────────────────────────────────────

BROKEN = {
    "not YAML": "groups: [unclosed\n",
    "empty": "",
    "a mistake outside any group": "heartbeet: 5m\n" + config(),
    "no file": None,
}


def break_config(sync: Sync, text: str | None = BROKEN["not YAML"]) -> None:
    if text is None:
        sync.config.unlink()
    else:
        sync.configure(text)


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_without_a_last_good_config_an_unusable_one_stops_the_run_before_any_request(
    sync: Sync, text: str | None
) -> None:
    break_config(sync, text)

    (problem,) = sync.run().problems

    assert problem.code == "config_unusable"
    assert "oncall_sync.yaml" in problem.message
    assert "make check" in problem.message
    assert sync.sandbox.requests == []


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_with_an_unusable_config_the_run_serves_all_from_the_last_good_one_and_fails(
    sync: Sync, text: str | None
) -> None:
    good = sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    break_config(sync, text)

    report = sync.run()

    assert sync.members("alpha") == {"UDEE"}
    assert [(p.level, p.code) for p in report.problems] == [("error", "config_unusable")], "so the run ends failed"
    assert "this run works from the last one that could be." in report.problems[0].message
    assert (report.config, report.counts["updated"], report.counts["unchanged"]) == (good.config, 1, 2)


def test_the_mistake_in_the_file_is_reported_before_a_group_that_only_this_file_has(sync: Sync) -> None:
    sync.run()
    sync.configure("heartbeet: 5m\ngroups:\n  brand-new: {schedules: [SADA]}\n")

    (problem,) = sync.run(groups=["brand-new"]).problems

    assert problem.code == "config_unusable"
    assert "heartbeet: unknown key, did you mean heartbeat?" in problem.message
    assert "in that one, the config has no group @brand-new. Run `make check`." in problem.message


def test_the_last_good_config_has_no_group_that_was_removed_before_or_has_a_mistake(sync: Sync) -> None:
    """A lasting mistake in one group must not keep an older config, with the people of then, the last good one."""
    sync.run()
    sync.configure(config("schedule: [SADA]").replace("  late: {schedules: [SCY]}\n", ""))
    worked_from = sync.run().config
    hand_over(sync.sandbox.world, "SCY", "PDEE", NOON)
    break_config(sync)
    sync.sandbox.requests.clear()

    report = sync.run()

    assert (report.config, [*report.groups]) == (worked_from, ["beta"])
    assert sync.writes() == []


def test_a_config_with_a_mistake_in_every_group_is_not_the_last_good_one(sync: Sync) -> None:
    good = sync.run()
    sync.configure("groups:\n  alpha: {schedule: [SADA]}\n")
    assert sync.run().groups["alpha"].status == "failed"
    break_config(sync)

    report = sync.run()

    assert (report.config, report.counts["unchanged"]) == (good.config, 3)


def test_a_last_good_config_that_this_version_cannot_read_is_none(sync: Sync) -> None:
    sync.run()
    text = '{"groups": 1}'
    sync.store["config.0"] = {"hash": "sha256:0", "check": sha256(text.encode()).hexdigest(), "0000": text}
    break_config(sync)

    assert [problem.code for problem in sync.run().problems] == ["config_unusable"]


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("writes: false\ngroups: [unclosed\n", False),
        ("heartbeet: 5m\nwrites: false\n" + config(), False),
        ("writes: flase\ngroups: [unclosed\n", False),
        ("writes: true  # as ever\ngroups: [unclosed\n", True),
        ("# writes: false\ngroups: [unclosed\n", True),
    ],
)
def test_an_unusable_config_still_stops_writes_unless_it_says_true(sync: Sync, text: str, writes: bool) -> None:
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    break_config(sync, text)
    sync.sandbox.requests.clear()

    report = sync.run()

    assert report.writes is writes
    assert report.groups["alpha"].status == ("updated" if writes else "would_update")
    assert len(sync.writes()) == writes
