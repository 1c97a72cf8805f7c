"""Whatever goes wrong with whichever request: nobody is lost, nobody is let in, and the next clean run repairs all.

`make test` takes some of the cases, `make soak` all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import OK
from pathlib import Path

import pytest

from oncall_sync.models import Report
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.slack.client import SlackApi
from oncall_sync.transport import MOST_FAULTS
from sandbox import Request, Sandbox
from tests.proof.busy_day import MINUTE, announced, groups, topics, unaffected, unresolved
from tests.proof.clean_runs import all_cases, clean_runs
from tests.proof.fault_cases import Case, Clean, some_of
from tests.proof.fault_kinds import AN_ANSWER, NO_SUCH_USER, OF_THE_TOKEN
from tests.proof.impatient import be_impatient
from tests.proof.logged import everything_logged
from tests.sync.driver import WRITES, Sync

RIGHT = {
    "plain": {"UASH"},
    "loose": {"ULOU"},
    "shifts": {"USUE"},
    "policy": {"UHAL"},
    "team": {"UTIM", "UTIA"},
    "fresh": {"UFAY"},
    "back": {"UBOB"},
    "empty": None,
    "again": {"UMIA"},
    "backed": {"UJIL"},
    "edited": {"UEVE"},
    "right": {"URAY"},
    "both": {"URAY", "ULEE"},
    "gone": {"URAY"},
    "design": {"UOLD", "UQUIN"},
}
PAGE = Path(__file__).with_name("README.md")
STANDING_IN = {"backed": {"UHAL"}}
WITHOUT_IT_NOTHING = {"GET /oncalls"}  # can be told of any group: a run that gets no answer at all ends there
SAID_TO_BE_DONE = ("conversations.setTopic", "JSON without what it should hold")  # "ok": true is taken at its word
AFTERWARDS = {"conversations.info", "conversations.setTopic", "chat.postMessage", "POST /v2/enqueue", "GET /{secret}"}
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


def test_the_page_says_how_many_cases_there_are() -> None:
    assert "| all, over 2,000 cases |" in PAGE.read_text(encoding="utf-8")
    assert 2000 < len(all_cases()) < 3000


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
def play(shared: Sandbox, file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Case], Played]]:
    with ExitStack() as until_then:

        def played(case: Case) -> Played:
            clean, struck = clean_runs()[case.day], list[Request]()
            late = case.name == "time-out"  # what comes too late is not the next case's
            served = until_then.enter_context(Sandbox()) if late else shared
            begun = clean.day.begin(served, file)
            fault = case.fault()
            fault.match = lambda request: bool(struck.append(request) or True)  # type: ignore[func-returns-value]
            served.faults.add(fault)
            if late:
                be_impatient(begun, monkeypatch)
            with everything_logged() as logged:
                report = begun.run()
            served.faults.clear()
            first = case.calls - 1 if case.moment == "last" else 0
            return Played(case, clean, begun, report, struck[first : first + 1 if case.once else None], logged)

        yield played


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
        if before and now is None:
            assert right is None, f"@{handle} is disabled"
        elif before:
            assert now, f"@{handle} is empty"
            assert now >= before & (right or before), f"@{handle}: somebody lost their place"
        may_be_in = {
            *(before or ()),
            *(right or ()),
            *(STANDING_IN.get(handle, ()) if nobody_there(played.case) else ()),
        }
        assert may_be_in.issuperset(now or ()), f"@{handle}: somebody got in"


def nobody_there(case: Case) -> bool:
    """Where it is said of somebody on call that there is no such person, the fallback is right."""
    return (case.endpoint, case.name) in {("GET /users/{id}", "404"), ("users.lookupByEmail", NO_SUCH_USER)}


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
    if (case.once and case.kind.passes) or case.endpoint in AFTERWARDS:
        assert played.wrong == set(), "a fault that passes, or strikes when all is written, is not noticed"
    if case.name not in OF_THE_TOKEN and (case.once or case.endpoint not in WITHOUT_IT_NOTHING):
        failed = played.struck if case.once else would_fail(played)
        alone = set.intersection(*(unaffected(played.clean.day, request.params) for request in failed))
        assert not played.wrong & alone, "a request about one group costs another one"


def would_fail(played: Played) -> list[Request]:
    """Of a run without faults: where every call fails some are not even made, nor others after MOST_FAULTS of them, or
    after one rate limit."""
    asked = {(each.endpoint, each.params.get("id")) for each in played.sync.sandbox.requests}
    one_by_one = [each for each in played.clean.requests if each.service == "pagerduty" and "id" in each.params]
    left_out = [each for each in one_by_one if (each.endpoint, each.params["id"]) not in asked]
    failed = [each for each in played.clean.requests if each.endpoint == played.case.endpoint]
    enough = len(failed) > MOST_FAULTS or played.case.name.startswith("429")
    return failed + (left_out if enough else [])


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
        says = rf"{played.case.kind.says}|(refuses \(|answers )\d"
        assert re.search(says, "\n".join(told)), (played.silent, told)


def the_next_run_repairs_everything(played: Played) -> None:
    """But a group is disabled only when two runs in a row saw nobody on call: a failed one begins anew."""
    sync, reports = played.sync, [played.report]
    runs = 2 if "empty" in played.wrong else 1
    for _ in range(runs):
        sync.now += 2 * MINUTE
        reports.append(sync.run())
        assert {handle for handle in played.wrong if handle != "empty"} == set()
        assert reports[-1].counts["failed"] == 0
    assert played.wrong == set()
    assert played.silent == set(), "whoever heard nothing hears of it now"
    assert unresolved(sync.sandbox.world) == set()
    if (played.case.endpoint, played.case.name) != SAID_TO_BE_DONE:
        assert topics(sync.sandbox.world) == played.clean.topics
    each_change_is_told_once_or_said_not_to_be(played, reports)
    sync.sandbox.requests.clear()
    sync.run()
    assert [request.endpoint for request in sync.sandbox.requests if request.endpoint in WRITES] == []


def each_change_is_told_once_or_said_not_to_be(played: Played, reports: list[Report]) -> None:
    told = [text.split(":")[0].lstrip("@") for text in announced(played.sync.sandbox.world)]
    assert len(told) == len(set(told)), "one message for one change"
    groups = [each for report in reports for each in report.groups.items()]
    lost = {handle for handle, group in groups if any(problem.code == "not_announced" for problem in group.problems)}
    for text in played.clean.told:
        assert text.split(":")[0].lstrip("@") in {*told, *lost}, f"neither told nor said not to be: {text}"
