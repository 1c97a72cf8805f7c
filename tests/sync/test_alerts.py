"""`alerts`: problems of the sync are told once when they begin and once when they are over, and never stop it."""

from __future__ import annotations

import logging
import sys
import time
from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.models import Report
from oncall_sync.steps import alert
from sandbox import Channel, Fault
from tests.sync.driver import Sync
from tests.sync.worlds import config

MINUTE = timedelta(minutes=1)
POST = "chat.postMessage"
BOTH = "{slack: CALERTS, pagerduty: pagerduty_events_default}"


def configure(sync: Sync, alerts: str = BOTH, alpha: str = "schedules: [SADA]") -> None:
    sync.configure(config(alpha, top=f"alerts: {alerts}"))


@pytest.fixture
def told(sync: Sync) -> Sync:
    """Both ways are set up, and the first run has been."""
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.channels["CALERTS"] = Channel(name="alerts")
    configure(sync)
    sync.run()
    return sync


def later(sync: Sync, **params: Any) -> Report:
    """A run a quarter of an hour later."""
    sync.now += 15 * MINUTE
    return sync.run(**params)


def in_slack(sync: Sync) -> list[str]:
    return [message["text"] for message in sync.sandbox.world.messages]


def in_pagerduty(sync: Sync) -> list[tuple[str, str]]:
    return [(event["event_action"], event["dedup_key"]) for event in sync.sandbox.world.events]


def codes(report: Report) -> list[str]:
    return [problem.code for problem in report.problems]


def alpha_is_gone(sync: Sync) -> None:
    sync.sandbox.world.group("alpha").handle = "beta-2"
    sync.store.clear()


def alpha_is_back(sync: Sync) -> None:
    sync.sandbox.world.group("beta-2").handle = "alpha"


def test_while_all_is_well_nothing_is_told_and_nobody_is_asked(told: Sync) -> None:
    later(told)
    assert (in_slack(told), in_pagerduty(told)) == ([], [])
    assert told.sandbox.count("slack", POST) == 0


def test_two_failing_runs_are_one_message_and_the_recovery_another(told: Sync) -> None:
    alpha_is_gone(told)
    failed = later(told)
    later(told)
    alpha_is_back(told)
    later(told)
    later(told)

    begins, over = in_slack(told)
    assert begins.startswith("*Problem:* @alpha: Slack has no user group with this handle")
    assert over.startswith("*Over, a problem since <!date^")
    assert {message["channel"] for message in told.sandbox.world.messages} == {"CALERTS"}
    assert in_pagerduty(told) == [
        ("trigger", "oncall_sync @alpha no_such_group"),
        ("resolve", "oncall_sync @alpha no_such_group"),
    ]
    assert told.sandbox.world.events[0]["payload"]["summary"].startswith("On-call sync: @alpha: Slack has no")
    assert codes(failed) == []


def test_it_is_told_again_after_a_day(told: Sync) -> None:
    alpha_is_gone(told)
    told.sandbox.world.rate_limits.off()
    for _ in range(100):
        later(told)
    assert len(in_slack(told)) == 2
    assert in_slack(told)[1].startswith("*Still a problem, since <!date^")
    assert [action for action, _ in in_pagerduty(told)] == ["trigger", "trigger"]


def test_a_run_that_could_not_even_begin_is_told_too_by_what_the_file_says(sync: Sync) -> None:
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.channels["CALERTS"] = Channel(name="alerts")
    configure(sync)
    sync.sandbox.world.pagerduty.token = "another"
    sync.run()
    later(sync)
    assert [text[:44] for text in in_slack(sync)] == ["*Problem:* PagerDuty /oncalls: PagerDuty ref"]


def test_one_for_some_groups_that_could_not_begin_tells_nothing(told: Sync) -> None:
    told.sandbox.world.pagerduty.token = "another"
    later(told, groups=["alpha"])
    assert (in_slack(told), in_pagerduty(told)) == ([], [])


def test_a_file_that_cannot_be_read_is_told_to_those_whom_it_named_last(told: Sync) -> None:
    told.configure("groups: [")
    later(told)
    later(told)
    assert [key for _, key in in_pagerduty(told)] == ["oncall_sync config_unusable"]
    told.sandbox.world.pagerduty.token = "another"
    later(told)
    assert in_pagerduty(told)[1:] == [("trigger", "oncall_sync pagerduty_auth")]


