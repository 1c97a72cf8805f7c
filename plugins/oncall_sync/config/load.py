"""Reads `dags/oncall_sync.yaml`: text → validated config, and every mistake in it at once.

A mistake inside one group costs that group alone; any other leaves no config (`config is None`).
"""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from oncall_sync.config.document import Document
from oncall_sync.config.fields import HANDLE
from oncall_sync.config.mistakes import KeyPath, Mistake, in_plain_words, shown
from oncall_sync.config.model import Alerts, Config, Connections, Group
from oncall_sync.config.source import KINDS, words_of
from oncall_sync.errors import listed, quoted

NAME = "oncall_sync.yaml"
LARGEST = 1_000_000  # bytes
SOURCE_KEYS = [*(words_of(kind).key for kind in KINDS), "always"]
NO_SOURCE = f"has no source of members: add {', '.join(SOURCE_KEYS[:-1])} or {SOURCE_KEYS[-1]}"


class LoadedConfig(NamedTuple):
    """`config` is None if the file cannot be used as a whole; otherwise it holds every valid group."""

    config: Config | None
    mistakes: tuple[Mistake, ...]
    hash: str  # "sha256:" and 64 hex digits, of the file's content


class Glance(NamedTuple):
    """What the Dag needs while it is parsed, and alerts whatever happens; the defaults where the file is broken."""

    heartbeat: timedelta = Config(groups={}).heartbeat
    poll: timedelta | None = Config(groups={}).poll
    handles: tuple[str, ...] = ()
    connections: Connections = Connections()
    alerts: Alerts | None = None  # None: the file cannot be read, or its alerts have a mistake


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """`$ONCALL_SYNC_CONFIG`, else `dags/oncall_sync.yaml` beside `plugins/`."""
    named = environ.get("ONCALL_SYNC_CONFIG", "").strip()
    # os.path: Path.expanduser raises for an unknown ~user, and the Dag calls this while it is parsed.
    return Path(os.path.expanduser(named)) if named else Path(__file__).parents[3] / "dags" / NAME


def read_file(path: Path) -> LoadedConfig:
    """Like `read`; a file that is missing or unreadable is a mistake too."""
    content, line = b"", 0
    try:
        content = _content(path)
        if len(content) <= LARGEST:
            return read(content.decode(), path.name)
        reason = f"too large: more than {LARGEST} bytes"
    except UnicodeDecodeError as error:
        reason, line = "not UTF-8 text: save the file as UTF-8", content.count(b"\n", 0, error.start) + 1
    except (OSError, ValueError) as error:
        reason = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return LoadedConfig(None, (Mistake(path.name if content else str(path), line, "", reason),), _hash(content))


def read(text: str, name: str = NAME) -> LoadedConfig:
    """Never raises: what is wrong is in `mistakes`, by line."""
    document = Document(text, name)
    config, mistakes = _validated(document)
    by_line = sorted(set(mistakes), key=lambda mistake: mistake[:4])
    return LoadedConfig(config, tuple(by_line), _hash(text.encode(errors="surrogatepass")))


def glance(path: Path) -> Glance:
    """For parsing the Dag: fast (validates no group), never raises, the defaults where the file is broken."""
    try:
        values = Document(_content(path).decode(), path.name).values
    except (OSError, ValueError):
        return Glance()
    if not isinstance(values, dict):
        return Glance()
    groups = values.get("groups")
    handles = [handle.removeprefix("@") for handle in groups] if isinstance(groups, dict) else []
    right: dict[str, Any] = {"handles": tuple(dict.fromkeys(h for h in handles if re.fullmatch(HANDLE, h)))}
    for key in ("heartbeat", "poll", "connections", "alerts"):
        alone = {key: values[key]} if key in values else {}
        with suppress(ValidationError):
            right[key] = getattr(Config.model_validate(alone | {"groups": {}}), key)
    return Glance(**right)


