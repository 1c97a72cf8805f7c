"""What changed, and who was on call at some moment of the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.page.looks import button, notices
from tests.page.stage import Stage

pytestmark = pytest.mark.browser


def look_up(page: Page, handle: str, when: datetime) -> None:
    page.get_by_label("Group", exact=True).fill(handle)
    page.get_by_label("Who was on call at").fill(f"{when:%Y-%m-%dT%H:%M}")
    button(page, "Look up").click()


def test_the_changes_of_a_group_are_told_with_who_joined_and_left_and_the_run(stage: Stage) -> None:
    page = stage.open("oncall/")
    button(page, "History @platform-oncall").click()
    change = page.locator("table.changes tbody tr").last  # the first run's
    expect(change).to_contain_text("@platform-oncall")
    expect(change.locator('[data-title="Joined"]')).to_contain_text("Ada Okafor")
    expect(change.locator('[data-title="Left"]')).to_contain_text("UCY")  # whose name nobody had looked up
    expect(change.get_by_role("link", name="Run")).to_be_visible()
    assert "view=history" in page.url
    assert "group=platform-oncall" in page.url


def test_the_first_change_of_a_group_shows_while_airflow_calls_its_asset_inactive(stage: Stage) -> None:
    stage.call_inactive("platform-oncall")
    listed = stage.ask("GET", "assets?name_prefix_pattern=slack_usergroup_platform-oncall")
    assert listed["assets"] == []
    page = stage.open("oncall/?view=history&group=platform-oncall")
    expect(page.locator("table.changes tbody tr").last).to_contain_text("Ada Okafor")


def test_a_group_that_never_changed_says_so(stage: Stage) -> None:
    expect(stage.open("oncall/?view=history&group=weekend-oncall").locator("#changes")).to_contain_text(
        "No change of @weekend-oncall yet."
    )


def test_thousands_of_changes_come_fifty_at_a_time(stage: Stage) -> None:
    stage.add_changes(3000)
    page = stage.open("oncall/?view=history")
    rows = page.locator("table.changes tbody tr")
    expect(rows).to_have_count(50)
    expect(page.locator("#changes")).to_contain_text("50 of 3,00")
    button(page, "Show older").click()
    expect(rows).to_have_count(100)


def test_a_day_that_nobody_read_is_filled_by_the_backfill_that_the_page_offers(stage: Stage) -> None:
    when = datetime.now(UTC) - timedelta(days=9)
    page = stage.open("oncall/?view=history", zone="UTC")
    look_up(page, "platform-oncall", when)
    answer = page.locator("#answer")
    expect(answer).to_contain_text(f"The day {when:%Y-%m-%d} (UTC) has not been read yet.")
    button(page, f"Backfill {when:%Y-%m-%d}").click()
    expect(answer).to_contain_text("Ada Okafor", timeout=90_000)
    expect(answer).to_contain_text("PPLAT")
    page.reload()
    expect(answer).to_contain_text("Ada Okafor")


def test_who_may_only_look_is_told_whom_to_ask_for_a_missing_day(stage: Stage) -> None:
    page = stage.open("oncall/?view=history", user="viewer", zone="UTC")
    look_up(page, "platform-oncall", datetime.now(UTC) - timedelta(days=20))
    expect(page.locator("#answer")).to_contain_text("Somebody who may trigger Dags can fill it")
    expect(page.locator("#answer").get_by_role("button")).to_have_count(0)


def test_the_future_is_no_history(stage: Stage) -> None:
    page = stage.open("oncall/?view=history", zone="UTC")
    look_up(page, "platform-oncall", datetime.now(UTC) + timedelta(days=2))
    expect(page.locator("#answer")).to_contain_text("That is still to come.")


def test_who_may_not_read_the_dag_learns_nothing_of_its_past(stage: Stage) -> None:
    page = stage.open("oncall/?view=history", user="stranger")
    expect(notices(page)).to_contain_text("You may not see this.")
    expect(page.locator("table")).to_have_count(0)
