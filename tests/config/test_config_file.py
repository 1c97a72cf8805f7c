"""What is left of a config when parts of it are wrong, and the file around it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oncall_sync.config import Config, Group
from oncall_sync.config.load import config_path, glance, read, read_file, stops_writes

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHIPPED = Path(__file__).parents[2] / "dags" / "oncall_sync.yaml"

FULL = """
heartbeat: 90s
poll: 10s
writes: false
connections: {pagerduty: pd, slack: chat}
placeholders: [NoOp@Example.org]
slack_accounts: {Ada@Acme.example: Ada.L@acme.io, bo@acme.example: U0123456, "@acme.example": "@Acme.io"}
defaults: {max_members: 25, never: [Temp@acme.example], when_empty: disable}
groups:
  "@platform-oncall": {schedules: [PC5BGL2, PNB6DMH], id: S0123}
  security: {always: [ciso@acme.example], fallback: [lead@acme.example], never: [], when_empty: keep}
  incidents:
    escalation_policies: [PESC123, {id: PESC456, levels: [2, 1]}, {id: PESC789, levels: all}]
    team_members: [PTEAM01]
    always:
      - {email: Ada@acme.example, until: 2026-12-31, reason: shadowing}
      - {email: bo@acme.example, until: '2026-12-31T17:00:00+01:00'}
    never: [{email: cy@acme.example, until: '2026-12-31T00:00:00Z'}]
    overlap: {before: 15m, after: 1h}
    create_if_missing: {name: Incidents, description: Who leads, channels: [C0123ABC]}
    announce: C0123ABC
    topic: C0456DEF
  plain: {team_members: [PTEAM01], create_if_missing: true}
