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
from dataclasses import dataclass, field
from typing import Any

import yaml

KeyPath = tuple[str | int, ...]

LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
DEEPEST = 12
MOST_VALUES = 200_000
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MERGE = "merge keys are not supported; options for all groups stand under defaults"
# What libyaml says, and what it means to the person who typed the file.
PLAIN_WORDS = {
    "mapping values are not allowed": "a colon that does not fit: look at the lines above, or use quotes",
    "could not find expected ':'": "a key without a colon, or a quote or bracket that is not closed above",
    "while parsing a flow": "a list in [ ] or a mapping in { } that is not closed, or lacks a comma",
    "while scanning a quoted": "a quote that is not closed",
    "did not find expected key": "this does not fit the lines above: look at indentation, quotes, brackets",
    "block collection": "this does not fit the lines above: look at the indentation",
    "cannot start any token": "text that begins with a special character must be quoted",
    "expected <document start>": "this does not fit the lines above: look at the indentation",
}


class FlawError(Exception):
    """A mistake of the YAML. Raised: the text cannot be read any further."""

    def __init__(self, line: int, reason: str, path: KeyPath = ()) -> None:
        super().__init__(reason)
        self.line, self.reason, self.path = line, reason, path


@dataclass
class Tree:
    """What was read: plain str, list and dict; {path: line}; and the mistakes of the YAML itself."""

    values: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    mistakes: list[FlawError] = field(default_factory=list)
    broken: bool = False  # reading stopped: `values` is not there

    def line(self, path: KeyPath) -> int:
        """The line of this path, or of the nearest thing around it (what an alias names has no line here)."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Tree:
    """Never raises: what is wrong is in `mistakes`."""
    tree = Tree()
    try:
        tree.values = _Builder(text, tree).document()
    except FlawError as mistake:
        tree.mistakes.append(mistake)
        tree.broken = True
    return tree


@dataclass
class _Named:
    """What `&name` stands for."""

    value: Any
    size: int
    flawed: bool


class _Builder:
    """Builds the values of one document from the parser's events."""

    def __init__(self, text: str, tree: Tree) -> None:
        self.events = _events(text)
        self.tree = tree
        self.named: dict[str, _Named] = {}
        self.size = 0

    def document(self) -> Any:
        """The only document of the text; None if there is none."""
        value = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.size:
                    raise FlawError(_line(event), "a second document (---): the config is one document")
                value = self.value(next(self.events), ())
        return value

    def value(self, event: Any, path: KeyPath) -> Any:
        self.grow(1, event, path)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        before, flaws = self.size, len(self.tree.mistakes)
        if event.tag:
            self.flaw(event, path, "YAML tags (!…) are not supported: write the plain value")
        value: Any = event.value if isinstance(event, yaml.ScalarEvent) else self.collection(event, path)
        if event.anchor:
            flawed = len(self.tree.mistakes) > flaws
            self.named[event.anchor] = _Named(value, self.size - before + 1, flawed)
        return value

    def collection(self, event: Any, path: KeyPath) -> Any:
        if len(path) >= DEEPEST:
            raise FlawError(_line(event), "nested too deep: nothing in this file goes that far", path)
        return self.mapping(path) if isinstance(event, yaml.MappingStartEvent) else self.sequence(path)

    def alias(self, event: Any, path: KeyPath) -> Any:
        named = self.named.get(event.anchor)
        if named is None:
            self.flaw(event, path, f"*{event.anchor} is used, but no &{event.anchor} stands before it")
            return ""
        self.grow(named.size - 1, event, path)
        if named.flawed:
            self.flaw(event, path, f"*{event.anchor} repeats something that has a mistake")
        return named.value

    def sequence(self, path: KeyPath) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            entry = (*path, len(values))
            self.tree.lines[entry] = _line(event)
            values.append(self.value(event, entry))
        return values

    def mapping(self, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.value(event, path)
            if not isinstance(key, str):
                raise FlawError(_line(event), "a list or mapping stands where a key is wanted", path)
            here = (*path, key)
            first = self.tree.lines.setdefault(here, _line(event))
            value = self.value(next(self.events), here)
            if key == "<<":
                self.flaw(event, here, MERGE)
            elif key in values:
                self.flaw(event, here, f"written twice, first in line {first}")
            else:
                values[key] = value
        return values

    def flaw(self, event: Any, path: KeyPath, reason: str) -> None:
        self.tree.mistakes.append(FlawError(_line(event), reason, path))

    def grow(self, by: int, event: Any, path: KeyPath) -> None:
        self.size += by
        if self.size > MOST_VALUES:
            raise FlawError(_line(event), f"too large: more than {MOST_VALUES} values, aliases unfolded", path)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _events(text: str) -> Iterator[Any]:
    """The parser's events; what stops it is raised as FlawError."""
    if found := UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise FlawError(line, f"a character that text does not have (U+{ord(found[0]):04X})")
    try:
        loader = LOADER(text)
        while loader.check_event():
            yield loader.get_event()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        raise FlawError(line + 1, _in_plain_words(error, text.splitlines()[line : line + 1])) from None
    except yaml.YAMLError as error:
        raise FlawError(1, f"not valid YAML: {error}") from None


def _in_plain_words(error: yaml.MarkedYAMLError, line: list[str]) -> str:
    said = f"{error.context or ''} {error.problem or ''}"
    if re.match(r"\s*\t", "".join(line)) or "\\t" in said:
        return "a tab: YAML is indented with spaces"
    meaning = next((words for fragment, words in PLAIN_WORDS.items() if fragment in said), error.problem)
    return f"not valid YAML: {meaning}"
