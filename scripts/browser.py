"""Where a Chromium is, for the tests of the page and for its picture."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HOW_TO_GET = "To have one: apt-get install chromium, or .venv/bin/playwright install chromium."


def chromium() -> str | None:
    """Debian's, another on the path, or Playwright's own; None where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None
