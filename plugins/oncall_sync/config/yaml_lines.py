"""YAML text → plain values, and the line of each key and entry.

    groups:              values {"groups": {"a": {"schedules": ["P1"]}}}
      a:              →  lines  {("groups",): 1, ("groups", "a"): 2, ("groups", "a", "schedules"): 3,
        schedules:               ("groups", "a", "schedules", 0): 4}
          - P1

Scalars stay text: `off`, `0123` and `1:30` are what they look like. Reads the parser's events rather than
PyYAML's nodes, so that nesting and aliases are bounded before anything is built from them.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.reader import Reader

KeyPath = tuple[str | int, ...]

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
DEEPEST = 12
MOST_VALUES = 200_000
NO_CHARACTER = "an escape (\\u, \\U) of a character that does not exist"
# What libyaml says, and what it means to the person who typed the file.
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
}


class Finding(NamedTuple):
    """Something that is wrong. `line`: None: that of the path."""

    path: KeyPath
    reason: str
    line: int | None = None


class _StopError(Exception):
    """The text cannot be read any further; the arguments are those of the Finding."""


class Tree:
    """What a text says: `values`, plain str, list and dict; and `flaws`, the mistakes of the YAML itself.

    `broken`: reading stopped at one of them, and there are no values.
    """

    def __init__(self, text: str) -> None:
        self.values: Any = None
        self.flaws: list[Finding] = []
        self.broken = False
        self._events = _events(text)
        self._lines: dict[KeyPath, int] = {}
        self._named: dict[str, tuple[Any, int, bool]] = {}  # of `&name`: the value, its size, whether it has a flaw
        self._size = 0
        try:
            self.values = self._document()
        except _StopError as stop:
            self.broken = True
            self.flaws.append(Finding(*stop.args))

    def line(self, path: KeyPath) -> int:
        """The line of this path, or of the nearest thing around it (what an alias names has no line here)."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _document(self) -> Any:
        """The only document of the text; None if there is none."""
        value = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self._size:
                    raise _StopError((), "a second document (---): the config is one document", _line(event))
                value = self._value(next(self._events), ())
        return value

    def _value(self, event: Any, path: KeyPath) -> Any:
        self._grow(1, event, path)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        before, flaws = self._size, len(self.flaws)
        if event.tag:
            self._flaw(event, path, "YAML tags (!…) are not supported: write the plain value")
        value: Any = event.value if isinstance(event, yaml.ScalarEvent) else self._collection(event, path)
        if event.anchor:
            self._named[event.anchor] = value, self._size - before + 1, len(self.flaws) > flaws
        return value

    def _collection(self, event: Any, path: KeyPath) -> Any:
        if len(path) >= DEEPEST:
            raise _StopError(path, "nested too deep: nothing in this file goes that far", _line(event))
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _alias(self, event: Any, path: KeyPath) -> Any:
        if event.anchor not in self._named:
            self._flaw(event, path, f"*{event.anchor} is used, but no &{event.anchor} stands before it")
            return ""
        value, size, flawed = self._named[event.anchor]
        self._grow(size - 1, event, path)
        if flawed:
            self._flaw(event, path, f"*{event.anchor} repeats something that has a mistake")
        return value

    def _sequence(self, path: KeyPath) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            entry = (*path, len(values))
            self._lines[entry] = _line(event)
            values.append(self._value(event, entry))
        return values

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._value(event, path)
            if not isinstance(key, str):
                raise _StopError(path, "a list or mapping stands where a key is wanted", _line(event))
            here = (*path, key)
            first = self._lines.setdefault(here, _line(event))
            value = self._value(next(self._events), here)
            if key == "<<":
                self._flaw(event, here, "merge keys are not supported; options for all groups stand under defaults")
            elif key in values:
                self._flaw(event, here, f"written twice, first in line {first}")
            else:
                values[key] = value
        return values

    def _flaw(self, event: Any, path: KeyPath, reason: str) -> None:
        self.flaws.append(Finding(path, reason, _line(event)))

    def _grow(self, by: int, event: Any, path: KeyPath) -> None:
        self._size += by
        if self._size > MOST_VALUES:
            raise _StopError(path, f"too large: more than {MOST_VALUES} values, aliases unfolded", _line(event))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _events(text: str) -> Iterator[Any]:
    """The parser's events; what stops it is raised as _StopError."""
    if found := Reader.NON_PRINTABLE.search(text):  # the only error of the parser that has no line
        line = text.count("\n", 0, found.start()) + 1
        raise _StopError((), f"a character that text does not have (U+{ord(found[0]):04X})", line)
    try:
        loader = LOADER(text)
        while loader.check_event():
            yield loader.get_event()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        reason = _meaning(error, text.splitlines()[line : line + 1])
        raise _StopError((), reason, line + 1) from None
    except (OverflowError, ValueError):  # "\UFFFFFFFF", where there is no libyaml
        raise _StopError((), f"not valid YAML: {NO_CHARACTER}", loader.line + 1) from None


def _meaning(error: yaml.MarkedYAMLError, line: list[str]) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    if re.match(r"\s*\t", "".join(line)) or "\\t" in said:
        return "a tab: YAML is indented with spaces"
    meaning = next((words for fragment, words in PLAIN_WORDS.items() if fragment in said), error.problem)
    return f"not valid YAML: {meaning}"
