"""Runs that may not write: the same plan as a real run, to the letter, and not one write request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.models import Report
from tests.sync.driver import DictStore, Sync
from tests.sync.worlds import HOUR, NOON, config, hand_over

WHY = {"writes: false": "the config does not say writes: true", "ONCALL_SYNC_WRITES": "ONCALL_SYNC_WRITES is false"}
WAYS: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "dry run": ({"dry_run": True}, "", {}),
    "as_of": ({"as_of": "2026-03-02T12:00:00Z"}, "", {}),
    "backfill": ({"backfill_for": NOON}, "", {}),
    "writes: false": ({}, "writes: false", {}),
    "ONCALL_SYNC_WRITES": ({}, "", {"ONCALL_SYNC_WRITES": "false"}),
}
# Something of everything: a change, nobody on call, somebody without Slack, a brake, a mistake, a missing group.
EVERYTHING = """
  alpha: {schedules: [SADA, SNORA]}
  beta: {schedules: [SBO]}
  late: {schedules: [SCY, SDEE], max_members: 1}
  design: {schedules: [SEMPTY]}
  nowhere: {schedules: [SADA]}
  mistaken: {schedule: [SADA]}
"""


def told(report: Report, *but: str) -> dict[str, Any]:
    """The report without what may differ between a plan and its run."""
    whole = report.model_dump(mode="json", exclude={"requests", "writes", "plan_only", "counts", "config", *but})
    for group in whole["groups"].values():
        for key in ("status", "verified_at", "failing_since"):
            del group[key]
    return whole


@pytest.mark.parametrize(("params", "top", "environment"), WAYS.values(), ids=WAYS)
def test_a_run_that_only_plans_says_what_a_real_run_does_and_writes_nothing(
    sync: Sync, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], top: str, environment: dict[str, str]
) -> None:
    real_config = f"placeholders: [noop@example.org]\n\ngroups:{EVERYTHING}"
    sync.configure(f"placeholders: [noop@example.org]\n{top}\ngroups:{EVERYTHING}")
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        planned = sync.run(**params)

    assert sync.writes() == []
    assert not planned.writes
    assert planned.groups["alpha"].status == "would_update"
    assert (planned.counts["updated"], planned.counts["would_update"]) == (0, 1)

    sync.configure(real_config)
    real = sync.run()

    assert told(planned) == told(real)
    statuses = {handle: group.status for handle, group in planned.groups.items()}
    assert {handle: group.status for handle, group in real.groups.items()} == statuses | {"alpha": "updated"}
    assert {write.params["usergroup"] for write in sync.writes()} == {"SGALPHA"}
    assert sync.members("alpha") == {member.slack_id for member in planned.groups["alpha"].members}


@pytest.mark.parametrize("way", ["dry run", "as_of", "backfill", "writes: false", "ONCALL_SYNC_WRITES"])
def test_a_run_that_only_plans_says_why(sync: Sync, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    params, top, environment = WAYS[way]
    sync.configure(config(top=top))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert sync.run(**params).plan_only == WHY.get(way, way.replace(" ", "_"))


@pytest.mark.parametrize("spoilt", ["service", "config"])
def test_a_run_that_only_plans_and_fails_before_its_plan_says_nothing_of_any_group(sync: Sync, spoilt: str) -> None:
    sync.run()
    before = DictStore(sync.store)
    sync.configure(config(top="writes: false"))
    if spoilt == "service":
        sync.sandbox.world.pagerduty.token = "another"
    else:
        sync.store.clear()
        sync.configure("writes: false\ngroups: [")

    report = sync.run(dry_run=spoilt == "service")

    assert not report.writes
    assert report.groups == {}
    assert len(report.problems) == 1
    assert sync.store.get("groups.0") == (before["groups.0"] if spoilt == "service" else None)


MISTYPED: dict[str, dict[str, Any]] = {
    "unknown_parameter": {"dryrun": True},
    "unknown_group": {"groups": ["alhpa"]},
    "as_of": {"as_of": "yesterday"},
}


@pytest.mark.parametrize(("code", "params"), MISTYPED.items(), ids=MISTYPED)
def test_a_mistyped_parameter_fails_the_run_and_leaves_every_group_alone(
    sync: Sync, code: str, params: dict[str, Any]
) -> None:
    """A slip of the hand is no failure of 500 groups: nothing of them is remembered or reported as such."""
    sync.run()
    before = DictStore(sync.store)
    sync.now += HOUR
    sync.sandbox.requests.clear()

    report = sync.run(**params)

    assert [problem.code for problem in report.problems] == [code]
    assert not report.writes
    assert report.groups == {}
    assert sync.store == before
    assert sync.sandbox.requests == []


def test_an_as_of_too_far_ahead_leaves_every_group_alone_too(sync: Sync) -> None:
    sync.run()
    before = DictStore(sync.store)

    report = sync.run(as_of=(NOON + timedelta(days=91)).isoformat())

    assert [problem.code for problem in report.problems] == ["as_of"]
    assert (report.writes, report.groups) == (False, {})
    assert sync.store == before


@pytest.mark.parametrize(("params", "top", "environment"), WAYS.values(), ids=WAYS)
def test_a_run_that_only_plans_changes_nothing_that_is_remembered_of_the_groups(
    sync: Sync, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], top: str, environment: dict[str, str]
) -> None:
    sync.run()
    before = DictStore(sync.store)
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.configure(config(top=top))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    sync.run(**params)

    assert sync.store["groups.0"] == before["groups.0"]


def test_the_variable_lets_a_run_write_where_the_config_forbids_it(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_WRITES", "true")
    sync.configure(config(top="writes: false"))

    report = sync.run()

    assert report.writes
    assert sync.members("alpha") == {"UADA"}


def test_a_disable_is_planned_too_and_not_carried_out(sync: Sync) -> None:
    sync.configure(config("schedules: [SEMPTY], when_empty: disable"))
    sync.run()
    sync.now += timedelta(minutes=1)
    sync.sandbox.requests.clear()

    report = sync.run(dry_run=True)

    assert report.groups["alpha"].status == "would_update"
    assert sync.writes() == []
    assert not sync.sandbox.world.group("alpha").disabled


@pytest.mark.parametrize(
    ("at", "member"),
    [(NOON - timedelta(days=3), "UADA"), (NOON, "UBO"), (NOON + HOUR, "UDEE"), (NOON + timedelta(days=60), "UDEE")],
)
def test_as_of_answers_who_is_on_call_then(sync: Sync, at: datetime, member: str) -> None:
    hand_over(sync.sandbox.world, "SADA", "PBO", NOON)
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON + HOUR)
    sync.sandbox.world.schedules["SADA"].shifts[1].end = NOON + HOUR

    report = sync.run(as_of=at.isoformat())

    assert report.as_of == at
    assert [m.slack_id for m in report.groups["alpha"].members] == [member]
    assert sync.writes() == []


def test_a_backfill_is_about_its_logical_date(sync: Sync) -> None:
    hand_over(sync.sandbox.world, "SADA", "PBO", NOON)

    report = sync.run(backfill_for=NOON - HOUR)

    assert report.as_of == NOON - HOUR
    assert [m.slack_id for m in report.groups["alpha"].members] == ["UADA"]
    assert sync.writes() == []


@pytest.mark.parametrize("at", ["yesterday", "2026-03-02T12:00:00", "2026-03-02"])
def test_an_as_of_without_an_offset_is_refused_before_any_request(sync: Sync, at: str) -> None:
    report = sync.run(as_of=at)

    assert [problem.code for problem in report.problems] == ["as_of"]
    assert "is not a date and time with an offset" in report.problems[0].message
    assert sync.sandbox.requests == []