"""


def valid(text: str) -> Config:
    loaded = read(text)
    assert loaded.mistakes == ()
    assert loaded.config is not None
    return loaded.config


def test_the_shipped_config_holds_the_four_groups_of_the_seed() -> None:
    loaded = read_file(SHIPPED)
    assert loaded.mistakes == ()
    assert loaded.config is not None
    assert loaded.config.placeholders == ("noop@example.org",)
    assert {handle: group.schedules for handle, group in loaded.config.groups.items()} == {
        "platform-oncall": ("PC5BGL2", "PNB6DMH", "PR892VA"),
        "storage-oncall": ("PIMZEZC", "P8KF5JL"),
        "platform-leads": ("P9SFCKV",),
        "eng-oncall": ("PC5BGL2", "PNB6DMH", "PR892VA", "PIMZEZC", "P8KF5JL"),
    }


def test_the_examples_in_the_comments_of_the_shipped_config_are_right() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    head, examples = text.split("# What else a group may have (docs/config.md describes each key):\n")
    uncommented = examples.replace("#   ", "  ", 1).replace("\n#   ", "\n  ").replace("\n#", "\n")
    for key in ("slack_accounts:", "defaults:"):
        start = head.index(f"# {key}")
        block = head[start : head.index("\n\n", start)]
        head = head.replace(block, "\n".join(line.removeprefix("# ") for line in block.splitlines()))
    config = valid(head + uncommented)
    assert config.groups["security"].model_fields_set == Group.model_fields.keys() - {"create_if_missing"}
    assert config.groups["platform-oncall"].max_members == 25
    assert len(config.slack_accounts) == 3


def test_a_mistake_in_one_group_costs_that_group_alone() -> None:
    loaded = read("groups:\n  a: {schedules: [p]}\n  b: {schedules: [P11]}")
    assert loaded.config is not None
    assert set(loaded.config.groups) == {"b"}
    assert {mistake.group for mistake in loaded.mistakes} == {"a"}


def test_mistakes_in_every_group_leave_a_config_without_groups() -> None:
    loaded = read("writes: false\ngroups:\n  a: {schedules: [p]}")
    assert loaded.config == Config(writes=False, groups={})


def test_a_mistake_names_its_group_by_the_handle_without_the_at() -> None:
    (mistake,) = read("groups:\n  '@a': {schedules: [p]}\n  b: {schedules: [P11]}").mistakes
    assert mistake.group == "a"
    assert mistake.key == "groups.@a.schedules[0]"


def test_the_defaults_stand_in_every_group_that_does_not_say_otherwise() -> None:
    groups = valid(FULL).groups
    assert groups["platform-oncall"].barred_at(NOW) == ("temp@acme.example",)
    assert groups["platform-oncall"].when_empty == "disable"
    assert groups["platform-oncall"].max_members == groups["security"].max_members == 25


def test_a_group_s_own_value_replaces_the_default_even_when_it_is_empty() -> None:
    security = valid(FULL).groups["security"]
    assert security.never == ()
    assert security.when_empty == "keep"


def test_a_date_is_the_end_of_its_day_in_utc_and_a_time_is_itself() -> None:
    ada, bo = valid(FULL).groups["incidents"].always
    assert ada.until == datetime(2027, 1, 1, tzinfo=UTC)
    assert bo.until == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert (ada.email, ada.reason) == ("ada@acme.example", "shadowing")


def test_the_levels_of_a_policy_are_sources_of_their_own_and_all_of_them_are_one() -> None:
    assert list(map(str, valid(FULL).groups["incidents"].sources)) == [
        "PESC123 level 1",
        "PESC456 level 1",
        "PESC456 level 2",
        "PESC789 all levels",
        "team PTEAM01",
    ]


@pytest.mark.parametrize(
    "moment", ["2026-12-31", "2026-12-31T17:00:00Z", "2026-12-31T23:59:59-11:00", "0001-01-01", "0001-01-01T00:00:00Z"]
)
def test_an_end_survives_the_way_through_xcom_to_the_second(moment: str) -> None:
    config = valid(f"groups: {{a: {{always: [{{email: a@b.cd, until: '{moment}'}}]}}}}")
    dumped = config.model_dump(mode="json", exclude_defaults=True)
    assert Config.model_validate(dumped).groups == config.groups


def test_emails_are_lower_cased_and_member_ids_are_not() -> None:
    config = valid(FULL)
    assert config.placeholders == ("noop@example.org",)
    assert config.slack_accounts == {
        "ada@acme.example": "ada.l@acme.io",
        "bo@acme.example": "U0123456",
        "@acme.example": "@acme.io",
    }


def test_an_email_written_twice_counts_once() -> None:
    assert valid("groups: {a: {always: [A@b.cd, a@b.cd]}}").groups["a"].members_at(NOW) == ("a@b.cd",)


def test_an_id_of_pagerduty_may_be_in_lower_case_and_any_text_has_spaces_around_it_cut() -> None:
    group = valid("groups: {a: {schedules: [pc5bgl2, ' P11 '], escalation_policies: [pe5c]}}").groups["a"]
    assert [str(source) for source in group.sources] == ["PC5BGL2", "P11", "PE5C level 1"]


def test_the_default_always_is_enough_for_a_group_to_name_somebody() -> None:
    assert valid("defaults: {always: [a@b.cd]}\ngroups: {x: {}}").groups["x"].members_at(NOW) == ("a@b.cd",)


def test_an_entry_may_be_written_alone_or_in_full() -> None:
    text = """groups:
  a: {escalation_policies: [P11], always: [a@b.cd], overlap: {}, create_if_missing: true}
  b: {escalation_policies: [{id: P11, levels: [1]}], always: [{email: A@B.cd}], create_if_missing: {}}
