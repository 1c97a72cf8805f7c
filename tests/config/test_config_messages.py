"""What `make check` says, to the letter: file and line, key, what is wrong, what is allowed."""

import pytest

from oncall_sync.config.file import read

GROUPS = "groups: {a: {schedules: [P11]}}\n"


def said(text: str) -> list[str]:
    return [str(mistake) for mistake in read(text).mistakes]


ONE_GROUP = [
    ("schedule: [P11]", "a.schedule: unknown key, did you mean schedules?"),
    (
        "color: red",
        "a.color: unknown key, allowed: always, never, fallback, when_empty, overlap, max_members, announce, topic, "
        "schedules, escalation_policies, team_members, id, create_if_missing",
    ),
    ("placeholders: [x@y.z]", "a.placeholders: unknown key here, it belongs at the top level"),
    ("pagerduty: x", "a.pagerduty: unknown key here, it belongs under connections or under alerts"),
    ("schedules: PC5BGL2", 'a.schedules: "PC5BGL2" stands where a list is wanted, write [PC5BGL2]'),
    ("schedules: {P11: x}", "a.schedules: a mapping stands where a list is wanted"),
    ("schedules: [[P11]]", "a.schedules[0]: a list stands where one text is wanted"),
    ("schedules:", "a.schedules: has no value: write one or remove it"),
    ("max_members:", "a.max_members: has no value: write one or remove it"),
    ("id: ''", "a.id: has no value: write one or remove it"),
    ("schedules: [P11, '']", "a.schedules[1]: has no value: write one or remove it"),
    (
        "schedules: [pc5bgl2]",
        'a.schedules[0]: "pc5bgl2" is not a PagerDuty schedule ID such as PC5BGL2; did you mean PC5BGL2?',
    ),
    ("schedules: [P11, P12, P11]", 'a.schedules[2]: "P11" is listed twice'),
    ("always: [ada]", 'a.always[0]: "ada" is not an email address: exactly one @ and no spaces'),
    ("never: [a@b@c]", 'a.never[0]: "a@b@c" is not an email address: exactly one @ and no spaces'),
    ("fallback: [a b@c]", 'a.fallback[0]: "a b@c" is not an email address: exactly one @ and no spaces'),
    ("when_empty: disabled", 'a.when_empty: "disabled" is none of keep, disable, did you mean disable?'),
    ("when_empty: purge", 'a.when_empty: "purge" is none of keep, disable'),
    ("max_members: 0", 'a.max_members: "0" is not a whole number from 1 to 1000'),
    ("max_members: 1001", 'a.max_members: "1001" is not a whole number from 1 to 1000'),
    ("max_members: 2.5", 'a.max_members: "2.5" is not a whole number from 1 to 1000'),
    ("max_members: [3]", "a.max_members: this is not a whole number from 1 to 1000"),
    ("id: C0123", 'a.id: "C0123" is not a Slack user group ID such as S0123456'),
    ("id: s0123", 'a.id: "s0123" is not a Slack user group ID such as S0123456; did you mean S0123?'),
    ("when_empty: keep", "a: names nobody: give it schedules, escalation_policies, team_members or always"),
    ("schedules: []", "a: names nobody: give it schedules, escalation_policies, team_members or always"),
    (
        "<<: {always: [x@y.z]}",
        "a.<<: merge keys are not supported; options for all groups stand under defaults",
    ),
    ("schedules: !!set [P11]", "a.schedules: YAML tags (!…) are not supported: write the plain value"),
]


@pytest.mark.parametrize(("line", "reason"), ONE_GROUP, ids=[line for line, _ in ONE_GROUP])
def test_a_mistake_inside_a_group_says_what_is_wrong_and_what_is_allowed(line: str, reason: str) -> None:
    where = 2 if ": names nobody" in reason else 3
    assert said(f"groups:\n  a:\n    {line}\n") == [f"oncall_sync.yaml:{where}: groups.{reason}"]


