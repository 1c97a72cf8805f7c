"""How the tests find things on the page: as people do, by words and roles."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def row(page: Page, handle: str) -> Locator:
    return page.locator(f'tbody[data-handle="{handle}"]')


def handles(page: Page) -> list[str]:
    """Those shown, from the top."""
    return [text.removeprefix("@") for text in page.locator("tbody th").all_inner_texts()]


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def notices(page: Page) -> Locator:
    return page.locator("#notices")