def stops_writes(path: Path) -> bool:
    """Whether a file, however broken otherwise, has a key `writes` that is not true: a stop must not fail open.

    A near miss of the key counts too: it makes the file unusable, and an older one that writes would be used instead.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return False
    lines = re.findall(r"""^["']?(\w+)["']?[ \t]*:[ \t]*([^#\s]*)""", text.replace("\0", ""), re.MULTILINE)
    values = [value.strip("'\"") for key, value in lines if get_close_matches(key.lower(), ["writes"], cutoff=0.8)]
    return any(value.lower() not in {"true", "yes", "on", "1"} for value in values)


def hash_of(path: Path) -> str | None:
    """As LoadedConfig has it; None where the file cannot be read."""
    try:
        return _hash(_content(path))
    except (OSError, ValueError):
        return None


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _validated(document: Document) -> tuple[Config | None, list[Mistake]]:
    """The config of the groups without a mistake, and all mistakes."""
    values = document.values
    if not isinstance(values, dict):
        empty = "the file is empty: at least one group is needed under groups"
        reason = f"must be a mapping (groups: and so on), not {shown(values)}" if values else empty
        return None, document.mistakes or [document.mistake((), reason)]
    groups, defaults = values.get("groups"), values.get("defaults")
    defaults = defaults if isinstance(defaults, dict) else {}
    merged, wrong = {}, []
    if isinstance(groups, dict):
        merged = {handle: defaults | own if isinstance(own, dict) else own for handle, own in groups.items()}
        values = values | {"groups": merged}
        wrong = [document.mistake(path, reason) for path, reason in _beyond_values(groups, merged)]
    wrong += _wrong_values(values, document)
    flawed = {mistake.key for mistake in document.mistakes}
    mistakes = [*document.mistakes, *(one for one in wrong if one.key not in flawed)]
    stopped = {mistake.group for mistake in mistakes}
    if None in stopped:
        return None, mistakes
    valid = {handle: group for handle, group in merged.items() if handle.removeprefix("@") not in stopped}
    return Config.model_validate(values | {"groups": valid}), mistakes


def _wrong_values(whole: dict[str, Any], document: Document) -> Iterator[Mistake]:
    """What pydantic finds. whole: the file's values, with the defaults in each group."""
    try:
        Config.model_validate(whole)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            path = one["loc"][:-1] if one["loc"][-1] == "[key]" and one["type"] != "extra_forbidden" else one["loc"]
            if path[:1] != ("groups",) or not path[2:] or path[2] in document.values["groups"][path[1]]:
                yield document.mistake(_as_written(path, document.values), in_plain_words(path, one))


def _as_written(path: KeyPath, values: Any) -> KeyPath:
    """Where the file has one plain value for a whole entry, the entry: `always[0]`, not `always[0].email`."""
    for part in path[:-1]:
        values = values[part]
    return path[:-1] if isinstance(values, str) else path


def _beyond_values(groups: dict[str, Any], merged: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What no value shows alone: no group at all, none of a group's sources, one handle or one ID in two groups."""
    if not groups:
        yield ("groups",), "names no group: at least one is needed"
    shared: dict[str, list[KeyPath]] = defaultdict(list)
    for raw, own in groups.items():
        shared[f"the group {raw.removeprefix('@')} is written twice"].append(("groups", raw))
        if not isinstance(own, dict):
            continue
        if isinstance(pinned := own.get("id"), str) and pinned.strip():
            shared[f"{quoted(pinned.strip())} is the id of several groups"].append(("groups", raw, "id"))
        unknown = own.keys() - Group.model_fields.keys()  # it may mean a source
        if not unknown and all(merged[raw].get(key, []) == [] for key in SOURCE_KEYS):
            yield ("groups", raw), NO_SOURCE
    for what, paths in shared.items():
        if len(paths) > 1:
            reason = f"{what}: {listed(str(path[1]) for path in paths)}"
            yield from ((path, reason) for path in paths)
