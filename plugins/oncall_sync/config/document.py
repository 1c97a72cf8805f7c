"""YAML text → plain values, the line of each key and entry, and the mistakes of the YAML itself.

    groups:              values {"groups": {"a": {"schedules": ["P1"]}}}
      a:              →  lines  {("groups",): 1, ("groups", "a"): 2, ("groups", "a", "schedules"): 3,
        schedules:               ("groups", "a", "schedules", 0): 4}
          - P1

Scalars stay text: `off`, `0123` and `1:30` are what they look like.
"""

import re
from typing import Any, NamedTuple

import yaml
from yaml.reader import Reader

KeyPath = tuple[str | int, ...]

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
DEEPEST = 12
MOST_VALUES = 30_000  # keys included; 500 groups have some 5,000
TOO_LARGE = f"too large: more than {MOST_VALUES} keys and values"
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map")}
NO_CHARACTER = "an escape (\\u, \\U) of a character that does not exist"
# What the YAML library says, and what it means to the person who typed the file.
PLAIN_WORDS = {
    "mapping values are not allowed": "a colon that does not fit: look at the lines above, or use quotes",
    "could not find expected ':'": "a key without a colon, or a quote or bracket that is not closed above",
    "while parsing a flow": "a list in [ ] or a mapping in { } that is not closed, or lacks a comma",
    "invalid Unicode character escape": NO_CHARACTER,
    "while scanning a quoted": "a quote that is not closed",
    "did not find expected key": "this does not fit the lines above: look at indentation, quotes, brackets",
    "block collection": "this does not fit the lines above: look at the indentation",
    "cannot start any token": "text that begins with a special character must be quoted",
    "expected <document start>": "this does not fit the lines above: look at the indentation",
    "expected a single document": "a second document (---): the config is one document",
    "undefined alias": "an alias (*name) without an anchor (&name) before it",
}


class Finding(NamedTuple):
    """Something that is wrong. `line`: None: that of the path."""

    path: KeyPath
    reason: str
    line: int | None = None


class _UnreadableError(Exception):
    """The text cannot be read any further; the arguments are those of the Finding."""


class Document:
    """What a text holds: `values`, plain str, list and dict; and `flaws`, the mistakes of the YAML itself.

    `broken`: reading stopped at one of them, and there are no values.
    """

    def __init__(self, text: str) -> None:
        self.values: Any = None
        self.flaws: list[Finding] = []
        self.broken = False
        self._lines: dict[KeyPath, int] = {}
        self._size = 0
        try:
            if node := _composed(text):
                self.values = self._value(node, ())
        except _UnreadableError as stop:
            self.values, self.broken = None, True
            self.flaws.append(Finding(*stop.args))

    def line(self, path: KeyPath) -> int:
        """The line of this path, or of the nearest thing around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _value(self, node: Any, path: KeyPath) -> Any:
        self._size += 1
        if self._size > MOST_VALUES or len(path) > DEEPEST:  # by aliases: the text itself was measured before
            raise _UnreadableError(path, f"{TOO_LARGE}, aliases (*name) filled in", _line(node))
        if node.tag not in PLAIN_TAGS:
            self._flaw(node, path, "YAML tags (!…) are not supported: write the plain value")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._lines |= {(*path, n): _line(entry) for n, entry in enumerate(node.value)}
            return [self._value(entry, (*path, n)) for n, entry in enumerate(node.value)]
        if not node.value.isprintable():
            self._flaw(node, path, "must be one line, without characters that cannot be seen")
        return node.value

    def _mapping(self, node: Any, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _UnreadableError(path, "a list or mapping where a key is expected", _line(key_node))
            key, here = key_node.value, (*path, key_node.value)
            first = self._lines.setdefault(here, _line(key_node))
            self._value(key_node, here)
            value = self._value(value_node, here)
            if key == "<<":
                self._flaw(key_node, here, "merge keys are not supported: put options for all groups under defaults")
            elif key in values:
                self._flaw(key_node, here, f"written twice, first in line {first}")
            else:
                values[key] = value
        return values

    def _flaw(self, node: Any, path: KeyPath, reason: str) -> None:
        self.flaws.append(Finding(path, reason, _line(node)))


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _composed(text: str) -> Any:
    """The root node; None for an empty text. Measured first, because libyaml's composer crashes on deep nesting."""
    if found := Reader.NON_PRINTABLE.search(text):  # the only error of the parser without a line
        line = text.count("\n", 0, found.start()) + 1
        raise _UnreadableError((), f"a character that text does not have (U+{ord(found[0]):04X})", line)
    try:
        _measure(text)
        return yaml.compose(text, LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise _UnreadableError((), _meaning(error, text.splitlines()[line : line + 1]), line + 1) from None
    except (OverflowError, ValueError):  # "\UFFFFFFFF", where there is no libyaml
        raise _UnreadableError((), f"not valid YAML: {NO_CHARACTER}") from None


def _measure(text: str) -> None:
    depth = 0
    for size, event in enumerate(yaml.parse(text, LOADER)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or size > 2 * MOST_VALUES:
            raise _UnreadableError((), "nested too deep" if depth > DEEPEST else TOO_LARGE, _line(event))


def _meaning(error: yaml.MarkedYAMLError, line: list[str]) -> str:
    problem = f"{error.context or ''} {error.problem or ''}"
    if re.match(r"\s*\t", "".join(line)) or "\\t" in problem:
        return "a tab: YAML is indented with spaces"
    meaning = next((words for fragment, words in PLAIN_WORDS.items() if fragment in problem), error.problem)
    return f"not valid YAML: {meaning}"
