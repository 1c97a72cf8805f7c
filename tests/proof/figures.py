"""What the proof says in numbers, below the tests' own summary: `record_property("proof", "…")` in a test."""

from __future__ import annotations

from collections import Counter
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    cases: Counter[str] = Counter()
    figures = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in report.user_properties:
                if name == "case":
                    cases[f"{value}, {outcome}"] += 1
                elif name == "proof":
                    figures.append(str(value))
    for said in (*figures, *(f"{name}: {number}" for name, number in sorted(cases.items()))):
        terminalreporter.write_line(f"proof: {said}")
