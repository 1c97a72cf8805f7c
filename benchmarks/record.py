"""RESULTS.md: a section for each measure, which `--write` replaces."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.machine import machine

RESULTS = Path(__file__).parent / "RESULTS.md"
TITLE = "# Results of `make bench`\n\nWhat is measured, and what the columns mean: docs/performance.md.\n"


def record(measure: str, figures: str, file: Path = RESULTS) -> None:
    """Puts the figures, with the machine and the date, in place of those that the measure had there."""
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    sections = dict(re.findall(r"^## (.+)\n\n((?:(?!## ).*\n?)*)", old, re.MULTILINE))
    sections[measure] = f"{machine()}.\n\n{figures.strip()}\n"
    text = "\n".join(f"## {name}\n\n{section.strip()}\n" for name, section in sections.items())
    file.write_text(f"{TITLE}\n{text}", encoding="utf-8")
