"""What `make check` says, to the letter: file and line, key, what is wrong, what is allowed."""

from __future__ import annotations

import pytest

from oncall_sync.config.load import read

ADDRESS = "an email address, e.g. ada@acme.example"
CHANNEL = "the ID of a Slack channel, e.g. C0123ABC"
DATE = "a date, e.g. 2026-12-31, or a time with its offset, e.g. 2026-12-31T17:00:00Z"
EMPTY = "has no value: write one or remove it"
LEVEL = "a level, from 1 to 100"
LEVELS = "a list of levels, e.g. [1, 2], or all"
MEMBERS = "a whole number from 1 to 1000"
NO_SOURCE = "has no source of members: add schedules, escalation_policies, team_members or always"
OVERLAP = "a duration from 0s to 24h, e.g. 90s, 15m or 1h"
POLICY = "the ID of an escalation policy, e.g. PESC123"
POLL = "a duration from 5s to 1h, e.g. 90s, 15m or 1h, or off"
SCHEDULE = "a PagerDuty schedule ID, e.g. PC5BGL2"
URL = "an address that begins with https:// (http:// only for loopback)"


def messages(text: str) -> list[str]:
    return [str(mistake) for mistake in read(text).mistakes]


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────

UNKNOWN_IN_A_GROUP = {
    "schedule: [P11]": "schedule: unknown key, did you mean schedules?",
    "policies: [P11]": "policies: unknown key, did you mean escalation_policies?",
    "color: red": "color: unknown key, allowed: always, never, fallback, when_empty, overlap, max_members, announce, "
    "topic, schedules, escalation_policies, team_members, id, create_if_missing",
    "placeholders: [x@y.z]": "placeholders: unknown key here, it belongs at the top level",
    "pagerduty: x": "pagerduty: unknown key here, it belongs under connections or under alerts",
    "escalation_policies: [{id: P11, level: [1]}]": "escalation_policies[0].level: unknown key, did you mean levels?",
    "always: [{email: a@b.cd, untill: 2026-12-31}]": "always[0].untill: unknown key, did you mean until?",
}


@pytest.mark.parametrize(("line", "reason"), UNKNOWN_IN_A_GROUP.items())
def test_an_unknown_key_in_a_group_says_where_it_belongs_or_what_it_may_mean(line: str, reason: str) -> None:
    assert messages(f"groups:\n  a: {{{line}}}") == [f"oncall_sync.yaml:2: groups.a.{reason}"]


UNKNOWN_IN_THE_FILE = {
    "placeholder: [x@y.z]": "placeholder: unknown key, did you mean placeholders?",
    "schedules: [P11]": "schedules: unknown key here, it belongs inside a group",
    "never: [x@y.z]": "never: unknown key here, it belongs under defaults or inside a group",
    "b: {schedules: [P11]}": "b: unknown key, a group belongs under groups (look at the indentation)",
    "colour: red": "colour: unknown key, allowed: heartbeat, poll, writes, connections, alerts, placeholders, "
    "slack_accounts, defaults, groups",
    "alerts: {pager: x}": "alerts.pager: unknown key, did you mean pagerduty?",
    "heartbeat_url: https://x.example/secret": "heartbeat_url: unknown key here, it belongs under alerts",
    "defaults: {team_members: x}": "defaults.team_members: unknown key here, it belongs inside a group",
}


@pytest.mark.parametrize(("line", "reason"), UNKNOWN_IN_THE_FILE.items())
def test_an_unknown_key_outside_of_the_groups_says_so_too(line: str, reason: str) -> None:
    assert messages(f"groups: {{a: {{schedules: [P11]}}}}\n{line}") == [f"oncall_sync.yaml:2: {reason}"]


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────

