"""Whatever state the sync is in, the page says which, and what to do."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from sandbox import Fault
from tests.page.looks import button, handles, notices, row
from tests.page.stage import Stage, moment

pytestmark = pytest.mark.browser


def test_all_well_is_a_row_per_group_and_nothing_else_to_read(stage: Stage) -> None:
    page = stage.open()
    expect(row(page, "platform-oncall")).to_contain_text("Ada Okafor")
    expect(row(page, "platform-oncall")).to_contain_text("Verified")
    expect(row(page, "platform-oncall")).to_contain_text("just now")
    assert sorted(handles(page)) == ["platform-oncall", "storage-oncall", "weekend-oncall"]
    page.wait_for_load_state("networkidle")
    assert notices(page).inner_text() == ""


def test_nobody_on_call_is_told_and_comes_before_what_is_right(stage: Stage) -> None:
    page = stage.open()
    expect(row(page, "weekend-oncall")).to_contain_text("Nobody on call")
    expect(row(page, "weekend-oncall")).to_contain_text("still in the group")
    assert handles(page)[0] == "weekend-oncall"


def test_a_run_that_is_under_way_is_told(stage: Stage) -> None:
    stage.add_run(None, ended=None)
    page = stage.open()
    expect(page.locator("#summary")).to_contain_text("A run is under way.")
    expect(row(page, "platform-oncall")).to_contain_text("Ada Okafor")


def test_when_pagerduty_cannot_be_read_the_page_says_why_and_keeps_who_was_on_call(stage: Stage) -> None:
    stage.sandbox.faults.add(Fault(service="pagerduty", status=401, times=None))
    page = stage.open()
    button(page, "Sync all now").click()
    expect(notices(page)).to_contain_text("The newest run failed.", timeout=60_000)
    expect(notices(page)).to_contain_text("PagerDuty")
    expect(row(page, "platform-oncall")).to_contain_text("Failed")
    expect(row(page, "platform-oncall")).to_contain_text("Ada Okafor")


def test_a_failed_group_says_what_to_do_while_the_others_are_well(stage: Stage) -> None:
    remedy = "Slack refused the update (permission_denied). In Slack, allow this app's user …"
    failed = {
        "status": "failed",
        "failing_since": moment(hours=-3),
        "problems": [{"level": "error", "message": f"@storage-oncall: {remedy}"}],
    }
    stage.show(stage.now(storage_oncall=failed))
    page = stage.open()
    expect(row(page, "storage-oncall")).to_contain_text(remedy)
    expect(row(page, "storage-oncall")).to_contain_text("since ")
    assert handles(page)[0] == "storage-oncall"
    expect(row(page, "platform-oncall")).to_contain_text("Verified")


def test_what_three_heartbeats_did_not_verify_is_told_loudly(stage: Stage) -> None:
    old = {"verified_at": moment(hours=-1)}
    stage.show(stage.now(platform_oncall=old) | {"heartbeat": 900, "as_of": moment(hours=-1)})
    page = stage.open()
    expect(row(page, "platform-oncall")).to_contain_text("Not verified")
    expect(notices(page).get_by_role("alert")).to_contain_text("Nothing has been verified for 60 min.")
    expect(row(page, "storage-oncall")).to_contain_text("Verified")


def test_a_shift_that_has_ended_without_news_is_overdue(stage: Stage) -> None:
    ended = [{"slack_id": "UADA", "name": "Ada Okafor", "until": moment(minutes=-20), "via": ["PPLAT"]}]
    stage.show(stage.now(platform_oncall={"members": ended}))
    expect(row(stage.open(), "platform-oncall")).to_contain_text("overdue since")


def test_the_last_hour_of_a_shift_is_counted_down_in_the_viewers_zone(stage: Stage) -> None:
    near = [{"slack_id": "UADA", "name": "Ada Okafor", "until": moment(minutes=20.3), "via": ["PPLAT"]}]
    stage.show(stage.now(platform_oncall={"members": near}))
    page = stage.open(zone="Asia/Tokyo")
    expect(row(page, "platform-oncall")).to_contain_text("in 20 min")
    expect(page.locator("#summary")).to_contain_text("Asia/Tokyo")


def test_a_paused_dag_is_told(stage: Stage) -> None:
    stage.pause()
    expect(notices(stage.open())).to_contain_text("The Dag is paused.")


def test_a_report_of_an_older_version_is_shown_as_far_as_it_goes(stage: Stage) -> None:
    older = {"platform-oncall": {"status": "unchanged", "members": [{"name": "Ada"}]}, "odd": {"status": "pondering"}}
    stage.show({"as_of": moment(), "groups": older})
    page = stage.open()
    expect(row(page, "platform-oncall")).to_contain_text("Ada")
    expect(row(page, "platform-oncall")).to_contain_text("never")
    expect(row(page, "odd")).to_contain_text("nobody known")


def test_who_may_not_read_the_dag_is_told_so_and_sees_nothing(stage: Stage) -> None:
    page = stage.open(user="stranger")
    expect(notices(page)).to_contain_text("You may not see this.")
    assert "Ada" not in page.content()
    expect(page.locator("table")).to_have_count(0)


def test_an_anonymous_visitor_gets_nothing_but_the_way_in(stage: Stage) -> None:
    page = stage.open(user=None)
    expect(notices(page)).to_contain_text("You are not signed in.")
    assert "Ada" not in page.content()
    expect(button(page, "Sync all now")).to_have_count(0)
    page.get_by_role("link", name="Sign in to Airflow").click()
    page.wait_for_url("**/auth/**")
