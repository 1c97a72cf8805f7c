"""`make bench`: from changes and writes to the figures that are printed."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.latency.figures import percentile, row, rows, table
from benchmarks.latency.outcome import Change, Kind, Reads, Write, match, next_cron, reads_in, with_runs, writes_in
from sandbox import Request

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA, BO = frozenset({"UADA"}), frozenset({"UBO"})


def after(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def change(
    at: float, *, group: str = "S1", members: frozenset[str] = ADA, written: float | None = None, kind: Kind = "handoff"
) -> Change:
    return Change(kind, group, after(at), members, None if written is None else after(written))


def request(endpoint: str, at: float, status: int | None = 200, **params: str) -> Request:
    return Request("slack" if "." in endpoint else "pagerduty", "GET", "/", endpoint, params, after(at), status)


def test_a_write_is_of_the_change_whose_group_and_whole_member_set_it_has() -> None:
    writes = [Write(after(5), "S1", ADA), Write(after(6), "S2", ADA), Write(after(45), "S1", BO)]
    changes, strays = match([change(0), change(40, members=BO), change(0, group="S2")], writes)
    assert [each.seconds for each in changes] == [5, 6, 5]
    assert strays == []


def test_a_write_before_the_change_or_with_other_members_belongs_to_none_and_the_change_is_missed() -> None:
    early, wrong = Write(after(-1), "S1", ADA), Write(after(5), "S1", BO)
    changes, strays = match([change(0)], [wrong, early])
    assert changes[0].written is None
    assert strays == [early, wrong]


def test_a_second_write_of_the_same_change_is_one_without_a_change() -> None:
    _, strays = match([change(0)], [Write(after(5), "S1", ADA), Write(after(9), "S1", ADA)])
    assert strays == [Write(after(9), "S1", ADA)]


@pytest.mark.parametrize(("at", "expected"), [(0, 0), (0.5, 300), (299, 300), (300, 300), (301, 600)])
def test_a_cron_runs_at_the_next_multiple_of_five_minutes(at: float, expected: float) -> None:
    assert next_cron(after(at)) == after(expected)


def test_by_cron_a_change_waits_for_it_and_then_for_a_run_as_long_as_the_measured_one() -> None:
    (found,) = with_runs([change(100, written=109)], [after(-50), after(103), after(200)])
    assert found.run == after(103)
    assert found.cron_seconds == 200 + 6


def test_a_missed_change_has_no_time_by_cron_either() -> None:
    (found,) = with_runs([change(100)], [after(103)])
    assert found.cron_seconds is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 10), (0.95, 19), (1, 20), (0, 1)])
def test_a_percentile_is_one_of_the_values_by_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(20, 0, -1)], share) == expected


def test_of_no_values_there_is_no_percentile() -> None:
    assert math.isnan(percentile([], 0.95))
    assert math.isnan(row("handoffs", [None]).worst)


def test_a_change_without_its_write_counts_as_missed_and_its_time_for_nothing() -> None:
    found = row("handoffs", [3.0, None, 5.0])
    assert (found.count, found.p50, found.worst, found.missed) == (3, 3.0, 5.0, 1)


def test_the_table_has_a_line_for_each_kind_and_says_which_goals_were_met() -> None:
    changes = [change(0, written=7), change(60, written=107, kind="override")]
    shown = table(rows(with_runs(changes, [after(2)])), {"handoffs": 15, "overrides": 45})
    assert shown == (
        "                       count       p50       p95     worst  missed   goal\n"
        "handoffs                   1     7.0 s     7.0 s     7.0 s       0   p95 < 15 s: met\n"
        "  by 5-minute cron *       1     5.0 s     5.0 s     5.0 s       0\n"
        "overrides                  1    47.0 s    47.0 s    47.0 s       0   p95 < 45 s: NOT met\n"
        "  by 5-minute cron *       1   345.0 s   345.0 s   345.0 s       0"
    )


def test_only_writes_that_slack_accepted_count() -> None:
    asked = [
        request("usergroups.users.update", 1, usergroup="S1", users="UADA,UBO"),
        request("usergroups.users.update", 2, status=429, usergroup="S1", users="UADA"),
        request("usergroups.users.update", 3, status=None, usergroup="S1", users="UADA"),
        request("usergroups.list", 4),
    ]
    assert writes_in(asked) == [Write(after(1), "S1", ADA | BO)]


def test_requests_for_the_instant_of_a_run_are_its_own_and_the_others_are_polls() -> None:
    first, second, run = "2026-11-23T09:00:01Z", "2026-11-23T09:00:31Z", "2026-11-23T09:00:33Z"
    asked = [request("GET /oncalls", 0, since=since) for since in (first, first, second, run)]
    asked += [request("GET /schedules/{id}", 0), request("usergroups.list", 0)]
    assert reads_in(asked, {datetime.fromisoformat(run)}) == Reads(polls=2, by_watcher=3, by_runs=2)
