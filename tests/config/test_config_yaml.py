"""YAML that cannot be read, or means something else than it looks like."""

import pytest
import yaml

from oncall_sync.config import yaml_lines
from oncall_sync.config.file import read


@pytest.fixture(params=["CBaseLoader", "BaseLoader"], autouse=True)
def _with_and_without_libyaml(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(yaml, request.param):
        pytest.skip("PyYAML without libyaml")
    monkeypatch.setattr(yaml_lines, "LOADER", getattr(yaml, request.param))


def said(text: str) -> list[str]:
    loaded = read(text, "c.yaml")
    assert loaded.config is None
    return [str(mistake) for mistake in loaded.mistakes]


BROKEN = {
    "": "c.yaml:1: the file is empty: at least one group is needed under groups",
    "# only a comment\n": "c.yaml:1: the file is empty: at least one group is needed under groups",
    "- a": "c.yaml:1: a list stands where the keys of the config are wanted (groups: and so on)",
    "hello": 'c.yaml:1: "hello" stands where the keys of the config are wanted (groups: and so on)',
    "writes: true": "c.yaml:1: groups: is missing: at least one group is needed",
    "groups:": "c.yaml:1: groups: has no value: write one or remove it",
    "groups: {}": "c.yaml:1: groups: names no group: at least one is needed",
    "groups: [a]": "c.yaml:1: groups: a list stands where a mapping of keys to values is wanted",
    "groups:\n\ta: b": "c.yaml:2: a tab: YAML is indented with spaces",
    "a: b: c": "c.yaml:1: not valid YAML: a colon that does not fit: look at the lines above, or use quotes",
    "a: @b": "c.yaml:1: not valid YAML: text that begins with a special character must be quoted",
    'a: 1\nb: "x': "c.yaml:2: not valid YAML: a quote that is not closed",
    "groups: {}\n---\na: b": "c.yaml:2: a second document (---): the config is one document",
    "? [a]\n: b": "c.yaml:1: a list or mapping stands where a key is wanted",
    "a: 1\nb: \x07": "c.yaml:2: a character that text does not have (U+0007)",
    'a: 1\nb: "\\UFFFFFFFF"': ("c.yaml:2: not valid YAML: an escape (\\u, \\U) of a character that does not exist"),
    "a: \ud800": "c.yaml:1: a character that text does not have (U+D800)",
}


@pytest.mark.parametrize(("text", "line"), BROKEN.items())
def test_a_file_that_cannot_be_used_says_why_and_where(text: str, line: str) -> None:
    assert said(text) == [line]


@pytest.mark.parametrize("text", ["groups: [a", "groups: {a: [P1}", "groups:\n  a: 1\n b: 2"])
def test_brackets_and_indentation_that_do_not_fit_are_a_mistake_with_a_line(text: str) -> None:
    (line,) = said(text)
    assert line.startswith("c.yaml:")
    assert "not valid YAML" in line


@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 50_000, "{a: " * 5_000])
def test_deep_nesting_is_refused_before_it_is_built(text: str) -> None:
    assert "nested too deep" in said(text)[-1]


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    levels = "".join(f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert said("a: &a [" + "x, " * 10 + "]\n" + levels) == [
        "c.yaml:6: f[0]: too large: more than 200000 values, aliases unfolded"
    ]


def test_an_alias_inside_of_what_it_names_is_refused() -> None:
    loaded = read("groups: &g {a: *g, b: {schedules: [P11]}}", "c.yaml")
    assert [str(mistake) for mistake in loaded.mistakes] == [
        "c.yaml:1: groups.a: *g is used, but no &g stands before it"
    ]
    assert loaded.config is not None
    assert set(loaded.config.groups) == {"b"}


def test_where_reading_stops_the_whole_file_is_spoilt_and_not_one_group() -> None:
    loaded = read("groups: {a: {[P11]: x}, b: {schedules: [P12]}}")
    assert loaded.config is None
    assert [mistake.group for mistake in loaded.mistakes] == [None]


def test_a_tag_runs_nothing_and_is_refused() -> None:
    assert "c.yaml:1: writes: YAML tags (!…) are not supported: write the plain value" in said(
        "writes: !!python/object/apply:os.system [ls]\ngroups: {a: {schedules: [P11]}}"
    )


def test_an_anchor_may_be_used_again() -> None:
    config = read("groups:\n  a: {schedules: &both [P11, P12]}\n  b: {schedules: *both}\n").config
    assert config is not None
    assert config.groups["b"].schedules == ("P11", "P12")


def test_what_repeats_a_mistake_by_an_alias_fails_too() -> None:
    loaded = read("groups:\n  a: &a {schedules: [P11], schedules: [P12]}\n  b: *a\n  c: {schedules: [P13]}")
    assert [(mistake.line, mistake.group) for mistake in loaded.mistakes] == [(2, "a"), (3, "b")]
    assert loaded.config is not None
    assert set(loaded.config.groups) == {"c"}


def test_a_key_written_twice_inside_a_group_fails_that_group_alone() -> None:
    loaded = read("groups:\n  a:\n    always: [x@y.z]\n    always: [x@y.z]\n  b: {schedules: [P11]}", "c.yaml")
    assert [str(mistake) for mistake in loaded.mistakes] == [
        "c.yaml:4: groups.a.always: written twice, first in line 3"
    ]
    assert loaded.config is not None
    assert set(loaded.config.groups) == {"b"}


def test_a_group_written_twice_fails_that_group_alone() -> None:
    loaded = read("groups:\n  a: {schedules: [P11]}\n  b: {schedules: [P11]}\n  a: {schedules: [P12]}", "c.yaml")
    assert [str(mistake) for mistake in loaded.mistakes] == ["c.yaml:4: groups.a: written twice, first in line 2"]
    assert loaded.config is not None
    assert set(loaded.config.groups) == {"b"}


@pytest.mark.parametrize("handle", ["off", "on", "null", "0123", "1.5", "yes"])
def test_a_scalar_is_the_text_that_it_looks_like(handle: str) -> None:
    config = read(f"groups:\n  {handle}: {{schedules: [123, 0x1F]}}".replace("0x1F", "0123")).config
    assert config is not None
    assert config.groups[handle].schedules == ("123", "0123")


@pytest.mark.parametrize(
    ("text", "writes"), [("true", True), ("off", False), ("False", False), ("on", True), ("no", False)]
)
def test_a_switch_is_true_or_false_in_any_of_yaml_s_spellings(text: str, writes: bool) -> None:
    config = read(f"writes: {text}\ngroups: {{a: {{schedules: [P11]}}}}").config
    assert config is not None
    assert config.writes is writes


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    loaded = read("\ufeffgroups:\r\n  a:\r\n    schedules: [p]\r\n")
    assert [mistake.line for mistake in loaded.mistakes] == [3]
