"""The watcher and policies, which it polls; and teams, which it does not."""

from __future__ import annotations

from tests.sync.driver import Sync
from tests.sync.watching import MINUTE, SECOND, Watching
from tests.sync.worlds import NOON, config, hand_over, hundred_groups


def test_a_handoff_on_a_policy_wakes_the_dag_a_second_after_it(sources: Sync) -> None:
    sources.configure(config("escalation_policies: [PESC]"))
    at = NOON + 7 * MINUTE + 3 * SECOND
    hand_over(sources.sandbox.world, "SADA", "PCY", at)
    watching = Watching(sources).settled()

    watching.until(NOON + 20 * MINUTE)

    assert [why for _, why in watching.wakes] == ["who is on call changed: PESC level 1"]
    assert [(when - at).total_seconds() for when, _ in watching.wakes] == [1]
    assert watching.sync.members("alpha") == {"UCY", "UDEE"}


def test_an_edit_of_the_watched_level_of_a_policy_is_seen_by_the_next_poll_and_of_another_level_not(
    sources: Sync,
) -> None:
    sources.configure(config("escalation_policies: [PESC]"))
    watching = Watching(sources).settled()
    policy = watching.world.policies["PESC"]
    policy.levels[1] = ["PCY"]
    watching.pass_by(MINUTE)
    assert watching.wakes == []

    policy.levels[0] = ["PBO"]
    watching.pass_by(MINUTE)

    assert len(watching.wakes) == 1
    assert watching.sync.members("alpha") == {"UBO"}


def test_a_poll_costs_one_request_per_kind_and_asks_for_no_team(sync: Sync) -> None:
    sync.configure(hundred_groups(sync.sandbox.world))
    watching = Watching(sync).settled()

    watching.look()

    asked = watching.asked()
    assert [request.endpoint for request in asked] == ["GET /oncalls"] * 2
    assert {key for request in asked for key in request.params if key.endswith("_ids[]")} == {
        "schedule_ids[]",
        "escalation_policy_ids[]",
    }
    assert watching.wakes == []
