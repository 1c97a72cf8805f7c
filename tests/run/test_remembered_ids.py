"""A Slack ID found is good for a day, is asked for again after the writes, and a miss is asked for in every run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.memory import Memory
from oncall_sync.slack import slack_ids
from oncall_sync.slack.slack_ids import entry
from tests.builders import AT, HOUR, DictStore, email, slack_id

DAY = 24 * HOUR


def remember(age: timedelta = HOUR, found: str | None = "", name: str = "Ada") -> slack_ids.Entry:
    return entry(slack_id("ada") if found == "" else found, AT - age, name)


def memory(slack_ids: dict[str, Any] | None = None, rechecked: dict[str, Any] | None = None) -> Memory:
    made = Memory(DictStore())
    made.save("slack_ids", slack_ids or {})
    made.save("rechecked", rechecked or {})
    return made


def test_an_entry_is_plain_json_with_its_age() -> None:
    assert entry("UADA", AT, "Ada") == ["UADA", int(AT.timestamp()), "Ada"]


# ── loading ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_found_is_remembered() -> None:
    known = {email("ada"): remember()}
    assert slack_ids.load(memory(known)) == known


def test_what_report_found_out_since_replaces_what_was_known() -> None:
    gone = remember(timedelta(0), found=None)
    assert slack_ids.load(memory({email("ada"): remember(DAY)}, {email("ada"): gone})) == {email("ada"): gone}


def test_what_report_found_out_before_the_last_look_up_is_outdated() -> None:
    found = remember(HOUR)
    assert slack_ids.load(memory({email("ada"): found}, {email("ada"): remember(DAY, None)})) == {email("ada"): found}


def test_what_report_found_out_about_an_address_that_was_lost_counts() -> None:
    assert slack_ids.load(memory({}, {email("ada"): remember()})) == {email("ada"): remember()}


@pytest.mark.parametrize(
    "odd", ["UADA", ["UADA"], ["UADA", "yesterday", "Ada"], [7, 7, "Ada"], ["UADA", 7, None], None, {}]
)
def test_an_entry_that_another_version_wrote_counts_as_lost(odd: Any) -> None:
    known = {email("ada"): odd, email("bo"): remember()}
    assert list(slack_ids.load(memory(known))) == [email("bo")]
    assert list(slack_ids.load(memory({}, known))) == [email("bo")]


def test_an_odd_entry_gives_way_to_what_report_found_out() -> None:
    assert slack_ids.load(memory({email("ada"): "odd"}, {email("ada"): remember()})) == {email("ada"): remember()}


def test_an_odd_recheck_does_not_replace_what_was_known() -> None:
    assert slack_ids.load(memory({email("ada"): remember()}, {email("ada"): "odd"})) == {email("ada"): remember()}


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────


def save(known: dict[str, slack_ids.Entry], wanted: set[str], into: Memory) -> dict[str, Any]:
    slack_ids.save(into, known, wanted, AT)
    return into.load("slack_ids")


def test_an_address_that_nobody_needed_for_a_month_is_forgotten() -> None:
    known = {email("old"): remember(31 * DAY), email("young"): remember(29 * DAY)}
    assert list(save(known, set(), memory())) == [email("young")]


def test_an_old_address_that_is_needed_is_kept() -> None:
    assert list(save({email("old"): remember(400 * DAY)}, {email("old")}, memory())) == [email("old")]


def test_nothing_is_written_when_nothing_is_new() -> None:
    store = DictStore()
    known = {email("ada"): remember()}
    slack_ids.save(Memory(store), known, {email("ada")}, AT)
    store.written.clear()
    slack_ids.save(Memory(store), known, {email("ada")}, AT)
    assert store.written == []


# ── asking again ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("age", "asked"), [(DAY - HOUR, False), (DAY, False), (DAY + HOUR, True)])
def test_an_id_is_asked_for_again_after_a_day(age: timedelta, asked: bool) -> None:
    assert bool(slack_ids.due({email("ada"): remember(age)}, AT)) == asked


def test_a_few_are_asked_for_again_in_one_run_the_oldest_first() -> None:
    known = {f"p{n:02}": remember(DAY + n * HOUR) for n in range(1, 31)}
    assert slack_ids.due(known, AT) == [f"p{n:02}" for n in range(30, 20, -1)]


def test_an_address_without_an_account_is_not_rechecked_because_every_run_asks_for_it() -> None:
    assert slack_ids.due({email("ada"): remember(9 * DAY, found=None)}, AT) == []


def test_names_are_known_of_those_who_have_an_account() -> None:
    known = {email("ada"): remember(), email("bo"): entry(None, AT, "Bo")}
    assert slack_ids.names(known) == {"UADA": "Ada"}
