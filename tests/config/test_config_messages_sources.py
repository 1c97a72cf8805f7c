"""What `make check` says, to the letter, about sources, overlaps, entries with an end, and groups to create."""

import pytest

from oncall_sync.config.file import read

DATE = "is neither a date such as 2026-12-31 nor a time with its offset, 2026-12-31T17:00:00Z"
DURATION = "is not a duration: a whole number and s, m or h, such as 90s, 15m or 1h"
LEVEL = "is not a whole number from 1 to 100, the number of a level"
LEVELS = "levels are a list such as [1, 2], or all"
NOTHING = "has no value: write one or remove it"

MISTAKES = [
    # ── sources
    ("policies: [P11]", "policies: unknown key, did you mean escalation_policies?"),
    ("teams: [P11]", "teams: unknown key, did you mean team_members?"),
    (
        "escalation_policies: P11",
        'escalation_policies: "P11" stands where a list is wanted, write [P11]',
    ),
    (
        "escalation_policies: [pesc]",
        'escalation_policies[0]: "pesc" is not the ID of an escalation policy such as PESC123; did you mean PESC?',
    ),
    ("escalation_policies: [P11, {id: P11, levels: [2]}]", 'escalation_policies[1]: "P11" is listed twice'),
    (
        "escalation_policies: [[P11]]",
        "escalation_policies[0]: a list stands where a mapping of keys to values is wanted, or an ID alone",
    ),
    ("escalation_policies: {id: P11}", "escalation_policies: a mapping stands where a list is wanted"),
    ("escalation_policies: [{id: P11, level: [1]}]", "escalation_policies[0].level: unknown key, did you mean levels?"),
    ("escalation_policies: [{levels: [1]}]", "escalation_policies[0].id: is missing"),
    ("escalation_policies: [{id: P11, levels: 1}]", f"escalation_policies[0].levels: {LEVELS}"),
    ("escalation_policies: [{id: P11, levels: every}]", f"escalation_policies[0].levels: {LEVELS}"),
    ("escalation_policies: [{id: P11, levels: []}]", f"escalation_policies[0].levels: {LEVELS}"),
    ("escalation_policies: [{id: P11, levels: {1: 2}}]", f"escalation_policies[0].levels: {LEVELS}"),
    ("escalation_policies: [{id: P11, levels: }]", f"escalation_policies[0].levels: {NOTHING}"),
    ("escalation_policies: [{id: P11, levels: [1, two]}]", f'escalation_policies[0].levels: "two" {LEVEL}'),
    ("escalation_policies: [{id: P11, levels: [0]}]", f'escalation_policies[0].levels: "0" {LEVEL}'),
    ("escalation_policies: [{id: P11, levels: [101]}]", f'escalation_policies[0].levels: "101" {LEVEL}'),
    ("escalation_policies: [{id: P11, levels: [[1]]}]", f"escalation_policies[0].levels: this {LEVEL}"),
    ("team_members: P11", 'team_members: "P11" stands where a list is wanted, write [P11]'),
    (
        "team_members: [p11]",
        'team_members[0]: "p11" is not the ID of a PagerDuty team such as PTEAM01; did you mean P11?',
    ),
    ("team_members: [P11, P11]", 'team_members[1]: "P11" is listed twice'),
    # ── overlap
    (
        "overlap: 15m",
        'overlap: "15m" stands where a mapping of keys to values is wanted, write {before: 15m, after: 30m}',
    ),
    (
        "overlap: [15m]",
        "overlap: a list stands where a mapping of keys to values is wanted, write {before: 15m, after: 30m}",
    ),
    ("overlap:", f"overlap: {NOTHING}"),
    ("overlap: {befor: 15m}", "overlap.befor: unknown key, did you mean before?"),
    ("overlap: {during: 15m}", "overlap.during: unknown key, allowed: before, after"),
    ("overlap: {before: 25h}", 'overlap.before: "25h" is not between 0s and 24h'),
    ("overlap: {after: 15}", f'overlap.after: "15" {DURATION}'),
    ("overlap: {after: -5m}", f'overlap.after: "-5m" {DURATION}'),
    ("overlap: {after: [15m]}", f"overlap.after: this {DURATION}"),
    ("overlap: {after: }", f"overlap.after: {NOTHING}"),
    # ── always and never
    ("always: [{email: ada}]", 'always[0].email: "ada" is not an email address: exactly one @ and no spaces'),
    ("always: [{until: 2026-12-31}]", "always[0].email: is missing"),
    ("always: [{email: a@b.c, untill: 2026-12-31}]", "always[0].untill: unknown key, did you mean until?"),
    ("always: [{email: a@b.c, until: tomorrow}]", f'always[0].until: "tomorrow" {DATE}'),
    ("never: [{email: a@b.c, until: 2026-02-30}]", f'never[0].until: "2026-02-30" {DATE}'),
    ("never: [{email: a@b.c, until: 9999-12-31}]", f'never[0].until: "9999-12-31" {DATE}'),
    ("never: [{email: a@b.c, until: '2026-12-31T17:00:00'}]", f'never[0].until: "2026-12-31T17:00:00" {DATE}'),
    ("never: [{email: a@b.c, until: [2026]}]", f"never[0].until: this {DATE}"),
    ("never: [{email: a@b.c, until: }]", f"never[0].until: {NOTHING}"),
    ("always: [{email: a@b.c, reason: [x]}]", "always[0].reason: a list stands where one text is wanted"),
    ("always: [{email: a@b.c, reason: }]", f"always[0].reason: {NOTHING}"),
    ("always: [[a@b.c]]", "always[0]: a list stands where a mapping of keys to values is wanted, or an email alone"),
    ("always: {a@b.c: 2026-12-31}", "always: a mapping stands where a list is wanted"),
    (
        "fallback: [{email: a@b.c}]",
        "fallback[0]: a mapping stands where one text is wanted",
    ),
    # ── create_if_missing, announce, topic
    (
        "create_if_missing: maybe",
        'create_if_missing: "maybe" stands where a mapping of keys to values is wanted, or true',
    ),
    (
        "create_if_missing: [true]",
        "create_if_missing: a list stands where a mapping of keys to values is wanted, or true",
    ),
    ("create_if_missing: {nam: x}", "create_if_missing.nam: unknown key, did you mean name?"),
    ("create_if_missing: {name: }", f"create_if_missing.name: {NOTHING}"),
    (
        f"create_if_missing: {{description: {'x' * 141}}}",
        f'create_if_missing.description: "{"x" * 59}…" is not one line of at most 140 characters',
    ),
    (
        "create_if_missing: {channels: [general]}",
        'create_if_missing.channels[0]: "general" is not the ID of a Slack channel such as C0123ABC',
    ),
    ("create_if_missing: {channels: [C01, C01]}", 'create_if_missing.channels[1]: "C01" is listed twice'),
    ("announce: '#general'", 'announce: "#general" is not the ID of a Slack channel such as C0123ABC'),
    ("topic: [C01]", "topic: a list stands where one text is wanted"),
]


