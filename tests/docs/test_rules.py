"""tests/RULES.md names a test for each rule; here each of these tests exists, and none stands for two rules."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
NAMED = re.findall(r"\| `([\w/]+\.py)::(test_\w+)` \|", (TESTS / "RULES.md").read_text(encoding="utf-8"))


def functions_of(file: str) -> set[str]:
    path = TESTS / file
    parsed = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return {node.name for node in parsed.body if isinstance(node, ast.FunctionDef)}


def test_every_rule_has_a_test_that_exists() -> None:
    assert len(NAMED) > 100
    assert [f"{file}::{name}" for file, name in NAMED if name not in functions_of(file)] == []


def test_no_test_stands_for_two_rules() -> None:
    assert [test for test, times in Counter(NAMED).items() if times > 1] == []
