"""Whatever goes wrong with whichever request: nobody is lost, nobody is let in, and the next clean run repairs all.

`make test` takes some 300 cases of the matrix, `make soak` all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import OK

import pytest

from oncall_sync.clients import heartbeat, pagerduty_events, pagerduty_http
from oncall_sync.clients.pagerduty_api import PagerDutyApi
from oncall_sync.clients.slack_api import SlackApi
from oncall_sync.models import Report
from sandbox import Request, Sandbox
from tests.proof.busy_day import MINUTE, announced, groups, unaffected, unresolved
from tests.proof.clean_runs import all_cases, clean_runs
from tests.proof.fault_cases import Case, Clean, some_of
from tests.proof.fault_kinds import AN_ANSWER, OF_THE_TOKEN
from tests.proof.logged import everything_logged
from tests.sync.driver import WRITES, Sync

SHORT = 0.4  # seconds until a time-out
RIGHT = {
    "plain": {"UASH"},
    "loose": {"ULOU"},
    "shifts": {"USUE"},
    "policy": {"UHAL"},
    "team": {"UTIM", "UTIA"},
    "fresh": {"UFAY"},
    "back": {"UBOB"},
    "empty": None,
    "edited": {"UEVE"},
    "right": {"URAY"},
    "both": {"URAY", "ULEE"},
    "gone": {"URAY"},
    "design": {"UOLD", "UQUIN"},
}
OF_ALERTS = {"POST /v2/enqueue", "GET /{secret}"}
OF_OTHER_DAGS = {"GET /teams/{id}", "usergroups.update"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" not in metafunc.fixturenames:
        return
    cases = all_cases()
    short = set(some_of(cases))
    marks = {case: () if case in short else (pytest.mark.soak,) for case in cases}
    metafunc.parametrize("case", [pytest.param(case, id=str(case), marks=marks[case]) for case in cases])


def test_a_run_without_faults_makes_every_group_right() -> None:
    busy, first = (clean.right for clean in clean_runs().values())
    assert busy == {handle: members and frozenset(members) for handle, members in RIGHT.items()}
    assert {handle: len(first[handle] or ()) for handle in ("team", "right")} == {"team": 120, "right": 110}


def test_the_matrix_has_every_endpoint_that_the_clients_name() -> None:
    said = [method.__doc__ or "" for client in (PagerDutyApi, SlackApi) for method in vars(client).values()]
    found = [re.match(r"GET /[\w/{}]+|[a-z]+(\.[a-zA-Z]+)+", text) for text in said]
    named = {re.sub(r"{\w+}", "{id}", each[0]) for each in found if each}
    assert (named | OF_ALERTS) - {case.endpoint for case in all_cases()} == OF_OTHER_DAGS


def test_the_short_form_has_more_than_three_hundred_cases_and_the_long_form_thousands() -> None:
    assert len(some_of(all_cases())) >= 300
    assert len(all_cases()) >= 1500


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@dataclass
class Played:
    """A run with a fault. struck: the requests that met it."""

    case: Case
    clean: Clean
    sync: Sync
    report: Report
    struck: list[Request]
    logged: list[str]

    @property
    def now(self) -> dict[str, frozenset[str] | None]:
        return groups(self.sync.sandbox.world)

    @property
    def wrong(self) -> set[str]:
        return {handle for handle in self.clean.right if self.now.get(handle) != self.clean.right[handle]}

    @property
    def silent(self) -> set[str]:
        """The ways of alerts that did not hear what there was to tell: that @gone is right again, and that all is."""
        sandbox = self.sync.sandbox
        if "alerts:" not in self.clean.day.config:
            return set()
        calls = [each for each in sandbox.requests if each.service == "watchdog"]
        heard = {
            "channel": any("@gone" in message["text"] for message in sandbox.world.messages),
            "incident": bool(sandbox.world.events) and not unresolved(sandbox.world),
            "watchdog": any(each.status == OK or self.case.fault().acts_after_work for each in calls),
        }
        return {way for way, has in heard.items() if not has}


@pytest.fixture
def play(shared: Sandbox, sync: Sync, monkeypatch: pytest.MonkeyPatch) -> Callable[[Case], Played]:
    def played(case: Case) -> Played:
        clean, struck = clean_runs()[case.day], list[Request]()
        served = sync.sandbox if case.name == "time-out" else shared  # what comes too late is not the next case's
        begun = clean.day.begin(served, sync.config)
        fault = case.fault()
        fault.match = lambda request: bool(struck.append(request) or True)  # type: ignore[func-returns-value]
        served.faults.add(fault)
        if case.name == "time-out":
            begun.timeout = SHORT
            monkeypatch.setattr(pagerduty_http, "TIMEOUT", (5, SHORT))
            monkeypatch.setattr(pagerduty_events, "TIMEOUT", (5, SHORT))
            monkeypatch.setattr(heartbeat, "TIMEOUT", SHORT)
        with everything_logged() as logged:
            report = begun.run()
        served.faults.clear()
        first = case.calls - 1 if case.moment == "last" else 0
        return Played(case, clean, begun, report, struck[first : first + 1 if case.once else None], logged)

    return played


def test_a_fault_costs_nobody_their_place_and_the_next_run_repairs_everything(
    case: Case, play: Callable[[Case], Played], record_property: Callable[[str, object], None]
) -> None:
    record_property("case", f"fault matrix, {case.service}")
    played = play(case)

    assert played.struck
    nobody_is_lost_or_let_in(played)
    other_groups_are_untouched(played)
    no_token_shows(played)
    what_could_be_synced_is(played)
    the_cause_is_named(played)
    who_heard_nothing_is_said(played)
    the_next_run_repairs_everything(played)


def nobody_is_lost_or_let_in(played: Played) -> None:
    for handle, right in played.clean.right.items():
        before, now = played.clean.before.get(handle), played.now.get(handle)
        if before and now is not None:
            assert now, f"@{handle} is empty"
            assert now >= before & (right or before), f"@{handle}: somebody lost their place"
        assert (now or frozenset()) <= (before or frozenset()) | (right or frozenset()), f"@{handle}: somebody got in"


def other_groups_are_untouched(played: Played) -> None:
    assert played.now["design"] == played.clean.before["design"]
    written = {request.params.get("usergroup") for request in played.sync.writes()}
    assert "SGDESIGN" not in written


def no_token_shows(played: Played) -> None:
    world, sync = played.sync.sandbox.world, played.sync
    shown = "\n".join([*played.logged, *sync.xcoms, str(sync.store), str(sync.events), played.report.model_dump_json()])
    assert world.pagerduty.token not in shown
    assert world.slack.token not in shown
    assert world.pagerduty.integration_key not in shown
    assert "sandbox-heartbeat-secret" not in shown


def what_could_be_synced_is(played: Played) -> None:
    case = played.case
    if case.once and case.kind.passes and case.endpoint != "chat.postMessage":
        assert played.wrong == set(), "a fault that passes is not noticed"
    if case.name not in OF_THE_TOKEN and case.once:
        alone = set.intersection(*(unaffected(played.clean.day, request.params) for request in played.struck))
        assert not played.wrong & alone, "a request about one group costs another one"


def the_cause_is_named(played: Played) -> None:
    if not played.wrong:
        return
    groups, said = played.report.groups, [problem.message for problem in played.report.problems]
    for handle in played.wrong & groups.keys():
        assert groups[handle].status in {"failed", "superseded"} or played.case.name in AN_ANSWER
        told = "\n".join([*said, *(problem.message for problem in groups[handle].problems)])
        assert re.search(played.case.kind.says, told), told


def who_heard_nothing_is_said(played: Played) -> None:
    """But the watchdog is not called, and no problem is over, where the run itself failed."""
    report = played.report
    if played.silent and not report.counts["failed"] and not any(p.level == "error" for p in report.problems):
        told = [problem.message for problem in report.problems if problem.code == "not_alerted"]
        says = rf"{played.case.kind.says}|refuses \(200\)|heartbeat_url: answers \d"
        assert re.search(says, "\n".join(told)), (played.silent, told)


def the_next_run_repairs_everything(played: Played) -> None:
    """But a group is disabled only when two runs in a row saw nobody on call: a failed one begins anew."""
    sync = played.sync
    runs = 2 if "empty" in played.wrong else 1
    for _ in range(runs):
        sync.now += 2 * MINUTE
        report = sync.run()
        assert {handle for handle in played.wrong if handle != "empty"} == set()
        assert report.counts["failed"] == 0
    assert played.wrong == set()
    assert played.silent == set(), "whoever heard nothing hears of it now"
    assert unresolved(sync.sandbox.world) == set()
    texts = announced(sync.sandbox.world)
    assert len(texts) == len(set(texts)), "one message for one change"
    sync.sandbox.requests.clear()
    sync.run()
    assert [request.endpoint for request in sync.sandbox.requests if request.endpoint in WRITES] == []
