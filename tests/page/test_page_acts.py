"""Sync now and Preview, for those who may trigger the Dag; what comes of it shows without a reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page.looks import button, row
from tests.page.stage import Stage, moment

pytestmark = pytest.mark.browser
RUN = 60_000  # ms, for a whole run on two busy cores


def test_sync_now_of_one_group_changes_its_row(stage: Stage) -> None:
    page = stage.open()
    expect(row(page, "platform-oncall")).to_contain_text("Ada Okafor")
    stage.take_over("PPLAT", "PCY")
    button(page, "Sync now @platform-oncall").click()
    expect(page.locator("#result")).to_contain_text("Sync of @platform-oncall is under way")
    expect(row(page, "platform-oncall")).to_contain_text("Cy Moana", timeout=RUN)
    expect(row(page, "platform-oncall")).not_to_contain_text("Ada Okafor")
    expect(page.locator("#result")).to_contain_text("1 group changed")
    page.reload()  # a run of one group is not “now”, and yet it knows that group better
    expect(row(page, "platform-oncall")).to_contain_text("Cy Moana")


def test_a_preview_says_what_would_change_and_changes_nothing(stage: Stage) -> None:
    page = stage.open()
    stage.take_over("PSTOR", "PCY")
    button(page, "Preview all").click()
    expect(page.locator("#result")).to_contain_text("Preview: 1 group would change", timeout=RUN)
    expect(page.locator("#result")).to_contain_text("+ Cy Moana")
    expect(page.locator("#result")).to_contain_text("\N{MINUS SIGN} Bo Lindqvist")
    expect(row(page, "storage-oncall")).to_contain_text("Bo Lindqvist")
    button(page, "Close").click()
    expect(page.locator("#result")).to_be_empty()


def test_a_run_that_somebody_else_started_shows_by_itself(stage: Stage) -> None:
    page = stage.open()
    expect(row(page, "platform-oncall")).to_contain_text("Ada Okafor")
    members = [{"slack_id": "UBO", "name": "Bo Lindqvist", "until": moment(hours=3), "via": ["PPLAT"]}]
    report = stage.now(platform_oncall={"members": members})
    stage.add_run(report, state=report)
    expect(row(page, "platform-oncall")).to_contain_text("Bo Lindqvist", timeout=25_000)


def test_who_may_only_look_sees_everything_and_no_button_that_acts(stage: Stage) -> None:
    page = stage.open(user="viewer")
    expect(row(page, "platform-oncall")).to_contain_text("Ada Okafor")
    page.wait_for_load_state("networkidle")
    for name in ("Sync all now", "Preview all", "Sync now @platform-oncall", "Preview @platform-oncall"):
        expect(button(page, name)).to_have_count(0)
    expect(button(page, "History @platform-oncall")).to_be_visible()


def test_asking_whether_somebody_may_trigger_starts_nothing_and_leaves_no_trace(stage: Stage) -> None:
    before = len(stage.runs())
    page = stage.open()
    expect(button(page, "Sync all now")).to_be_visible()
    assert len(stage.runs()) == before
    logged = stage.ask("GET", "eventLogs?order_by=-event_log_id&limit=5")["event_logs"]
    assert not [each for each in logged if "backfill" in each["event"]]
