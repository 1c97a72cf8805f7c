"""`make check`, and the JSON Schema for editors."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from oncall_sync.config import Config
from oncall_sync.config.load import read
from oncall_sync.config.schema import FILE, schema_text
from oncall_sync.terminal.check import main

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "dags" / "oncall_sync.yaml"


def test_a_good_file_is_summed_up_and_exits_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("ONCALL_SYNC_CONFIG", raising=False)
    assert main([]) == 0
    assert capsys.readouterr().out == "dags/oncall_sync.yaml: 4 groups, 6 schedules, no mistakes\n"


def test_every_mistake_is_a_line_and_the_exit_code_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text("writes: x\ngroups:\n  a: {schedule: [P11]}\n")
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "c.yaml")
    assert main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        'c.yaml:1: writes: must be true or false, not "x"',
        "c.yaml:3: groups.a.schedule: unknown key, did you mean schedules?",
        "2 mistakes in c.yaml",
    ]


def test_a_missing_file_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone.yaml")]) == 1
    assert capsys.readouterr().out.endswith(f"1 mistake in {tmp_path}/gone.yaml\n")


def test_the_command_needs_no_airflow() -> None:
    code = "import sys, oncall_sync.terminal.check as c; c.main(['--schema']); sys.exit('airflow' in sys.modules)"
    done = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["properties"]


def test_the_schema_file_is_the_one_that_the_models_give() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), "run: make schema > the file"


def test_the_first_line_of_the_shipped_config_leads_an_editor_to_the_schema() -> None:
    first = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    assert (SHIPPED.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve() == FILE


class Yaml12(yaml.SafeLoader):
    """In YAML 1.2, which editors read, a date is text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, rule) for tag, rule in rules if not tag.endswith("timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def as_an_editor(text: str) -> None:
    """Check the text as an editor's YAML plugin does: scalars typed by YAML, then the JSON Schema."""
    schema = json.loads(schema_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(yaml.load(text, Yaml12))  # noqa: S506 - a SafeLoader


def test_an_editor_finds_nothing_wrong_with_the_shipped_config() -> None:
    as_an_editor(SHIPPED.read_text(encoding="utf-8"))


RIGHT = [
    "escalation_policies: [P11, {id: P12, levels: [1, 2]}, {id: P13, levels: all}]",
    "team_members: [P11]",
    "always: [a@b.cd, {email: b@b.cd, until: 2026-12-31, reason: x}, {email: c@b.cd, until: '2026-12-31T17:00:00Z'}]",
    "schedules: [P11], never: [{email: b@b.cd}]",
    "schedules: [P11], overlap: {before: 15m}",
    "schedules: [P11], overlap: {before: 0s, after: 24h}",
    "schedules: [P11], create_if_missing: true",
    "schedules: [P11], create_if_missing: false",
    "schedules: [P11], create_if_missing: {name: A, description: a, channels: [C01]}",
    "schedules: [P11], announce: C0123ABC, topic: G0123ABC",
]
WRONG = [
    "escalation_policies: P11",
    "escalation_policies: [{levels: [1]}]",
    "escalation_policies: [{id: P11, level: 1}]",
    "escalation_policies: [{id: P11, levels: 1}]",
    "escalation_policies: [{id: P11, levels: []}]",
    "escalation_policies: [{id: P11, levels: [0]}]",
    "escalation_policies: [{id: P11, levels: [101]}]",
    "escalation_policies: [{id: P11, levels: every}]",
    "team_members: [P11, P11]",
    "team_members: [P11], overlap: 15m",
    "team_members: [P11], overlap: {befor: 15m}",
    "team_members: [P11], overlap: {before: 15}",
    "always: [ada]",
    "always: [{until: 2026-12-31}]",
    "always: [{email: a@b.cd, untill: 2026-12-31}]",
    "team_members: [P11], create_if_missing: {nam: x}",
    "team_members: [P11], create_if_missing: {channels: [general]}",
    "team_members: [P11], announce: '#general'",
    "team_members: [P11], topic: general",
]


@pytest.mark.parametrize("line", RIGHT)
def test_an_editor_takes_what_the_check_takes(line: str) -> None:
    text = f"groups: {{a: {{{line}}}}}"
    assert read(text).mistakes == ()
    as_an_editor(text)


@pytest.mark.parametrize(
    "text",
    [
        "writes: true",
        "groups: {}",
        "groups: {a: {schedule: [P11]}}",
        "groups: {a: {schedules: P11}}",
        "groups: {a: {schedules: [P11, P11]}}",
        "groups: {A B: {schedules: [P11]}}",
        "groups: {a: {schedules: [P11], max_members: 0}}",
        "groups: {a: {schedules: [P11], max_members: }}",
        "groups: {a: {schedules: [P11], when_empty: kep}}",
        "groups: {a: {schedules: [P11]}}\nwrites: maybe",
        "groups: {a: {schedules: [P11]}}\nheartbeat: soon",
        *(f"groups: {{a: {{{line}}}}}" for line in WRONG),
    ],
)
def test_an_editor_finds_what_the_check_finds(text: str) -> None:
    assert read(text).mistakes
    with pytest.raises(jsonschema.ValidationError):
        as_an_editor(text)


def test_every_key_is_described_for_the_one_who_edits() -> None:
    schema = Config.model_json_schema()
    sections = [schema, *(shape["anyOf"][1] if "anyOf" in shape else shape for shape in schema["$defs"].values())]
    assert [key for s in sections for key, value in s["properties"].items() if "description" not in value] == []
