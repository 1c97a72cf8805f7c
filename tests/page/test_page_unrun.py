"""Before the first full run. The last tests of the folder: they take all runs away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.page.looks import notices
from tests.page.stage import Stage

pytestmark = pytest.mark.browser


def test_before_the_first_run_the_page_says_so_and_how_to_start_one(stage: Stage) -> None:
    stage.forget_runs()
    page = stage.open()
    expect(notices(page)).to_contain_text("The sync has never run.")
    expect(notices(page)).to_contain_text("“Sync now” starts one.")
    expect(page.locator("table")).to_have_count(0)


def test_the_first_run_is_waited_for(stage: Stage) -> None:
    stage.forget_runs()
    stage.add_run(None, ended=None)
    expect(notices(stage.open())).to_contain_text("The first run is on its way.")


def test_previews_and_runs_of_some_groups_alone_are_not_taken_for_the_present(stage: Stage) -> None:
    stage.forget_runs()
    stage.add_run(stage.now() | {"writes": False, "plan_only": "dry_run"}, dry_run=True)
    stage.add_run(stage.now(), groups=["platform-oncall"])
    page = stage.open()
    expect(notices(page)).to_contain_text("No full run has written yet.")
    expect(page.locator("table")).to_have_count(0)
