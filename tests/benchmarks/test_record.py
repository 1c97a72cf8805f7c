"""RESULTS.md: `--write` keeps the sections of the other measures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.record import TITLE, record


def test_a_measure_replaces_its_own_section_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    record("one", "### of 4\n\n| 1 |\n\n### of 30\n\n| 2 |", file)
    record("other", "| 3 |", file)
    record("one", "### of 4\n\n| 4 |", file)

    title, one, other = file.read_text().split("\n## ")
    assert title == TITLE
    assert one.startswith("one\n\n")
    assert one.endswith("\n\n### of 4\n\n| 4 |\n")
    assert other.startswith("other\n\n")
    assert other.endswith("\n\n| 3 |\n")