@pytest.mark.parametrize("params", [{"dry_run": True}, {"groups": ["alpha"]}, {"as_of": "2026-03-02T12:00:00Z"}])
def test_a_run_that_only_plans_or_is_about_some_groups_tells_nothing(told: Sync, params: dict[str, Any]) -> None:
    alpha_is_gone(told)
    later(told, **params)
    assert (in_slack(told), in_pagerduty(told)) == ([], [])


def test_without_alerts_in_the_config_nobody_is_told(told: Sync) -> None:
    told.configure(config("schedules: [SNONE]"))
    later(told)
    assert (in_slack(told), in_pagerduty(told)) == ([], [])


# ── a way that is down ───────────────────────────────────────────────────────────────────────────────────


def test_a_way_that_is_down_is_a_warning_and_the_next_run_tells_it(told: Sync) -> None:
    alpha_is_gone(told)
    told.sandbox.faults.add(Fault(endpoint=POST, status=503, times=1))
    missed = later(told)

    assert (codes(missed), missed.problems[0].level) == (["not_alerted"], "warning")
    assert missed.problems[0].message.startswith("Problems of the sync were not reported in Slack; the next run tries")
    assert missed.groups["late"].status == "unchanged", "all else is as it was"
    assert (in_slack(told), len(in_pagerduty(told))) == ([], 1), "the other way does not wait for it"
    assert codes(later(told)) == []
    assert (len(in_slack(told)), len(in_pagerduty(told))) == (1, 1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(service="events", status=429, times=None),
        Fault(service="events", status=500, times=None),
        Fault(service="events", kind="drop", times=None),
        Fault(service="events", status=400, times=None),
        Fault(service="events", status=302, headers={"location": "http://127.0.0.1:9/"}, times=None),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_pagerduty_is_asked_once_and_what_is_missed_comes_later(told: Sync, fault: Fault) -> None:
    alpha_is_gone(told)
    told.sandbox.faults.add(fault)
    told.sandbox.requests.clear()
    assert codes(later(told)) == ["not_alerted"]
    assert told.sandbox.count("events") == 1
    told.sandbox.faults.clear()
    assert codes(later(told)) == []
    assert in_pagerduty(told) == [("trigger", "oncall_sync @alpha no_such_group")]


def test_of_several_events_those_that_were_sent_before_a_fault_are_not_sent_again(told: Sync) -> None:
    told.sandbox.world.slack.scopes.remove("usergroups:write")
    told.sandbox.world.group("late").members = ["UPIA"]
    told.sandbox.world.group("alpha").members = ["UPIA"]
    told.sandbox.faults.add(Fault(service="events", after=1, times=1))
    later(told)
    later(told)
    keys = [key for _, key in in_pagerduty(told)]
    assert keys == [f"oncall_sync @{handle} missing_scope" for handle in ("alpha", "late")]


def test_a_pagerduty_that_answers_slowly_takes_some_in_each_run(told: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[alert.__module__], "PATIENCE", 0.1)
    told.sandbox.world.slack.scopes.remove("usergroups:write")
    for handle in ("alpha", "late"):
        told.sandbox.world.group(handle).members = ["UPIA"]
    told.sandbox.faults.add(Fault(service="events", kind="slow", delay=0.2, times=None))
    assert codes(later(told)) == ["not_alerted"]
    assert codes(later(told)) == []
    assert [key for _, key in in_pagerduty(told)] == [f"oncall_sync @{h} missing_scope" for h in ("alpha", "late")]


def test_an_incident_whose_answer_was_lost_is_resolved_although_the_problem_ended_meanwhile(told: Sync) -> None:
    alpha_is_gone(told)
    told.sandbox.faults.add(Fault(service="events", kind="drop", performed=True))
    assert codes(later(told)) == ["not_alerted"]
    alpha_is_back(told)
    later(told)
    later(told)
    assert in_pagerduty(told) == [
        ("trigger", "oncall_sync @alpha no_such_group"),
        ("resolve", "oncall_sync @alpha no_such_group"),
    ]


def test_a_handle_that_is_much_too_long_keeps_no_other_problem_from_pagerduty(told: Sync) -> None:
    told.configure(
        f"{config(top=f'alerts: {BOTH}')}\n  {'a' * 300}: {{schedules: [SADA]}}\n  z z: {{schedules: [SADA]}}"
    )
    assert codes(later(told)) == []
    assert [len(key) for _, key in in_pagerduty(told)] == [255, len("oncall_sync @z z config_mistake")]


def test_a_channel_without_the_app_is_told_what_to_do_about(told: Sync) -> None:
    told.sandbox.world.channels["CALERTS"].is_member = False
    alpha_is_gone(told)
    (problem,) = later(told).problems
    assert "Invite the app to the channel" in problem.message


def test_a_slack_that_asks_to_wait_long_does_not_hold_up_the_run(told: Sync) -> None:
    alpha_is_gone(told)
    told.sandbox.faults.add(Fault(endpoint=POST, status=429, headers={"Retry-After": "30"}, times=None))
    assert codes(later(told)) == ["not_alerted"]
    assert told.slept == []


def test_the_integration_key_is_in_no_report_and_no_memory(told: Sync) -> None:
    alpha_is_gone(told)
    told.sandbox.faults.add(Fault(service="events", status=400, body='{"errors": ["sandbox-integration-key"]}'))
    assert "sandbox-integration-key" not in str(later(told)) + str(told.store)


# ── the heartbeat ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def watched(sync: Sync) -> Sync:
    configure(sync, f"{{heartbeat_url: '{sync.sandbox.heartbeat_url}'}}")
    return sync


def beats(sync: Sync) -> int:
    return sync.sandbox.count("watchdog")


def test_each_run_in_which_all_groups_were_right_says_so(watched: Sync) -> None:
    watched.run()
    later(watched)
    assert beats(watched) == 2


def test_a_run_with_a_group_that_is_not_says_nothing(watched: Sync) -> None:
    alpha_is_gone(watched)
    watched.run()
    assert beats(watched) == 0


def test_nor_does_one_with_a_group_that_waits_for_the_next_run(watched: Sync) -> None:
    watched.late = timedelta(hours=1)
    assert watched.run().counts["superseded"] == 2
    assert beats(watched) == 0


def test_nor_does_one_that_fails_as_the_config_cannot_be_used(watched: Sync) -> None:
    watched.run()
    watched.configure(f"heartbaet: 3m\n{watched.config.read_text()}")
    assert codes(later(watched)) == ["config_unusable"]
    assert beats(watched) == 1


@pytest.mark.parametrize("params", [{"dry_run": True}, {"groups": ["alpha"]}])
def test_nor_one_that_only_plans_or_is_about_some_groups(watched: Sync, params: dict[str, Any]) -> None:
    watched.run(**params)
    assert beats(watched) == 0


def test_on_a_sandbox_it_can_be_switched_off(watched: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_HEARTBEAT", "off")
    watched.run()
    assert beats(watched) == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(service="watchdog", status=500),
        Fault(service="watchdog", status=404),
        Fault(service="watchdog", status=301, headers={"location": "http://127.0.0.1:9/"}),
        Fault(service="watchdog", kind="drop"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_nobody_who_listens_is_a_warning_that_does_not_show_the_address(watched: Sync, fault: Fault) -> None:
    watched.sandbox.faults.add(fault)
    report = watched.run()
    assert (codes(report), report.problems[0].level) == (["not_alerted"], "warning")
    assert "alerts.heartbeat_url" in report.problems[0].message
    assert "heartbeat-secret" not in str(report)
    assert beats(watched) == 1


def test_an_answer_that_does_not_come_is_not_awaited(watched: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall_sync.pagerduty.events.WATCHDOG_TIMEOUT", (1, 0.2))
    watched.sandbox.faults.add(Fault(service="watchdog", kind="slow", delay=3))
    began = time.monotonic()
    assert codes(watched.run()) == ["not_alerted"]
    assert time.monotonic() - began < 2


def test_the_address_is_in_no_report_no_memory_no_plan_and_no_log(
    watched: Sync, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        report = watched.run()
    assert beats(watched) == 1
    assert "/oncalls" in caplog.text, "the library of the others logs what it asks for"
    assert "heartbeat-secret" not in f"{report} {watched.store} {watched.xcoms} {caplog.text}"
