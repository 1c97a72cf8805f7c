"""What is wrong with the config, in plain words: file, line, key, what is wrong, what is allowed."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from pydantic_core import ErrorDetails

from oncall_sync.config.model import Config, Group, Section
from oncall_sync.errors import printable, quoted, shortened

KeyPath = tuple[str | int, ...]
# By what pydantic calls an error; the first two are of `fields.MustBe`.
WORDS = {
    "must_be": "must be {msg}, not {value}",
    "must_be_secret": "must be {msg}",
    "tuple_type": "must be a list, not {value}",
    "dict_type": "must be a mapping of keys to values, not {value}",
    "model_type": "must be {section}, not {value}",
    "missing": "is missing",
    "value_error": "{error}",
}


class Mistake(NamedTuple):
    """One line of `make check`. `group`: the handle of the group that it stops; None: the whole file."""

    file: str
    line: int  # 0: the file itself
    key: str  # groups.platform-oncall.schedules[1]
    reason: str
    group: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(printable(part) for part in (place, self.key, self.reason) if part)


def sections_in(annotation: Any) -> Iterator[type[Section]]:
    """`tuple[ListedPerson, ...]` → ListedPerson"""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)


# The section below a key, wherever the key is.
SECTIONS: dict[str, type[Section]] = {
    key: section
    for outer in (Config, Group)
    for key, field in outer.model_fields.items()
    for section in sections_in(field.annotation)
}
BY_NAME = {section.__name__: section.must_be for section in SECTIONS.values()}
PLACES: dict[str, type[Section]] = {
    "at the top level": Config,
    **{f"under {key}": SECTIONS[key] for key in ("connections", "alerts", "defaults")},
    "inside a group": Group,
}


def in_plain_words(path: KeyPath, error: ErrorDetails) -> str:
    """What pydantic found at this path of the file."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(path, value)
    if value == "":
        return "has no value: write one or remove it"
    if kind == "tuple_type" and isinstance(value, str):
        return f"must be a list, e.g. [{shortened(value)}]"
    section, reason = BY_NAME.get(context.get("class_name", "")), context.get("error")
    return WORDS.get(kind, "{msg}").format(msg=error["msg"], value=shown(value), section=section, error=reason)


def shown(value: object) -> str:
    """The value as a message shows it; of a list or mapping only that it is one."""
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else quoted(str(value))


def unknown_key(path: KeyPath, value: object) -> str:
    """Where the key belongs, which one it may mean, or which ones there are."""
    *around, key = (part for part in path if isinstance(part, str))
    in_a_group = around[:1] == ["groups"] and not around[2:]
    here = Group if in_a_group else SECTIONS.get("".join(around[-1:]), Config)
    places = [place for place, section in PLACES.items() if key in section.model_fields]
    if places:
        return f"unknown key here, it belongs {' or '.join(places)}"
    if here is Config and isinstance(value, dict) and value.keys() & Group.model_fields.keys():
        return "unknown key, a group belongs under groups (look at the indentation)"
    near = _nearest(key.lower().replace("-", "_"), here.model_fields)
    return f"unknown key, did you mean {near}?" if near else f"unknown key, allowed: {', '.join(here.model_fields)}"


def _nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Also by a part of a key, as `teams` in place of `team_members`."""
    parts = {part: key for key in allowed for part in (*key.split("_"), key)}
    return next((parts[part] for part in get_close_matches(word, parts, n=1)), None)
