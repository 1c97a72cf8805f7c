"""Reads `dags/oncall_sync.yaml`: text → validated config, and every mistake in it at once.

A mistake inside one group costs that group alone; any other leaves no config (`config is None`).
"""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from oncall_sync.config.mistakes import Mistake, group_of, in_plain_words, key_path, shown
from oncall_sync.config.model import HEARTBEAT, NAMES_NOBODY, POLL, Alerts, Config, Connections
from oncall_sync.config.values import HANDLE, quoted
from oncall_sync.config.yaml_lines import Finding, KeyPath, Tree

NAME = "oncall_sync.yaml"


class LoadedConfig(NamedTuple):
    """`config` is None if the file cannot be used as a whole; otherwise it holds every valid group."""

    config: Config | None
    mistakes: tuple[Mistake, ...]
    hash: str  # "sha256:" and 64 hex digits, of the file's text


class Glance(NamedTuple):
    """What the Dag needs while it is parsed, and alerts whatever happens; the defaults where the file is broken."""

    heartbeat: timedelta = HEARTBEAT
    poll: timedelta | None = POLL
    handles: tuple[str, ...] = ()
    connections: Connections = Connections()
    alerts: Alerts | None = None  # the file cannot be read, or what it says of them is wrong


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """`$ONCALL_SYNC_CONFIG`, else `dags/oncall_sync.yaml` beside `plugins/`."""
    named = environ.get("ONCALL_SYNC_CONFIG", "").strip()
    # os.path: Path.expanduser raises for an unknown ~user, and the Dag calls this while it is parsed.
    return Path(os.path.expanduser(named)) if named else Path(__file__).parents[3] / "dags" / NAME


def read_file(path: Path) -> LoadedConfig:
    """Like `read`; a file that is missing or unreadable is a mistake too."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return LoadedConfig(None, (Mistake(str(path), 0, "", f"cannot be read: {reason}"),), _hash(b""))
    try:
        return read(content.decode(), path.name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mistake = Mistake(path.name, line, "", "not UTF-8 text: save the file as UTF-8")
        return LoadedConfig(None, (mistake,), _hash(content))


def read(text: str, name: str = NAME) -> LoadedConfig:
    """Never raises: what is wrong is in `mistakes`, by line."""
    tree = Tree(text)
    config, found = _validated(tree)
    told = {
        Mistake(
            name,
            one.line or tree.line(one.path),
            key_path(one.path),
            one.reason,
            # Where reading stopped, it is not one group that is spoilt but all that follows.
            None if tree.broken else group_of(one.path),
        )
        for one in found
    }
    by_line = tuple(sorted(told, key=lambda mistake: mistake[:4]))
    return LoadedConfig(config, by_line, _hash(text.encode(errors="surrogatepass")))


def stops_writes(path: Path) -> bool:
    """Whether a file, however broken otherwise, says `writes:` and not that it is true: a stop must not fail open.

    A near miss of the key counts too: it makes the file unusable, and an older one that writes would be used instead.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return False
    lines = re.findall(r"""^["']?(\w+)["']?[ \t]*:[ \t]*([^#\s]*)""", text.replace("\0", ""), re.MULTILINE)
    said = [value for key, value in lines if get_close_matches(key.lower(), ["writes"], cutoff=0.8)]
    return any(value.strip("'\"").lower() not in {"true", "yes", "on", "1"} for value in said)


def hash_of(path: Path) -> str | None:
    """As LoadedConfig has it; None where the file cannot be read."""
    try:
        return _hash(path.read_bytes())
    except (OSError, ValueError):
        return None


def glance(path: Path) -> Glance:
    """For parsing the Dag: fast (validates no group), never raises, the defaults where the file is broken."""
    try:
        values = Tree(path.read_text(encoding="utf-8")).values
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


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _validated(tree: Tree) -> tuple[Config | None, list[Finding]]:
    """The config of the groups that are right, and all that is wrong."""
    values, found = tree.values, [*tree.flaws]
    if tree.broken:
        return None, found
    if not isinstance(values, dict):
        return None, [*found, Finding((), _not_a_mapping(values))]
    found += _clashes(values)
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        found += _besides_flaws(error, tree)
    failed = {group_of(one.path) for one in found}
    if None in failed:
        return None, found
    if failed:
        kept = {raw: group for raw, group in values["groups"].items() if raw.removeprefix("@") not in failed}
        config = Config.model_validate(values | {"groups": kept})
    return config, found


def _not_a_mapping(values: object) -> str:
    if values is None or values == "":
        return "the file is empty: at least one group is needed under groups"
    return f"{shown(values)} stands where the keys of the config are wanted (groups: and so on)"


def _besides_flaws(error: ValidationError, tree: Tree) -> Iterator[Finding]:
    """What pydantic found, without what only follows from a mistake that is already told."""
    flawed = {flaw.path for flaw in tree.flaws}
    flawed_groups = {group_of(path) for path in flawed}
    for one in error.errors(include_url=False):
        nobody = one["type"] == NAMES_NOBODY
        if one["loc"] in flawed or (nobody and group_of(one["loc"]) in flawed_groups):
            continue
        path, reason, _ = in_plain_words(one)
        if _is_its_own(path, tree.values):
            yield Finding(_as_written(path, tree.values), reason)


def _as_written(path: KeyPath, values: Any) -> KeyPath:
    """Where the file has one plain value for a whole entry, the entry: `always[0]`, not `always[0].email`."""
    for part in path[:-1]:
        values = values[part]
    return path[:-1] if isinstance(values, str) else path


def _is_its_own(path: KeyPath, values: dict[str, Any]) -> bool:
    """Whether the file has this key there: a mistake in a default is told once, not for each group."""
    match path:
        case ("groups", handle, str(key), *_):
            return key in values["groups"][handle]
    return True


def _clashes(values: dict[str, Any]) -> Iterator[Finding]:
    """What only shows between groups: none at all, one handle in two spellings, one ID in two groups."""
    groups = values.get("groups")
    if not isinstance(groups, dict):
        return
    if not groups:
        yield Finding(("groups",), "names no group: at least one is needed")
    for handle, raws in _shared((raw.removeprefix("@"), raw) for raw in groups):
        reason = f"the group {handle} stands here twice, as {' and '.join(raws)}"
        yield from (Finding(("groups", raw), reason) for raw in raws)
    ids = [(group.get("id"), raw) for raw, group in groups.items() if isinstance(group, dict)]
    for pinned, raws in _shared((pinned, raw) for pinned, raw in ids if pinned and isinstance(pinned, str)):
        reason = f"{quoted(pinned)} is given to several groups: {', '.join(raws)}"
        yield from (Finding(("groups", raw, "id"), reason) for raw in raws)


def _shared(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """(what, who has it) for everything that more than one has."""
    having = defaultdict(list)
    for what, who in pairs:
        having[what].append(who)
    return [(what, who) for what, who in having.items() if len(who) > 1]
