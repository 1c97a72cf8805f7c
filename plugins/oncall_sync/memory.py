"""What the sync remembers between runs: mappings in the state store of the asset `pagerduty_oncall`.

Rules that keep this safe: each name has exactly one writing task (concurrent read-modify-write loses updates
silently); nothing here is a secret (every viewer of Airflow can read it); all of it may be lost or old at any
time, and the worst effect is extra reads.

    name        written by             holds
    slack_ids   look_up_slack_ids      {address: [Slack ID, or None for an account that is gone, asked at, name]}
    workspace   look_up_slack_ids      {"accounts": number of Slack accounts, as of the last complete users.list}
    rechecked   report                 such entries, newer: look_up_slack_ids takes them over
    config      fetch_schedules        {"hash", "check", "0000", …}: the last usable config as JSON, in pieces
    schedules   fetch_schedules        {ID: [rows in /oncalls, shift-based or not]}, of unusual schedules and policies
    people      resolve_emails         {PagerDuty user ID: [name, email, asked at]}: those whom /oncalls does not tell
    groups      report                 {handle: …}: see GroupState
    topics      report                 {channel: the line of its topic that was set last}
    watch       report                 {"file_hash", "connection", "at", "since", "until", "schedules"}: see watcher
    reported    report                 {"at"}: the instant of the last run whose outcome is in `groups`, see journal
    alerts_slack, alerts_pagerduty
                report                 {key: …}: the problems that were told there and last, see rules.alerts.Open
    writing     plan_updates           {"wrote"}: the instant of the last run that planned a write, see journal
    on_call     report                 {source: [PagerDuty user IDs]}: what the watcher compares /oncalls with
    watcher     the watcher            {"looked"}: when it looked last
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol

from oncall_sync.config.file import LoadedConfig
from oncall_sync.config.model import Config

CHUNK = 48_000  # bytes of JSON per value; Airflow warns above 64 KB


class Store(Protocol):
    """`context["asset_state_store"][asset]`; a dict-backed stand-in serves the unit tests."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def set(self, key: str, value: Any) -> None: ...
    def delete(self, key: str) -> None: ...


class Memory:
    """Mappings of any size by name, cut into values that the store takes: `name.0`, `name.1`, …

    Each part is a whole mapping, so a writer that is killed in between loses entries, never the rest.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        part = 0
        while isinstance(entries := self._store.get(f"{name}.{part}"), dict):
            found |= entries
            part += 1
        return found

    def save(self, name: str, entries: dict[str, Any]) -> None:
        parts = list(_parts(entries))
        for number, part in enumerate(parts):
            key = f"{name}.{number}"
            if self._store.get(key) != part:
                self._store.set(key, part)
        leftover = len(parts)
        while self._store.get(f"{name}.{leftover}") is not None:
            self._store.delete(f"{name}.{leftover}")
            leftover += 1


class ReadOnly(Memory):
    """For whoever is not a mapping's one writer."""

    def save(self, name: str, entries: dict[str, Any]) -> None:
        pass


def _parts(entries: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{}]
    room = CHUNK
    for key in sorted(entries):
        size = len(json.dumps({key: entries[key]}))
        if size > room and parts[-1]:
            parts.append({})
            room = CHUNK
        parts[-1][key] = entries[key]
        room -= size
    return parts


PIECE = 8_000  # characters of the config's JSON per remembered entry


def remember_config(memory: Memory, config: Config, digest: str) -> None:
    known = recall_config(memory)
    if known and known.hash == digest:
        return
    text = config.model_dump_json(exclude_defaults=True)
    pieces = {f"{n:04}": text[n * PIECE : (n + 1) * PIECE] for n in range(len(text) // PIECE + 1)}
    memory.save("config", {"hash": digest, "check": _check(text), **pieces})


def recall_config(memory: Memory) -> LoadedConfig | None:
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
