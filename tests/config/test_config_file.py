"""What remains of a config when parts of it are wrong, and the file around it."""

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
      - {email: bo@acme.example, until: '2026-12-31T17:00:00.9+01:00'}
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
    loaded = read("writes: false\ngroups:\n  '@a': {schedules: [p]}\n  b: {schedules: [P11]}")
    assert loaded.config
    assert set(loaded.config.groups) == {"b"}
    assert [(mistake.group, mistake.key) for mistake in loaded.mistakes] == [("a", "groups.@a.schedules[0]")]
    assert read("writes: false\ngroups: {a: {schedules: [p]}}").config == Config(writes=False, groups={})


def test_a_group_has_the_defaults_that_it_does_not_replace_even_by_nothing() -> None:
    groups = valid(FULL).groups
    platform, security = groups["platform-oncall"], groups["security"]
    assert (platform.barred_at(NOW), platform.when_empty, platform.max_members) == (
        ("temp@acme.example",),
        "disable",
        25,
    )
    assert (security.never, security.when_empty, security.max_members) == ((), "keep", 25)
    assert valid("defaults: {always: [a@b.cd]}\ngroups: {x: {}}").groups["x"].members_at(NOW) == ("a@b.cd",)


def test_a_date_is_the_end_of_its_day_in_utc_and_a_time_is_itself_to_the_second() -> None:
    ada, bo = valid(FULL).groups["incidents"].always
    assert ada.until == datetime(2027, 1, 1, tzinfo=UTC)
    assert bo.until == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_the_levels_of_a_policy_are_sources_of_their_own_and_all_of_them_are_one() -> None:
    assert list(map(str, valid(FULL).groups["incidents"].sources)) == [
        "PESC123 level 1",
        "PESC456 level 1",
        "PESC456 level 2",
        "PESC789 all levels",
        "team PTEAM01",
    ]


def test_emails_are_lower_cased_and_count_once_and_member_ids_are_as_they_are() -> None:
    config = valid(FULL)
    assert config.placeholders == ("noop@example.org",)
    assert config.slack_accounts == {
        "ada@acme.example": "ada.l@acme.io",
        "bo@acme.example": "U0123456",
        "@acme.example": "@acme.io",
    }
    assert valid("groups: {a: {always: [A@b.cd, a@b.cd]}}").groups["a"].members_at(NOW) == ("a@b.cd",)


def test_an_id_of_pagerduty_may_be_in_lower_case_and_any_text_has_spaces_around_it_cut() -> None:
    group = valid("groups: {a: {schedules: [pc5bgl2, ' P11 '], escalation_policies: [pe5c]}}").groups["a"]
    assert [str(source) for source in group.sources] == ["PC5BGL2", "P11", "PE5C level 1"]


def test_an_entry_may_be_written_alone_or_in_full() -> None:
    text = """groups:
  a: {escalation_policies: [P11], always: [a@b.cd], overlap: {}, create_if_missing: True}
  b: {escalation_policies: [{id: P11, levels: [1]}], always: [{email: A@B.cd}], create_if_missing: {}}
  c: {escalation_policies: [P11], create_if_missing: false}
"""
    groups = valid(text).groups
    assert groups["a"] == groups["b"]
    assert groups["c"].create_if_missing is None


POLLS = {"5s": timedelta(seconds=5), "90s": timedelta(seconds=90), "1h": timedelta(hours=1), "off": None, "'off'": None}


@pytest.mark.parametrize(("poll", "means"), POLLS.items(), ids=POLLS)
def test_poll_is_a_duration_or_off_for_a_run_and_for_the_dag(
    poll: str, means: timedelta | None, tmp_path: Path
) -> None:
    text = f"poll: {poll}\ngroups: {{a: {{schedules: [P11]}}}}"
    (tmp_path / "c.yaml").write_text(text)
    assert valid(text).poll == glance(tmp_path / "c.yaml").poll == means


ONE_END = "groups: {{a: {{always: [{{email: a@b.cd, until: '{}'}}]}}}}"
WAYS = {
    "full": FULL,
    "shipped": SHIPPED.read_text(encoding="utf-8"),
    "off": "poll: off\ngroups: {a: {always: [a@b.cd]}}",
    **{end: ONE_END.format(end) for end in ("2026-12-31T23:59:59-11:00", "0001-01-01", "0001-01-01T00:00:00Z")},
}


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_a_config_survives_the_way_through_xcom(text: str) -> None:
    config = valid(text)
    for usual in (True, False):
        again = Config.model_validate(json.loads(json.dumps(config.model_dump(mode="json", exclude_defaults=usual))))
        assert again.groups == config.groups
        assert again.model_dump() == config.model_dump()


def test_a_dump_holds_nothing_that_is_usual() -> None:
    config = valid("groups: {a: {schedules: [P11]}}")
    assert config.model_dump(mode="json", exclude_defaults=True) == {"groups": {"a": {"schedules": ["P11"]}}}


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"writes: true\n# caf\xe9\n", "not UTF-8 text: save the file as UTF-8"),
        (b"#" * 1_000_001, "too large: more than 1000000 bytes"),
    ],
)
def test_a_file_that_is_not_there_not_text_or_huge_is_a_mistake(
    tmp_path: Path, content: bytes | None, mistake: str
) -> None:
    path = tmp_path / "c.yaml"
    if content:
        path.write_bytes(content)
    (found,) = read_file(path).mistakes
    assert found.reason == mistake
    assert found.file == (path.name if content else str(path))
    assert found.line == (2 if "UTF-8" in mistake else 0)


@pytest.mark.parametrize("path", ["/x/\0", "/dev/null/x", "/", "~nobody-of-this-name/c.yaml"])
def test_a_path_that_cannot_be_read_is_a_mistake_and_breaks_no_dag(path: str) -> None:
    named = config_path({"ONCALL_SYNC_CONFIG": path})
    assert read_file(named).mistakes[0].line == 0
    assert glance(named).handles == ()


def test_the_environment_names_another_config() -> None:
    assert config_path({"ONCALL_SYNC_CONFIG": "/elsewhere/groups.yaml"}) == Path("/elsewhere/groups.yaml")
    assert config_path({"ONCALL_SYNC_CONFIG": ""}) == SHIPPED


STOPS = [
    "writes: false",
    "writes: False  # until Monday",
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
    "write: false",
    "Writes: false",
    "wirtes: false",
    "writes: true\nwrites: false",
    "groups: \udcff\nwrites: false",
]
STOPS_NOT = [
    "",
    "groups: [",
    "writes: True",
    "writes: 'true'",
    "writes: yes  # as ever",
    "writes: true\r\ngroups: [",
    "# writes: false",
    "overwrites: false",
    "groups: {writes: false}",
]


@pytest.mark.parametrize(("text", "stops"), [*((text, True) for text in STOPS), *((text, False) for text in STOPS_NOT)])
def test_a_line_that_does_not_say_that_runs_write_stops_them_however_broken_the_file_is(
    tmp_path: Path, text: str, stops: bool
) -> None:
    path = tmp_path / "oncall_sync.yaml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert stops_writes(path) == stops
    assert not stops_writes(tmp_path / "nowhere.yaml")
