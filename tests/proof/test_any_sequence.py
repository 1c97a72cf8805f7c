"""Hypothesis looks for the sequence of happenings that breaks it: after each, and after all of them, the rules hold.

`make test` tries a few dozen sequences, `make soak` hundreds.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from oncall_sync.rules.plan import LAPSE
from sandbox import Account, Channel, Fault, Override, PlannedShift, Policy, Sandbox, Team
from tests.proof.fault_kinds import KINDS
from tests.proof.mortal import Mortal, mortal
from tests.sync.driver import DictStore, Run, Sync
from tests.sync.watching import MINUTE, SECOND
from tests.sync.worlds import small_world

CONFIG = """groups:
  alpha: {schedules: [SADA, SBO], announce: CNEWS}
  beta: {escalation_policies: [PBETA], announce: CNEWS, when_empty: keep}
  late: {team_members: [PTEAM], schedules: [SCY], announce: CNEWS}
"""
SOURCES = {"alpha": ("SADA", "SBO"), "beta": ("SDEE",), "late": ("SCY",)}
ACCOUNTS = {"PADA": "UADA", "PBO": "UBO", "PCY": "UCY", "PDEE": "UDEE"}
ENDPOINTS = ("GET /oncalls", "GET /schedules/{id}", "usergroups.list", "usergroups.users.update", "users.lookupByEmail")
LISTS = ("GET /oncalls", "usergroups.list")
HOUR = timedelta(hours=1)

schedule = st.sampled_from(sorted({source for sources in SOURCES.values() for source in sources}))
person = st.sampled_from(sorted(ACCOUNTS))
handle = st.sampled_from(sorted(SOURCES))


class Sequence(RuleBasedStateMachine):
    """A small world. may_be_in: whoever was on call, or put in by hand, since a run left the group right last.

    read_at: when the last run read PagerDuty. untold: the groups whose change may still be announced. ran: what
    happened in all sequences together.
    """

    ran: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "oncall_sync.yaml"
        os.environ["ONCALL_SYNC_CONFIG"] = str(file)
        self.world = small_world()
        self.world.policies["PBETA"] = Policy(levels=[["SDEE"]])
        self.world.teams["PTEAM"] = Team(members=["PCY"])
        self.world.channels["CNEWS"] = Channel(name="news")
        self.world.slack.scopes.append("chat:write")
        self.world.rate_limits.off()
        self.sandbox = Sandbox(self.world).start()
        self.sync: Mortal = mortal(Sync(self.sandbox, file, store=DictStore()))
        self.sync.configure(CONFIG)
        self.killed: list[Run] = []
        self.sync.run_until_killed(None)
        self.moments = self.sync.life.moments
        self.may_be_in = {h: set(self.sync.members(h)) for h in SOURCES}
        assert self.may_be_in == self.right()
        self.read_at = self.sync.now
        self.on_call, self.changed_at = self.all_on_call(), dict.fromkeys(SOURCES, self.sync.now)
        self.untold, self.told = set[str](), dict.fromkeys(SOURCES, 0)

    def teardown(self) -> None:
        """Everything works again, and nothing happens any more."""
        self.ran["sequences"] += 1
        try:
            self.sandbox.faults.clear()
            for _ in range(2):
                self.a_run(1)
            right = self.right()
            now = {h: set(self.sync.members(h)) for h in SOURCES}
            assert {h: now[h] for h in SOURCES if right[h]} == {h: right[h] for h in SOURCES if right[h]}
            self.sandbox.requests.clear()
            self.a_run(1)
            assert self.sync.writes() == []
        finally:
            self.sandbox.stop()
            self.folder.cleanup()

    def all_on_call(self) -> dict[str, set[str | None]]:
        return {h: {shift.person for each in s for shift in self.world.on_call(each)} for h, s in SOURCES.items()}

    def right(self) -> dict[str, set[str]]:
        """Who belongs in each group now; nobody where nobody on call can be reached: the group then stays as it is."""
        found = {}
        for group, people in self.all_on_call().items():
            reached = {ACCOUNTS[p] for p in people if p and self.is_active(ACCOUNTS.get(p, ""))}
            team = {"UCY"} if group == "late" and self.is_active("UCY") else set()
            found[group] = reached | team if reached or not people else set()
        return found

    def is_active(self, account: str) -> bool:
        return account in self.world.accounts and not self.world.accounts[account].deleted

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────

    @rule(schedule=schedule, to=person)
    def handoff(self, schedule: str, to: str) -> None:
        now = self.sync.now
        kept = [s.model_copy(update={"end": min(s.end or now, now)}) for s in self.world.schedules[schedule].shifts]
        self.world.schedules[schedule].shifts = [
            *(shift for shift in kept if shift.end and shift.start < shift.end),
            PlannedShift(person=to, start=now),
        ]

    @rule(schedule=schedule, by=person, minutes=st.integers(1, 90))
    def override(self, schedule: str, by: str, minutes: int) -> None:
        now = self.sync.now
        self.world.schedules[schedule].overrides.append(Override(person=by, start=now, end=now + minutes * MINUTE))

    @rule(schedule=schedule)
    def delete_overrides(self, schedule: str) -> None:
        self.world.schedules[schedule].overrides.clear()

    @rule(group=handle, who=person, out=st.booleans())
    def edit_by_hand(self, group: str, who: str, out: bool) -> None:
        members = self.world.group(group).members
        account = ACCOUNTS[who]
        if out and len(members) > 1 and account in members:
            members.remove(account)
        elif not out and self.is_active(account) and account not in members:
            members.append(account)
            self.may_be_in[group].add(account)

    @rule(who=person)
    def leave_slack(self, who: str) -> None:
        account = ACCOUNTS[who]
        self.world.accounts[account].deleted = True
        for group in self.world.user_groups.values():
            if account in group.members and len(group.members) > 1:
                group.members.remove(account)

    @rule(who=person)
    def join_slack(self, who: str) -> None:
        known = self.world.people[who]
        self.world.accounts[ACCOUNTS[who]] = Account(name=known.name, email=known.email.lower())

    @rule(endpoint=st.sampled_from(ENDPOINTS), name=st.sampled_from(sorted(KINDS)), times=st.sampled_from([1, 3, None]))
    def a_fault(self, endpoint: str, name: str, times: int | None) -> None:
        kind = KINDS[name]
        asked = kind.service != "slack" or not endpoint.startswith("GET")
        if asked and (not kind.rows or endpoint in LISTS):  # one account in place of another is no fault of a network
            quick = {**kind.fault, "delay": 0.0}
            self.sandbox.faults.add(Fault.model_validate({**quick, "endpoint": endpoint, "times": times}))

    @rule()
    def all_up(self) -> None:
        self.sandbox.faults.clear()

    @rule(name=st.sampled_from(["", "groups", "slack_ids", "people", "watch", "writing", "reported", "on_call"]))
    def lose_memory(self, name: str) -> None:
        """Without these two names a run that was killed does not know of those after it, which nothing prevents."""
        for key in [key for key in self.sync.store if not name or key.startswith(f"{name}.")]:
            del self.sync.store[key]
        if name in {"", "writing", "reported"}:
            self.killed.clear()

    @rule(minutes=st.integers(1, 180))
    def time_passes(self, minutes: int) -> None:
        self.sync.now += minutes * MINUTE

    @rule(minutes=st.integers(0, 20))
    def a_run(self, minutes: int) -> None:
        self.sync.now += minutes * MINUTE + SECOND
        self.note(self.sync.run_until_killed(None))
        self.moments = max(self.sync.life.moments, 1)

    @rule(moment=st.integers(1, 60))
    def a_run_that_is_killed(self, moment: int) -> None:
        """At one of as many moments as the run before had; it may end before that."""
        self.sync.now += SECOND
        begun = self.sync.run_until_killed(1 + moment % self.moments)
        if begun.report:
            self.note(begun)
        else:
            self.killed.append(begun)
            self.ran["kills"] += 1

    @precondition(lambda self: self.killed)
    @rule(minutes=st.sampled_from([0, 1, 11, 60]))
    def the_killed_one_goes_on(self, minutes: int) -> None:
        self.sync.now += minutes * MINUTE
        begun = self.killed.pop()
        self.sandbox.requests.clear()
        self.sync.resume(begun)
        self.nothing_stale_was_written(begun)
        self.note(begun)
        self.ran["resumed"] += 1

    @rule(schedule=schedule, to=person, moment=st.integers(1, 60), minutes=st.sampled_from([0, 1, 11, 60]))
    def a_run_that_is_killed_at_a_handoff_and_goes_on(self, schedule: str, to: str, moment: int, minutes: int) -> None:
        """What seldom comes about otherwise."""
        self.handoff(schedule, to)
        before = len(self.killed)
        self.a_run_that_is_killed(moment)
        if len(self.killed) > before:
            begun = self.killed[-1]
            self.the_killed_one_goes_on(minutes)
            if not minutes:
                self.what_it_calls_right_is_right(begun)

    def note(self, begun: Run) -> None:
        """Of a run that came to its end."""
        report, right = begun.report, self.right()
        assert report
        self.read_at = begun.results.as_of or self.sync.now
        for group, planned in report.groups.items():
            if planned.status in {"unchanged", "updated"} and self.sync.members(group) == right[group]:
                self.may_be_in[group] = right[group]

    def nothing_stale_was_written(self, begun: Run) -> None:
        writes = [write for write in self.sync.writes() if write.endpoint == "usergroups.users.update"]
        assert not writes or (begun.results.as_of and self.sync.now - begun.results.as_of < LAPSE)

    def what_it_calls_right_is_right(self, begun: Run) -> None:
        """Of a run since whose reading nothing has happened."""
        report, right = begun.report, self.right()
        assert report
        for group in (group for group in SOURCES if right[group]):
            if report.groups[group].status in {"unchanged", "updated"}:
                assert set(self.sync.members(group)) == right[group]

    # ── what always holds ────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def no_group_is_empty(self) -> None:
        assert all(self.world.group(each).members for each in SOURCES)

    @invariant()
    def other_groups_are_untouched(self) -> None:
        assert self.world.group("design").members in (["UPIA", "UQUINN"],)

    @invariant()
    def nobody_gets_in_who_was_never_on_call(self) -> None:
        for group, right in self.right().items():
            self.may_be_in[group] |= right
            assert self.sync.members(group) <= self.may_be_in[group]

    @invariant()
    def no_change_is_told_twice(self) -> None:
        """However many there were since a run told of them: one message tells of all."""
        for group, on_call in self.all_on_call().items():
            if on_call != self.on_call[group]:
                self.on_call[group], self.changed_at[group] = on_call, self.sync.now
                self.untold.add(group)
            texts = [message["text"] for message in self.world.messages]
            told = sum(text.startswith(f"@{group}:") and "edited" not in text for text in texts)
            assert told - self.told[group] <= (group in self.untold)
            if told > self.told[group] and self.changed_at[group] <= self.read_at:
                self.untold.discard(group)
            self.told[group] = told


def tries(examples: int, steps: int, derandomize: bool) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize(
    "tried",
    [
        pytest.param(tries(20, 25, derandomize=True), id="some"),
        pytest.param(tries(400, 50, derandomize=False), id="many", marks=(pytest.mark.soak, pytest.mark.timeout(3600))),
    ],
)
def test_no_sequence_of_happenings_breaks_a_rule(
    tried: settings, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "")
    monkeypatch.delenv("ONCALL_SYNC_WRITES", raising=False)
    Sequence.ran.clear()
    run_state_machine_as_test(Sequence, settings=tried)
    ran = Sequence.ran
    record_property(
        "proof",
        f"{ran['sequences']} sequences of up to {tried.stateful_step_count} happenings: {ran['kills']} runs killed, "
        f"{ran['resumed']} of them gone on with",
    )
