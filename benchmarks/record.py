"""RESULTS.md: a section for each measure, which `--write` replaces."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
TITLE = "# Results of `make bench`\n\nWhat is measured, and what the columns mean: docs/performance.md.\n"


def machine() -> str:
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"Airflow {version('apache-airflow')}; {datetime.now(UTC):%Y-%m-%d}"
    )


def row(*fields: object) -> str:
    """Of a Markdown table."""
    return f"| {' | '.join(map(str, fields))} |"


def record(measure: str, figures: str, file: Path = RESULTS) -> None:
    """Replaces the section of the measure by these figures, with the machine and the date."""
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    sections = dict(re.findall(r"^## (.+)\n\n((?:(?!## ).*\n?)*)", old, re.MULTILINE))
    sections[measure] = f"{machine()}.\n\n{figures.strip()}\n"
    text = "\n".join(f"## {name}\n\n{section.strip()}\n" for name, section in sections.items())
    file.write_text(f"{TITLE}\n{text}", encoding="utf-8")