"""
    groups = valid(text).groups
    assert groups["a"] == groups["b"]


@pytest.mark.parametrize(("text", "created"), [("true", True), ("True", True), ("false", False), ("False", False)])
def test_a_group_is_created_where_the_config_says_true(text: str, created: bool) -> None:
    group = valid(f"groups: {{a: {{schedules: [P11], create_if_missing: {text}}}}}").groups["a"]
    assert (group.create_if_missing is not None) == created


POLLS = {"5s": timedelta(seconds=5), "90s": timedelta(seconds=90), "1h": timedelta(hours=1), "off": None, "'off'": None}


@pytest.mark.parametrize(("poll", "means"), POLLS.items(), ids=POLLS)
def test_poll_is_a_duration_or_off_for_a_run_and_for_the_dag(
    poll: str, means: timedelta | None, tmp_path: Path
) -> None:
    text = f"poll: {poll}\ngroups: {{a: {{schedules: [P11]}}}}"
    (tmp_path / "c.yaml").write_text(text)
    assert valid(text).poll == glance(tmp_path / "c.yaml").poll == means


WAYS = {
    "full": FULL,
    "shipped": SHIPPED.read_text(encoding="utf-8"),
    "off": "poll: off\ngroups: {a: {always: [a@b.cd]}}",
}


@pytest.mark.parametrize("usual", [True, False], ids=["without defaults", "whole"])
@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_a_config_survives_the_way_through_xcom(text: str, usual: bool) -> None:
    config = valid(text)
    dumped = config.model_dump(mode="json", exclude_defaults=usual)
    again = Config.model_validate(json.loads(json.dumps(dumped)))
    assert again.groups == config.groups
    assert again.model_dump() == config.model_dump()


def test_a_dump_holds_nothing_that_is_usual() -> None:
    config = valid("groups: {a: {schedules: [P11]}}")
    assert config.model_dump(mode="json", exclude_defaults=True) == {"groups": {"a": {"schedules": ["P11"]}}}


def test_a_missing_file_is_a_mistake_without_a_line(tmp_path: Path) -> None:
    loaded = read_file(tmp_path / "gone.yaml")
    assert loaded.config is None
    assert [str(mistake) for mistake in loaded.mistakes] == [
        f"{tmp_path}/gone.yaml: cannot be read: No such file or directory"
    ]


def test_a_file_that_is_not_utf_8_is_a_mistake_with_a_line(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"writes: true\n# caf\xe9\n")
    assert [str(mistake) for mistake in read_file(tmp_path / "c.yaml").mistakes] == [
        "c.yaml:2: not UTF-8 text: save the file as UTF-8"
    ]


@pytest.mark.parametrize("path", ["/x/\0", "/dev/null/x", "/"])
def test_a_path_that_cannot_be_read_is_a_mistake_too(path: str) -> None:
    assert read_file(Path(path)).mistakes[0].line == 0
    assert glance(Path(path)).handles == ()


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"#" * 1_000_001)
    assert [str(mistake) for mistake in read_file(tmp_path / "c.yaml").mistakes] == [
        "c.yaml: too large: more than 1000000 bytes"
    ]


def test_an_unknown_home_in_the_environment_does_not_break_the_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "~nobody-of-this-name/c.yaml")
    assert read_file(config_path()).mistakes[0].line == 0


def test_the_environment_names_another_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "/elsewhere/groups.yaml")
    assert config_path() == Path("/elsewhere/groups.yaml")
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", "")
    assert config_path() == SHIPPED


@pytest.mark.parametrize(
    "text",
    [
        "writes: false",
        "writes: False  # until Monday",
        "writes: no",
        "writes: 'false'",
        'writes: "off"',
        "writes: flase",
        "writes:",
        "writes: # nothing",
        "writes: [",
        "groups: [\nwrites: false",
        "groups: [\r\nwrites: false\r\n",
        "writes:\tfalse",
        "writes : false",
        "\ufeffwrites: false",
        "'writes': false",
        '"writes": false',
        "write: false",
        "Writes: false",
        "wirtes: false",
        "writes: true\nwrites: false",
        "groups: \udcff\nwrites: false",
    ],
)
def test_a_line_that_does_not_say_that_runs_write_stops_them_however_broken_the_file_is(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "oncall_sync.yaml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert stops_writes(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "groups: [",
        "writes: true",
        "writes: True",
        "writes: 'true'",
        "writes: yes  # as ever",
        "writes: true\r\ngroups: [",
        "# writes: false",
        "overwrites: false",
        "groups: {writes: false}",
    ],
)
def test_a_file_without_such_a_line_stops_no_writes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "oncall_sync.yaml"
    path.write_bytes(text.encode())
    assert not stops_writes(path)


def test_a_file_that_is_not_there_stops_no_writes(tmp_path: Path) -> None:
    assert not stops_writes(tmp_path / "nowhere.yaml")
