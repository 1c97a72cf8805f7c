"""What is wrong with the config, in plain words: file, line, key, what is wrong, what is allowed."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from oncall_sync.config.model import Alerts, Config, EscalationPolicy, Group, Listed, NewGroup, Overlap
from oncall_sync.config.values import printable, quoted
from oncall_sync.config.yaml_lines import Finding, KeyPath

Section = type[BaseModel]


def sections_in(annotation: Any) -> Iterator[Section]:
    """`tuple[Listed, ...]` → Listed"""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)


# The sections that stand under a key, wherever that is.
SECTIONS: dict[str, Section] = {
    key: section
    for outer in (Config, Group)
    for key, field in outer.model_fields.items()
    for section in sections_in(field.annotation)
}
PLACES: dict[str, Section] = {
    "at the top level": Config,
    **{f"under {key}": SECTIONS[key] for key in ("connections", "alerts", "defaults")},
    "inside a group": Group,
}
# What pydantic calls an error → what is said; {value} is what the file has there.
WORDS = {
    "bool_parsing": "{value} is neither true nor false",
    "bool_type": "{value} stands where true or false is wanted",
    "dict_type": "{value} stands where a mapping of keys to values is wanted",
    "model_type": "{value} stands where a mapping of keys to values is wanted",
    "string_type": "{value} stands where one text is wanted",
    "tuple_type": "{value} stands where a list is wanted",
    "literal_error": "{value} is none of",
    "missing": "is missing",
}
# What to write where such a section is wanted.
SPELLED: dict[Section, str] = {
    Group: ", write schedules: [PC5BGL2]",
    Overlap: ", write {before: 15m, after: 30m}",
    NewGroup: ", or true",
    Alerts: ", write {slack: C0123ABC}",
    EscalationPolicy: ", or an ID alone",
    Listed: ", or an email alone",
}


class Mistake(NamedTuple):
    """One line of `make check`. `group`: the handle of the group that it spoils; None: the whole file."""

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
    """The handle that a mistake at this path fails; None: the whole file."""
    match path:
        case ("groups", str(handle), *_):
            return handle.removeprefix("@")
    return None


def in_plain_words(error: ErrorDetails) -> Finding:
    """What pydantic found, as this file tells it."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    path = error["loc"]
    if path[-1:] == ("[key]",) and kind != "extra_forbidden":
        path = path[:-1]
    if kind == "extra_forbidden":
        return Finding(path, unknown_key(path, value))
    if value == "":
        return Finding(path, "has no value: write one or remove it")
    if kind == "value_error":
        return Finding(path, str(context["error"]))
    said = WORDS[kind].format(value=shown(value)) if kind in WORDS else error["msg"]
    return Finding(path, said + advice(path, kind, value, context))


def shown(value: object) -> str:
    """The value as a message shows it; of a list or mapping only that it is one."""
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else quoted(str(value))


def advice(path: KeyPath, kind: str, value: object, context: Mapping[str, Any]) -> str:
    """What to write instead, where that can be told."""
    match kind, value, path:
        case "tuple_type", str(), _:
            return f", write [{printable(value)}]"
        case "model_type", _, _:
            return SPELLED.get(_section(path), "")
        case "literal_error", str(), _:
            allowed = re.findall("'(.*?)'", context["expected"])
            return f" {', '.join(allowed)}{_did_you_mean(value, allowed)}"
        case "missing", _, ("groups",):
            return ": at least one group is needed"
    return ""


def unknown_key(path: KeyPath, value: object) -> str:
    """What to say about a key that does not belong where it stands."""
    key, here = str(path[-1]), _section(path[:-1])
    places = [place for place, section in PLACES.items() if key in section.model_fields]
    if places:
        return f"unknown key here, it belongs {' or '.join(places)}"
    if here is Config and isinstance(value, dict) and value.keys() & Group.model_fields.keys():
        return "unknown key, a group belongs under groups (look at the indentation)"
    if hint := _did_you_mean(key, list(here.model_fields)):
        return f"unknown key{hint}"
    return f"unknown key, allowed: {', '.join(here.model_fields)}"


def _section(path: KeyPath) -> Section:
    match [part for part in path if isinstance(part, str)]:
        case ["groups", _]:
            return Group
        case [*_, key]:
            return SECTIONS.get(key, Config)
    return Config


def _did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Also for a part of a key, as `teams` in place of `team_members`."""
    word, allowed = word.lower().replace("-", "_"), list(allowed)
    close = difflib.get_close_matches(word, allowed, n=1)
    close = close or [key for key in allowed if difflib.get_close_matches(word, key.split("_"), n=1)]
    return f", did you mean {close[0]}?" if close else ""
