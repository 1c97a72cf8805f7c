"""Task 3: addresses to Slack IDs, with as few and as quick requests as Slack's limits allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import Config
from oncall_sync.errors import RateLimited, Refused
from oncall_sync.flow import attempt
from oncall_sync.models import Contact, People, Reading, SlackIds
from oncall_sync.slack import client
from oncall_sync.steps import look_up_slack_ids
from sandbox import Account, Fault
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, crowd

DAY = timedelta(days=1)
LookUp = Callable[..., SlackIds]


@pytest.fixture
def look_up(sync: Sync) -> LookUp:
    """`look_up("ada@acme.example", …)`: these people are on call; `standing` are options of the group."""

    def look_up(*emails: str, now: datetime = NOON, last_try: bool = False, **standing: Any) -> SlackIds:
        loaded = Config.model_validate({"groups": {"alpha": {"schedules": ["SADA"], **standing}}})
        reading = Reading(as_of=now, run_started=now, config_hash="", config=loaded, served=tuple(loaded.groups))
        people = People(contacts={f"P{n}": _contact(email) for n, email in enumerate(emails)})
        services = replace(sync.services(), now=lambda: now)
        return attempt(lambda s: look_up_slack_ids(reading, people, s), services, last_try=last_try)

    return look_up


def remembered(**fields: Any) -> dict[str, Any]:
    """Ada's account as memory holds it."""
    return {"slack_id": "UADA", "checked_at": NOON.isoformat(), "name": "Ada", **fields}


def _contact(address: str) -> Contact:
    """Somebody whom slack_accounts gives this address."""
    return Contact.model_validate({"name": address, "email": "x@acme.example", "account": address})


def emails(numbers: Iterable[int]) -> list[str]:
    return [f"person{n}@acme.example" for n in numbers]


def limited(endpoint: str, after: int, wait: int, times: int | None = 1) -> Fault:
    headers = {"retry-after": str(wait)}
    return Fault(endpoint=endpoint, status=429, headers=headers, after=after, times=times)


def test_an_unknown_email_is_looked_up_and_then_remembered(look_up: LookUp, sync: Sync) -> None:
    first = look_up("ada@acme.example")
    assert first.found == {"ada@acme.example": "UADA"}
    assert first.requests == sync.sandbox.count("slack", "users.lookupByEmail") == 1

    again = look_up("ada@acme.example", now=NOON + DAY - timedelta(minutes=1))

    assert again.found == first.found
    assert again.requests == 0
    assert sync.sandbox.count("slack") == 1


def test_an_old_entry_is_still_used_without_asking_so_that_age_never_delays_a_handoff(
    look_up: LookUp, sync: Sync
) -> None:
    look_up("ada@acme.example")
    sync.sandbox.requests.clear()

    assert look_up("ada@acme.example", now=NOON + 3 * DAY).found == {"ada@acme.example": "UADA"}
    assert sync.sandbox.requests == []


def test_people_of_always_and_fallback_are_looked_up_too(look_up: LookUp) -> None:
    found = look_up("ada@acme.example", always=["bo@acme.example"], fallback=["cy@acme.example"]).found

    assert sorted(found.values()) == ["UADA", "UBO", "UCY"]


def test_the_case_of_an_email_makes_no_difference(look_up: LookUp, sync: Sync) -> None:
    sync.sandbox.world.accounts["UADA"].email = "ADA@Acme.Example"

    assert look_up("ada@acme.example").found == {"ada@acme.example": "UADA"}


def test_a_plus_in_an_address_arrives_as_one(look_up: LookUp, sync: Sync) -> None:
    sync.sandbox.world.accounts["UADA"].email = "ada+oncall@acme.example"

    assert look_up("ada+oncall@acme.example").found == {"ada+oncall@acme.example": "UADA"}


def test_a_member_id_is_taken_as_it_is(look_up: LookUp, sync: Sync) -> None:
    assert look_up("UADA").found == {"UADA": "UADA"}
    assert sync.sandbox.count("slack", "users.lookupByEmail") == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (None, "no_slack_account"),
        ({"deleted": True}, "no_slack_account"),
        ({"is_bot": True}, "bot_account"),
    ],
    ids=["unknown", "deactivated", "bot"],
)
def test_who_cannot_be_in_a_group_is_missing_and_asked_for_in_every_run(
    look_up: LookUp, sync: Sync, fields: dict[str, bool] | None, code: str
) -> None:
    if fields:
        account = {"name": "New", "email": "new@acme.example", **fields}
        sync.sandbox.world.accounts["UNEW"] = Account.model_validate(account)

    assert look_up("new@acme.example").missing == {"new@acme.example": code}
    assert look_up("new@acme.example").requests == 1


