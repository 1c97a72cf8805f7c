"""`make check`, and the JSON Schema for editors."""

from __future__ import annotations

import json
import re
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
from tests.config.test_config_messages import IN_A_GROUP, IN_THE_FILE, UNKNOWN_IN_A_GROUP, UNKNOWN_IN_THE_FILE

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "dags" / "oncall_sync.yaml"


def test_a_good_file_is_summed_up_and_exits_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text(
        "groups: {a: {schedules: [P11, P12], team_members: [P13]}, b: {escalation_policies: [{id: P14, levels: all}]}}"
    )
    assert main(["c.yaml"]) == 0
    summary = "2 groups, 2 schedules, 1 escalation policy, 1 team, no mistakes"
    assert capsys.readouterr().out == f"c.yaml: {summary}\n"


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


def editor_takes(text: str) -> bool:
    """As an editor's YAML plugin checks it: scalars typed by YAML, then the JSON Schema."""
    schema = json.loads(schema_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return bool(jsonschema.Draft7Validator(schema).is_valid(yaml.load(text, Yaml12)))  # noqa: S506 - a SafeLoader


RIGHT = [
    "schedules: [P11, pc5bgl2], escalation_policies: [P11, {id: P12, levels: [1, 2]}, {id: P13, levels: all}]",
    "always: [a@b.cd, {email: b@b.cd, until: 2026-12-31, reason: x}, {email: c@b.cd, until: '2026-12-31T17:00:00Z'}]",
    "team_members: [P11], never: [{email: b@b.cd}], overlap: {before: 0s, after: 24h}",
    "schedules: [P11], create_if_missing: true, announce: C0123ABC, topic: G0123ABC",
    "schedules: [P11], create_if_missing: {name: A, description: a, channels: [C01]}",
]
BEYOND_A_SCHEMA = re.compile("must not list|must pair|must be a date|must be a duration")  # what it cannot express
WRONG = [
    "writes: true",
    "groups: {}",
    "groups: {A B: {schedules: [P11]}}",
    "poll: often\ngroups: {a: {schedules: [P11]}}",
    "groups: {a: {schedules: [P11, P11]}}",
    "groups: {a: {overlap: {before: 15}}}",
    "groups: {a: {escalation_policies: [{id: P11, levels: [101]}]}}",
    *(
        f"groups: {{a: {{{line}}}}}"
        for line, reason in (UNKNOWN_IN_A_GROUP | IN_A_GROUP).items()
        if not BEYOND_A_SCHEMA.search(reason)
    ),
    *(
        f"groups: {{a: {{schedules: [P11]}}}}\n{line}"
        for line, reason in (UNKNOWN_IN_THE_FILE | IN_THE_FILE).items()
        if not BEYOND_A_SCHEMA.search(reason)
    ),
]


@pytest.mark.parametrize(
    "text",
    [
        SHIPPED.read_text(encoding="utf-8"),
        "poll: 'off'\ngroups: {a: {schedules: [P11]}}",
        *(f"groups: {{a: {{{line}}}}}" for line in RIGHT),
    ],
)
def test_an_editor_takes_what_the_check_takes(text: str) -> None:
    assert read(text).mistakes == ()
    assert editor_takes(text)


@pytest.mark.parametrize("text", WRONG)
def test_an_editor_finds_what_the_check_finds(text: str) -> None:
    assert read(text).mistakes
    assert not editor_takes(text)


def test_every_key_is_described_for_the_one_who_edits() -> None:
    schema = Config.model_json_schema()
    sections = [schema, *(shape["anyOf"][1] if "anyOf" in shape else shape for shape in schema["$defs"].values())]
    assert [key for s in sections for key, value in s["properties"].items() if "description" not in value] == []


def test_an_editor_shows_a_default_as_it_is_written() -> None:
    keys = json.loads(schema_text())["properties"]
    assert (keys["heartbeat"]["default"], keys["poll"]["default"], keys["writes"]["default"]) == ("15m", "30s", True)
