"""An automated accessibility check (axe-core) finds nothing serious, in either theme and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.page.looks import row
from tests.page.stage import PHONE, WIDE, Json, Stage, moment

pytestmark = pytest.mark.browser


def findings(page: Page) -> list[str]:
    """Of every weight but "minor"."""
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE_SCRIPT)
    found: Json = page.evaluate("axe.run()")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"] if each["impact"] != "minor"]


@pytest.mark.parametrize(("theme", "size"), [("light", WIDE), ("dark", WIDE), ("light", PHONE)])
def test_the_table_with_all_kinds_of_rows(stage: Stage, theme: str, size: tuple[int, int]) -> None:
    failed: Json = {"status": "failed", "problems": [{"level": "error", "message": "Slack refused the update."}]}
    warned: Json = {
        "status": "unchanged",
        "verified_at": moment(),
        "problems": [{"level": "warning", "message": "Mend it."}],
    }
    late = [{"name": "Ada", "until": moment(minutes=-9), "via": ["P1"]}, {"name": "Bo", "until": moment(minutes=9)}]
    kinds: dict[str, Json] = {
        "failed": failed,
        "warned": warned,
        "late": warned | {"members": late},
        "new": {"status": "deferred"},
    }
    stage.show(stage.now(**kinds) | {"problems": failed["problems"]})
    page = stage.open(theme=theme, size=size)
    expect(row(page, "failed")).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_history(stage: Stage, theme: str) -> None:
    page = stage.open("oncall/?view=history&group=platform-oncall&at=2026-01-01T10:00", theme=theme)
    expect(page.locator("table.changes tbody tr").first).to_be_visible()
    expect(page.locator("#answer .notice")).to_contain_text("has not been read yet")
    assert findings(page) == []


def test_the_way_in(stage: Stage) -> None:
    page = stage.open(user=None)
    expect(page.get_by_role("link", name="Sign in to Airflow")).to_be_visible()
    assert findings(page) == []