@pytest.mark.parametrize("code", ["invalid_arguments", "invalid_email", "user_not_visible"])
def test_an_address_that_slack_takes_for_none_is_without_account_and_the_others_are_found(
    look_up: LookUp, sync: Sync, code: str
) -> None:
    match = {"email": "odd@acme.example"}
    sync.sandbox.faults.add(Fault(endpoint="users.lookupByEmail", match=match, error=code, times=None))

    ids = look_up("ada@acme.example", "odd@acme.example", "zoe@acme.example")

    assert ids.found == {"ada@acme.example": "UADA"}
    assert ids.missing == dict.fromkeys(("odd@acme.example", "zoe@acme.example"), "no_slack_account")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (None, "deactivated_account"),
        ({"is_bot": True}, "bot_account"),
    ],
    ids=["gone", "a bot now"],
)
def test_of_somebody_who_once_had_an_account_it_is_said_what_became_of_it(
    look_up: LookUp, sync: Sync, fields: dict[str, bool] | None, code: str
) -> None:
    sync.store["slack_ids.0"] = {"ada@acme.example": remembered(slack_id=None)}
    del sync.sandbox.world.accounts["UADA"]
    if fields:
        sync.sandbox.world.accounts["UADA"] = Account.model_validate(
            {"name": "Ada", "email": "ada@acme.example", **fields}
        )

    assert look_up("ada@acme.example").missing == {"ada@acme.example": code}


# ── look-ups or pages ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 accounts a page, so that a few hundred people make several."""
    monkeypatch.setattr(client, "PAGE", 100)


def asked(sync: Sync) -> tuple[int, int]:
    """How many look-ups and how many pages."""
    return sync.sandbox.count("slack", "users.lookupByEmail"), sync.sandbox.count("slack", "users.list")


def sandbox_order(sync: Sync) -> list[str]:
    """The accounts in the order in which users.list shows them."""
    pages = [sync.slack("").accounts()]
    while cursor := pages[-1][1]:
        pages.append(sync.slack("").accounts(cursor))
    sync.sandbox.requests.clear()
    return [account.id for page, _ in pages for account in page]


def test_fifty_unknown_people_are_looked_up_one_by_one_without_a_wait(look_up: LookUp, sync: Sync) -> None:
    crowd(sync.sandbox.world, 50)

    assert len(look_up(*emails(range(50))).found) == 50
    assert asked(sync) == (50, 0)
    assert sync.slept == []


def test_more_than_fifty_are_found_in_the_list_of_all_accounts(look_up: LookUp, sync: Sync) -> None:
    crowd(sync.sandbox.world, 1200)

    ids = look_up(*emails(range(50)), "nora@acme.example")

    assert len(ids.found) == 50
    assert ids.missing == {"nora@acme.example": "no_slack_account"}
    assert asked(sync) == (0, 2)
    assert sync.slept == []


@pytest.mark.usefixtures("small_pages")
def test_the_list_is_read_no_further_than_needed(look_up: LookUp, sync: Sync) -> None:
    accounts = sync.sandbox.world.accounts
    crowd(sync.sandbox.world, 700)
    wanted = [email for slack_id in sandbox_order(sync)[:90] if (email := accounts[slack_id].email)]

    assert len(look_up(*wanted).found) > 50
    assert sync.sandbox.count("slack") == 1


@pytest.mark.parametrize("backwards", [False, True])
def test_in_the_list_an_active_account_goes_before_a_deactivated_one_of_the_same_email(
    look_up: LookUp, sync: Sync, backwards: bool
) -> None:
    crowd(sync.sandbox.world, 60)
    sync.sandbox.world.accounts["UOLD"] = Account(name="Ada", email="ada@acme.example", deleted=True)
    if backwards:
        sync.sandbox.faults.add(Fault(endpoint="users.list", kind="backwards"))

    ids = look_up(*emails(range(60)), "ada@acme.example")

    assert (ids.found["ada@acme.example"], ids.missing) == ("UADA", {})


