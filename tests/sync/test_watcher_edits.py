"""The watcher and an edit of the config, which takes effect within a poll and a run."""

from __future__ import annotations

from tests.sync.watching import MINUTE, POLL, Watching
from tests.sync.worlds import config


def test_a_config_that_cannot_be_read_where_the_watcher_is_says_nothing_and_the_polls_go_on(calm: Watching) -> None:
    calm.sync.before["fetch_schedules"] = lambda: calm.sync.configure(config())
    calm.sync.config.unlink()
    calm.pass_by(10 * MINUTE)
    assert calm.wakes == []
    calm.override("SADA", "PDEE")

    calm.pass_by(POLL)

    assert calm.sync.members("alpha") == {"UDEE"}


def test_an_edit_is_in_slack_after_one_run_and_its_new_schedules_are_watched(calm: Watching) -> None:
    calm.sync.configure(config("schedules: [SDEE]"))
    calm.pass_by(POLL)
    assert calm.sync.members("alpha") == {"UDEE"}
    calm.override("SDEE", "PCY")
    calm.pass_by(10 * MINUTE)

    assert [why for _, why in calm.wakes] == ["the config was edited", "who is on call changed: SDEE"]
    assert calm.sync.members("alpha") == {"UCY"}


def test_an_edit_that_breaks_the_file_wakes_once_and_the_last_config_is_watched_on(calm: Watching) -> None:
    calm.sync.configure("groups: [")
    calm.pass_by(10 * MINUTE)
    assert [why for _, why in calm.wakes] == ["the config was edited"]
    assert [problem.code for problem in calm.reports[0].problems] == ["config_unusable"]
    calm.override("SADA", "PDEE")
    calm.pass_by(POLL)

    assert calm.sync.members("alpha") == {"UDEE"}


def test_an_edit_while_the_dag_already_ran_with_it_wakes_nobody(calm: Watching) -> None:
    """The heartbeat may come between the edit and the next poll."""
    calm.sync.configure(config("schedules: [SDEE]"))
    calm.run()

    calm.pass_by(10 * MINUTE)

    assert calm.wakes == []


def test_an_edit_that_names_another_connection_takes_effect_although_the_old_key_is_revoked(calm: Watching) -> None:
    calm.revoked.add("pagerduty_default")
    calm.pass_by(MINUTE)
    assert calm.wakes == []
    calm.sync.configure(config(top="connections: {pagerduty: pagerduty_new}"))
    calm.pass_by(MINUTE)
    assert [why for _, why in calm.wakes] == ["the config was edited"]
    calm.override("SADA", "PDEE")
    calm.pass_by(MINUTE)

    assert calm.sync.members("alpha") == {"UDEE"}
