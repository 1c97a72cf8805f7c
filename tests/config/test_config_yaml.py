"""YAML that cannot be read, or means something else than it looks like."""

from __future__ import annotations

import time

import pytest
import yaml

from oncall_sync.config import document
from oncall_sync.config.load import LoadedConfig, read


@pytest.fixture(params=["CBaseLoader", "BaseLoader"])
def _with_and_without_libyaml(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML without libyaml")
    monkeypatch.setattr(document, "LOADER", getattr(yaml, request.param))


def messages(loaded: LoadedConfig) -> list[str]:
    return [str(mistake) for mistake in loaded.mistakes]


def groups(loaded: LoadedConfig) -> set[str]:
    assert loaded.config
    return set(loaded.config.groups)


EMPTY = "1: the file is empty: at least one group is needed under groups"
BROKEN = {
    "": EMPTY,
    "- a": "1: must be a mapping (groups: and so on), not a list",
    "hello": '1: must be a mapping (groups: and so on), not "hello"',
    "writes: true": "1: groups: is missing",
    "groups:": "1: groups: has no value: write one or remove it",
    "groups: {}": "1: groups: names no group: at least one is needed",
    "groups: [a]": "1: groups: must be a mapping of keys to values, not a list",
    "groups:\n\ta: b": "2: a tab: YAML is indented with spaces",
    "a: b: c": "1: not valid YAML: a colon that does not fit: look at the lines above, or use quotes",
    "a: @b": "1: not valid YAML: text that begins with a special character must be quoted",
    'a: 1\nb: "x': "2: not valid YAML: a quote that is not closed",
    "groups: {a: {schedules: [P11}}": "1: not valid YAML: a list in [ ] or a mapping in { } that is not closed, or "
    "lacks a comma",
    "groups: {}\n---\na: b": "2: not valid YAML: a second document (---): the config is one document",
    "a: *b": "1: not valid YAML: an alias (*name) without an anchor (&name) before it",
    "? [a]\n: b": "1: a list or mapping where a key is expected",
    "a: 1\nb: \x07": "2: a character that text does not have (U+0007)",
    "a: \ud800": "1: a character that text does not have (U+D800)",
}


@pytest.mark.parametrize(("text", "line"), BROKEN.items())
@pytest.mark.usefixtures("_with_and_without_libyaml")
def test_a_file_that_cannot_be_used_says_why_and_where(text: str, line: str) -> None:
    loaded = read(text, "c.yaml")
    assert loaded.config is None
    assert messages(loaded) == [f"c.yaml:{line}"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("groups: [a", ""), ("groups:\n  a: 1\n b: 2", "this does not fit the lines above: "), ('a: "\\UFFFFFFFF"', "")],
)
@pytest.mark.usefixtures("_with_and_without_libyaml")
def test_other_mistakes_of_the_yaml_have_a_line_too(text: str, reason: str) -> None:
    (line,) = messages(read(text, "c.yaml"))
    assert line.startswith("c.yaml:")
    assert f"not valid YAML: {reason}" in line


BOMB = "a: &a [x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
TOO_MUCH = {
    "nested lists": ("[" * 50_000, "nested too deep"),
    "nested keys": ("? " * 50_000, "nested too deep"),
    "an alias bomb": (BOMB, "too large"),
    "an alias inside of what it names": ("groups: &g {a: *g}", "too large"),
    "many values": ("groups: {a: {schedules: [" + "P11," * 200_000 + "]}}", "too large"),
    "many unknown keys": ("".join(f"key{n}: x\n" for n in range(19_900)), "unknown key"),
    "one ID many times": ("groups: {a: {schedules: [" + "P11," * 39_000 + "]}}", "must not list"),
}


@pytest.mark.parametrize(("text", "reason"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_no_text_takes_more_than_two_seconds(text: str, reason: str) -> None:
    start = time.process_time()
    loaded = read(text)
    assert time.process_time() - start < 2
    assert loaded.config is None or not loaded.config.groups
    assert reason in loaded.mistakes[-1].reason


def test_where_reading_stops_the_whole_file_is_unusable_and_not_one_group() -> None:
    loaded = read("groups: {a: {[P11]: x}, b: {schedules: [P12]}}")
    assert loaded.config is None
    assert [mistake.group for mistake in loaded.mistakes] == [None]


@pytest.mark.parametrize(
    ("lines", "reason"),
    {
        "always: [x@y.zz]\n    always: [x@y.zz]": "4: groups.a.always: written twice, first in line 3",
        "schedules: !!python/object/apply:os.system [P11]": "3: groups.a.schedules: YAML tags (!…) are not supported: "
        "write the plain value",
        "<<: {schedules: [P11]}": "3: groups.a.<<: merge keys are not supported: put options for all groups under "
        "defaults",
        '"topic\\e": C01\n    schedules: [P11]': "3: groups.a.topic\\x1b: must be one line, without characters that "
        "cannot be seen",
        'schedules: ["p\\e[31m"]': "3: groups.a.schedules[0]: must be one line, without characters that cannot be seen",
        "always: [{email: a@b.cd, reason: 'x\n\n y'}]": "3: groups.a.always[0].reason: must be one line, without "
        "characters that cannot be seen",
    }.items(),
)
def test_what_yaml_may_hold_and_the_config_may_not_stops_one_group(lines: str, reason: str) -> None:
    loaded = read(f"groups:\n  a:\n    {lines}\n  b: {{schedules: [P11]}}", "c.yaml")
    assert messages(loaded) == [f"c.yaml:{reason}"]
    assert groups(loaded) == {"b"}


def test_a_group_written_twice_stops_that_group_alone() -> None:
    loaded = read("groups:\n  a: {schedules: [P11]}\n  b: {schedules: [P11]}\n  a: {schedules: [P12]}", "c.yaml")
    assert messages(loaded) == ["c.yaml:4: groups.a: written twice, first in line 2"]
    assert groups(loaded) == {"b"}


def test_an_anchor_may_be_used_again() -> None:
    config = read("groups:\n  a: {schedules: &both [P11, P12]}\n  b: {schedules: *both}\n").config
    assert config
    assert config.groups["b"].schedules == ("P11", "P12")


def test_what_repeats_a_mistake_by_an_alias_fails_too() -> None:
    loaded = read("groups:\n  a: &a {schedules: [P11], schedules: [P12]}\n  b: *a\n  c: {schedules: [P13]}")
    assert [mistake.group for mistake in loaded.mistakes] == ["a", "b"]
    assert groups(loaded) == {"c"}


@pytest.mark.parametrize("handle", ["off", "null", "0123", "1.5"])
def test_a_scalar_is_the_text_that_it_looks_like(handle: str) -> None:
    config = read(f"groups:\n  {handle}: {{schedules: [123, 0123]}}").config
    assert config
    assert config.groups[handle].schedules == ("123", "0123")


@pytest.mark.parametrize(("text", "writes"), [("true", True), ("off", False), ("False", False), ("on", True)])
def test_a_switch_is_true_or_false_in_any_of_yaml_s_spellings(text: str, writes: bool) -> None:
    config = read(f"writes: {text}\ngroups: {{a: {{schedules: [P11]}}}}").config
    assert config
    assert config.writes is writes


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    loaded = read("\ufeffgroups:\r\n  a:\r\n    schedules: [p]\r\n")
    assert [mistake.line for mistake in loaded.mistakes] == [3]
