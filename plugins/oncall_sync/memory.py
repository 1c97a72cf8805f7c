"""What the sync remembers between runs: mappings in the state store of the asset `pagerduty_oncall`.

Rules that keep this safe: each name has exactly one writing task (concurrent read-modify-write loses updates
silently); nothing here is a secret (every viewer of Airflow can read it); all of it may be lost or old at any
time, and the worst effect is extra reads.

    name        written by             holds
    slack_ids   look_up_slack_ids      {address: …}: see RememberedAccount
    rechecked   report                 such accounts, newer: look_up_slack_ids takes them over
    account_list
                look_up_slack_ids      {email: cursor}: whom an unfinished users.list is searched for, and its next page
    config      fetch_schedules        {"": {"hash", "check", "settings"}, "@handle": …}: the last usable config
    schedules   fetch_schedules        {ID: [rows in /oncalls, shift-based or not]}, of unusual schedules and policies
    people      resolve_emails         {PagerDuty user ID: {name, email, asked_at}}: emails that /oncalls does not show
    groups      report                 {handle: …}: see GroupState
    topics      report                 {channel: the line of its topic that was set last}
    watch       report                 {"file_hash", "connection", "at", "since", "until", "schedules"}: see watcher
    reported    report                 {"at"}: the instant of the last run whose outcome is in `groups`, see journal
    alerts_slack, alerts_pagerduty
                report                 {key: …}: the problems that are not over, see rules.alerts.Open
    writing     plan_updates           {"wrote"}: the instant of the last run that planned a write, see journal
    on_call     report                 {key of a source: [PagerDuty user IDs]}: what the watcher compares /oncalls with
    watcher     the watcher            {"looked"}: when it looked last
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from oncall_sync.config.load import LoadedConfig
from oncall_sync.config.model import Config

T = TypeVar("T")
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


class Remembered(Generic[T]):
    """One name of the memory: a mapping whose entries are of one kind. An entry that does not validate is lost."""

    def __init__(self, name: str, kind: type[T]) -> None:
        self.name = name
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def load(self, memory: Memory) -> dict[str, T]:
        entries: dict[str, T] = {}
        for key, value in memory.load(self.name).items():
            with suppress(ValidationError):  # another version wrote it, or it is damaged
                entries[key] = self._adapter.validate_python(value)
        return entries

    def save(self, memory: Memory, entries: Mapping[str, T]) -> None:
        dumped = {
            key: self._adapter.dump_python(value, mode="json", exclude_defaults=True) for key, value in entries.items()
        }
        memory.save(self.name, dumped)


def remember_config(memory: Memory, config: Config, digest: str) -> None:
    """Under "" the settings and what tells whether all entries belong together, then an entry for each group."""
    if memory.load("config").get("", {}).get("hash") == digest:
        return
    settings = config.model_dump(mode="json", exclude_defaults=True)
    groups = {f"@{handle}": group for handle, group in settings.pop("groups").items()}
    memory.save("config", {"": {"hash": digest, "check": _check(config), "settings": settings}, **groups})


def recall_config(memory: Memory) -> LoadedConfig | None:
    """None if there is none, or if its entries are not of one version."""
    groups = memory.load("config")
    try:
        head = groups.pop("")
        named = {handle.removeprefix("@"): group for handle, group in groups.items()}
        config = Config.model_validate(head["settings"] | {"groups": named})
        return LoadedConfig(config, (), head["hash"]) if _check(config) == head["check"] else None
    except (KeyError, TypeError, ValueError):  # damaged, or remembered by a version with other keys
        return None


def _check(config: Config) -> str:
    dumped = config.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(json.dumps(dumped, sort_keys=True).encode()).hexdigest()
