"""The config: its mistakes, what contradicts itself, and what ends."""

from __future__ import annotations

import pytest

from tests.forecast.ahead import Ahead


def test_a_mistake_in_a_group_is_an_error_with_its_line_and_the_others_are_checked(ahead: Ahead) -> None:
    ahead.configure("alpha: {shedules: [SADA]}\nbeta: {schedules: [SNOWHERE]}")
    found = ahead.check()
    first, second = found.problems
    assert (first.level, first.groups) == ("error", ("alpha",))
    assert first.message == "oncall_sync.yaml:4: groups.alpha.shedules: unknown key, did you mean schedules?"
    assert (second.code, second.groups) == ("pagerduty_not_found", ("beta",))
    assert found.groups.keys() == {"beta"}


def test_every_mistake_of_a_file_that_cannot_be_used_is_told_and_nobody_is_asked(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SADA]}", top="polling: 3s\nheartbeats: 3s")
    found = ahead.check()
    assert [item.message.partition(":")[2] for item in found.problems] == [
        "2: polling: unknown key, did you mean poll?",
        "3: heartbeats: unknown key, did you mean heartbeat?",
    ]
    assert (found.groups, found.requests) == ({}, {"PagerDuty": 0, "Slack": 0})


def test_then_what_the_sync_works_from_instead_is_checked_where_it_is_remembered(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SADA, SEMPTY, SNOWHERE]}")
    ahead.sync.run()
    ahead.configure("alpha: {schedules: [SADA]}", top="polling: 3s")
    assert [item.code for item in ahead.check().problems] == [
        "config_mistake",
        "pagerduty_not_found",
        "config_unusable",
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("2026-03-01", "was until 2026-03-01 (shadowing) and is ignored. Take it out of the config."),
        ("2026-03-15", "ends after 2026-03-15 (shadowing). If that is too early, give it a new end."),
        (
            '"2026-03-16T12:00:00Z"',
            "ends after 2026-03-16T12:00:00Z (shadowing). If that is too early, give it a new end.",
        ),
    ],
)
@pytest.mark.parametrize("key", ["always", "never"])
def test_an_entry_that_has_ended_or_will_is_to_be_known(ahead: Ahead, key: str, entry: str, told: str) -> None:
    listed = f"{key}: [{{email: pia@acme.example, until: {entry}, reason: shadowing}}]"
    ahead.configure(f"alpha: {{schedules: [SADA], {listed}}}\nbeta: {{schedules: [SBO], {listed}}}")
    (item,) = ahead.check().problems
    assert (item.level, item.groups) == ("info", ("alpha", "beta"))
    assert item.message == f"pia@acme.example under `{key}` {told}"


def test_an_entry_that_ends_later_is_not_mentioned(ahead: Ahead) -> None:
    ahead.configure("alpha: {schedules: [SADA], always: [{email: pia@acme.example, until: 2026-03-16}]}")
    assert ahead.check().problems == ()


@pytest.mark.parametrize("key", ["always", "fallback"])
@pytest.mark.parametrize(
    ("email", "why"),
    [("pia@acme.example", "under `never`"), ("noop@example.org", "among the placeholders")],
)
def test_an_entry_that_can_have_no_effect_is_a_warning(ahead: Ahead, key: str, email: str, why: str) -> None:
    ahead.configure(f"alpha: {{schedules: [SADA], {key}: [{email}], never: [pia@acme.example]}}")
    (item,) = ahead.check().problems
    assert item.level == "warning"
    assert item.message.startswith(f"{email} is under `{key}` without effect: it is also {why}")


def test_an_entry_that_never_bars_only_for_a_while_will_have_its_effect(ahead: Ahead) -> None:
    never = "never: [{email: pia@acme.example, until: 2026-12-31}]"
    ahead.configure(f"alpha: {{schedules: [SADA], always: [pia@acme.example], {never}}}")
    assert ahead.check().problems == ()


def test_that_the_sync_does_not_write_is_to_be_known(ahead: Ahead, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead.configure("alpha: {schedules: [SADA]}", top="writes: false")
    assert ahead.item("plan_only").message.startswith(
        "The sync writes nothing to Slack: the config does not say writes: true"
    )
    monkeypatch.setenv("ONCALL_SYNC_WRITES", "true")
    assert ahead.check().problems == ()
