"""Task 1: one instant, one version of the config, and every rotation that the run needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import Source
from oncall_sync.errors import ConfigMistake, PassingFault
from oncall_sync.flow import attempt
from oncall_sync.models import Reading, to_json
from oncall_sync.parameters import Parameters
from oncall_sync.steps import fetch_schedules
from sandbox import Fault
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, config

STARTED = NOON - timedelta(seconds=5)
Fetch = Callable[..., Reading]


@pytest.fixture
def config_writes(sync: Sync, request: pytest.FixtureRequest) -> None:
    """The config's `writes`."""
    sync.configure(config(top=f"writes: {request.param}"))


@pytest.fixture
def fetch(sync: Sync) -> Fetch:
    """`fetch(dry_run=True)` with the fields of a Parameters."""

    def fetch(now: datetime = NOON, last_try: bool = False, **request: Any) -> Reading:
        services = replace(sync.services(), now=lambda: now)
        return attempt(lambda s: fetch_schedules(Parameters(**request), s, STARTED), services, last_try=last_try)

    return fetch


def test_the_instant_of_the_run_is_one_whole_second_in_utc(fetch: Fetch) -> None:
    reading = fetch(now=NOON.replace(microsecond=987654))

    assert reading.as_of == NOON
    assert reading.as_of.tzinfo == UTC
    assert reading.run_started == STARTED


def test_as_of_is_the_instant_instead(fetch: Fetch, sync: Sync) -> None:
    then = NOON - timedelta(days=3)

    reading = fetch(as_of=then)

    assert reading.as_of == then
    assert reading.plan_only == "as_of"
    assert sync.sandbox.requests[0].params["since"] == "2026-02-27T12:00:00Z"


def test_an_as_of_beyond_what_pagerduty_foresees_is_refused_without_a_request(fetch: Fetch, sync: Sync) -> None:
    with pytest.raises(ConfigMistake, match="90 days ahead"):
        fetch(as_of=NOON + timedelta(days=91))
    assert sync.sandbox.requests == []


@pytest.mark.parametrize(
    ("config_writes", "asked", "variable", "reason"),
    [
        ("true", {}, None, None),
        ("true", {"dry_run": True}, None, "dry_run"),
        ("true", {"as_of": NOON}, None, "as_of"),
        ("true", {"as_of": NOON, "backfill": True}, "true", "backfill"),
        ("false", {}, None, "the config does not say writes: true"),
        ("true", {}, "false", "ONCALL_SYNC_WRITES is false"),
        ("true", {}, "0", "ONCALL_SYNC_WRITES is 0"),
        ("true", {}, "nonsense", "ONCALL_SYNC_WRITES is nonsense"),
        ("true", {}, "", None),
        ("false", {}, "true", None),
        ("false", {"dry_run": True}, "true", "dry_run"),
    ],
    indirect=["config_writes"],
)
@pytest.mark.usefixtures("config_writes")
def test_whether_a_run_writes_follows_from_its_parameters_the_variable_and_the_config_in_this_order(
    fetch: Fetch,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, Any],
    variable: str | None,
    reason: str | None,
) -> None:
    if variable is not None:
        monkeypatch.setenv("ONCALL_SYNC_WRITES", variable)

    assert fetch(**asked).plan_only == reason


def test_all_groups_share_one_request_and_each_schedule_is_read_once(fetch: Fetch, sync: Sync) -> None:
    sync.configure(config("schedules: [SADA, SBO]") + "  more: {schedules: [SBO, SCY]}\n")

    reading = fetch()

    assert sync.sandbox.count("pagerduty") == reading.requests == 1
    assert sync.sandbox.requests[0].params["schedule_ids[]"] == ["SADA", "SBO", "SCY"]


def test_a_run_for_some_groups_reads_only_their_schedules(fetch: Fetch, sync: Sync) -> None:
    reading = fetch(groups=("alpha",))

    assert sync.sandbox.requests[0].params["schedule_ids[]"] == ["SADA"]
    assert reading.groups.keys() == {"alpha"}
    assert reading.served == ("alpha",)
    assert not reading.full


