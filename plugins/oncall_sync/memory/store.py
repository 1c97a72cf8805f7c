"""Mappings of any size in a store of small values, Airflow's state store of an asset."""

from __future__ import annotations

import json
from typing import Any, Protocol

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
