"""What a run was asked to do, and whether it may write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.errors import ConfigMistake
from oncall_sync.parameters import Parameters
from tests.builders import AT

UNTOUCHED: dict[str, Any] = {"dry_run": False, "groups": [], "as_of": None, "accept_shrink": []}


def asked(backfill_for: datetime | None = None, **params: Any) -> Parameters:
    return Parameters.of({**UNTOUCHED, **params}, backfill_for)


# ── whether it may write ─────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_nobody_restricts_writes() -> None:
    assert asked().plan_only(writes=True) is None


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (asked(dry_run=True), "dry_run"),
        (asked(as_of="2026-11-23T09:00:00Z"), "as_of"),
        (asked(backfill_for=AT), "backfill"),
    ],
)
def test_only_plans(request_: Parameters, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert request_.plan_only(writes=True) == why
    monkeypatch.setenv("ONCALL_SYNC_WRITES", "true")
    assert request_.plan_only(writes=True) == why


def test_the_config_can_keep_every_run_from_writing() -> None:
    assert asked().plan_only(writes=False) == "the config does not say writes: true"


@pytest.mark.parametrize("value", ["true", "True", "1", "yes", " on "])
def test_the_environment_can_allow_what_the_config_does_not(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_WRITES", value)
    assert asked().plan_only(writes=False) is None


@pytest.mark.parametrize("value", ["false", "0", "no", "off", "perhaps"])
def test_the_environment_can_forbid_what_the_config_allows(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_WRITES", value)
    assert asked().plan_only(writes=True) == f"ONCALL_SYNC_WRITES is {value}"


@pytest.mark.parametrize("writes", [True, False])
def test_an_empty_variable_leaves_it_to_the_config(writes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_WRITES", " ")
    assert (asked().plan_only(writes) is None) == writes


# ── the instant ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", [None, ""])
def test_without_as_of_a_run_is_about_now(value: str | None) -> None:
    assert asked(as_of=value).as_of is None


@pytest.mark.parametrize(
    "value", ["2026-11-23T09:00:00Z", "2026-11-23T10:00:00+01:00", "2026-11-23T09:00:00.999+00:00"]
)
def test_as_of_is_one_whole_second_in_utc(value: str) -> None:
    instant = asked(as_of=value).as_of
    assert instant == AT
    assert instant.tzinfo is UTC


@pytest.mark.parametrize("value", ["yesterday", "2026-11-23T09:00:00", "2026-11-23", "09:00Z"])
def test_as_of_without_a_date_a_time_and_an_offset_is_a_mistake_that_shows_how_to_write_it(value: str) -> None:
    with pytest.raises(ConfigMistake) as mistake:
        asked(as_of=value)
    assert str(mistake.value) == (
        f"Run parameter as_of: '{value}' is not a date and time with an offset. "
        "Write it like 2026-11-23T09:00:00Z or 2026-11-23T10:00:00+01:00."
    )


@given(st.text() | st.datetimes(timezones=st.timezones()).map(datetime.isoformat))
def test_any_as_of_is_an_instant_now_or_a_mistake(value: str) -> None:
    try:
        instant = asked(as_of=value).as_of
    except ConfigMistake:
        return
    assert instant is None or instant.utcoffset() == UTC.utcoffset(None)


def test_an_as_of_beyond_the_calendar_is_a_mistake() -> None:
    with pytest.raises(ConfigMistake):
        asked(as_of="0001-01-01T00:00:00+14:00")


def test_a_backfill_is_about_its_logical_date() -> None:
    request = asked(backfill_for=AT)
    assert request.as_of == AT
    assert request.backfill


# ── which groups ─────────────────────────────────────────────────────────────────────────────────────────


def test_without_groups_a_run_serves_all_of_the_config() -> None:
    assert asked().select(["a", "b"]) == ["a", "b"]


def test_a_run_serves_only_the_groups_that_it_names() -> None:
    assert asked(groups=["b"]).select(["a", "b", "c"]) == ["b"]


def test_handles_may_carry_an_at_and_capitals_and_come_twice() -> None:
    request = asked(groups=["@Platform-Oncall", " platform-oncall "], accept_shrink=["@Eng"])
    assert request.groups == ("platform-oncall",)
    assert request.accept_shrink == ("eng",)


def test_no_list_at_all_is_an_empty_one() -> None:
    assert asked(groups=None, accept_shrink=None).select(["a"]) == ["a"]


@pytest.mark.parametrize("parameter", ["groups", "accept_shrink"])
def test_an_unknown_handle_is_a_mistake_that_names_the_nearest(parameter: str) -> None:
    with pytest.raises(ConfigMistake) as mistake:
        asked(None, **{parameter: ["platfrom-oncall"]}).select(["platform-oncall", "eng"])
    assert str(mistake.value) == (
        f"Run parameter {parameter}: the config has no group @platfrom-oncall. Did you mean @platform-oncall?"
    )


def test_an_unknown_handle_like_no_other_gets_the_list_of_those_there_are() -> None:
    with pytest.raises(ConfigMistake, match=r"It has @eng, @ops\."):
        asked(groups=["zzzzzz"]).select(["ops", "eng"])


# ── mistyped parameters ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("mistyped", "meant"), [("dryrun", "dry_run"), ("group", "groups"), ("asof", "as_of")])
def test_a_mistyped_parameter_is_a_mistake_and_never_a_run_that_writes(mistyped: str, meant: str) -> None:
    with pytest.raises(ConfigMistake) as mistake:
        asked(None, **{mistyped: True})
    assert str(mistake.value) == f"Run parameter {mistyped}: there is no such parameter. Did you mean {meant}?"


def test_a_parameter_like_no_other_gets_the_list_of_those_there_are() -> None:
    with pytest.raises(ConfigMistake, match=r"There are accept_shrink, as_of, dry_run, groups\."):
        asked(None, zzzzzz=True)