WHOLE_FILE = [
    ("heartbeat: 30s", 'heartbeat: "30s" is not between 1m and 24h'),
    ("heartbeat: 25h", 'heartbeat: "25h" is not between 1m and 24h'),
    (
        "heartbeat: soon",
        'heartbeat: "soon" is not a duration: a whole number and s, m or h, such as 90s, 15m or 1h',
    ),
    (
        "heartbeat: 900",
        'heartbeat: "900" is not a duration: a whole number and s, m or h, such as 90s, 15m or 1h',
    ),
    ("writes: maybe", 'writes: "maybe" is neither true nor false'),
    ("writes: null", 'writes: "null" is neither true nor false'),
    ("writes: [true]", "writes: a list stands where true or false is wanted"),
    ("placeholder: [x@y.z]", "placeholder: unknown key, did you mean placeholders?"),
    ("Writes: true", "Writes: unknown key, did you mean writes?"),
    ("schedules: [P11]", "schedules: unknown key here, it belongs inside a group"),
    ("never: [x@y.z]", "never: unknown key here, it belongs under defaults or inside a group"),
    (
        "storage-oncall: {schedules: [P11]}",
        "storage-oncall: unknown key, a group belongs under groups (look at the indentation)",
    ),
    (
        "colour: red",
        "colour: unknown key, allowed: heartbeat, poll, writes, connections, alerts, placeholders, slack_accounts, "
        "defaults, groups",
    ),
    ("connections: {slak: x}", "connections.slak: unknown key, did you mean slack?"),
    ("connections: {slack: my slack}", 'connections.slack: "my slack" is not an Airflow connection ID'),
    ("connections: slack", 'connections: "slack" stands where a mapping of keys to values is wanted'),
    (
        "alerts: C0123ABC",
        'alerts: "C0123ABC" stands where a mapping of keys to values is wanted, write {slack: C0123ABC}',
    ),
    ("alerts: {slack: ops}", 'alerts.slack: "ops" is not the ID of a Slack channel such as C0123ABC'),
    ("alerts: {pager: x}", "alerts.pager: unknown key, did you mean pagerduty?"),
    ("heartbeat_url: https://x.example/secret", "heartbeat_url: unknown key here, it belongs under alerts"),
    (
        "alerts: {heartbeat_url: http://hc.example/secret}",
        "alerts.heartbeat_url: not an address that begins with https:// (http:// only for loopback)",
    ),
    (
        "alerts: {heartbeat_url: hc.example/secret}",
        "alerts.heartbeat_url: not an address that begins with https:// (http:// only for loopback)",
    ),
    (
        "alerts: {slack: https://hooks.slack.com/services/secret}",
        'alerts.slack: "https://…" is not the ID of a Slack channel such as C0123ABC',
    ),
    ("defaults: {schedules: [P11]}", "defaults.schedules: unknown key here, it belongs inside a group"),
    ("defaults:", "defaults: has no value: write one or remove it"),
    (
        "slack_accounts: {ada: U12}",
        'slack_accounts.ada: "ada" is not an email address in PagerDuty or a @domain',
    ),
    (
        "slack_accounts: {ada@a.b: u123}",
        'slack_accounts.ada@a.b: "u123" is not a Slack email, a Slack member ID or a @domain; did you mean U123?',
    ),
    (
        "slack_accounts: {a@b.c: U123, A@b.c: U456}",
        'slack_accounts.A@b.c: "A@b.c" is listed twice',
    ),
    (
        "slack_accounts: {'@a.b': U123}",
        'slack_accounts.@a.b: "U123" does not fit: a @domain belongs to a @domain, one email to one account',
    ),
    (
        "slack_accounts: {'@a.b': '{x}@a.b'}",
        'slack_accounts.@a.b: "{x}@a.b" does not fit: a @domain belongs to a @domain, one email to one account',
    ),
    ("writes: true\nwrites: false", "writes: written twice, first in line 2"),
]


