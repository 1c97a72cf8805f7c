"""Task 5: one write for one group, and what Slack answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from oncall_sync.errors import BrokenAnswer, InvalidUsers, PassingFault, RateLimited, Refused
from oncall_sync.models import Change, Outcome, RememberedAccount
from oncall_sync.steps import StillInvalid, superseded, update_group
from sandbox import Account, Fault
from tests.sync.driver import Sync
from tests.sync.worlds import HOUR, NOON, crowd

SECOND = timedelta(seconds=1)
CHANGE = Change(
    handle="alpha",
    group_id="SGALPHA",
    members=("UADA", "UBO"),
    addresses={"UADA": "ada@acme.example", "UBO": "bo@acme.example"},
    connection="slack_api_default",
    run_started=NOON,
    expires_at=NOON + HOUR,
)
Update = Callable[..., Outcome]


@pytest.fixture
def update(sync: Sync) -> Update:
    """`update(members=("UADA",))`: CHANGE with other fields."""

    def update(**fields: Any) -> Outcome:
        return update_group(CHANGE.model_copy(update=fields), replace(sync.services(), now=lambda: NOON + SECOND))

    return update


def ids(looked_up: Mapping[str, RememberedAccount]) -> dict[str, str | None]:
    return {address: account.slack_id for address, account in looked_up.items()}


def written(sync: Sync) -> list[tuple[str, Any]]:
    return [(write.endpoint, write.params.get("users")) for write in sync.writes()]


def test_an_update_is_one_write_of_the_complete_set(update: Update, sync: Sync) -> None:
    outcome = update()

    assert written(sync) == [("usergroups.users.update", "UADA,UBO")]
    assert sync.members("alpha") == {"UADA", "UBO"}
    assert outcome == Outcome(handle="alpha", members=("UADA", "UBO"), written_at=NOON + SECOND, requests=1)


def test_a_disabled_group_is_enabled_before_its_members_are_written(update: Update, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").disabled = True

    update(action="enable")

    assert [endpoint for endpoint, _ in written(sync)] == ["usergroups.enable", "usergroups.users.update"]
    assert not sync.sandbox.world.group("alpha").disabled


def test_a_group_that_was_enabled_for_a_write_that_failed_is_disabled_again(update: Update, sync: Sync) -> None:
    """Nobody should be able to mention the people of last week."""
    sync.sandbox.world.group("alpha").disabled = True
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="permission_denied", times=None))

    with pytest.raises(Refused, match="let everyone edit user groups"):
        update(action="enable")

    assert [endpoint for endpoint, _ in written(sync)][-1] == "usergroups.disable"
    assert sync.sandbox.world.group("alpha").disabled


@pytest.mark.parametrize("lost", [{"kind": "drop"}, {"status": 500}, {"error": "internal_error"}])
def test_a_group_that_was_enabled_although_no_answer_came_is_disabled_again(
    update: Update, sync: Sync, lost: dict[str, Any]
) -> None:
    sync.sandbox.world.group("alpha").disabled = True
    sync.sandbox.faults.add(Fault(endpoint="usergroups.enable", performed=True, times=None, **lost))

    with pytest.raises(PassingFault):
        update(action="enable")

    assert sync.sandbox.world.group("alpha").disabled
    assert sync.members("alpha") == {"UPIA"}


@pytest.mark.parametrize("action", ["enable", "disable"])
def test_an_answer_without_the_group_does_not_say_that_it_was_done(update: Update, sync: Sync, action: str) -> None:
    sync.sandbox.faults.add(Fault(endpoint=f"usergroups.{action}", status=200, body='{"ok": true}', times=None))

    with pytest.raises(BrokenAnswer):
        update(action=action)


def test_a_group_that_cannot_be_disabled_again_fails_with_what_went_wrong_first(update: Update, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").disabled = True
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="subteam_max_users_exceeded", times=None))
    sync.sandbox.faults.add(Fault(endpoint="usergroups.disable", error="permission_denied", times=None))

    with pytest.raises(Refused) as refused:
        update(action="enable")

    assert refused.value.code == "subteam_max_users_exceeded"


def test_disabling_a_group_keeps_its_members(update: Update, sync: Sync) -> None:
    update(action="disable", members=())

    assert [endpoint for endpoint, _ in written(sync)] == ["usergroups.disable"]
    assert sync.sandbox.world.group("alpha").disabled
    assert sync.members("alpha") == {"UPIA"}


# ── an ID that Slack does not take ───────────────────────────────────────────────────────────────────────


def test_a_deactivated_member_is_left_out_and_named(update: Update, sync: Sync) -> None:
    sync.sandbox.world.accounts["UBO"].deleted = True

    outcome = update()

    assert written(sync) == [("usergroups.users.update", "UADA,UBO"), ("usergroups.users.update", "UADA")]
    assert outcome.members == ("UADA",)
    assert ids(outcome.looked_up) == {"ada@acme.example": "UADA", "bo@acme.example": None}
    assert [(p.level, p.code) for p in outcome.problems] == [("warning", "deactivated_account")]
    assert "bo@acme.example (UBO)" in outcome.problems[0].message


def test_somebody_with_a_new_account_comes_in_with_it(update: Update, sync: Sync) -> None:
    sync.sandbox.world.accounts["UBO"].deleted = True
    sync.sandbox.world.accounts["UBO2"] = Account(name="Bo", email="bo@acme.example")

    outcome = update()

    assert sync.members("alpha") == {"UADA", "UBO2"}
    account = RememberedAccount(slack_id="UBO2", checked_at=NOON + SECOND, name="Bo")
    assert outcome.looked_up["bo@acme.example"] == account
    assert outcome.problems == ()


def test_a_deactivated_member_id_of_slack_accounts_is_found_by_users_info(update: Update, sync: Sync) -> None:
    sync.sandbox.world.accounts["UBO"].deleted = True

    outcome = update(addresses={"UADA": "ada@acme.example", "UBO": "UBO"})

    assert outcome.members == ("UADA",)
    assert sync.sandbox.count("slack", "users.info") == 1


@pytest.mark.parametrize("field", ["is_ultra_restricted", "is_restricted", "is_bot"])
def test_guests_and_bots_are_left_out_when_slack_refuses_them(update: Update, sync: Sync, field: str) -> None:
    setattr(sync.sandbox.world.accounts["UBO"], field, True)

    assert update().members == ("UADA",)


def test_when_nobody_remains_the_group_stays_as_it_is(update: Update, sync: Sync) -> None:
    for account in ("UADA", "UBO"):
        sync.sandbox.world.accounts[account].deleted = True

    with pytest.raises(StillInvalid, match="stays as it is") as refused:
        update()

    assert ids(refused.value.looked_up) == {"ada@acme.example": None, "bo@acme.example": None}
    assert len(sync.writes()) == 1
    assert sync.members("alpha") == {"UPIA"}


def test_somebody_whose_email_changed_in_slack_stays_in_by_their_id(update: Update, sync: Sync) -> None:
    sync.sandbox.world.accounts["UADA"].deleted = True
    sync.sandbox.world.accounts["UBO"].email = "bo.married@acme.example"

    outcome = update()

    assert sync.members("alpha") == {"UBO"}
    assert ids(outcome.looked_up) == {"ada@acme.example": None, "bo@acme.example": "UBO"}
    assert ["ada@acme.example" in problem.message for problem in outcome.problems] == [True]


def test_somebody_whose_address_now_belongs_to_a_bot_stays_in_by_their_id(update: Update, sync: Sync) -> None:
    accounts = sync.sandbox.world.accounts
    accounts["UADA"].deleted = True
    accounts["UBO"].email = "bo.married@acme.example"
    accounts["UHOOK"] = Account(name="Hook", email="bo@acme.example", is_bot=True)

    assert update().members == ("UBO",)


def test_an_account_that_cannot_be_seen_stays_in_under_its_name(update: Update, sync: Sync) -> None:
    sync.sandbox.world.accounts["UBO"].deleted = True
    for match in ({"email": "ada@acme.example"}, {"user": "UADA"}):
        sync.sandbox.faults.add(Fault(service="slack", match=match, error="user_not_visible", times=None))

    outcome = update(names={"UADA": "Ada"})

    assert outcome.members == ("UADA",)
    assert outcome.looked_up["ada@acme.example"].name == "Ada"


def test_a_multi_channel_guest_stays_in_when_another_one_was_the_cause(update: Update, sync: Sync) -> None:
    """By default Slack lets such guests into user groups."""
    sync.sandbox.world.accounts["UADA"].is_restricted = True
    sync.sandbox.world.accounts["UBO"].deleted = True

    # The sandbox takes no guest at all, so the second try fails as well: what counts is whom it holds.
    with suppress(InvalidUsers):
        update()

    assert written(sync)[-1] == ("usergroups.users.update", "UADA")


def crowded(sync: Sync, size: int, gone: int) -> dict[str, Any]:
    """The fields of a change to so many people, the first of them deactivated since."""
    ids = crowd(sync.sandbox.world, size)
    for slack_id in ids[:gone]:
        sync.sandbox.world.accounts[slack_id].deleted = True
    sync.sandbox.world.rate_limits.off()
    return {"members": tuple(ids), "addresses": {m: f"person{n}@acme.example" for n, m in enumerate(ids)}}


@pytest.mark.parametrize(("size", "gone"), [(12, 6), (6, 5)])
def test_those_who_remain_are_written_while_they_are_not_too_few(
    update: Update, sync: Sync, size: int, gone: int
) -> None:
    assert len(update(**crowded(sync, size, gone)).members) == size - gone


def test_a_set_that_wipes_most_of_the_group_is_not_written(update: Update, sync: Sync) -> None:
    """A directory that breaks down must not empty a group by way of the second try."""
    change = crowded(sync, 13, 7)

    with pytest.raises(StillInvalid, match="stays as it is") as refused:
        update(**change)

    assert len(sync.writes()) == 1
    assert sync.members("alpha") == {"UPIA"}
    assert list(ids(refused.value.looked_up).values()).count(None) == 7


@pytest.mark.parametrize("code", ["invalid_arguments", "invalid_email"])
def test_an_address_that_slack_takes_for_none_is_looked_up_by_its_id(update: Update, sync: Sync, code: str) -> None:
    sync.sandbox.world.accounts["UBO"].deleted = True
    match = {"email": "ada@acme.example"}
    sync.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", match=match, error=code, times=None))

    assert update().members == ("UADA",)


def test_when_looking_up_again_changes_nothing_it_is_not_tried_again(update: Update, sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="failed_for_some_users", times=None))

    with pytest.raises(InvalidUsers, match="looking them up again leaves UADA, UBO; the group stays as it is"):
        update()

    assert len(sync.writes()) == 1


def test_it_is_tried_once_more_and_not_again(update: Update, sync: Sync) -> None:
    sync.sandbox.world.accounts["UBO"].deleted = True
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="invalid_users", times=None))

    with pytest.raises(Refused):
        update()

    assert len(sync.writes()) == 2


# ── what else can go wrong ───────────────────────────────────────────────────────────────────────────────


def test_an_answer_with_other_members_than_planned_is_told_and_not_tried_again(update: Update, sync: Sync) -> None:
    body = '{"ok": true, "usergroup": {"id": "SGALPHA", "users": ["UADA"]}}'
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", status=200, body=body))

    with pytest.raises(Refused, match="took the members UADA, UBO and answers with UADA") as raised:
        update()

    assert raised.value.code == "members_differ"
    assert len(sync.writes()) == 1


@pytest.mark.parametrize("group", ['{"id": "SGALPHA"}', '{"id": "SGALPHA", "users": null}'])
def test_an_answer_that_does_not_say_who_is_in_the_group_now_is_broken(update: Update, sync: Sync, group: str) -> None:
    body = f'{{"ok": true, "usergroup": {group}}}'
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", status=200, body=body, times=None))

    with pytest.raises(BrokenAnswer, match="does not say who is in the group now"):
        update()


def test_a_long_wait_is_left_to_airflow(update: Update, sync: Sync) -> None:
    fault = {"endpoint": "usergroups.users.update", "status": 429, "headers": {"retry-after": "61"}}
    sync.sandbox.faults.add(Fault.model_validate(fault))

    with pytest.raises(RateLimited) as limited:
        update()

    assert limited.value.retry_after == 61
    assert sync.slept == []


# ── late writes ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("started", "now", "why"),
    [
        (NOON, NOON, None),
        (NOON, NOON + HOUR - SECOND, None),
        (NOON, NOON + HOUR, "too old"),
        (NOON, NOON + 24 * HOUR, "too old"),
        (NOON + SECOND, NOON, "cleared"),
        (None, NOON, "cleared"),
    ],
)
def test_a_plan_lapses_when_its_time_is_over_or_the_run_was_cleared(started: Any, now: Any, why: str | None) -> None:
    said = superseded(CHANGE, started, now)

    assert (said is None) if why is None else (said and why in said)
