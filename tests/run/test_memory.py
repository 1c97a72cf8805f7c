"""What is kept between runs: of any size, in values that the store takes; all of it may be lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.memory import Memory, Remembered
from oncall_sync.models import GroupState
from oncall_sync.state import load_states, save_states
from tests.builders import AT, DictStore

LARGEST = 64 * 1024  # bytes; Airflow warns above

entries = st.dictionaries(st.text(max_size=20), st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=50))))


def many(count: int, size: int = 100) -> dict[str, Any]:
    return {f"{n:05}@acme.example": ["U" + "é" * size, n] for n in range(count)}


def test_nothing_is_remembered_at_first() -> None:
    assert Memory(DictStore()).load("slack_ids") == {}


@given(entries, entries)
def test_what_was_saved_last_is_loaded_and_nothing_else(first: dict[str, Any], second: dict[str, Any]) -> None:
    memory = Memory(DictStore())
    memory.save("slack_ids", first)
    memory.save("slack_ids", second)
    assert memory.load("slack_ids") == second


def test_names_do_not_mix() -> None:
    memory = Memory(DictStore())
    memory.save("slack_ids", {"a": 1})
    memory.save("groups", {"a": 2})
    assert (memory.load("slack_ids"), memory.load("groups")) == ({"a": 1}, {"a": 2})


def test_a_large_mapping_is_cut_into_values_that_the_store_takes() -> None:
    store = DictStore()
    Memory(store).save("slack_ids", many(2000))
    assert Memory(store).load("slack_ids") == many(2000)
    assert len(store) > 1
    assert max(len(json.dumps(value).encode()) for value in store.values()) < LARGEST


def test_a_mapping_that_became_smaller_leaves_no_parts_behind() -> None:
    store = DictStore()
    Memory(store).save("slack_ids", many(2000))
    Memory(store).save("slack_ids", many(1))
    assert list(store) == ["slack_ids.0"]


def test_what_did_not_change_is_not_written_again() -> None:
    store = DictStore()
    memory = Memory(store)
    memory.save("slack_ids", many(2000))
    store.written.clear()
    memory.save("slack_ids", dict(reversed(many(2000).items())))
    assert store.written == []


def test_a_change_at_the_end_writes_the_last_part_alone() -> None:
    store = DictStore()
    memory = Memory(store)
    memory.save("slack_ids", many(2000))
    last = max(store, key=lambda key: int(key.rpartition(".")[2]))
    store.written.clear()
    memory.save("slack_ids", {**many(2000), "99999@acme.example": None})
    assert store.written == [last]


def test_a_lost_part_loses_entries_and_never_invents_any() -> None:
    store = DictStore()
    Memory(store).save("slack_ids", many(2000))
    del store["slack_ids.1"]
    assert Memory(store).load("slack_ids").items() <= many(2000).items()


def test_a_value_that_another_version_wrote_counts_as_lost() -> None:
    store = DictStore()
    store.update({"slack_ids.0": ["a", "b"]})
    assert Memory(store).load("slack_ids") == {}


# ── group states ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_states_of_groups_come_back_as_they_were() -> None:
    memory = Memory(DictStore())
    states = {
        "a": GroupState(id="SA", verified_at=AT, empty_since=AT),
        "b": GroupState(failing_since=AT, disabled=True),
        "c": GroupState(),
    }
    save_states(memory, states)
    assert load_states(memory) == states


def test_the_state_of_a_group_that_cannot_be_read_is_lost_and_the_others_stay() -> None:
    memory = Memory(DictStore())
    memory.save("groups", {"a": {"verified_at": "long ago"}, "b": "?", "c": {"id": "SC"}})
    assert load_states(memory) == {"c": GroupState(id="SC")}


def test_a_key_of_a_newer_version_is_ignored() -> None:
    memory = Memory(DictStore())
    memory.save("groups", {"a": {"id": "SA", "colour": "red"}})
    assert load_states(memory) == {"a": GroupState(id="SA")}


# ── remembered entries ───────────────────────────────────────────────────────────────────────────────────


def test_an_entry_that_does_not_validate_is_lost_and_the_others_stay() -> None:
    memory = Memory(DictStore())
    memory.save("numbers", {"one": 1, "two": "zwei"})
    assert Remembered("numbers", int).load(memory) == {"one": 1}
