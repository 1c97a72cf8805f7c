"""Entries of `always` and `never` that end: ignored from then on, and reported once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sync.checks import codes, said
from tests.sync.driver import Sync
from tests.sync.watching import SECOND
from tests.sync.worlds import NOON, config

DAY = timedelta(days=1)
SHADOWING = "{email: dee@acme.example, until: 2026-03-02, reason: shadowing}"
MIDNIGHT = NOON + timedelta(hours=12)  # after NOON's day, 2026-03-02


def test_a_date_is_good_to_the_end_of_its_day_in_utc(sync: Sync) -> None:
    sync.configure(config(f"schedules: [SADA], always: [{SHADOWING}]"))
    sync.now = MIDNIGHT - SECOND
    sync.run()
    assert sync.members("alpha") == {"UADA", "UDEE"}

    sync.now = MIDNIGHT
    sync.run()
    assert sync.members("alpha") == {"UADA"}


def test_a_time_is_good_to_that_second(sync: Sync) -> None:
    entry = "{email: dee@acme.example, until: '2026-03-02T13:30:00+01:00'}"
    sync.configure(config(f"schedules: [SADA], always: [{entry}]"))
    sync.now = NOON + timedelta(minutes=30) - SECOND
    sync.run()
    assert sync.members("alpha") == {"UADA", "UDEE"}

    sync.now += SECOND
    sync.run()
    assert sync.members("alpha") == {"UADA"}


def test_whom_an_ended_never_kept_out_comes_back(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA, SDEE], never: [{email: dee@acme.example, until: 2026-03-01}]"))

    sync.run()

    assert sync.members("alpha") == {"UADA", "UDEE"}


@pytest.mark.parametrize("kind", ["always", "never"])
def test_an_expired_entry_is_reported_once_with_its_reason(sync: Sync, kind: str) -> None:
    sync.configure(config(f"schedules: [SADA], {kind}: [{SHADOWING}]"))
    assert "expired" not in codes(sync.run())
    sync.now = NOON + DAY

    first = sync.run()
    assert said(first, "expired") == (
        f"dee@acme.example under `{kind}` was until 2026-03-02 (shadowing) and is ignored. Take it out of the config."
    )
    assert [problem.level for problem in first.groups["alpha"].problems] == ["info"]

    for _ in range(2):
        assert "expired" not in codes(sync.run())


def test_a_preview_does_not_use_up_the_report(sync: Sync) -> None:
    sync.configure(config(f"schedules: [SADA], always: [{SHADOWING}]"))
    sync.now = NOON + DAY

    assert "expired" in codes(sync.run(dry_run=True))
    assert "expired" in codes(sync.run())
    assert "expired" not in codes(sync.run())


def test_an_outage_does_not_make_it_news_again(sync: Sync) -> None:
    sync.configure(config(f"schedules: [SADA], always: [{SHADOWING}]"))
    sync.now = NOON + DAY
    sync.run()
    token, sync.sandbox.world.slack.token = sync.sandbox.world.slack.token, "another"
    assert sync.run().groups["alpha"].status == "failed"
    sync.sandbox.world.slack.token = token

    assert "expired" not in codes(sync.run())


def test_the_end_of_an_entry_is_a_moment_at_which_the_watcher_wakes_the_dag(sync: Sync) -> None:
    from tests.sync.watching import Watching

    entry = "{email: dee@acme.example, until: '2026-03-02T12:07:03Z'}"
    sync.configure(config(f"schedules: [SADA], always: [{entry}]"))
    watching = Watching(sync).settled()

    watching.until(NOON + timedelta(minutes=20))

    assert [at for at, _ in watching.wakes] == [NOON + timedelta(minutes=7, seconds=4)]
    assert sync.members("alpha") == {"UADA"}