def test_a_run_for_some_groups_hands_on_the_whole_config(fetch: Fetch) -> None:
    """Which entries mean the same Slack group is seen only with all of them."""
    assert fetch(groups=("alpha",)).config.groups.keys() == {"alpha", "beta", "late"}


def test_a_group_that_the_config_does_not_know_is_answered_with_the_nearest(fetch: Fetch, sync: Sync) -> None:
    with pytest.raises(ConfigMistake, match=r"no group @alhpa.*Did you mean @alpha\?"):
        fetch(groups=("alhpa",))
    assert sync.sandbox.requests == []


def test_a_config_without_schedules_asks_pagerduty_nothing(fetch: Fetch, sync: Sync) -> None:
    sync.configure("groups: {alpha: {always: [ada@acme.example]}}")
    sync.sandbox.world.pagerduty.token = "another"

    assert fetch().requests == 0


def test_the_config_is_remembered_also_by_a_run_for_some_groups(fetch: Fetch, sync: Sync) -> None:
    fetch(groups=("alpha",))
    sync.configure("groups: [")

    assert fetch().config.groups.keys() == {"alpha", "beta", "late"}


def test_the_last_good_config_is_kept_over_several_broken_versions(fetch: Fetch, sync: Sync) -> None:
    good = fetch()
    for text in ("groups: [", "", "nonsense", "groups: {}"):
        sync.configure(text)
        again = fetch()
        assert again.config == good.config
        assert again.config_hash == good.config_hash


def test_a_large_config_is_remembered_in_values_that_the_store_takes(fetch: Fetch, sync: Sync) -> None:
    groups = "".join(
        f"  g{n}: {{schedules: [SADA, SBO, SCY], always: [somebody{n}@acme.example]}}\n" for n in range(2000)
    )
    sync.configure(f"groups:\n{groups}")
    good = fetch()
    sync.configure("groups: [")

    assert fetch().config == good.config
    assert max(len(str(value)) for value in sync.store.values()) < 64_000


def test_a_last_good_config_of_which_a_piece_was_lost_is_not_used(fetch: Fetch, sync: Sync) -> None:
    fetch()
    del sync.store["config.0"]["@beta"]
    sync.configure("groups: [")

    with pytest.raises(ConfigMistake, match="make check"):
        fetch()


def test_a_mistake_in_one_group_is_told_with_its_line_and_the_others_are_read(fetch: Fetch, sync: Sync) -> None:
    sync.configure(config("schedules: [SADA], max_members: many"))

    reading = fetch()

    assert reading.config.groups.keys() == {"beta", "late"}
    assert [problem.code for problem in reading.mistaken["alpha"]] == ["config_mistake"]
    assert "oncall_sync.yaml:4" in reading.mistaken["alpha"][0].message
    assert Source("schedule", "SADA") not in reading.rotations


def test_a_run_for_the_group_with_the_mistake_is_possible_and_tells_it(fetch: Fetch, sync: Sync) -> None:
    sync.configure(config("schedules: [SADA], max_members: many"))

    reading = fetch(groups=("alpha",))

    assert reading.mistaken.keys() == {"alpha"}
    assert reading.groups == {}
    assert sync.sandbox.requests == []


def test_the_last_try_leaves_out_what_earlier_ones_raise(fetch: Fetch, sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSE]"))
    sync.sandbox.faults.add(Fault(endpoint="GET /schedules/{id}", status=503, times=None))

    with pytest.raises(PassingFault):
        fetch()
    assert fetch(last_try=True).rotations[Source("schedule", "SLOOSE")].problem


def test_which_schedules_are_shift_based_is_remembered_for_the_next_run(fetch: Fetch, sync: Sync) -> None:
    sync.configure(config("schedules: [SLOOSEPAIR]"))
    fetch()
    sync.sandbox.requests.clear()

    reading = fetch()

    assert reading.requests == 2
    assert [request.endpoint for request in sync.sandbox.requests] == ["GET /oncalls", "GET /v3/schedules/{id}"]


def test_what_is_handed_on_is_small(fetch: Fetch) -> None:
    """500 groups every 15 minutes end up in the metadata database: nothing that is not needed goes in."""
    text = str(to_json(fetch()))

    assert "html_url" not in text
    assert len(text) < 1500
