"""Runs that may not write: the same plan as a real run, to the letter, and not one write request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.models import Report
from tests.sync.driver import DictStore, Sync
from tests.sync.worlds import HOUR, NOON, config, hand_over

WAYS: dict[str, tuple[dict[str, Any], str, str | None, str]] = {  # parameters, config, variable; and why
    "a dry run": ({"dry_run": True}, "", None, "dry_run"),
    "as_of": ({"as_of": "2026-03-02T12:00:00Z"}, "", None, "as_of"),
    "a backfill": ({"backfill_for": NOON}, "", None, "backfill"),
    "writes: false": ({}, "writes: false", None, "the config does not say writes: true"),
    "ONCALL_SYNC_WRITES": ({}, "", "false", "ONCALL_SYNC_WRITES is false"),
}
# Something of everything: a change, a brake, nobody on call, a group to create, a missing one, a mistake.
EVERYTHING = """
  alpha: {schedules: [SADA, SNORA]}
  beta: {schedules: [SBO]}
  late: {schedules: [SCY, SDEE], max_members: 1}
  design: {schedules: [SEMPTY]}
  gamma: {schedules: [SADA], create_if_missing: true}
  nowhere: {schedules: [SADA]}
  mistaken: {schedule: [SADA]}
"""


def content(report: Report) -> dict[str, Any]:
    """Without what differs between a plan and a real run."""
    whole = report.model_dump(mode="json", exclude={"requests", "writes", "plan_only", "counts", "config"})
    gamma = whole["groups"].pop("gamma")
    assert [problem["code"] for problem in gamma["problems"]] in (["to_create"], ["created"])
    for group in whole["groups"].values():
        for key in ("status", "verified_at", "failing_since"):
            del group[key]
    return whole


@pytest.fixture(params=WAYS)
def way(sync: Sync, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], str, str]:
    """Parameters, the top of the config, and what the report says about it."""
    params, top, variable, why = WAYS[request.param]
    if variable:
        monkeypatch.setenv("ONCALL_SYNC_WRITES", variable)
    return params, top, why


def test_a_run_that_only_plans_says_what_a_real_run_does_and_writes_nothing(
    sync: Sync, way: tuple[dict[str, Any], str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    params, top, why = way
    sync.configure(f"placeholders: [noop@example.org]\n{top}\ngroups:{EVERYTHING}")
    planned = sync.run(**params)

    assert sync.writes() == []
    assert (planned.writes, planned.plan_only) == (False, why)
    assert (planned.counts["updated"], planned.counts["would_update"]) == (0, 2)
    assert (planned.groups["gamma"].id, planned.groups["gamma"].added) == (None, ("UADA",))

    monkeypatch.delenv("ONCALL_SYNC_WRITES", raising=False)
    sync.configure(f"placeholders: [noop@example.org]\n\ngroups:{EVERYTHING}")
    real = sync.run()

    assert content(planned) == content(real)
    statuses = {handle: group.status.replace("would_update", "updated") for handle, group in planned.groups.items()}
    assert {handle: group.status for handle, group in real.groups.items()} == statuses
    assert sync.members("alpha") == {member.slack_id for member in planned.groups["alpha"].members}


def test_a_run_that_only_plans_changes_nothing_that_is_remembered_of_the_groups(
    sync: Sync, way: tuple[dict[str, Any], str, str]
) -> None:
    """Nor does an emptiness that it saw count as one of two."""
    params, top, _ = way
    sync.store["groups.0"] = {"alpha": {"id": "SGALPHA", "verified_at": "2026-03-01T12:00:00Z"}}
    before = DictStore(sync.store)
    hand_over(sync.sandbox.world, "SBO", None, NOON)
    sync.configure(config(top=top))

    sync.run(**params)

    assert sync.store["groups.0"] == before["groups.0"]


def test_a_disable_is_planned_too_and_not_carried_out(sync: Sync) -> None:
    sync.configure(config("schedules: [SEMPTY], when_empty: disable"))
    sync.run()
    sync.now += timedelta(minutes=1)

    assert sync.run(dry_run=True).groups["alpha"].status == "would_update"
    assert not sync.sandbox.world.group("alpha").disabled


def test_the_variable_lets_a_run_write_where_the_config_forbids_it(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_WRITES", "true")
    sync.configure(config(top="writes: false"))

    assert sync.run().writes
    assert sync.members("alpha") == {"UADA"}


@pytest.mark.parametrize(
    ("at", "member"),
    [(NOON - timedelta(days=3), "UADA"), (NOON, "UBO"), (NOON + HOUR, "UDEE"), (NOON + timedelta(days=60), "UDEE")],
)
def test_as_of_answers_who_is_on_call_then(sync: Sync, at: datetime, member: str) -> None:
    hand_over(sync.sandbox.world, "SADA", "PBO", NOON)
    sync.sandbox.world.schedules["SADA"].shifts[1].end = NOON + HOUR
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON + HOUR)

    for report in (sync.run(as_of=at.isoformat()), sync.run(backfill_for=at)):
        assert report.as_of == at
        assert [m.slack_id for m in report.groups["alpha"].members] == [member]
    assert sync.writes() == []


# ── runs that fail before their plan ─────────────────────────────────────────────────────────────────────

MISTYPED: list[tuple[str, dict[str, Any]]] = [
    ("unknown_parameter", {"dryrun": True}),
    ("unknown_group", {"groups": ["alhpa"]}),
    ("as_of", {"as_of": "2026-03-02T12:00:00"}),
    ("as_of", {"as_of": (NOON + timedelta(days=91)).isoformat()}),
]


@pytest.mark.parametrize(("code", "params"), MISTYPED, ids=str)
def test_a_mistyped_parameter_fails_the_run_before_any_request_and_says_nothing_of_any_group(
    sync: Sync, code: str, params: dict[str, Any]
) -> None:
    """A slip of the hand is no failure of 500 groups: nothing about them is remembered or reported."""
    sync.run()
    before = DictStore(sync.store)
    sync.now += HOUR
    sync.sandbox.requests.clear()

    report = sync.run(**params)

    assert [problem.code for problem in report.problems] == [code]
    assert (report.writes, report.groups, sync.sandbox.requests) == (False, {}, [])
    assert sync.store == before


@pytest.mark.parametrize("broken", ["service", "config"])
def test_a_run_that_only_plans_and_fails_before_its_plan_says_nothing_of_any_group(sync: Sync, broken: str) -> None:
    sync.configure(config(top="writes: false"))
    if broken == "service":
        sync.sandbox.world.pagerduty.token = "another"
    else:
        sync.configure("writes: false\ngroups: [")

    report = sync.run(dry_run=broken == "service")

    assert (report.writes, report.groups, len(report.problems)) == (False, {}, 1)
    assert "groups.0" not in sync.store