def test_who_is_deactivated_in_the_list_is_called_that(look_up: LookUp, sync: Sync) -> None:
    crowd(sync.sandbox.world, 60)
    sync.sandbox.world.accounts["UADA"].deleted = True

    assert look_up(*emails(range(60)), "ada@acme.example").missing == {"ada@acme.example": "deactivated_account"}


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("kind", ["backwards", "again"])
def test_nobody_is_without_account_who_may_be_on_a_page_that_was_not_shown(
    look_up: LookUp, sync: Sync, kind: str
) -> None:
    crowd(sync.sandbox.world, 350)
    moved = {"endpoint": "users.list", "kind": kind, "after": kind == "again", "times": 1}
    sync.sandbox.faults.add(Fault.model_validate(moved))

    ids = look_up(*emails(range(350)), last_try=True)

    assert ids.missing == {}
    assert len(ids.found) + len(ids.unreadable) == 350


def test_pages_without_any_email_say_that_a_scope_is_missing(look_up: LookUp, sync: Sync) -> None:
    crowd(sync.sandbox.world, 60)
    sync.sandbox.world.slack.scopes.remove("users:read.email")

    with pytest.raises(Refused, match=r"Add the scope users:read\.email"):
        look_up(*emails(range(60)))


# ── a list that takes more than one try ──────────────────────────────────────────────────────────────────


@pytest.fixture
def half_read(look_up: LookUp, sync: Sync, small_pages: None) -> Sync:
    """700 people, of whom 300 and Zoe, who has no account, are searched for; a rate limit came after three pages."""
    crowd(sync.sandbox.world, 700)
    sync.sandbox.world.rate_limits.off()
    sync.sandbox.faults.add(limited("users.list", after=3, wait=300))
    with pytest.raises(RateLimited):
        look_up(*emails(range(300)), "zoe@acme.example")
    sync.sandbox.requests.clear()
    return sync


def test_a_list_goes_on_where_the_last_try_ended(look_up: LookUp, half_read: Sync) -> None:
    ids = look_up(*emails(range(300)), "zoe@acme.example")

    assert len(ids.found) == 300
    assert ids.missing == {"zoe@acme.example": "no_slack_account"}
    assert asked(half_read) == (0, 5), "eight pages in all"
    assert half_read.store["account_list.0"] == {}


def test_of_a_list_that_goes_on_the_pages_already_read_count_for_those_who_were_searched_for_then(
    look_up: LookUp, half_read: Sync
) -> None:
    """Others may be on a page that was read before: they are looked up."""
    first_page = {half_read.sandbox.world.accounts[slack_id].email for slack_id in sandbox_order(half_read)[:100]}
    early = next(email for email in emails(range(300, 700)) if email in first_page)

    ids = look_up(*emails(range(300)), early, "zoe@acme.example")

    assert ids.found.keys() == {*emails(range(300)), early}
    assert asked(half_read) == (1, 5)


def test_when_fifty_remain_they_are_looked_up_instead(look_up: LookUp, half_read: Sync) -> None:
    unknown = [email for email in emails(range(300)) if email not in half_read.store["slack_ids.0"]]

    assert len(look_up(*unknown[:50]).found) == 50
    assert asked(half_read) == (50, 0)


@pytest.mark.parametrize("cursor", ["expired", 7, None])
def test_a_cursor_that_has_expired_or_is_damaged_begins_the_list_again(
    look_up: LookUp, half_read: Sync, cursor: Any
) -> None:
    half_read.store["account_list.0"] = dict.fromkeys(half_read.store["account_list.0"], cursor)

    ids = look_up(*emails(range(300)), "zoe@acme.example")

    assert (len(ids.found), list(ids.missing)) == (300, ["zoe@acme.example"])
    assert asked(half_read) == (0, 8 + (cursor == "expired"))


def test_a_rest_of_pages_without_an_email_gives_nobody_up(look_up: LookUp, half_read: Sync) -> None:
    """They may be the accounts of bots, or a scope may be missing: the list is read again before it counts."""
    for slack_id in sandbox_order(half_read)[300:]:
        half_read.sandbox.world.accounts[slack_id].email = None

    look_up(*emails(range(300)))

    assert asked(half_read) == (0, 5 + 8)


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────


