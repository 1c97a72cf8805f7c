"""Those whom `alerts` names are looked for beforehand, and nothing is sent to them."""

from __future__ import annotations

import pytest

from oncall_sync.errors import Refused
from oncall_sync.pagerduty.events import PagerDutyEvents
from sandbox import Channel
from tests.forecast.ahead import Ahead
from tests.sync.worlds import config

SCOPES = ["usergroups:read", "usergroups:write", "users:read", "users:read.email", "channels:read", "chat:write"]


@pytest.fixture
def alerted(ahead: Ahead) -> Ahead:
    ahead.world.slack.scopes = [*SCOPES]
    ahead.world.channels["CALERTS"] = Channel(name="alerts")
    ahead.sync.configure(config(top="alerts: {slack: CALERTS, pagerduty: pagerduty_events_default}"))
    return ahead


def test_all_is_well_and_nobody_is_told(alerted: Ahead) -> None:
    assert alerted.check().problems == ()
    assert alerted.sandbox.count("events") == 0


def test_a_channel_without_the_app_is_a_warning(alerted: Ahead) -> None:
    alerted.world.channels["CALERTS"].is_member = False
    item = alerted.item("not_in_channel")
    assert (item.level, item.groups) == ("warning", ())
    assert "#alerts (CALERTS): the app is not in it" in item.message


def test_without_the_scope_to_post_there_is_a_warning(alerted: Ahead) -> None:
    alerted.world.slack.scopes.remove("chat:write")
    item = alerted.item("missing_scope")
    assert (item.level, item.groups) == ("warning", ())
    assert "lacks chat:write (to tell problems of the sync)" in item.message


def test_a_connection_that_does_not_exist_is_an_error(alerted: Ahead, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(connection_id: str) -> PagerDutyEvents:
        raise Refused(f"Connection {connection_id}", "does not exist", code="connection")

    monkeypatch.setattr(alerted.sync, "pagerduty_events", nowhere)
    assert alerted.item("connection").message == "Connection pagerduty_events_default: does not exist."
