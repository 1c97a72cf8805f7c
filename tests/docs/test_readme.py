"""README.md stays an outline, and its table is what `make run` prints."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from oncall_sync.terminal import tables
from sandbox import Sandbox, World
from tests.docs.pages import FILES, PAGES, ROOT
from tests.sync.driver import Sync

README = PAGES["README.md"]
MONDAY_MORNING = datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) <= 140


def test_the_readme_links_to_every_page() -> None:
    pages = [str(path.relative_to(ROOT)) for path in FILES if path.parent == ROOT / "docs"]
    assert [page for page in pages if f"]({page})" not in README] == []


def test_the_table_is_what_the_first_make_run_prints_on_a_monday_morning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.model_validate(yaml.safe_load((ROOT / "sandbox" / "world.yaml").read_text()))
    file = tmp_path / "oncall_sync.yaml"
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", str(file))
    with Sandbox(world) as sandbox:
        sync = Sync(sandbox, file, now=MONDAY_MORNING)
        sync.configure((ROOT / "dags" / "oncall_sync.yaml").read_text())
        report = sync.run().model_dump(mode="json")
    report["names"] |= {slack_id: account.name for slack_id, account in world.accounts.items()}  # `make run` asks Slack
    (shown, _) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    assert shown.strip("\n") == tables.render(report).strip("\n")
