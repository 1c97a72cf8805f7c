"""The table: found, sorted, shared and read, by everybody and with 500 groups."""

from __future__ import annotations

import pytest
from playwright.sync_api import Request, expect

from tests.page.looks import button, handles, row
from tests.page.stage import PHONE, Json, Stage, moment

pytestmark = pytest.mark.browser

SECOND, TRIES = 1.0, 8  # the machine may have other work

HOSTILE = '<img src=x onerror="document.title=1">"\'&amp;</td> 🚒 משה'


def many(number: int) -> dict[str, Json]:
    """As three people per group and a warning in every tenth make a report."""
    return {
        f"group-{n:03d}": {
            "id": f"S{n:05d}",
            "status": "unchanged",
            "verified_at": moment(seconds=-20),
            "failing_since": None,
            "members": [
                {"slack_id": f"U{n}{m}", "name": f"Person {n} {m}", "until": moment(hours=n % 90), "via": [f"PS{n}{m}"]}
                for m in range(3)
            ],
            "added": [],
            "removed": [],
            "problems": [{"level": "warning", "code": "x", "message": f"Something of group {n}."}]
            if n % 10 == 0
            else [],
        }
        for n in range(number)
    }


def test_a_search_finds_groups_and_people_and_is_kept_in_the_address(stage: Stage) -> None:
    page = stage.open()
    page.get_by_label("Search groups and people").fill("okafor")
    expect(row(page, "storage-oncall")).to_have_count(0)
    assert handles(page) == ["platform-oncall"]
    page.get_by_label("Search groups and people").fill("@storage")
    expect(row(page, "storage-oncall")).to_be_visible()
    page.reload()
    expect(row(page, "storage-oncall")).to_be_visible()
    assert handles(page) == ["storage-oncall"]
    assert "q=%40storage" in page.url


def test_a_status_can_be_chosen_and_is_kept_in_the_address(stage: Stage) -> None:
    page = stage.open()
    page.get_by_role("button", name="Nobody on call 1").click()
    assert handles(page) == ["weekend-oncall"]
    page.reload()
    expect(page.get_by_role("button", name="Nobody on call 1")).to_have_attribute("aria-pressed", "true")
    assert handles(page) == ["weekend-oncall"]


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(stage: Stage) -> None:
    page = stage.open()
    button(page, "Group").click()
    assert handles(page) == ["platform-oncall", "storage-oncall", "weekend-oncall"]
    button(page, "Group").click()
    assert handles(page) == ["weekend-oncall", "storage-oncall", "platform-oncall"]
    expect(page.get_by_role("columnheader", name="Group")).to_have_attribute("aria-sort", "descending")


def test_names_and_messages_are_text_whatever_they_hold(stage: Stage) -> None:
    members = [{"slack_id": "UADA", "name": HOSTILE, "until": None, "via": [HOSTILE]}]
    problems = [{"level": "error", "code": "x", "message": HOSTILE}]
    stage.show(stage.now(platform_oncall={"members": members, "problems": problems, "status": HOSTILE}))
    page = stage.open()
    expect(row(page, "platform-oncall").get_by_text(HOSTILE, exact=True).first).to_be_visible()
    expect(row(page, "platform-oncall").locator("li[data-level]")).to_have_text(f"error: {HOSTILE}")
    assert page.locator("main img").count() == 0
    assert page.title() == "On call"


def test_a_handle_leads_to_the_group_in_slack_and_the_run_to_airflow(stage: Stage) -> None:
    page = stage.open()
    team = stage.sandbox.world.slack.team_id
    handle = row(page, "platform-oncall").get_by_role("link", name="@platform-oncall")
    expect(handle).to_have_attribute(
        "href", f"https://app.slack.com/client/{team}/browse-user-groups/user_groups/SPLAT"
    )
    row(page, "platform-oncall").get_by_role("link", name="Run").click()
    page.wait_for_url(f"**/dags/oncall_sync/runs/{stage.first}".replace("+", "*").replace(":", "*"))


def test_the_table_of_500_groups_is_there_within_a_second_and_three_requests(stage: Stage) -> None:
    stage.show(stage.now() | {"groups": many(500)})
    page = stage.open("oncall/icon.svg")  # a browser that has started
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/v2/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    times = [SECOND]
    while min(times) >= SECOND and len(times) <= TRIES:
        asked.clear()
        page.goto(f"{stage.live.address}/oncall/")
        expect(page.locator("tbody")).to_have_count(500)
        times.append(page.evaluate("performance.getEntriesByName('table')[0].startTime / 1000"))
        value = next(n for n, each in enumerate(asked) if each.endswith("/state?deserialize=true"))
        assert value < 3, asked
    assert min(times) < SECOND, times


def test_500_groups_are_searched_while_one_types(stage: Stage) -> None:
    stage.show(stage.now() | {"groups": many(500)})
    page = stage.open()
    expect(row(page, "group-499")).to_be_attached()
    page.get_by_label("Search groups and people").press_sequentially("person 499", delay=20)
    assert handles(page) == ["group-499"]
    expect(page.get_by_text("1 of 500 groups")).to_be_visible()


def test_nothing_is_wider_than_a_phone(stage: Stage) -> None:
    long = "a-very-long-handle-of-a-group-that-nobody-would-ever-choose-but-somebody-did"
    stage.show(stage.now() | {"groups": many(30) | {long: many(1)["group-000"]}})
    page = stage.open(size=PHONE)
    expect(row(page, long)).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_everything_can_be_reached_and_done_by_keyboard(stage: Stage) -> None:
    page = stage.open()
    expect(row(page, "platform-oncall")).to_be_visible()
    page.wait_for_load_state("networkidle")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.ariaLabel || document.activeElement.textContent || document.activeElement.id"
            )
        )
    for name in (
        "Now",
        "History",
        "Sync all now",
        "search",
        "All 3",
        "Group",
        "@platform-oncall",
        "Sync now @platform-oncall",
    ):
        assert name in reached, reached
    page.get_by_label("Search groups and people").focus()
    page.keyboard.type("storage")
    assert handles(page) == ["storage-oncall"]
    page.get_by_role("button", name="Status").focus()
    page.keyboard.press("Enter")
    assert "sort=-status" in page.url or "sort=status" in page.url
