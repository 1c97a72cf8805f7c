"""No token reaches the browser, whatever a service says in its errors."""

from __future__ import annotations

import pytest
from playwright.sync_api import Response, expect

from sandbox import Fault
from tests.page.looks import button, notices
from tests.page.stage import Stage

pytestmark = pytest.mark.browser


def test_no_token_is_on_the_page_nor_in_anything_that_it_asks_for(stage: Stage) -> None:
    echo = '{"ok": false, "error": "sent xoxb-sandbox-slack-token"}'
    stage.sandbox.faults.add(Fault(service="slack", status=200, body=echo, times=None))
    page, received = stage.open(), list[Response]()
    page.on("response", lambda response: received.append(response))  # noqa: PLW0108 - Playwright takes no method of C
    button(page, "Sync all now").click()
    expect(notices(page)).to_contain_text("sent …", timeout=60_000)
    shown = [page.content()]
    button(page, "History @platform-oncall").click()
    expect(page.locator("table.changes tbody tr").last).to_contain_text("Ada Okafor")
    shown += [page.content(), *(f"{response.url} {response.text()}" for response in received)]

    everything = "\n".join(shown)
    for searched in ("xcomEntries", "sent …", "Ada Okafor"):
        assert searched in everything, "the search must see what it searches"
    world = stage.sandbox.world
    assert world.slack.token not in everything
    assert world.pagerduty.token not in everything
