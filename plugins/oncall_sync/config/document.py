"""YAML text → plain values, the line of each key and entry, and the mistakes of the YAML itself.

    groups:              values {"groups": {"a": {"schedules": ["P1"]}}}
      a:              →  lines  {("groups",): 1, ("groups", "a"): 2, ("groups", "a", "schedules"): 3,
        schedules:               ("groups", "a", "schedules", 0): 4}
          - P1

Scalars stay text: `off`, `0123` and `1:30` are what they look like.
"""

import re
from typing import Any

import yaml
from yaml.reader import Reader

from oncall_sync.config.mistakes import KeyPath, Mistake

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
DEEPEST = 12
MOST = 40_000  # keys and values, each alias filled in; 2,000 groups have some 20,000
TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map")}
# What the YAML library says, and what it means to the person who typed the file.
PLAIN_WORDS = {
    "mapping values are not allowed": "a colon that does not fit: look at the lines above, or use quotes",
    "while parsing a flow": "a list in [ ] or a mapping in { } that is not closed, or lacks a comma",
    "invalid Unicode character escape": "an escape (\\u, \\U) of a character that does not exist",
    "while scanning a quoted": "a quote that is not closed",
    "cannot start any token": "text that begins with a special character must be quoted",
    "expected a single document": "a second document (---): the config is one document",
    "undefined alias": "an alias (*name) without an anchor (&name) before it",
}
NO_FIT = "this does not fit the lines above: look at indentation, quotes, brackets"


class _UnreadableError(Exception):
    """Nothing can be read from here on: why, and the line."""


class Document:
    """What a text holds: `values`, plain str, list and dict, and `mistakes` of the YAML itself.

    Where reading stopped at one of them, there are no values.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.values: Any = None
        self.mistakes: list[Mistake] = []
        self._lines: dict[KeyPath, int] = {}
        self._size = 0
        try:
            if node := _composed(text):
                self.values = self._value(node, ())
        except _UnreadableError as stop:
            reason, line = stop.args
            self.mistakes.append(Mistake(file, line, "", reason))

    def mistake(self, path: KeyPath, reason: str, line: int | None = None) -> Mistake:
        """line: else that of the path, or of the nearest thing around it."""
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
        group = str(path[1]).removeprefix("@") if path[:1] == ("groups",) and path[1:] else None
        lines = (self._lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._lines)
        return Mistake(self.file, line or next(lines, 1), key, reason, group)

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        self._lines.setdefault(path, _line(node))
        self._size += 1
        if self._size > MOST or len(path) > DEEPEST:  # by an alias: without it the depth was measured before
            raise _UnreadableError(
                f"too large: more than {MOST} keys and values, aliases (*name) filled in", _line(node)
            )
        if node.tag not in TAGS:
            self._add(path, "YAML tags (!…) are not supported: write the plain value", node)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self._value(entry, (*path, n)) for n, entry in enumerate(node.value)]
        if not node.value.isprintable():
            self._add(path, "must be one line, without characters that cannot be seen", node)
        return node.value

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _UnreadableError("a list or mapping where a key is expected", _line(key_node))
            key, here = key_node.value, (*path, key_node.value)
            self._value(key_node, here)
            value = self._value(value_node, here)
            if key == "<<":
                self._add(here, "merge keys are not supported: put options for all groups under defaults", key_node)
            if key in values:
                self._add(here, f"written twice, first in line {self._lines[here]}", key_node)
            values.setdefault(key, value)
        return values

    def _add(self, path: KeyPath, reason: str, node: yaml.Node) -> None:
        self.mistakes.append(self.mistake(path, reason, _line(node)))


def _line(place: Any) -> int:
    """Of a node or an event."""
    return int(place.start_mark.line) + 1


def _composed(text: str) -> yaml.Node | None:
    """The root node; None for an empty text."""
    if bad := Reader.NON_PRINTABLE.search(text):  # the only error of the parser without a line
        line = text.count("\n", 0, bad.start()) + 1
        raise _UnreadableError(f"a character that text does not have (U+{ord(bad[0]):04X})", line)
    depth = 0
    try:
        for event in yaml.parse(text, LOADER):  # before anything is built: libyaml's composer crashes on deep nesting
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise _UnreadableError("nested too deep", _line(event))
        return yaml.compose(text, LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise _UnreadableError(_meaning(error, text.splitlines()[line : line + 1]), line + 1) from None
    except (OverflowError, ValueError) as error:  # "\UFFFFFFFF", where there is no libyaml
        raise _UnreadableError(f"not valid YAML: {error}", 1) from None


def _meaning(error: yaml.MarkedYAMLError, line: list[str]) -> str:
    problem = f"{error.context or ''} {error.problem or ''}"
    if re.match(r"\s*\t", "".join(line)) or "\\t" in problem:
        return "a tab: YAML is indented with spaces"
    meanings = (words for fragment, words in PLAIN_WORDS.items() if fragment in problem)
    return f"not valid YAML: {next(meanings, f'{NO_FIT} ({error.problem})')}"