def test_waits_beyond_the_budget_are_left_to_airflow_with_the_number_that_slack_said(
    look_up: LookUp, sync: Sync
) -> None:
    sync.sandbox.faults.add(limited("users.lookupByEmail", after=0, wait=25, times=None))

    with pytest.raises(RateLimited) as raised:
        look_up("ada@acme.example")

    assert raised.value.retry_after == 25
    assert sync.slept == [25, 25], "60 seconds in all, and not one more"


def test_the_next_try_begins_where_a_rate_limit_ended_the_last_one(look_up: LookUp, sync: Sync) -> None:
    crowd(sync.sandbox.world, 40)
    sync.sandbox.faults.add(limited("users.lookupByEmail", after=25, wait=300))
    with pytest.raises(RateLimited):
        look_up(*emails(range(40)))
    sync.sandbox.requests.clear()

    assert len(look_up(*emails(range(40))).found) == 40
    assert sync.sandbox.count("slack", "users.lookupByEmail") == 15


@pytest.mark.parametrize("fault", [{"error": "a_code_of_tomorrow"}, {"status": 503}], ids=["a refusal", "a fault"])
def test_one_address_that_slack_fails_for_is_unreadable_and_the_others_are_found(
    look_up: LookUp, sync: Sync, fault: dict[str, Any]
) -> None:
    sync.sandbox.faults.add(Fault.model_validate({**fault, "match": {"email": "ada@acme.example"}, "times": None}))

    ids = look_up("ada@acme.example", "bo@acme.example", last_try=True)

    assert ids.found == {"bo@acme.example": "UBO"}
    assert ids.unreadable.keys() == {"ada@acme.example"}


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        ({"error": "a_code_of_tomorrow"}, 3),
        ({"status": 503}, 9),
        ({"status": 429, "headers": {"retry-after": "300"}}, 1),
    ],
    ids=["refusals", "faults, three requests each", "a rate limit"],
)
def test_after_three_failures_or_a_rate_limit_nobody_else_is_asked_for(
    look_up: LookUp, sync: Sync, fault: dict[str, Any], requests: int
) -> None:
    crowd(sync.sandbox.world, 20)
    sync.sandbox.faults.add(Fault.model_validate({**fault, "times": None}))

    ids = look_up(*emails(range(20)), last_try=True)

    assert ids.unreadable.keys() == set(emails(range(20)))
    assert ids.missing == {}
    assert sync.sandbox.count("slack") == requests


# ── memory ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "odd",
    ["UADA", None, [], {}, ["UADA", 1, "Ada"], *(remembered(**{k: []}) for k in ("slack_id", "checked_at", "name"))],
)
def test_what_another_version_remembered_costs_a_look_up_and_nothing_else(
    look_up: LookUp, sync: Sync, odd: Any
) -> None:
    sync.store["slack_ids.0"] = {"ada@acme.example": odd, "bo@acme.example": remembered(slack_id="UBO")}

    assert sorted(look_up("ada@acme.example", "bo@acme.example").found.values()) == ["UADA", "UBO"]
    assert asked(sync) == (1, 0)


def test_nothing_is_remembered_again_when_nothing_is_new(look_up: LookUp, sync: Sync, monkeypatch: Any) -> None:
    look_up("ada@acme.example")
    monkeypatch.setattr(sync.store, "set", None)

    look_up("ada@acme.example")


def test_thousands_of_ids_are_remembered_in_values_below_64_kb(look_up: LookUp, sync: Sync) -> None:
    crowd(sync.sandbox.world, 3000)
    sync.sandbox.world.rate_limits.off()
    look_up(*emails(range(3000)))
    sync.sandbox.requests.clear()

    assert len(look_up(*emails(range(3000))).found) == 3000
    assert sync.sandbox.requests == []
    assert max(len(str(value)) for value in sync.store.values()) < 64_000


def test_whom_nobody_needed_for_a_month_is_forgotten(look_up: LookUp, sync: Sync) -> None:
    look_up("ada@acme.example", "bo@acme.example")

    look_up("bo@acme.example", now=NOON + 31 * DAY)

    assert sync.store["slack_ids.0"].keys() == {"bo@acme.example"}