IN_A_GROUP = {
    "schedules: PC5BGL2": "schedules: must be a list, e.g. [PC5BGL2]",
    "schedules: [[P11]]": f"schedules[0]: must be {SCHEDULE}, not a list",
    "schedules: [primary]": f'schedules[0]: must be {SCHEDULE}, not "primary"',
    "schedules: [P11, P12, p11]": 'schedules: must not list "P11" twice',
    "escalation_policies: [platform]": f'escalation_policies[0]: must be {POLICY}, not "platform"',
    "escalation_policies: [[P11]]": "escalation_policies[0]: must be an ID, or a mapping such as "
    "{id: PESC123, levels: [1, 2]}, not a list",
    "escalation_policies: [P11, {id: P11, levels: [2]}]": 'escalation_policies: must not list "P11" twice',
    "escalation_policies: [{levels: [1]}]": "escalation_policies[0].id: is missing",
    "team_members: [sre]": 'team_members[0]: must be the ID of a PagerDuty team, e.g. PTEAM01, not "sre"',
    "always: [ada@localhost]": f'always[0]: must be {ADDRESS}, not "ada@localhost"',
    "always: [[a@b.cd]]": "always[0]: must be an email, or a mapping such as "
    "{email: ada@acme.example, until: 2026-12-31}, not a list",
    "always: [{until: 2026-12-31}]": "always[0].email: is missing",
    "fallback: [{email: a@b.cd}]": f"fallback[0]: must be {ADDRESS}, not a mapping",
    "when_empty: purge": 'when_empty: must be `keep` or `disable`, not "purge"',
    "overlap: 15m": 'overlap: must be a mapping such as {before: 15m, after: 30m}, not "15m"',
    "overlap: {before: 25h}": f'overlap.before: must be {OVERLAP}, not "25h"',
    "overlap: {after: [15m]}": f"overlap.after: must be {OVERLAP}, not a list",
    "max_members: 0": f'max_members: must be {MEMBERS}, not "0"',
    "id: s0123": 'id: must be the ID of a Slack user group, e.g. S0123456, not "s0123"',
    "create_if_missing: maybe": 'create_if_missing: must be true, or a mapping such as {name: On call}, not "maybe"',
    f"create_if_missing: {{description: {'x' * 141}}}": "create_if_missing.description: must be text of at most 140 "
    f'characters, not "{"x" * 59}…"',
    "create_if_missing: {channels: [C01, C01]}": 'create_if_missing.channels: must not list "C01" twice',
    "announce: '#general'": f'announce: must be {CHANNEL}, not "#general"',
    "escalation_policies: [{id: P11, levels: 1}]": f'escalation_policies[0].levels: must be {LEVELS}, not "1"',
    "escalation_policies: [{id: P11, levels: []}]": f"escalation_policies[0].levels: must be {LEVELS}, not a list",
    "escalation_policies: [{id: P11, levels: [1, 0]}]": f'escalation_policies[0].levels[1]: must be {LEVEL}, not "0"',
    **{
        f"never: [{{email: a@b.cd, until: '{moment}'}}]": f'never[0].until: must be {DATE}, not "{moment}"'
        for moment in ("2026-02-30", "9999-12-31", "20261231", "2026-12-31T17:00:00")
    },
    **{
        line: f"{key}: {EMPTY}"
        for line, key in {
            "schedules:": "schedules",
            "schedules: [P11, '']": "schedules[1]",
            "always: [{email: a@b.cd, until: }]": "always[0].until",
            "create_if_missing: {name: }": "create_if_missing.name",
        }.items()
    },
}


@pytest.mark.parametrize(("line", "reason"), IN_A_GROUP.items())
def test_a_value_in_a_group_says_what_it_must_be_and_the_other_groups_stay(line: str, reason: str) -> None:
    loaded = read(f"defaults: {{always: [x@y.z]}}\ngroups:\n  a:\n    {line}\n  b: {{schedules: [P11]}}\n")
    assert [str(mistake) for mistake in loaded.mistakes] == [f"oncall_sync.yaml:4: groups.a.{reason}"]
    assert loaded.config
    assert set(loaded.config.groups) == {"b"}


IN_THE_FILE = {
    "heartbeat: 30s": 'heartbeat: must be a duration from 1m to 24h, e.g. 90s, 15m or 1h, not "30s"',
    **{f"poll: {poll}": f'poll: must be {POLL}, not "{poll}"' for poll in ("4s", "61m", "1.5m", "Off")},
    "poll:": f"poll: {EMPTY}",
    "writes: maybe": 'writes: must be true or false, not "maybe"',
    "writes: [true]": "writes: must be true or false, not a list",
    "connections: slack": 'connections: must be a mapping such as {slack: slack_api_default}, not "slack"',
    "connections: {slack: my slack}": "connections.slack: must be an Airflow connection ID, e.g. pagerduty_default, "
    'not "my slack"',
    "alerts: C0123ABC": 'alerts: must be a mapping such as {slack: C0123ABC}, not "C0123ABC"',
    "slack_accounts: [a]": "slack_accounts: must be a mapping of keys to values, not a list",
    "slack_accounts: {ada: U12}": 'slack_accounts.ada: must be an email address in PagerDuty or a @domain, not "ada"',
    "slack_accounts: {ada@a.bc: u123}": "slack_accounts.ada@a.bc: must be a Slack email, a Slack member ID, e.g. "
    'U0123456, or a @domain, not "u123"',
    "slack_accounts: {a@b.cd: U123, A@b.cd: U456}": 'slack_accounts: must not list "a@b.cd", "A@b.cd" twice',
    "slack_accounts: {'@a.bc': U123, a@b.cd: '@b.cd'}": "slack_accounts: must pair a @domain with a @domain and an "
    'email with one account, not "@a.bc" with "U123", "a@b.cd" with "@b.cd"',
    "defaults:": f"defaults: {EMPTY}",
    "defaults: {max_members: many}": f'defaults.max_members: must be {MEMBERS}, not "many"',
}


