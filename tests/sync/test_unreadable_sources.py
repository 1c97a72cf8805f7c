"""What could not be read removes nobody.

In every test here `alpha` is the group with something wrong, `beta` is right already, `late` is out of date (its new
member is Cy) and `design` is in no config; see worlds.py.
"""

from __future__ import annotations

import pytest

from sandbox import Fault, Sandbox
from tests.sync.checks import BEFORE, said, served_all_but_alpha
from tests.sync.driver import Sync
from tests.sync.worlds import config


def cannot_read(sandbox: Sandbox, schedule: str) -> None:
    sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", match={"id": schedule}, status=503, times=None))


def test_a_group_whose_only_source_is_unreadable_stays_exactly_as_it_is(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE], always: [dee@acme.example]"))
    cannot_read(sync.sandbox, "SLOOSE")

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert "PagerDuty schedule SLOOSE could not be read" in said(report, "pagerduty_down")
    served_all_but_alpha(sync, report)


def test_a_group_with_an_unreadable_source_gets_people_and_loses_nobody_until_all_are_readable(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE, SADA, SDEE]"))
    cannot_read(sync.sandbox, "SLOOSE")

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert report.groups["alpha"].added == ("UADA", "UDEE")
    assert report.groups["alpha"].removed == ()
    assert sync.members("alpha") == {"UPIA", "UADA", "UDEE"}

    sync.sandbox.requests.clear()
    assert sync.run().groups["alpha"].status == "failed"
    assert sync.writes() == []

    sync.sandbox.faults.clear()
    assert sync.run().groups["alpha"].status == "updated"
    assert sync.members("alpha") == {"UADA", "UDEE", "UCY"}


def test_people_of_a_shift_based_schedule_that_cannot_be_asked_for_remove_nobody(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSEPAIR]"))
    sync.sandbox.faults.add(Fault(endpoint="GET /users/{id}", match={"id": "PADA"}, status=503, times=None))

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") >= {"UPIA"}
    assert "PADA" in said(report, "pagerduty_down")


@pytest.mark.parametrize(("status", "code"), [(400, "pagerduty_bad_request"), (403, "pagerduty_forbidden")])
def test_a_person_whom_pagerduty_will_not_show_costs_their_group_alone(sync: Sync, status: int, code: str) -> None:
    sync.configure(config("schedules: [SLOOSEPAIR, SDEE]"))
    sync.sandbox.faults.add(Fault(endpoint="GET /users/{id}", match={"id": "PADA"}, status=status, times=None))

    report = sync.run()

    assert report.problems == ()
    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UPIA", "UCY", "UDEE"}, "others come in, and nobody leaves"
    assert "PADA" in said(report, code)
    assert report.groups["late"].status == "updated"


def test_a_group_of_one_source_with_a_person_whom_pagerduty_will_not_show_stays_exactly_as_it_is(sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSEPAIR]"))
    sync.sandbox.faults.add(Fault(endpoint="GET /users/{id}", match={"id": "PADA"}, status=403, times=None))

    report = sync.run()

    served_all_but_alpha(sync, report)


def test_when_slack_cannot_be_asked_about_a_person_nobody_leaves_the_group(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA, SDEE]"))
    match = {"email": "ada@acme.example"}
    sync.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", match=match, times=None, error="internal_error"))

    report = sync.run()

    assert report.groups["alpha"].status == "failed"
    assert sync.members("alpha") >= {"UPIA"}
    assert "Ada (ada@acme.example) could not be looked up" in said(report, "slack_unreadable")
    assert sync.members("beta") == {"UBO"}
    assert sync.members("design") == BEFORE["design"]
