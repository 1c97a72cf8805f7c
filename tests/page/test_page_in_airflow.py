"""The page inside Airflow's own UI, and what it keeps out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.page.stage import Stage

pytestmark = pytest.mark.browser


def frame(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="On call"]')


def test_it_is_in_the_navigation_and_on_the_dag(stage: Stage) -> None:
    page = stage.open()
    page.goto(f"{stage.live.address}/dags/oncall_sync")
    page.get_by_role("link", name="On call").last.click()
    expect(frame(page).locator('tbody[data-handle="platform-oncall"]')).to_contain_text("Ada Okafor")
    page.goto(f"{stage.live.address}/plugin/on-call")
    expect(frame(page).locator('tbody[data-handle="platform-oncall"]')).to_contain_text("Ada Okafor")


def test_links_lead_out_of_it(stage: Stage) -> None:
    page = stage.open("plugin/on-call")
    page.context.route("https://app.slack.com/**", lambda route: route.fulfill(body="Slack"))
    with page.context.expect_page() as opened:
        frame(page).get_by_role("link", name="@platform-oncall").click()
    assert opened.value.url.startswith("https://app.slack.com/")
    frame(page).locator('tbody[data-handle="platform-oncall"]').get_by_role("link", name="Run").click()
    page.wait_for_url(re.compile(r"/dags/oncall_sync/runs/"))


def test_a_search_is_in_airflows_own_address_too(stage: Stage) -> None:
    page = stage.open("plugin/on-call")
    frame(page).get_by_label("Search groups and people").fill("storage")
    expect(frame(page).locator("tbody")).to_have_count(1)
    assert page.url.endswith("/plugin/on-call?q=storage")
    page.reload()
    expect(frame(page).locator("tbody")).to_have_count(1)


def test_it_follows_airflows_theme_when_that_is_changed(stage: Stage) -> None:
    page = stage.open("plugin/on-call", theme="dark")
    html = frame(page).locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    dark = frame(page).locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    page.evaluate("localStorage.setItem('theme', 'light')")
    expect(html).to_have_attribute("data-theme", "light")
    assert dark != frame(page).locator("body").evaluate("body => getComputedStyle(body).backgroundColor")


def test_inline_scripts_and_foreign_ones_do_not_run(stage: Stage) -> None:
    page = stage.open()
    expect(page.locator("tbody")).to_have_count(3)
    page.evaluate("""() => {
        for (const change of [(s) => s.append("window.inline = 1"), (s) => (s.src = "https://other.example/x")]) {
            const script = document.createElement("script");
            change(script);
            document.body.append(script);
        }
        window.blocked = [];
        addEventListener("securitypolicyviolation", (event) => window.blocked.push(event.effectiveDirective));
    }""")
    assert page.evaluate("window.inline") is None
    assert page.evaluate("fetch('https://elsewhere.example/').then(() => 'sent', () => 'refused')") == "refused"
    assert "connect-src" in page.evaluate("window.blocked")


def test_others_cannot_put_it_into_a_frame(stage: Stage) -> None:
    page = stage.open("oncall/icon.svg")
    address = f"{stage.live.address}/oncall/"
    page.context.route(
        "http://elsewhere.example/**",
        lambda route: route.fulfill(content_type="text/html", body=f'<iframe src="{address}"></iframe>'),
    )
    page.goto("http://elsewhere.example/")
    page.wait_for_timeout(1500)
    assert "On call" not in page.frames[-1].content()


def test_nothing_is_loaded_from_another_server(stage: Stage) -> None:
    asked: list[str] = []
    page = stage.open("oncall/icon.svg")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{stage.live.address}/oncall/")
    page.wait_for_load_state("networkidle")
    assert asked
    assert all(each.startswith(stage.live.address) for each in asked), asked
