"""What is wrong with the config, in plain words: file, line, key, what is wrong, what is allowed."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_args

from pydantic_core import ErrorDetails

from oncall_sync.config.document import KeyPath
from oncall_sync.config.model import Config, Group, Section
from oncall_sync.errors import printable, quoted, shortened


def sections_in(annotation: Any) -> Iterator[type[Section]]:
    """`tuple[Listed, ...]` → Listed"""
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
BY_NAME = {section.__name__: section for section in SECTIONS.values()}
# By what pydantic calls an error; the first two are of `fields.MustBe`.
WORDS = {
    "must_be": "must be {msg}, not {value}",
    "must_be_secret": "must be {msg}",
    "tuple_type": "must be a list, not {value}",
    "dict_type": "must be a mapping of keys to values, not {value}",
    "model_type": "must be {must_be}, not {value}",
    "missing": "is missing",
    "value_error": "{error}",
}
PLACES: dict[str, type[Section]] = {
    "at the top level": Config,
    **{f"under {key}": SECTIONS[key] for key in ("connections", "alerts", "defaults")},
    "inside a group": Group,
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


def key_path(path: KeyPath) -> str:
    """("groups", "a", "schedules", 1) → `groups.a.schedules[1]`"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def group_of(path: KeyPath) -> str | None:
    """The handle of the group that a mistake at this path stops; None: the whole file."""
    match path:
        case ("groups", str(handle), *_):
            return handle.removeprefix("@")
    return None


def in_plain_words(path: KeyPath, error: ErrorDetails) -> str:
    """What pydantic found at this path of the file."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(path, value)
    if value == "":
        return "has no value: write one or remove it"
    if kind == "tuple_type" and isinstance(value, str):
        return f"must be a list, e.g. [{shortened(value)}]"
    section = BY_NAME.get(context.get("class_name", ""), Config)
    words = {"msg": error["msg"], "value": shown(value), "error": context.get("error"), "must_be": section.must_be}
    return WORDS.get(kind, "{msg}").format(**words)


def shown(value: object) -> str:
    """The value as a message shows it; of a list or mapping only that it is one."""
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else quoted(str(value))


def unknown_key(path: KeyPath, value: object) -> str:
    """Where the key belongs, which one it may mean, or which ones there are."""
    key, here = str(path[-1]), _section(path[:-1])
    places = [place for place, section in PLACES.items() if key in section.model_fields]
    if places:
        return f"unknown key here, it belongs {' or '.join(places)}"
    if here is Config and isinstance(value, dict) and value.keys() & Group.model_fields.keys():
        return "unknown key, a group belongs under groups (look at the indentation)"
    return f"unknown key, {_nearest(key, here.model_fields)}"


def _section(path: KeyPath) -> type[Section]:
    match [part for part in path if isinstance(part, str)]:
        case ["groups", _]:
            return Group
        case [*_, key]:
            return SECTIONS.get(key, Config)
    return Config


def _nearest(word: str, allowed: Iterable[str]) -> str:
    """Also for a part of a key, as `teams` in place of `team_members`."""
    word, allowed = word.lower().replace("-", "_"), list(allowed)
    close = difflib.get_close_matches(word, allowed, n=1)
    close = close or [key for key in allowed if difflib.get_close_matches(word, key.split("_"), n=1)]
    return f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"
