"""Task 2: PagerDuty users to the addresses under which Slack knows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from oncall_sync.config import Config
from oncall_sync.errors import PassingFault, RateLimited, Refused
from oncall_sync.flow import attempt
from oncall_sync.models import People, Person, Reading
from oncall_sync.steps import resolve_emails
from sandbox import Fault
from tests.sync.driver import Sync
from tests.sync.worlds import NOON, crowd

Resolve = Callable[..., People]


@pytest.fixture
def resolve(sync: Sync) -> Resolve:
    """`resolve({"PADA": Person(…)}, placeholders=[…])`: the people on call, and keys of the config."""

    def resolve(
        people: dict[str, Person], last_try: bool = False, now: datetime = NOON, budget: float = 60, **settings: Any
    ) -> People:
        loaded = Config.model_validate({"groups": {"alpha": {"schedules": ["SADA"]}}, **settings})
        reading = Reading(
            as_of=now,
            run_started=now,
            config_hash="",
            config=loaded,
            served=tuple(loaded.groups),
            people=people,
        )
        sync.budget = budget
        services = replace(sync.services(), now=lambda: now)
        return attempt(lambda s: resolve_emails(reading, s), services, last_try=last_try)

    return resolve


def known(email: str) -> dict[str, Person]:
    return {"PADA": Person(name="Ada", email=email)}


STRANGER = {"PADA": Person(name="Ada")}
ACCOUNTS = {
    "ada@acme.example": "ada.l@acme.io",
    "bo@acme.example": "U0123456",
    "@acme.example": "@acme.io",
    "cy@acme.example": "cy@elsewhere.example",
}


@pytest.mark.parametrize(
    ("email", "address"),
    [
        ("ada@acme.example", "ada.l@acme.io"),
        ("bo@acme.example", "U0123456"),
        ("cy@acme.example", "cy@elsewhere.example"),
        ("dee@acme.example", "dee@acme.io"),
        ("dee@sub.acme.example", "dee@sub.acme.example"),
        ("dee@other.example", "dee@other.example"),
    ],
    ids=["by address", "to a member ID", "address before domain", "by domain", "subdomain is another", "not listed"],
)
def test_slack_accounts_says_how_slack_knows_a_person(resolve: Resolve, email: str, address: str) -> None:
    contact = resolve(known(email), slack_accounts=ACCOUNTS).contacts["PADA"]

    assert contact.address == address
    assert contact.email == email


def test_without_slack_accounts_the_email_is_the_address(resolve: Resolve) -> None:
    assert resolve(known("ada@acme.example")).contacts["PADA"].address == "ada@acme.example"


def test_a_placeholder_is_nobody(resolve: Resolve) -> None:
    contact = resolve(known("noop@example.org"), placeholders=["NoOp@Example.org"]).contacts["PADA"]

    assert contact.placeholder
    assert contact.address is None


def test_known_emails_cost_no_request(resolve: Resolve, sync: Sync) -> None:
    assert resolve(known("ada@acme.example")).requests == 0
    assert sync.sandbox.requests == []


def test_somebody_of_whom_only_the_id_is_known_is_asked_for(resolve: Resolve, sync: Sync) -> None:
    people = resolve({"PDEE": Person(name="PDEE")})

    assert (people.contacts["PDEE"].name, people.contacts["PDEE"].address) == ("Dee", "dee@acme.example")
    assert [(r.endpoint, r.params["id"]) for r in sync.sandbox.requests] == [("GET /users/{id}", "PDEE")]
    assert people.requests == 1


def test_an_email_that_was_asked_for_is_used_for_a_day_without_asking(resolve: Resolve, sync: Sync) -> None:
    resolve(STRANGER)
    sync.sandbox.requests.clear()

    within = resolve(STRANGER, now=NOON + timedelta(hours=23))
    assert within.contacts["PADA"].address == "ada@acme.example"
    assert sync.sandbox.requests == []
    resolve(STRANGER, now=NOON + timedelta(hours=25))
    assert sync.sandbox.count("pagerduty", "GET /users/{id}") == 1


def test_a_deleted_user_is_named_never_guessed(resolve: Resolve, sync: Sync) -> None:
    contact = resolve({"PGONE": Person(name="Gone", deleted=True)}).contacts["PGONE"]

    assert contact.address is None
    assert contact.problem
    assert (contact.problem.level, contact.problem.code) == ("warning", "deleted_user")
    assert "Gone (PGONE)" in contact.problem.message
    assert "Replace them there" in contact.problem.message
    assert sync.sandbox.requests == []


def test_a_user_whom_pagerduty_does_not_find_is_deleted(resolve: Resolve) -> None:
    contact = resolve({"PGONE": Person(name="Gone")}).contacts["PGONE"]

    assert contact.problem
    assert contact.problem.code == "deleted_user"
    assert not contact.unreadable


def test_a_passing_fault_is_raised_and_on_the_last_try_says_nothing_about_the_person(
    resolve: Resolve, sync: Sync
) -> None:
    sync.sandbox.faults.add(Fault(endpoint="GET /users/{id}", status=503, times=None))

    with pytest.raises(PassingFault):
        resolve(STRANGER)
    contact = resolve(STRANGER, last_try=True).contacts["PADA"]
    assert contact.unreadable
    assert contact.problem
    assert contact.problem.code == "pagerduty_down"


def test_a_wrong_key_is_refused(resolve: Resolve, sync: Sync) -> None:
    sync.sandbox.world.pagerduty.token = "another"

    with pytest.raises(Refused, match="API key"):
        resolve(STRANGER, last_try=True)


def test_what_was_read_before_a_rate_limit_is_not_asked_for_again(resolve: Resolve, sync: Sync) -> None:
    crowd(sync.sandbox.world, 10)
    strangers = {f"P{n:04}": Person(name=f"P{n:04}") for n in range(10)}
    limit = {"status": 429, "headers": {"ratelimit-reset": "300"}}
    sync.sandbox.faults.add(Fault.model_validate({"endpoint": "GET /users/{id}", "after": 6, "times": 1, **limit}))
    with pytest.raises(RateLimited) as limited:
        resolve(strangers)
    assert limited.value.retry_after == 300
    sync.sandbox.requests.clear()

    people = resolve(strangers)

    assert people.contacts["P0009"].address == "person9@acme.example"
    assert sync.sandbox.count("pagerduty") == 4


def test_on_a_passing_fault_the_others_go_on(resolve: Resolve, sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="GET /users/{id}", status=503, times=None))
    people = resolve({**STRANGER, "PBO": Person(name="Bo", email="bo@acme.example")}, last_try=True)
    assert people.contacts["PADA"].unreadable
    assert people.contacts["PBO"].address == "bo@acme.example"


@pytest.mark.parametrize("status", [400, 403])
def test_a_person_whom_pagerduty_will_not_show_is_unreadable_and_not_remembered(
    resolve: Resolve, sync: Sync, status: int
) -> None:
    sync.sandbox.faults.add(Fault(endpoint="GET /users/{id}", status=status, times=1))
    refused = resolve({**STRANGER, "PBO": Person(name="Bo", email="bo@acme.example")})
    assert refused.contacts["PADA"].unreadable
    assert refused.contacts["PADA"].problem
    assert refused.contacts["PBO"].address == "bo@acme.example"

    assert resolve(STRANGER).contacts["PADA"].address == "ada@acme.example"


def test_a_placeholder_of_whom_only_the_id_is_known_is_a_placeholder_too(resolve: Resolve) -> None:
    assert resolve(STRANGER, placeholders=["ada@acme.example"]).contacts["PADA"].placeholder


def test_a_person_who_was_deleted_since_is_not_taken_from_memory(resolve: Resolve) -> None:
    resolve(STRANGER)
    assert resolve({"PADA": Person(name="Ada", deleted=True)}).contacts["PADA"].problem


@pytest.mark.parametrize("odd", ["eve", ["eve"], None, {}, {"name": "Ada", "email": None, "asked_at": 1}])
def test_a_remembered_email_that_another_version_wrote_counts_as_lost(
    resolve: Resolve, sync: Sync, odd: object
) -> None:
    sync.store.set("people.0", {"PADA": odd})
    assert resolve(STRANGER).contacts["PADA"].address == "ada@acme.example"