@pytest.mark.parametrize(("line", "reason"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_says_its_line_and_key_and_what_is_allowed(line: str, reason: str) -> None:
    loaded = read(f"groups:\n  a:\n    {line}\n  b: {{schedules: [P11]}}\n")

    assert [str(mistake) for mistake in loaded.mistakes] == [f"oncall_sync.yaml:3: groups.a.{reason}"]
    assert loaded.config
    assert set(loaded.config.groups) == {"b"}


OF_A_GROUP_ALONE = ["escalation_policies: [P11]", "team_members: [P11]", "create_if_missing: true", "id: S01"]


@pytest.mark.parametrize("line", OF_A_GROUP_ALONE)
def test_what_makes_sense_for_one_group_only_is_no_default(line: str) -> None:
    key = line.partition(":")[0]
    assert [str(m) for m in read(f"defaults: {{{line}}}\ngroups: {{a: {{schedules: [P11]}}}}").mistakes] == [
        f"oncall_sync.yaml:1: defaults.{key}: unknown key here, it belongs inside a group"
    ]


def test_each_entry_of_a_list_is_told_with_its_own_line() -> None:
    always = "    always:\n      - a@b.c\n      - email: b@b.c\n        until: soon\n"
    text = f"groups:\n  a:\n{always}    overlap:\n      before: 2d\n"
    assert [str(mistake) for mistake in read(text).mistakes] == [
        f'oncall_sync.yaml:6: groups.a.always[1].until: "soon" {DATE}',
        f'oncall_sync.yaml:8: groups.a.overlap.before: "2d" {DURATION}',
    ]


def test_an_entry_may_stand_alone_or_be_spelled_out() -> None:
    text = """groups:
  a: {escalation_policies: [P11], always: [a@b.c], overlap: {}, create_if_missing: true}
  b: {escalation_policies: [{id: P11, levels: [1]}], always: [{email: A@B.c}], create_if_missing: {}}
"""
    loaded = read(text)

    assert loaded.config
    assert loaded.mistakes == ()
    assert loaded.config.groups["a"] == loaded.config.groups["b"]


@pytest.mark.parametrize(("said", "created"), [("true", True), ("True", True), ("false", False), ("False", False)])
def test_a_group_is_created_where_the_config_says_true(said: str, created: bool) -> None:
    loaded = read(f"groups: {{a: {{schedules: [P11], create_if_missing: {said}}}}}")

    assert loaded.config
    assert (loaded.config.groups["a"].create_if_missing is not None) == created