@pytest.mark.parametrize(("line", "reason"), IN_THE_FILE.items())
def test_a_value_outside_of_the_groups_says_what_it_must_be_and_leaves_no_config(line: str, reason: str) -> None:
    loaded = read(f"groups: {{a: {{schedules: [P11]}}}}\n{line}\n")
    assert [str(mistake) for mistake in loaded.mistakes] == [f"oncall_sync.yaml:2: {reason}"]
    assert loaded.config is None


@pytest.mark.parametrize("handle", ["Platform Oncall", "x" * 81])
def test_a_handle_that_slack_would_not_take_is_refused(handle: str) -> None:
    must_be = "must be a handle: 1 to 80 of lower-case letters, digits, `.`, `_` and `-`"
    (line,) = messages(f"groups:\n  {handle}: {{schedules: [P11]}}")
    assert line.startswith(f"oncall_sync.yaml:2: groups.{handle}: {must_be}, not ")


# ── what only shows between values ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("group", ["{when_empty: keep}", "{schedules: []}", "{}"])
def test_a_group_without_any_source_of_members_is_a_mistake(group: str) -> None:
    assert messages(f"groups:\n  a: {group}") == [f"oncall_sync.yaml:2: groups.a: {NO_SOURCE}"]


def test_a_group_written_as_a_list_is_shown_the_mapping() -> None:
    assert messages("groups:\n  a: [P11]") == [
        "oncall_sync.yaml:2: groups.a: must be a mapping such as {schedules: [PC5BGL2]}, not a list"
    ]


def test_two_spellings_of_one_handle_and_one_id_in_two_groups_are_a_mistake_at_both() -> None:
    assert messages("groups:\n  a: {schedules: [P11], id: S01}\n  '@a': {schedules: [P12], id: S01}\n") == [
        "oncall_sync.yaml:2: groups.a: the group a is written twice: a, @a",
        'oncall_sync.yaml:2: groups.a.id: "S01" is the id of several groups: a, @a',
        "oncall_sync.yaml:3: groups.@a: the group a is written twice: a, @a",
        'oncall_sync.yaml:3: groups.@a.id: "S01" is the id of several groups: a, @a',
    ]


# ── all at once ──────────────────────────────────────────────────────────────────────────────────────────


def test_all_mistakes_are_shown_at_once_by_line_and_none_hides_another() -> None:
    """A default that is wrong is one mistake, not one for each group, and no group is judged by it."""
    text = """writes: perhaps
defaults: {max_members: many, always: [ada], color: red}
groups:
  a:
    schedule: [P11]
    when_empty: kep
  b: {}
  c: {when_empty: kep}
  d:
    schedules:
      - P11
      - p
    <<: {topic: C01}
    always:
      - email: b@b.cd
        until: soon
heartbeat: 1s
defaults: {}
"""
    keys = [
        "1: writes: must be",
        "2: defaults.always[0]: must be",
        "2: defaults.color: unknown key",
        "2: defaults.max_members: must be",
        "5: groups.a.schedule: unknown key",
        "6: groups.a.when_empty: must be",
        "8: groups.c.when_empty: must be",
        "12: groups.d.schedules[1]: must be",
        "13: groups.d.<<: merge keys",
        "16: groups.d.always[0].until: must be",
        "17: heartbeat: must be",
        "18: defaults: written twice, first in line 2",
    ]
    lines = messages(text)
    assert [line.removeprefix("oncall_sync.yaml:").startswith(key) for line, key in zip(lines, keys, strict=True)]


def test_a_mistake_in_a_default_hides_no_group_without_a_source() -> None:
    assert messages("defaults: {max_members: many}\ngroups:\n  a: {when_empty: kep}\n  b: {schedules: [P11]}") == [
        f'oncall_sync.yaml:1: defaults.max_members: must be {MEMBERS}, not "many"',
        f"oncall_sync.yaml:3: groups.a: {NO_SOURCE}",
        'oncall_sync.yaml:3: groups.a.when_empty: must be `keep` or `disable`, not "kep"',
    ]


# ── what a message shows of a value ──────────────────────────────────────────────────────────────────────

SECRETS = {
    "alerts: {heartbeat_url: hc.example/secret}": f"alerts.heartbeat_url: must be {URL}",
    "alerts: {slack: https://hooks.slack.com/secret}": f'alerts.slack: must be {CHANNEL}, not "https://…"',
    "placeholders: https://hooks.slack.com/secret": "placeholders: must be a list, e.g. [https://…]",
}


@pytest.mark.parametrize(("line", "reason"), SECRETS.items())
def test_what_may_be_a_secret_is_not_shown(line: str, reason: str) -> None:
    assert messages(f"groups: {{a: {{schedules: [P11]}}}}\n{line}") == [f"oncall_sync.yaml:2: {reason}"]


def test_an_address_that_is_a_secret_is_in_no_text_made_of_the_config() -> None:
    config = read("groups: {a: {schedules: [P11]}}\nalerts: {heartbeat_url: https://hc.example/secret}").config
    assert config
    assert config.alerts.heartbeat_url == "https://hc.example/secret"
    assert "secret" not in f"{config!r} {config.model_dump_json()}"
