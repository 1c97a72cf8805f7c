"""What a run measures, and that docs/metrics.md and the code name the same."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from oncall_sync.memory import Memory
from oncall_sync.models import GroupState, OnCall, Report, RunResults
from oncall_sync.on_airflow.metrics import Metric, metrics
from oncall_sync.state import save_states
from oncall_sync.steps import report
from tests.builders import AT, HANDLE, HOUR, MINUTE, DictStore, kept, outcome, planned, run, services

NOW = AT + 5 * MINUTE
WRITTEN_AT = AT + 4 * MINUTE
PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
ADA, BO = OnCall(name="Ada", since=AT, until=None), OnCall(name="Bo", since=AT - 8 * HOUR, until=AT)
RIGHT_BEFORE = GroupState(verified_at=AT - 10 * MINUTE, on_call={"PUBO": BO})


def reported(made: RunResults, state: GroupState | None = None) -> Report:
    memory = Memory(DictStore())
    save_states(memory, {HANDLE: state} if state else {})
    return report(made, services(memory, now=NOW))


def measured(made: RunResults, state: GroupState | None = None) -> list[Metric]:
    return list(metrics(reported(made, state), NOW))


def value(found: list[Metric], name: str) -> float:
    (metric,) = [metric for metric in found if metric.name == f"oncall_sync.{name}"]
    return metric.value


def handed_over(**more: OnCall) -> RunResults:
    """Ada took over from Bo at AT, and the group was written four minutes later."""
    plan = planned("bo", after=["ada"], next=GroupState(on_call={"PUADA": ADA, **more}))
    return run(plan, outcomes={HANDLE: outcome("ada")})


def test_groups_are_counted_by_their_status() -> None:
    found = measured(run(kept("ada"), kept("ada"), kept("ada", status="failed")))
    assert (value(found, "groups.unchanged"), value(found, "groups.failed"), value(found, "groups.updated")) == (
        2,
        1,
        0,
    )


def test_the_time_of_the_report_shows_that_reports_stay_away() -> None:
    assert value(measured(run(kept("ada"))), "reported_at") == NOW.timestamp()


def test_a_group_is_as_old_as_its_last_verification_and_all_of_them_as_the_oldest() -> None:
    found = measured(run(kept("ada", status="failed", next=GroupState(verified_at=NOW - 2 * HOUR)), kept("ada")))
    ages = {metric.group: metric.value for metric in found if metric.name == "oncall_sync.group.unverified_seconds"}
    assert ages == {HANDLE: 7200.0, f"{HANDLE}2": 240.0}
    assert value(found, "unverified_seconds") == 7200.0


def test_one_that_never_was_right_is_as_old_as_its_failure() -> None:
    found = measured(run(kept("ada", status="failed", next=GroupState(failing_since=NOW - HOUR))))
    assert value(found, "unverified_seconds") == 3600.0


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    found = measured(run(kept("ada", status="failed", next=GroupState(verified_at=NOW + HOUR))))
    assert value(found, "unverified_seconds") == 0.0


def test_requests_are_told_by_service() -> None:
    found = measured(handed_over())
    assert (value(found, "requests.pagerduty"), value(found, "requests.slack")) == (0, 0)


def test_a_handoff_took_from_the_end_of_the_shift_to_the_write() -> None:
    assert value(measured(handed_over(), RIGHT_BEFORE), "handoff_latency") == 240.0


def test_of_two_handoffs_the_first_counts() -> None:
    later = OnCall(name="Cy", since=AT + 3 * MINUTE, until=None)
    assert value(measured(handed_over(PUCY=later), RIGHT_BEFORE), "handoff_latency") == 240.0


def test_a_write_that_mends_what_somebody_did_by_hand_is_no_handoff() -> None:
    still = RIGHT_BEFORE.model_copy(update={"on_call": {"PUADA": ADA}})
    assert "oncall_sync.handoff_latency" not in {metric.name for metric in measured(handed_over(), still)}


def test_nor_is_one_that_only_shows_who_has_long_been_on_call() -> None:
    right_since = RIGHT_BEFORE.model_copy(update={"verified_at": AT + MINUTE})
    assert "oncall_sync.handoff_latency" not in {metric.name for metric in measured(handed_over(), right_since)}


def test_the_first_run_measures_no_handoff_and_a_group_without_a_write_neither() -> None:
    assert reported(handed_over()).groups[HANDLE].latency is None
    assert (
        reported(run(kept("ada", next=GroupState(on_call={"PUADA": ADA}))), RIGHT_BEFORE).groups[HANDLE].latency is None
    )


def test_the_latency_is_in_no_xcom() -> None:
    made = reported(handed_over(), RIGHT_BEFORE)
    assert made.groups[HANDLE].latency == timedelta(minutes=4)
    assert "latency" not in made.groups[HANDLE].model_dump(mode="json")


def test_the_page_lists_every_metric_and_none_that_is_not_there() -> None:
    listed = set(re.findall(r"^\| `(oncall_sync\.[a-z_.]+)`", PAGE, re.MULTILINE))
    assert listed == {metric.name for metric in measured(handed_over(), RIGHT_BEFORE)}


def test_the_queries_on_the_page_name_metrics_that_are_there() -> None:
    asked = set(re.findall(r"airflow_(oncall_sync_[a-z_]+)", PAGE))
    known = {metric.name.replace(".", "_") for metric in measured(handed_over(), RIGHT_BEFORE)}
    assert asked
    assert {name.removesuffix("_milliseconds").removesuffix("_bucket") for name in asked} <= known


def test_a_mistaken_handle_is_no_tag() -> None:
    told = reported(handed_over(), RIGHT_BEFORE)
    forged = told.model_copy(update={"groups": {"x\noncall_sync.groups.failed:9|g": told.groups[HANDLE]}})
    assert {metric.group for metric in metrics(forged, NOW)} == {None}


def test_a_metric_is_named_and_tagged_in_a_way_that_every_backend_takes() -> None:
    for metric in measured(handed_over(), RIGHT_BEFORE):
        assert re.fullmatch(r"[a-z_.]+", metric.name)
        assert re.fullmatch(r"[a-z0-9._-]+", metric.group or "none")
        assert metric.value >= 0
