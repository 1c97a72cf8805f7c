"""Every code of a problem or an error in the product, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from oncall_sync.rules.members import MISSING
from oncall_sync.slack.errors import INVALID_USERS, REMEDIES
from tests.docs.pages import ROOT

SOURCES = sorted((ROOT / "plugins").rglob("*.py"))


def all_codes() -> set[str]:
    """The codes in calls, in the tables of PagerDuty's and Slack's answers, and of why people are missing."""
    return {code for path in SOURCES for code in _in(path.read_text(encoding="utf-8"))} | {
        *REMEDIES,
        *INVALID_USERS,
        *MISSING,
    }


def _in(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    taking = dict(_functions_with_a_code(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [word.value for word in node.keywords if word.arg == "code"]
            place = taking.get(_name(node.func))
            given += node.args[place : place + 1] if place is not None else []
            for value in given:
                yield from _texts(value)
        if isinstance(node, ast.Tuple) and node.elts:  # the tables of refusals: (code, remedy)
            yield from (text for text in _texts(node.elts[0]) if text.startswith(("pagerduty_", "heartbeat_")))


def _functions_with_a_code(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(name, place of the argument `code`) of each function in this module that takes one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg != "self"]
            if "code" in names:
                yield node.name, names.index("code")


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _texts(value: ast.expr) -> Iterator[str]:
    """The text, or each of several: `code or "slack_refused"`. The test of an `if` is no code."""
    match value:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.BoolOp(values=values):
            for one in values:
                yield from _texts(one)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
