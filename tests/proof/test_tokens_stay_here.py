"""No token leaves for another host or shows anywhere, and no name forges a line.

Without Airflow, which masks tokens in its own logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from oncall_sync import forecast, history
from oncall_sync.errors import SyncError
from oncall_sync.memory import ReadOnly
from oncall_sync.terminal.findings import render_to_do
from oncall_sync.terminal.tables import render
from sandbox import Channel, Fault, Sandbox
from sandbox.faults import Service
from tests.proof.fault_kinds import KINDS, OF_THE_TOKEN, fault
from tests.proof.impatient import be_impatient
from tests.proof.logged import everything_logged
from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, Watching
from tests.sync.worlds import NOON, config, hand_over

FORGED = "Ada\n2026-03-02 12:00:00 ERROR forged\r\x1b[31mforged\u2028forged"
TELLING: dict[Service, str] = {
    "pagerduty": '{"error": {"message": "sent sandbox-pagerduty-key"}}',
    "slack": '{"ok": false, "error": "sent xoxb-sandbox-slack-token", "needed": "xoxb-sandbox-slack-token"}',
}


@pytest.fixture
def elsewhere() -> Iterator[Sandbox]:
    """Another host, which a client would reach."""
    with Sandbox(host="127.0.0.2") as other:
        yield other


@pytest.mark.parametrize("service", ["pagerduty", "slack"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_follows_a_redirect_to_another_host(
    sync: Sync, elsewhere: Sandbox, service: Service, status: int
) -> None:
    url = elsewhere.pagerduty_url + "/oncalls" if service == "pagerduty" else elsewhere.slack_url + "usergroups.list"
    sync.sandbox.faults.add(Fault(service=service, status=status, headers={"location": url}, body="", times=None))

    report = sync.run()

    assert elsewhere.requests == []
    assert str(status) in report.model_dump_json()
    assert sync.writes() == []


def shown_by_everything(sync: Sync) -> tuple[str, str]:
    """What a run, the watcher, the check ahead and the history log and show; and what they return and remember."""
    services, kept = replace(sync.services(), memory=ReadOnly(sync.store)), []
    with everything_logged() as logged:
        report = sync.run()
        Watching(sync).look()
        found = forecast.check(services)
        try:
            kept.append(history.fetch_shifts(NOON - MINUTE, NOON, services).model_dump_json())
        except SyncError as error:
            logged.append(str(error))
    seen = [*logged, render(report.model_dump(mode="json")), render_to_do(found)]
    return "\n".join(seen), "\n".join([*sync.xcoms, *kept, found.model_dump_json(), str(sync.store), str(sync.events)])


@pytest.mark.parametrize("name", KINDS)
def test_no_token_shows_whatever_goes_wrong(sync: Sync, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sync.run()
    be_impatient(sync, monkeypatch)
    sync.store.clear()
    sync.sandbox.faults.add(fault(KINDS[name], None, after=0, times=None))

    no_token_shows(sync)


@pytest.mark.parametrize("service", TELLING)
def test_a_service_that_echoes_the_token_that_it_refuses_is_not_quoted_with_it(sync: Sync, service: Service) -> None:
    sync.run()
    sync.store.clear()
    sync.sandbox.faults.add(Fault(service=service, status=400, body=TELLING[service], times=None))

    assert "sent …" in no_token_shows(sync)


def no_token_shows(sync: Sync) -> str:
    shown = "\n".join(shown_by_everything(sync))

    assert "Starting new HTTP connection" in shown, "the search must see what it searches"
    assert "PagerDuty" in shown
    assert sync.sandbox.world.slack.token not in shown
    assert sync.sandbox.world.pagerduty.token not in shown
    return shown


def forge_names(sync: Sync) -> None:
    """Wherever somebody may choose what to be called."""
    world = sync.sandbox.world
    for entries in (world.people, world.accounts, world.schedules):
        for named in entries.values():
            named.name = FORGED
    world.channels["CNEWS"] = Channel(name=FORGED)


def forge_errors(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(service="slack", error=f"code {FORGED}", times=None))


def forge_answers(sync: Sync) -> None:
    body = '{"error": {"message": "Ada\\n2026-03-02 12:00:00 ERROR forged", "code": 1}}'
    sync.sandbox.faults.add(Fault(service="pagerduty", status=404, body=body, times=None))


@pytest.mark.parametrize("forge", [forge_names, forge_errors, forge_answers])
def test_no_name_and_no_answer_forges_a_line(sync: Sync, forge: Callable[[Sync], None]) -> None:
    sync.configure(config("schedules: [SADA, SNORA, SLOOSE], announce: CNEWS, topic: CNEWS"))
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    forge(sync)

    shown, _ = shown_by_everything(sync)

    assert "forged" in shown, "the search must see what it searches"
    assert [line for line in shown.splitlines() if line.startswith(("2026-03-02 12:00", "forged"))] == []
    assert "\x1b[31mforged" not in shown


@pytest.mark.parametrize("name", sorted(OF_THE_TOKEN))
def test_a_token_that_is_refused_is_asked_about_once_and_then_the_run_stops(sync: Sync, name: str) -> None:
    service: Service = "pagerduty" if name == "401" else "slack"
    kind = KINDS[name]
    sync.sandbox.faults.add(Fault.model_validate({**kind.fault, "service": service, "times": None}))

    report = sync.run()

    assert sync.sandbox.count(service) == 1
    assert len(report.problems) == 1
