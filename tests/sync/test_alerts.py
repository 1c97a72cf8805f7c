"""`alerts`: a problem of the sync is alerted when it begins and when it is over, and an alert never stops a run."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.models import Report
from oncall_sync.steps import alert
from sandbox import Channel, Fault
from tests.sync.checks import run_at
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE
from tests.sync.worlds import HOUR, config

POST = "chat.postMessage"
BOTH = "alerts: {slack: CALERTS, pagerduty: pagerduty_events_default}"
MISSING = "oncall_sync @alpha no_such_group"
SOME_OR_NONE = [{"dry_run": True}, {"groups": ["alpha"]}, {"as_of": "2026-03-02T12:00:00Z"}]


@pytest.fixture
def alerting(sync: Sync) -> Sync:
    """Alerts go to Slack and to PagerDuty; there was no run yet."""
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.channels["CALERTS"] = Channel(name="alerts")
    sync.configure(config(top=BOTH))
    return sync


@pytest.fixture
def calm(alerting: Sync) -> Sync:
    """The first run is over, and all is well."""
    alerting.run()
    return alerting


def later(sync: Sync, **params: Any) -> Report:
    return run_at(sync, sync.now + 15 * MINUTE, **params)


def in_slack(sync: Sync) -> list[str]:
    return [message["text"] for message in sync.sandbox.world.messages]


def in_pagerduty(sync: Sync) -> list[tuple[str, str]]:
    return [(event["event_action"], event["dedup_key"]) for event in sync.sandbox.world.events]


def codes(report: Report) -> list[str]:
    return [problem.code for problem in report.problems]


def alpha_is_missing(sync: Sync) -> None:
    sync.sandbox.world.group("alpha").handle = "beta-2"
    sync.store.clear()


def alpha_is_back(sync: Sync) -> None:
    sync.sandbox.world.group("beta-2").handle = "alpha"


def may_not_write(sync: Sync) -> None:
    """@alpha and @late cannot be written."""
    sync.sandbox.world.slack.scopes.remove("usergroups:write")
    for handle in ("alpha", "late"):
        sync.sandbox.world.group(handle).members = ["UPIA"]


BOTH_GROUPS = [f"oncall_sync @{handle} missing_scope" for handle in ("alpha", "late")]


def test_two_failing_runs_are_one_alert_and_the_recovery_another(calm: Sync) -> None:
    later(calm)
    assert (in_slack(calm), in_pagerduty(calm), calm.sandbox.count("slack", POST)) == ([], [], 0)
    alpha_is_missing(calm)
    assert codes(later(calm)) == codes(later(calm)) == []
    alpha_is_back(calm)
    later(calm)
    later(calm)

    begins, over = in_slack(calm)
    assert begins.startswith("*Problem:* @alpha: Slack has no user group with this handle")
    assert over.startswith("*Over, a problem since <!date^")
    assert in_pagerduty(calm) == [("trigger", MISSING), ("resolve", MISSING)]
    assert calm.sandbox.world.events[0]["payload"]["summary"].startswith("On-call sync: @alpha: Slack has no")


def test_a_first_run_that_could_not_begin_alerts_those_whom_the_file_names(alerting: Sync) -> None:
    alerting.sandbox.world.pagerduty.token = "another"
    alerting.run()
    later(alerting)

    assert [text[:44] for text in in_slack(alerting)] == ["*Problem:* PagerDuty /oncalls: PagerDuty ref"]


def test_a_run_with_an_unusable_file_alerts_those_whom_it_named_last(calm: Sync) -> None:
    calm.configure("groups: [")
    later(calm)
    later(calm)
    calm.sandbox.world.pagerduty.token = "another"
    later(calm)

    assert in_pagerduty(calm) == [
        ("trigger", "oncall_sync config_unusable"),
        ("trigger", "oncall_sync pagerduty_auth"),
    ]


def pagerduty_refuses(sync: Sync) -> None:
    sync.sandbox.world.pagerduty.token = "another"


@pytest.mark.parametrize("params", SOME_OR_NONE, ids=str)
@pytest.mark.parametrize("happens", [alpha_is_missing, pagerduty_refuses])
def test_a_run_that_only_plans_or_serves_some_groups_alerts_nobody(
    calm: Sync, params: dict[str, Any], happens: Callable[[Sync], None]
) -> None:
    happens(calm)
    later(calm, **params)

    assert (in_slack(calm), in_pagerduty(calm)) == ([], [])


# ── a service that is down ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault",
    [
        Fault(endpoint=POST, status=503, times=None),
        Fault(endpoint=POST, status=429, headers={"Retry-After": "30"}, times=None),
        Fault(service="events", status=500, times=None),
        Fault(service="events", kind="drop", times=None),
        Fault(service="events", status=302, headers={"location": "http://127.0.0.1:9/"}, times=None),
    ],
    ids=lambda fault: f"{fault.endpoint or fault.service} {fault.kind} {fault.status}",
)
def test_a_service_that_is_down_is_asked_once_with_a_warning_and_gets_the_alert_from_the_next_run(
    calm: Sync, fault: Fault
) -> None:
    alpha_is_missing(calm)
    calm.sandbox.faults.add(fault)
    calm.sandbox.requests.clear()

    missed = later(calm)

    (warning,) = missed.problems
    assert (warning.code, warning.level) == ("not_alerted", "warning")
    assert warning.message.startswith("Problems of the sync were not reported ")
    assert "the next run tries again." in warning.message
    assert missed.groups["late"].status == "unchanged", "all else is as it was"
    assert (len(in_slack(calm)), len(in_pagerduty(calm))) == ((0, 1) if fault.endpoint else (1, 0))
    assert (calm.sandbox.count("slack", POST), calm.sandbox.count("events"), calm.slept) == (1, 1, [])
    calm.sandbox.faults.clear()
    assert codes(later(calm)) == []
    assert (len(in_slack(calm)), in_pagerduty(calm)) == (1, [("trigger", MISSING)])


def test_events_that_arrived_before_a_fault_are_not_sent_again(calm: Sync) -> None:
    may_not_write(calm)
    calm.sandbox.faults.add(Fault(service="events", after=1, times=1))
    later(calm)
    later(calm)

    assert [key for _, key in in_pagerduty(calm)] == BOTH_GROUPS


def test_a_pagerduty_that_answers_slowly_gets_some_events_in_each_run(
    calm: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[alert.__module__], "PATIENCE", 0.1)
    may_not_write(calm)
    calm.sandbox.faults.add(Fault(service="events", kind="slow", delay=0.2, times=None))

    assert [codes(later(calm)), codes(later(calm))] == [["not_alerted"], []]
    assert [key for _, key in in_pagerduty(calm)] == BOTH_GROUPS


def test_an_incident_whose_answer_was_lost_is_resolved_although_the_problem_ended_meanwhile(calm: Sync) -> None:
    alpha_is_missing(calm)
    calm.sandbox.faults.add(Fault(service="events", kind="drop", performed=True))
    assert codes(later(calm)) == ["not_alerted"]
    alpha_is_back(calm)
    later(calm)
    later(calm)

    assert in_pagerduty(calm) == [("trigger", MISSING), ("resolve", MISSING)]


def test_a_handle_that_is_much_too_long_keeps_no_other_problem_from_pagerduty(calm: Sync) -> None:
    calm.configure(f"{config(top=BOTH)}\n  {'a' * 300}: {{schedules: [SADA]}}\n  z z: {{schedules: [SADA]}}")

    assert codes(later(calm)) == []
    assert [len(key) for _, key in in_pagerduty(calm)] == [255, len("oncall_sync @z z config_mistake")]


def test_the_integration_key_is_in_no_report_and_no_memory(calm: Sync) -> None:
    alpha_is_missing(calm)
    calm.sandbox.faults.add(Fault(service="events", status=400, body='{"errors": ["sandbox-integration-key"]}'))

    assert "sandbox-integration-key" not in str(later(calm)) + str(calm.store)


# ── the watchdog ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def watched(sync: Sync) -> Sync:
    sync.configure(config(top=f"alerts: {{heartbeat_url: '{sync.sandbox.heartbeat_url}'}}"))
    return sync


def calls(sync: Sync) -> int:
    return sync.sandbox.count("watchdog")


def a_write_comes_too_late(sync: Sync) -> None:
    sync.late = HOUR


def the_config_cannot_be_used(sync: Sync) -> None:
    sync.run()
    sync.sandbox.requests.clear()
    sync.configure(f"heartbaet: 3m\n{sync.config.read_text()}")


def test_each_run_after_which_all_groups_are_right_calls_the_watchdog(watched: Sync) -> None:
    watched.run()
    later(watched)

    assert calls(watched) == 2


@pytest.mark.parametrize("happens", [alpha_is_missing, a_write_comes_too_late, the_config_cannot_be_used])
def test_a_run_after_which_something_is_not_right_does_not(watched: Sync, happens: Callable[[Sync], None]) -> None:
    happens(watched)
    later(watched)

    assert calls(watched) == 0


@pytest.mark.parametrize("params", SOME_OR_NONE, ids=str)
def test_nor_does_a_run_that_only_plans_or_serves_some_groups(watched: Sync, params: dict[str, Any]) -> None:
    watched.run(**params)

    assert calls(watched) == 0


def test_the_environment_switches_it_off_for_a_sandbox(watched: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_HEARTBEAT", "off")
    watched.run()

    assert calls(watched) == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(service="watchdog", status=404),
        Fault(service="watchdog", status=301, headers={"location": "http://127.0.0.1:9/"}),
        Fault(service="watchdog", kind="drop"),
        Fault(service="watchdog", kind="slow", delay=3),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_a_watchdog_that_does_not_answer_is_a_warning_soon_without_its_address(
    watched: Sync, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncall_sync.pagerduty.events.WATCHDOG_TIMEOUT", (1, 0.2))
    watched.sandbox.faults.add(fault)
    began = time.monotonic()

    report = watched.run()

    assert (time.monotonic() - began < 2, calls(watched)) == (True, 1)
    (warning,) = report.problems
    assert (warning.code, warning.level) == ("not_alerted", "warning")
    assert "alerts.heartbeat_url" in warning.message
    assert "heartbeat-secret" not in str(report)


def test_its_address_is_in_no_report_no_memory_no_plan_and_no_log(
    watched: Sync, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        report = watched.run()

    assert "/oncalls" in caplog.text, "the library of the other requests logs what it asks for"
    assert "heartbeat-secret" not in f"{report} {watched.store} {watched.xcoms} {caplog.text}"
