"""Whatever the file holds, reading it ends in a config or in mistakes, never in a traceback."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.config import Config, Group, NewGroup, Overlap
from oncall_sync.config.load import LoadedConfig, glance, read
from oncall_sync.config.model import EscalationPolicy, ListedPerson

SHIPPED = (Path(__file__).parents[2] / "dags" / "oncall_sync.yaml").read_text(encoding="utf-8")
MORE = """
  z:
    escalation_policies: [P11, {id: P12, levels: [1, 2]}, {id: P13, levels: all}]
    team_members: [P14]
    always: [{email: a@b.cd, until: 2026-12-31, reason: x}, {email: b@b.cd, until: '2026-12-31T17:00:00Z'}]
    overlap: {before: 15m, after: 1h}
    create_if_missing: {name: Z, channels: [C01]}
"""
SEED = (
    SHIPPED + MORE + 'slack_accounts: {a@b.cd: U123, "@x.yz": "@z.yx"}\ndefaults: {max_members: 5, never: [a@b.cd]}\n'
)
SNIPPETS = st.sampled_from(["groups", "schedules:", *"-{}[]:\n\t'\"", "&a ", "*a", "<<: ", "!!str ", "\n  "])
SECTIONS = (Config, Group, ListedPerson, EscalationPolicy, NewGroup, Overlap)
KEYS = st.sampled_from([*(key for section in SECTIONS for key in section.model_fields), "@a", "a", "", "x"])
VALUES = st.sampled_from(["P11", "a@b.cd", "1h", "all", "2026-12-31", "true", "C01"])
TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), VALUES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=15,
)


def holds_together(loaded: LoadedConfig) -> None:
    """What every answer has in common."""
    assert (loaded.config is None) == any(mistake.group is None for mistake in loaded.mistakes)
    assert list(loaded.mistakes) == sorted(set(loaded.mistakes), key=lambda mistake: mistake[:4])
    for mistake in loaded.mistakes:
        assert mistake.line >= 1
        assert mistake.reason
        assert str(mistake).isprintable()
        assert loaded.config is None or mistake.group not in loaded.config.groups
    if loaded.config:
        dumped = loaded.config.model_dump(mode="json", exclude_defaults=True)
        assert Config.model_validate(dumped).groups == loaded.config.groups


@given(st.text())
def test_any_text_gives_a_config_or_mistakes(text: str) -> None:
    holds_together(read(text))


@given(content=st.binary() | st.sampled_from([bytes(range(256)), b"groups: {1: {}, null: {}, [a]: {}}", b"[" * 5000]))
def test_any_file_gives_the_dag_what_it_needs(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    assert glance(file).heartbeat


@given(st.data())
def test_a_valid_config_with_a_piece_changed_gives_a_config_or_mistakes(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SEED)))
    end = data.draw(st.integers(start, min(len(SEED), start + 30)))
    put = data.draw(st.one_of(SNIPPETS, st.text(max_size=5), st.just(SEED[start:end] * 2)))
    holds_together(read(SEED[:start] + put + SEED[end:]))


@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_any_tree_of_known_keys_gives_a_config_or_mistakes(tree: dict[str, object]) -> None:
    holds_together(read(json.dumps(tree, ensure_ascii=False)))  # JSON is YAML
