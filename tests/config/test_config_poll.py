"""`poll`: how often PagerDuty is read between heartbeats, or not at all."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no annotations
import pytest

from oncall_sync.config import Config
from oncall_sync.config.file import glance, read
from oncall_sync.config.schema import schema_text

GROUPS = "groups: {a: {schedules: [P11]}}\n"
VALUES = {
    "5s": timedelta(seconds=5),
    "30s": timedelta(seconds=30),
    "90s": timedelta(seconds=90),
    "1m": timedelta(minutes=1),
    "1h": timedelta(hours=1),
    "off": None,
    "'off'": None,
}
NO_DURATION = "is not a duration: a whole number and s, m or h, such as 90s, 15m or 1h, or off"
WRONG = {
    "4s": 'poll: "4s" is not between 5s and 1h',
    "0s": 'poll: "0s" is not between 5s and 1h',
    "61m": 'poll: "61m" is not between 5s and 1h',
    "3601s": 'poll: "3601s" is not between 5s and 1h',
    "2h": 'poll: "2h" is not between 5s and 1h',
    "30": f'poll: "30" {NO_DURATION}',
    "-30s": f'poll: "-30s" {NO_DURATION}',
    "1.5m": f'poll: "1.5m" {NO_DURATION}',
    "often": f'poll: "often" {NO_DURATION}',
    "Off": f'poll: "Off" {NO_DURATION}',
    "false": f'poll: "false" {NO_DURATION}',
    "no": f'poll: "no" {NO_DURATION}',
    "null": f'poll: "null" {NO_DURATION}',
    "": "poll: has no value: write one or remove it",
    "[30s]": f"poll: this {NO_DURATION}",
    "{every: 30s}": f"poll: this {NO_DURATION}",
}


def config(value: str) -> Config:
    loaded = read(f"{GROUPS}poll: {value}")
    assert loaded.mistakes == ()
    assert loaded.config is not None
    return loaded.config


def test_without_a_word_it_is_half_a_minute() -> None:
    assert Config(groups={}).poll == timedelta(seconds=30)


@pytest.mark.parametrize(("value", "means"), VALUES.items(), ids=VALUES)
def test_a_duration_or_off_is_what_it_says_to_a_run_and_to_the_dag(
    value: str, means: timedelta | None, tmp_path: Path
) -> None:
    assert config(value).poll == means
    (tmp_path / "c.yaml").write_text(f"{GROUPS}poll: {value}")
    assert glance(tmp_path / "c.yaml").poll == means


@pytest.mark.parametrize(("value", "reason"), WRONG.items(), ids=WRONG)
def test_anything_else_is_a_mistake_that_says_what_is_allowed(value: str, reason: str) -> None:
    loaded = read(f"{GROUPS}poll: {value}")
    assert [str(mistake) for mistake in loaded.mistakes] == [f"oncall_sync.yaml:2: {reason}"]
    assert loaded.config is None


@pytest.mark.parametrize("value", WRONG)
def test_the_dag_polls_as_usual_where_the_value_is_wrong(value: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(f"{GROUPS}poll: {value}")
    assert glance(tmp_path / "c.yaml").poll == timedelta(seconds=30)


@pytest.mark.parametrize("defaults", [True, False], ids=["without defaults", "whole"])
@pytest.mark.parametrize("value", VALUES)
def test_it_survives_the_way_through_xcom(value: str, defaults: bool) -> None:
    dumped = config(value).model_dump(mode="json", exclude_defaults=defaults)
    again = Config.model_validate(json.loads(json.dumps(dumped)))
    assert again.poll == config(value).poll
    assert Config.model_validate_json(config(value).model_dump_json(exclude_defaults=defaults)) == again


def test_off_is_told_in_a_dump_and_the_usual_is_not() -> None:
    assert config("off").model_dump(mode="json", exclude_defaults=True)["poll"] == "off"
    assert "poll" not in config("30s").model_dump(mode="json", exclude_defaults=True)


def editor_takes(poll: Any) -> bool:
    schema = json.loads(schema_text())
    return bool(jsonschema.Draft7Validator(schema).is_valid({"poll": poll, "groups": {"a": {"schedules": ["P11"]}}}))


@pytest.mark.parametrize("value", ["5s", "30s", "1m", "1h", "off"])
def test_an_editor_takes_what_the_check_takes(value: str) -> None:
    assert editor_takes(value)


@pytest.mark.parametrize("value", ["often", "30", 30, "Off", None, ["30s"], "off30s", "offs"])
def test_an_editor_finds_what_the_check_finds(value: Any) -> None:
    assert not editor_takes(value)


def test_an_editor_shows_what_it_is_and_what_it_is_without_a_word() -> None:
    poll = json.loads(schema_text())["properties"]["poll"]
    assert poll["default"] == "30s"
    assert "off" in poll["description"]
