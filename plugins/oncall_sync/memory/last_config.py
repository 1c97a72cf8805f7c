"""The last config that a run worked from, for runs that find the file unusable. Groups with a mistake are not in it."""

from __future__ import annotations

import hashlib

from oncall_sync.config.file import LoadedConfig
from oncall_sync.config.model import Config
from oncall_sync.memory import Memory

PIECE = 8_000  # characters of the config's JSON per remembered entry


def remember(memory: Memory, config: Config, digest: str) -> None:
    known = recall(memory)
    if known and known.hash == digest:
        return
    text = config.model_dump_json(exclude_defaults=True)
    pieces = {f"{n:04}": text[n * PIECE : (n + 1) * PIECE] for n in range(len(text) // PIECE + 1)}
    memory.save("config", {"hash": digest, "check": _check(text), **pieces})


def recall(memory: Memory) -> LoadedConfig | None:
    """None where there is none, or where its pieces are not of one version."""
    known = memory.load("config")
    digest, check = known.pop("hash", ""), known.pop("check", "")
    try:
        text = "".join(known[piece] for piece in sorted(known))
        return LoadedConfig(Config.model_validate_json(text), (), digest) if _check(text) == check else None
    except (TypeError, ValueError):  # damaged, or remembered by a version with other keys
        return None


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