@pytest.mark.parametrize(("line", "reason"), WHOLE_FILE, ids=[line for line, _ in WHOLE_FILE])
def test_a_mistake_outside_of_the_groups_says_what_is_wrong_and_what_is_allowed(line: str, reason: str) -> None:
    last_line = 2 + line.count("\n")
    assert said(GROUPS + line + "\n") == [f"oncall_sync.yaml:{last_line}: {reason}"]


HANDLES = [
    (
        "Platform Oncall",
        "\"Platform Oncall\" is not a handle: 1 to 80 of lower-case letters, digits, '.', '_', '-'; "
        "did you mean platform-oncall?",
    ),
    ("a/b", "\"a/b\" is not a handle: 1 to 80 of lower-case letters, digits, '.', '_', '-'"),
]


@pytest.mark.parametrize(("handle", "reason"), HANDLES)
def test_a_handle_that_slack_would_not_take_is_refused_with_the_form_it_would(handle: str, reason: str) -> None:
    assert said(f"groups:\n  {handle}: {{schedules: [P11]}}") == [f"oncall_sync.yaml:2: groups.{handle}: {reason}"]


def test_a_group_written_as_a_list_is_told_to_name_the_list() -> None:
    assert said("groups:\n  a: [P11]") == [
        "oncall_sync.yaml:2: groups.a: a list stands where a mapping of keys to values is wanted, "
        "write schedules: [PC5BGL2]"
    ]


def test_two_spellings_of_one_handle_are_a_mistake_at_both() -> None:
    assert said("groups:\n  a: {schedules: [P11]}\n  '@a': {schedules: [P12]}\n") == [
        "oncall_sync.yaml:2: groups.a: the group a stands here twice, as a and @a",
        "oncall_sync.yaml:3: groups.@a: the group a stands here twice, as a and @a",
    ]


def test_one_id_in_two_groups_is_a_mistake_at_both() -> None:
    assert said("groups:\n  a: {schedules: [P11], id: S01}\n  b: {schedules: [P11], id: S01}\n") == [
        'oncall_sync.yaml:2: groups.a.id: "S01" is given to several groups: a, b',
        'oncall_sync.yaml:3: groups.b.id: "S01" is given to several groups: a, b',
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = "writes: perhaps\ngroups:\n  a:\n    schedule: [P11]\n    when_empty: kep\n  b: {}\nheartbeat: 1s\n"
    assert said(text) == [
        'oncall_sync.yaml:1: writes: "perhaps" is neither true nor false',
        "oncall_sync.yaml:4: groups.a.schedule: unknown key, did you mean schedules?",
        'oncall_sync.yaml:5: groups.a.when_empty: "kep" is none of keep, disable, did you mean keep?',
        "oncall_sync.yaml:6: groups.b: names nobody: give it schedules, escalation_policies, team_members or always",
        'oncall_sync.yaml:7: heartbeat: "1s" is not between 1m and 24h',
    ]


def test_an_entry_of_a_list_is_told_with_its_own_line() -> None:
    assert said("groups:\n  a:\n    schedules:\n      - P11\n      - p\n") == [
        'oncall_sync.yaml:5: groups.a.schedules[1]: "p" is not a PagerDuty schedule ID such as PC5BGL2'
    ]


def test_a_mistake_in_a_default_is_told_once_and_not_for_every_group() -> None:
    text = "defaults: {max_members: many}\ngroups: {a: {schedules: [P11]}, b: {schedules: [P12]}}"
    assert said(text) == ['oncall_sync.yaml:1: defaults.max_members: "many" is not a whole number from 1 to 1000']


def test_a_long_or_unprintable_value_does_not_flood_the_terminal() -> None:
    (line,) = said(GROUPS + f'heartbeat: "\\e[31m{"x" * 500}"')
    assert len(line) < 200
    assert line.startswith(r'oncall_sync.yaml:2: heartbeat: "\x1b[31mxxx')
